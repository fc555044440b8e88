import { describe, expect, it } from 'vitest';
import { type Drift, drift, EMPTY_STATE } from '../../src/history/drift.ts';
import { openHistory } from '../../src/history/store.ts';
import { seriesOf, type Transition } from '../../src/model/history.ts';
import { InputError } from '../../src/model/problem.ts';
import type { Result } from '../../src/model/result.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';
import { Killed, type MemoryState, memoryState } from '../support/memory-state.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');

function sample(count: number, checks = 6, seed = 5): Result[] {
  const runs: Result[] = [];
  for (const run of hourlyRuns({ checks, seed, unrest: 0.15, startAt: START })) if (runs.push(run) === count) break;
  return runs;
}

function kept(results: readonly Result[], files = memoryState()): MemoryState {
  const store = openHistory(files, 'write');
  for (const result of results) store.append(result);
  return files;
}

/** Worked out beside the store, from the results alone. */
function told(results: readonly Result[]): Drift {
  let state = EMPTY_STATE;
  const transitions: Transition[] = [];
  for (const [index, result] of results.entries()) {
    const run = { sequence: index + 1, series: seriesOf(result), startedAt: result.run.startedAt };
    const next = drift(state, run, result);
    state = next.state;
    transitions.push(...next.transitions);
  }
  return { state, transitions };
}

function ids(results: readonly Result[]): string[] {
  return results.map(({ run }) => run.id);
}

const text = (bytes: string): Uint8Array => Buffer.from(bytes);

