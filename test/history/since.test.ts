import { expect, it } from 'vitest';
import { drift, EMPTY_STATE, sinceOf } from '../../src/history/drift.ts';
import { sinceFrom } from '../../src/history/since.ts';
import type { Transition } from '../../src/model/history.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const SERIES = 'audit head-office workstations';
const RUNS = 10 * 24;

it('what transitions tell of an earlier run is what was told when it ended, or nothing', () => {
  let state = EMPTY_STATE;
  const transitions: Transition[] = [];
  const ended: {
    readonly run: { sequence: number; series: string; startedAt: string };
    readonly told: ReadonlyMap<string, string>;
  }[] = [];
  for (const result of hourlyRuns({
    checks: 100,
    seed: 7,
    unrest: 0.01,
    restless: 2,
    startAt: Date.parse('2026-11-01T00:00:00.000Z'),
  })) {
    const run = { sequence: ended.length + 1, series: SERIES, startedAt: result.run.startedAt };
    const next = drift(state, run, result);
    state = next.state;
    transitions.push(...next.transitions);
    ended.push({ run, told: sinceOf(state, SERIES) });
    if (ended.length === RUNS) break;
  }
  const later = ended.map(({ run, told }) => ({ told, since: sinceFrom(transitions, run) }));
  expect(later.filter(({ told, since }) => [...since].some(([fingerprint, at]) => told.get(fingerprint) !== at))).toEqual([]);
  const [known, all] = [later.flatMap(({ since }) => [...since]).length, later.flatMap(({ told }) => [...told]).length];
  expect(known / all).toBeGreaterThan(0.8);
});
