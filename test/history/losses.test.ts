import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/history/store.ts';
import type { Result } from '../../src/model/result.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';
import { type MemoryState, memoryState } from '../support/memory-state.ts';

function sample(count: number): Result[] {
  const runs: Result[] = [];
  for (const run of hourlyRuns({ checks: 6, seed: 5, unrest: 0.15 })) if (runs.push(run) === count) break;
  return runs;
}

const results = sample(8);

function kept(count: number): MemoryState {
  const files = memoryState();
  const store = openHistory(files, 'write');
  for (const result of results.slice(0, count)) store.append(result);
  return files;
}

/** Cut in the middle. */
function truncate(files: MemoryState, name: string): void {
  const bytes = files.read(name) ?? new Uint8Array();
  files.overwrite(name, bytes.subarray(0, bytes.length >> 1));
}

function withoutLastLine(files: MemoryState): void {
  const lines = Buffer.from(files.read('index.jsonl') ?? [])
    .toString()
    .split('\n');
  files.overwrite('index.jsonl', Buffer.from(`${lines.slice(0, -2).join('\n')}\n`));
}

function runNames(files: MemoryState): string[] {
  return files.list('runs').map((name) => `runs/${name}`);
}

/** The next run: its number. */
function next(files: MemoryState): number {
  return openHistory(files, 'write').append(results[7] ?? fail()).entry.sequence;
}

function fail(): never {
  throw new Error('a run is needed');
}

/** What each of three runs in a row finds untold; the second one tells it. */
function tellings(files: MemoryState): (readonly string[])[] {
  return [0, 1, 2].map((index) => {
    const store = openHistory(files, 'write');
    const untold = store.untold();
    if (index === 1) store.lossesTold();
    return untold;
  });
}

describe('a run that is lost', () => {
  const cases: readonly (readonly [string, (files: MemoryState) => void, readonly RegExp[]])[] = [
    [
      'with its line of the index, and its file damaged',
      (files) => {
        withoutLastLine(files);
        truncate(files, runNames(files).at(-1) ?? '');
      },
      [/^state\/runs\/00000004-.* does not count as a run: what it holds is not what was written\.$/],
    ],
    [
      'with its line of the index and its file',
      (files) => {
        withoutLastLine(files);
        files.remove(runNames(files).at(-1) ?? '');
      },
      [/^Run #4 is lost: neither a file nor a line of the index is left\.$/],
    ],
    [
      'with its file alone',
      (files) => files.remove(runNames(files)[1] ?? ''),
      [/^Run #2 of .* is lost: state\/runs\/.* is gone\.$/],
    ],
    [
      'since its file was damaged, the newest',
      (files) => truncate(files, runNames(files)[3] ?? ''),
      [/^Run #4 of .* was changed after it was written/],
    ],
    [
      'since its file was damaged, the one that others are differences to',
      (files) => truncate(files, runNames(files)[0] ?? ''),
      [/^Run #1 of .* was changed after it was written/],
    ],
    [
      'with the index, the one that all others are differences to',
      (files) => {
        files.remove('index.jsonl');
        truncate(files, runNames(files)[0] ?? '');
      },
      [
        /00000001-.* does not count as a run: what it holds is not what was written\.$/,
        ...[2, 3, 4].map((number) => new RegExp(`0000000${number}-.* the difference to run #1, which cannot be read\\.$`)),
      ],
    ],
  ];

  describe.each(cases)('%s', (_, damage, words) => {
    const damaged = (): MemoryState => {
      const files = kept(4);
      damage(files);
      return files;
    };

    it('is untold until it was told, and then no more', () => {
      const matching = words.map((one) => expect.stringMatching(one));
      expect(tellings(damaged())).toEqual([matching, matching, []]);
    });

    it('keeps its number', () => {
      expect(next(damaged())).toBe(5);
    });

    it('is no folder that is as it was written, before the next run and after it', () => {
      const files = damaged();
      for (const when of ['before', 'after']) {
        const { problems } = openHistory(files, 'read').verify();
        for (const one of words) expect(problems, when).toContainEqual(expect.stringMatching(one));
        if (when === 'before') next(files);
      }
    });

    it('takes nothing from what was known of findings', () => {
      const files = damaged();
      expect(openHistory(files, 'write').state()).toEqual(openHistory(kept(4), 'read').state());
    });
  });

  it('is back with those that are differences to it when its file is', () => {
    const files = kept(4);
    const [first = ''] = runNames(files);
    const bytes = files.read(first) ?? new Uint8Array();
    files.remove('index.jsonl');
    truncate(files, first);
    openHistory(files, 'write').lossesTold();
    files.overwrite(first, bytes);
    const store = openHistory(files, 'write');
    expect(store.entries.map((entry) => store.read(entry))).toEqual(results.slice(0, 4));
    expect([store.losses(), store.verify().problems]).toEqual([[], []]);
  });

  it('is no reason to refuse the next one where a file has a number that no run had', () => {
    const files = kept(2);
    files.overwrite('runs/99999999999-20260101T000000Z-0a0a0a0a.run', Buffer.from('no run'));
    expect(next(files)).toBe(3);
  });
});

describe('a document that is JSON, and not as it was written', () => {
  const full = kept(6);
  const right = openHistory(full.copy(), 'read');
  const edited = (change: (document: Record<string, unknown>) => void): string => {
    const document = JSON.parse(Buffer.from(full.read('state.json') ?? []).toString());
    change(document);
    return JSON.stringify(document);
  };

  it.each([
    ['state.json', '{"series":{"check office edge":{}}}'],
    ['state.json', edited((document) => Object.assign(document, { series: {} }))],
    [
      'state.json',
      edited((document) => Object.assign(document, { series: { 'audit head-office office': { standings: [{}] } } })),
    ],
    ['state.json', edited((document) => Object.assign(document, { sequence: 3 }))],
    ['state.json', '[]'],
    ['transitions.jsonl', '{"id":"","kind":"opened","series":"","at":"","since":"","sequence":1,"finding":{}}\n'],
    [
      'index.jsonl',
      '{"sequence":1,"id":"","series":"","command":"","policy":{},"startedAt":"","finishedAt":"","verdict":"","checks":{},"findings":{},"file":"../x","sha256":""}\n',
    ],
  ])('%s is made anew from the runs, with a note: %s', (name, content) => {
    const files = full.copy();
    files.overwrite(name, Buffer.from(content));
    const note = `state/${name} is not as it was written; it is made anew from the runs.`;
    expect(openHistory(files, 'read').verify().problems).toContain(note);
    const store = openHistory(files, 'write');
    expect(store.problems).toContain(note);
    expect([store.entries, store.state(), store.transitions()]).toEqual([right.entries, right.state(), right.transitions()]);
    const after = openHistory(files, 'write');
    expect([after.problems, after.losses(), after.verify().problems]).toEqual([[], [], []]);
  });

  it('pruned.json says so, and stops no run', () => {
    const files = kept(6);
    files.overwrite('pruned.json', Buffer.from('{"schema":"postern.pruned/1","through":0,"sha256":"","state":{}}'));
    const store = openHistory(files, 'write');
    store.append(results[6] ?? fail());
    expect(store.problems).toEqual(['state/pruned.json is not as it was written: what it said of earlier runs is lost.']);
  });
});