describe('a state folder', () => {
  const results = sample(55);
  const full = kept(results);

  it('gives back every run as it was, and what changed between them', () => {
    const store = openHistory(full.copy(), 'read');
    expect(store.entries.map((entry) => store.read(entry))).toEqual(results);
    expect(store.entries.map(({ sequence }) => sequence)).toEqual(results.map((_, index) => index + 1));
    expect({ state: store.state(), transitions: store.transitions() }).toEqual(told(results));
    expect(store.transitions().length).toBeGreaterThan(5);
    expect(store.verify().problems).toEqual([]);
    expect(store.problems).toEqual([]);
  });

  it('tells of each run what changed with it', () => {
    const store = openHistory(memoryState(), 'write');
    expect(results.flatMap((result) => store.append(result).transitions)).toEqual(told(results).transitions);
  });

  it('goes on where another process stopped', () => {
    const files = memoryState();
    for (const result of results) kept([result], files);
    const store = openHistory(files, 'read');
    expect({ state: store.state(), transitions: store.transitions() }).toEqual(told(results));
    expect(store.verify().problems).toEqual([]);
  });

  it('stores a run whole at the start of each block of 24 and at every change of policy, and else as a difference', () => {
    const other = { ...results[0]?.policy, name: 'head-office', path: 'postern.yaml', digest: 'sha256:other' };
    const files = kept(results.map((result, index) => (index === 30 ? { ...result, policy: other } : result)));
    const headers = files.list('runs').map((name) =>
      JSON.parse(
        Buffer.from(files.read(`runs/${name}`) ?? [])
          .toString()
          .split('\n')[0] ?? '',
      ),
    );
    const whole = headers.filter(({ base }) => base === null).map(({ sequence }) => sequence);
    expect(whole).toEqual([1, 25, 31, 32, 49]);
  });

  it('keeps runs of several commands apart', () => {
    const mixed = results.map((result, index) =>
      index % 3 === 0 ? { ...result, run: { ...result.run, command: 'check' } } : result,
    );
    const store = openHistory(kept(mixed), 'read');
    expect(store.entries.map((entry) => store.read(entry))).toEqual(mixed);
    expect(Object.entries(store.state().series).map(([series, { runs }]) => [series.split(' ')[0], runs])).toEqual([
      ['check', 19],
      ['audit', 36],
    ]);
    expect(store.verify().problems).toEqual([]);
  });

  it.each(['index.jsonl', 'transitions.jsonl', 'state.json'])(
    'makes %s anew from the runs where it is gone, torn or foreign',
    (name) => {
      for (const damage of [null, 0.5, 'foreign'] as const) {
        const files = full.copy();
        const bytes = files.read(name) ?? text('');
        if (damage === null) files.remove(name);
        else
          files.overwrite(
            name,
            damage === 'foreign' ? text('{"a":1}\nnull\n') : bytes.subarray(0, Math.floor(bytes.length * damage)),
          );
        const reader = openHistory(files, 'read');
        expect({ state: reader.state(), transitions: reader.transitions() }).toEqual(told(results));
        expect(files.read(name)).not.toEqual(bytes);
        openHistory(files, 'write');
        expect(files.read(name)).toEqual(bytes);
      }
    },
  );

  it('changes nothing at opening where all is in order', () => {
    const files = full.copy();
    const before = files.names().map((name) => files.read(name));
    const steps = files.steps();
    openHistory(files, 'read').verify();
    expect(files.steps()).toBe(steps);
    openHistory(files, 'write');
    expect(files.names().map((name) => files.read(name))).toEqual(before);
  });

  it('tells which run is damaged, and reads and keeps the others', () => {
    const files = full.copy();
    const name = openHistory(files, 'read').entries[25]?.file ?? '';
    const bytes = Uint8Array.from(files.read(`runs/${name}`) ?? []);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    files.overwrite(`runs/${name}`, bytes);
    const store = openHistory(files, 'write');
    expect(store.verify().problems).toEqual(
      expect.arrayContaining([
        `Run #26 of ${results[25]?.run.startedAt} was changed after it was written: its digest is not the one in the index.`,
      ]),
    );
    const unread = store.entries.filter((entry) => {
      try {
        return store.read(entry) === null;
      } catch {
        return true;
      }
    });
    expect(unread.map(({ sequence }) => sequence)).toEqual([26]);
    const [next] = sample(1, 6, 99);
    if (next === undefined) throw new Error('a run is needed');
    expect(store.append(next).problems).toEqual([]);
  });

  it('notices a run that was replaced together with the index, and one that was taken out', () => {
    const files = full.copy();
    const entries = openHistory(files, 'read').entries;
    const forged = kept([...results.slice(0, 23), ...sample(1, 6, 8)]);
    const name = forged.list('runs').at(-1) ?? '';
    files.remove(`runs/${entries[23]?.file}`);
    files.overwrite(`runs/${name}`, forged.read(`runs/${name}`) ?? text(''));
    files.remove('index.jsonl');
    const at = (index: number): string => results[index]?.run.startedAt ?? '';
    expect(openHistory(files, 'read').verify().problems[0]).toBe(
      `Run #25 of ${at(24)} does not follow the run before it: that one was changed or replaced.`,
    );
    files.remove(`runs/${name}`);
    expect(openHistory(files, 'read').verify().problems[0]).toBe(
      'Run #24 is lost: neither a file nor a line of the index is left.',
    );
  });

  it('leaves what lies among the runs and is none where it is, and says so', () => {
    const files = kept(results.slice(0, 3));
    files.overwrite('runs/00000004-20260101T000000Z-0a0a0a0a.run', text('no run\n'));
    files.overwrite('runs/notes.txt', text('mine'));
    const before = files.names();
    const store = openHistory(files, 'write');
    const lost = [
      'state/runs/00000004-20260101T000000Z-0a0a0a0a.run does not count as a run: what it holds is none that can be read.',
    ];
    expect([store.losses(), store.verify().problems, store.entries.length]).toEqual([lost, lost, 3]);
    expect(files.names()).toEqual([...before, 'losses.json'].sort());
  });

  it('does not write over the run of somebody who wrote here meanwhile', () => {
    const files = kept(results.slice(0, 3));
    const [one, two] = [openHistory(files, 'write'), openHistory(files, 'write')];
    const [, , , fourth, fifth] = results;
    if (fourth === undefined || fifth === undefined) throw new Error('five runs are needed');
    one.append(fourth);
    expect(() => two.append(fifth)).toThrow(/state was written to by another run meanwhile/);
    expect(openHistory(files, 'read').verify().problems).toEqual([]);
  });

  it('keeps documents of other parts', () => {
    const files = memoryState();
    const store = openHistory(files, 'write');
    expect(store.readDocument('cron.json')).toBe(null);
    store.writeDocument('cron.json', { remindedAt: null });
    expect(openHistory(files, 'read').readDocument('cron.json')).toEqual({ remindedAt: null });
  });
});

