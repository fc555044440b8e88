import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { converse, type DialogueRun } from '../../src/smtp/dialogue.ts';
import {
  type DialogueCase,
  dialogueCases,
  ScriptedConnection,
  type Step,
  SteppingClock,
  setupOf,
} from './scripted-connection.ts';

describe.each(['greeting', 'ehlo', 'starttls', 'implicit', 'mail', 'verb', 'quit'])('%s', (topic) => {
  test.each(dialogueCases(topic).map((entry) => [entry.title, entry] as const))('%s', async (_title, entry) => {
    const clock = new SteppingClock();
    const connection = new ScriptedConnection(entry.script, clock);
    const run = await converse(setupOf(entry, connection, clock));
    expect(connection.faults).toEqual([]);
    expect(connection.left).toEqual([]);
    expect(connection.closed).toBe(true);
    expect(run.dialogue).toMatchObject({ mode: entry.mode ?? 'clear', ...entry.dialogue });
  });
});

test('any cutting of what the server says gives the same dialogue', async () => {
  const cases = [...dialogueCases('ehlo'), ...dialogueCases('mail')];
  const talk = async (entry: DialogueCase, script: readonly Step[]): Promise<DialogueRun> => {
    const clock = new SteppingClock();
    return converse(setupOf(entry, new ScriptedConnection(script, clock), clock));
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...cases), fc.integer({ min: 1, max: 40 }), async (entry, size) => {
      const { dialogue } = await talk(entry, entry.script);
      expect(
        (
          await talk(
            entry,
            entry.script.flatMap((step) => pieces(step, size)),
          )
        ).dialogue,
      ).toEqual(dialogue);
    }),
  );
});

describe('bounds', () => {
  async function talk(script: ConstructorParameters<typeof ScriptedConnection>[0], deadlineMs: number): Promise<number> {
    const clock = new SteppingClock();
    const start = clock.monotonic();
    const connection = new ScriptedConnection(script, clock);
    const setup = setupOf({ title: '', script, dialogue: {}, outcome: '', detail: null }, connection, clock);
    await converse({ ...setup, deadline: start + deadlineMs });
    return clock.monotonic() - start;
  }

  test('a stage ends at its own limit', async () => {
    expect(await talk([{ silence: true }], 60_000)).toBe(30_000);
  });

  test('the rest of a line that is no SMTP is awaited for half a second, not for the whole stage', async () => {
    expect(await talk([{ server: '\0\x01' }, { silence: true }], 60_000)).toBe(500);
  });

  test('the whole dialogue ends at the deadline of the target', async () => {
    expect(await talk([{ silence: true }], 5_000)).toBe(5_000);
    expect(await talk([{ server: '220 mx\r\n' }, { client: 'EHLO client.example.com' }, { silence: true }], 5_000)).toBe(5_000);
  });

  test('the transcript has at most 200 lines and a note, each of at most 300 characters', async () => {
    const clock = new SteppingClock();
    const lines = `${`250-${'\x01'.repeat(200)}\r\n`.repeat(255)}250 x\r\n`;
    const script = [
      { server: '220 mx\r\n' },
      { client: 'EHLO client.example.com' },
      { server: lines },
      { client: 'STARTTLS' },
      { end: true as const },
    ];
    const setup = setupOf(
      { title: '', script, dialogue: {}, outcome: '', detail: null },
      new ScriptedConnection(script, clock),
      clock,
    );
    const { dialogue } = await converse(setup);
    expect(dialogue.transcript).toHaveLength(201);
    expect(dialogue.transcript.at(-1)).toMatch(/^-- \d+ more lines are not shown$/);
    expect(Math.max(...dialogue.transcript.map((line) => line.length))).toBeLessThanOrEqual(300);
  });

  test('a name that would break a line is a bug of the caller', async () => {
    const clock = new SteppingClock();
    const connection = new ScriptedConnection([{ server: '220 mx\r\n' }], clock);
    const setup = setupOf({ title: '', script: [], dialogue: {}, outcome: '', detail: null }, connection, clock);
    await expect(converse({ ...setup, ehlo: 'a\r\nDATA' })).rejects.toThrow(TypeError);
    expect(connection.closed).toBe(true);
  });
});

function pieces(step: Step, size: number): Step[] {
  if (!('server' in step)) return [step];
  return Array.from({ length: Math.ceil(step.server.length / size) }, (_, index) => ({
    server: step.server.slice(index * size, (index + 1) * size),
  }));
}
