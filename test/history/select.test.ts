import { describe, expect, it } from 'vitest';
import { entryOf } from '../../src/history/run-file.ts';
import { selectRun } from '../../src/history/select.ts';
import type { RunEntry } from '../../src/model/history.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

/** Runs at 20:00, 04:00, 12:00 …, every third of them of a check. */
function entries(): RunEntry[] {
  const made: RunEntry[] = [];
  for (const result of hourlyRuns({ checks: 1, seed: 1 })) {
    const index = made.length;
    const startedAt = new Date(Date.parse('2026-11-20T20:00:00.000Z') + index * 8 * 3_600_000).toISOString();
    const id = `${index < 2 ? 'aa0' : 'bb'}${index}-0000`;
    const run = { ...result.run, id, startedAt, command: index % 3 === 2 ? 'check' : 'audit' };
    made.push(entryOf({ ...result, run }, { sequence: index + 11, file: `${index}.run`, bytes: new Uint8Array() }));
    if (made.length === 8) return made;
  }
  return made;
}

const runs = entries();

function refusal(text: string, from: readonly RunEntry[] = runs): string {
  try {
    return `#${selectRun(from, text).sequence}`;
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

describe('a run', () => {
  it.each([
    ['an id', 'bb4-0000', 15],
    ['the beginning of an id, in capitals', 'BB4', 15],
    ['its number', '#12', 12],
    ['the last one', 'latest', 18],
    ['one before it of the same series', 'latest~1', 17],
    ['some before it of the same series', 'latest~2', 15],
    ['the last one of a day', '2026-11-21', 14],
  ])('is meant by %s', (_, text, sequence) => {
    expect(selectRun(runs, text).sequence).toBe(sequence);
  });

  const last =
    'The last runs: #18 bb7-0000 audit 2026-11-23T04:00Z, #17 bb6-0000 audit 2026-11-22T20:00Z, #16 bb5-0000 check 2026-11-22T12:00Z, #15 bb4-0000 audit 2026-11-22T04:00Z, #14 bb3-0000 audit 2026-11-21T20:00Z and 3 more.';
  const syntax = 'Write an id or its beginning, #12, latest, latest~1, or a day such as 2026-11-21.';

  it.each([
    ['zz', `error unknown-run: There is no run "zz". ${syntax} ${last}`],
    ['', `error unknown-run: There is no run "". ${syntax} ${last}`],
    ['lastest', `error unknown-run: There is no run "lastest". Did you mean latest? ${syntax} ${last}`],
    ['12', `error unknown-run: There is no run "12". Did you mean #12? ${syntax} ${last}`],
    ['#3', `error unknown-run: There is no run #3: they go from #11 to #18. ${last}`],
    [
      'latest~7',
      `error unknown-run: latest~7 is too far back: there are only 6 runs of the same command, policy and segments. ${last}`,
    ],
    ['2025-01-01', `error unknown-run: No run started on 2025-01-01 (UTC): they go from 2026-11-20 to 2026-11-23. ${last}`],
    [
      'aa',
      'error ambiguous-run: "aa" begins the ids of 2 runs: #12 aa01-000 audit 2026-11-21T04:00Z, #11 aa00-000 audit 2026-11-20T20:00Z. Write more of it.',
    ],
  ])('that is not there is refused with what there is: %s', (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('is not there where none was kept', () => {
    expect(refusal('latest', [])).toBe('error no-runs: There is no run in this state folder yet: audit with --state keeps one.');
  });
});