describe('pruning', () => {
  const results = sample(130);
  const full = kept(results);
  const now = START + 130 * HOUR_MS;

  it.each([
    ['nothing where nothing is asked for', null, null, 130],
    ['blocks of which no run is young enough', 50, null, 58],
    ['blocks of which no run is among the last', null, 100, 106],
    ['only what neither speaks for', 100, 20, 106],
    ['never the last run', 0, null, 10],
    ['nothing before a block is full', 120, null, 130],
  ] as const)('removes %s', (_, keepHours, keepLast, left) => {
    const files = full.copy();
    const store = openHistory(files, 'write');
    store.prune({ keepMs: keepHours === null ? null : keepHours * HOUR_MS, keepLast }, now);
    expect(store.entries.length).toBe(left);
    const after = openHistory(files, 'read');
    expect(ids(after.entries.map((entry) => after.read(entry)))).toEqual(ids(results.slice(130 - left)));
    expect(after.verify()).toMatchObject({ problems: [], runs: left, prunedThrough: 130 - left });
    expect({ state: after.state(), transitions: after.transitions() }).toEqual(told(results));
  });

  it('loses nothing of what was concluded from runs that went, whatever must be made anew', () => {
    const files = full.copy();
    openHistory(files, 'write').prune({ keepMs: 50 * HOUR_MS, keepLast: null }, now);
    files.remove('index.jsonl');
    files.remove('state.json');
    const store = openHistory(files, 'write');
    expect({ state: store.state(), transitions: store.transitions() }).toEqual(told(results));
    expect(store.verify().problems).toEqual([]);
  });

  it('goes on after it was pruned, and shows a change of what is left', () => {
    const files = kept(results.slice(0, 100));
    const store = openHistory(files, 'write');
    store.prune({ keepMs: 0, keepLast: 10 }, now);
    for (const result of results.slice(100)) store.append(result);
    expect(store.verify().problems).toEqual([]);
    expect({ state: store.state(), transitions: store.transitions() }).toEqual(told(results));
    files.remove(`runs/${store.entries[0]?.file}`);
    expect(openHistory(files, 'read').verify().problems[0]).toMatch(/^Run #73 of .* is lost/);
  });

  it('reads no more than 240 runs in one call', () => {
    const files = kept(sample(300, 2));
    const store = openHistory(files, 'write');
    expect(store.prune({ keepMs: null, keepLast: 1 }, now)).toEqual({ removed: 240, more: true });
    expect(store.prune({ keepMs: null, keepLast: 1 }, now)).toEqual({ removed: 48, more: false });
    expect(openHistory(files, 'read').verify()).toMatchObject({ problems: [], runs: 12 });
  });
});

describe('a process that dies', () => {
  const results = sample(27, 2);
  const before = kept(results.slice(0, 24));
  const wanted = told(results);

  /** Keeps the last three runs and prunes the first block, until it dies; then what was acknowledged. */
  function until(files: MemoryState): { readonly acknowledged: readonly string[]; readonly ended: boolean } {
    const acknowledged = ids(results.slice(0, 24));
    try {
      const store = openHistory(files, 'write');
      for (const result of results.slice(24)) {
        store.append(result);
        acknowledged.push(result.run.id);
      }
      store.prune({ keepMs: null, keepLast: 2 }, START);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      return { acknowledged, ended: false };
    }
    return { acknowledged, ended: true };
  }

  /** Goes on with what is there, and comes to the same as if nothing had happened. */
  function expectToGoOn(files: MemoryState, acknowledged: readonly string[]): void {
    const store = openHistory(files, 'write');
    const through = store.verify().prunedThrough;
    const there = [...ids(results.slice(0, through)), ...store.entries.map(({ id }) => id)];
    expect(there.slice(0, acknowledged.length)).toEqual(acknowledged);
    for (const result of results.slice(there.length)) store.append(result);
    expect(store.verify().problems).toEqual([]);
    expect({ state: store.state(), transitions: store.transitions() }).toEqual(wanted);
    expect(files.names().filter((name) => /\.(?:tmp|aside)$/.test(name))).toEqual([]);
  }

  it('loses no acknowledged run, at whatever step it was killed, and the next one goes on', () => {
    for (let [step, ended] = [1, false]; !ended; step++) {
      const files = before.copy();
      files.cutAt(step, 'killed');
      const died = until(files);
      files.reopened();
      expectToGoOn(files, died.acknowledged);
      ended = died.ended;
      expect(step).toBeLessThan(100);
    }
  });

  it('loses no acknowledged run where the power fails, whatever the disk had not made sure of', () => {
    for (let [step, ended] = [1, false]; !ended; step++) {
      for (const kept of [0, 1]) {
        const files = before.copy();
        files.cutAt(step, 'killed');
        const died = until(files);
        files.losePower(kept);
        expectToGoOn(files, died.acknowledged);
        ended = died.ended;
      }
    }
  });

  it('says what could not be written beside a run that is kept, and puts it right with the next', () => {
    const [first, second] = results.slice(24);
    if (first === undefined || second === undefined) throw new Error('two runs are needed');
    const answers: string[] = [];
    for (let [step, ended] = [1, false]; !ended; step++) {
      const files = before.copy();
      const store = openHistory(files, 'write');
      files.cutAt(step, 'full');
      const answer = attempt(() => store.append(first));
      answers.push(answer === null ? 'refused' : answer.problems.length > 0 ? 'told' : 'kept');
      ended = answer?.problems.length === 0;
      if (!ended) expect(store.append(second).problems).toEqual([]);
      const reader = openHistory(files, 'read');
      const there = [...results.slice(0, 24), ...(answer === null ? [second] : ended ? [first] : [first, second])];
      expect(reader.verify().problems).toEqual([]);
      expect({ state: reader.state(), transitions: reader.transitions() }).toEqual(told(there));
    }
    expect(answers.slice(0, 3)).toEqual(['refused', 'refused', 'refused']);
    expect(new Set(answers.slice(3, -1))).toEqual(new Set(['told']));
  });

  function attempt<Value>(write: () => Value): Value | null {
    try {
      return write();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return null;
    }
  }
});
