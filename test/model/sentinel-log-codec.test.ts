import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/model/problem.ts';
import { decodeSentinelLog } from '../../src/model/sentinel-log-codec.ts';

const LISTENING =
  '{"level":30,"event":"listening","at":"2026-11-21T20:00:00.000Z","name":"edge.example.com","keys":["0123456789abcdef"],"ports":[25,587]}';
const CONNECTED =
  '{"level":30,"event":"connected","at":"2026-11-21T20:00:01.000Z","connection":"ab-1","port":25,"family":"ipv4","client":{"address":"198.51.100.20","port":40112}}';
const RECEIPT = `{"level":30,"event":"receipt","at":"2026-11-21T20:00:01.200Z","connection":"ab-1","nonce":"${'1'.repeat(32)}","key":"0123456789abcdef"}`;
const CLOSED =
  '{"level":30,"event":"closed","at":"2026-11-21T20:00:01.300Z","connection":"ab-1","received":90,"sent":400,"why":"quit","elapsedMs":300}';
const LINES = [LISTENING, CONNECTED, RECEIPT, CLOSED];

const read = (text: string): ReturnType<typeof decodeSentinelLog> => decodeSentinelLog(text, 'sentinel.log');
const names = (text: string): string[] => read(text).events.map(({ event }) => event);
const ALL = ['listening', 'connected', 'receipt', 'closed'];

/** Every problem, as the user sees it. */
function problemsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof InputError)
      return error.problems.map(
        ({ location, code, message }) => `${location?.file}:${location?.line}:${location?.column} ${code}: ${message}`,
      );
    throw error;
  }
  return [];
}

describe('a log of a sentinel', () => {
  it('is read with whatever its writer adds', () => {
    const log = read(`${LINES.join('\n')}\n`);
    expect(log.events.map(({ event }) => event)).toEqual(ALL);
    expect([log.gaps, log.foreign, log.repeated, log.torn]).toEqual([[], 0, 0, false]);
  });

  it('passes over lines of other programs, of warnings and of later versions, and counts them', () => {
    const others = [
      '{"level":40,"at":"2026-11-21T20:00:00.500Z","msg":"no certificate"}',
      '{"event":"weather","at":"x"}',
      '3',
      '[]',
      'null',
    ];
    const log = read(`${[LISTENING, ...others, CONNECTED].join('\n')}\n`);
    expect([log.events.length, log.foreign, log.gaps]).toEqual([2, 5, []]);
  });

  it('may have carriage returns, blank lines, a byte order mark', () => {
    expect(names(`\ufeff${LINES.join('\r\n\r\n')}\r\n`)).toEqual(ALL);
  });

  it('counts lines that stand there twice once, as where rotated files overlap', () => {
    const log = read(`${[...LINES, ...LINES].join('\n')}\n`);
    expect([log.events.length, log.repeated]).toEqual([4, 4]);
  });

  it('may be torn at its end: whole lines stand, the rest is no problem', () => {
    const log = read(`${LISTENING}\n${CONNECTED.slice(0, 50)}`);
    expect([log.events.length, log.gaps, log.torn]).toEqual([1, [], true]);
    expect(read(`${LISTENING}\n${CONNECTED}`)).toMatchObject({ torn: false, events: [{}, { event: 'connected' }] });
  });

  it('keeps the line that was written behind a torn one, and tells of the tear', () => {
    const log = read(`${LISTENING}\n${CONNECTED.slice(0, 70)}${LISTENING}\n${CLOSED}\n`);
    expect(log.events.map(({ event }) => event)).toEqual(['listening', 'listening', 'closed']);
    expect(log.gaps.map(({ before, problem }) => [before, problem.location])).toEqual([
      [1, { file: 'sentinel.log', line: 2, column: 1 }],
    ]);
  });

  it('tells where a line cannot be read, and goes on', () => {
    const bad = CLOSED.replace('"received":90', '"received":-1');
    const log = read(`${[LISTENING, '\0\0\0\0', CONNECTED, bad, RECEIPT].join('\n')}\n`);
    expect(log.events.map(({ event }) => event)).toEqual(['listening', 'connected', 'receipt']);
    expect(
      log.gaps.map(({ before, problem }) => [before, problem.code, problem.location?.line, problem.location?.column]),
    ).toEqual([
      [1, 'log-syntax', 2, 1],
      [2, 'log-shape', 4, CLOSED.indexOf('"received"') + 1],
    ]);
  });
});

describe('a file that is no log', () => {
  it.each([
    ['nothing', '', ['sentinel.log:1:1 log-empty: there is no event of a sentinel in this file, not even that it listens.']],
    [
      'one torn line',
      '{"event":',
      ['sentinel.log:1:1 log-empty: there is no event of a sentinel in this file, not even that it listens.'],
    ],
    [
      'prose',
      'hello\nworld\n',
      [1, 2].map(
        (line) =>
          `sentinel.log:${line}:1 log-syntax: this line is not JSON: it was torn or changed, or this is no log of a sentinel.`,
      ),
    ],
    [
      'JSON of another program',
      '{"msg":"hello"}\n{}\n',
      ['sentinel.log:1:1 log-foreign: none of its 2 lines of JSON is an event of a sentinel.'],
    ],
    [
      'evidence',
      '{"type":"header","schema":"postern.evidence/1"}\n',
      [
        "sentinel.log:1:1 log-foreign: this is evidence of a scan; the sentinel's log comes first: postern reconcile LOG EVIDENCE...",
      ],
    ],
    [
      'events of another shape',
      '{"event":"alive","at":"yesterday","connections":0}\n{"event":"stopped"}\n',
      [
        'sentinel.log:1:18 log-shape: at must be a time such as 2026-11-21T20:38:00.000Z, not "yesterday".',
        'sentinel.log:2:1 log-shape: at is missing.',
      ],
    ],
  ])('%s: is refused with every problem', (_name, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('tells twenty of its problems, and how many more there are', () => {
    const problems = problemsOf(Array.from({ length: 50 }, (_, index) => `no ${index}\n`).join(''));
    expect(problems.length).toBe(21);
    expect(problems.at(-1)).toBe(
      'sentinel.log:1:1 log-foreign: 30 more lines of it cannot be read; this is no log of a sentinel.',
    );
  });
});

describe('whatever a file holds', () => {
  it('is read or refused, never a crash', () => {
    const piece = fc.oneof(fc.constantFrom(...LINES, '\n', '{"', '}', '\0', '"event":"receipt"'), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(Array.isArray(problemsOf(pieces.join('')))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('cut at any byte it yields the events before the cut, and no others', () => {
    const text = `${LINES.join('\n')}\n`;
    for (let cut = LISTENING.length; cut <= text.length; cut++) {
      const whole = text
        .slice(0, cut)
        .split('\n')
        .filter((line) => LINES.includes(line));
      expect(names(text.slice(0, cut)).length, `cut at ${cut}`).toBe(whole.length);
    }
  });
});
