/** Kept runs beside a baseline, with evidence that does not change, and by clocks that are wrong. */
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../src/compare/exit-code.ts';
import { openHistory } from '../src/history/store.ts';
import { keepRun } from '../src/kept-run.ts';
import type { Result } from '../src/model/result.ts';
import { memoryState } from './support/memory-state.ts';
import { auditOf, type Mood } from './support/small-audit.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-11-02T00:00:00.000Z');
const QUIET: Readonly<Record<number, Mood>> = { 25: 'fine', 465: 'fine' };
const OPEN: Readonly<Record<number, Mood>> = { ...QUIET, 25: 'open' };

interface Given {
  readonly baseline?: string;
  readonly keepMs?: number;
  readonly remindMs?: number;
}

function scheduler(given: Given = {}) {
  const files = memoryState();
  const run = async (at: number, result: Result, { baseline = null }: { baseline?: string | null } = given): Promise<Ran> => {
    let mail: string | null = null;
    const clock = { now: () => at, monotonic: () => at, after: () => () => undefined };
    const steps = {
      work: () => Promise.resolve(result),
      report: () => Promise.resolve(),
      exitCode: (judged: Result) => exitCodeOf(judged, { failOn: 'low', allowInconclusive: false }),
      say: (text: string) => {
        mail = text;
        return Promise.resolve();
      },
      warn: () => undefined,
    };
    const settings = {
      command: 'audit',
      subject: 'audit postern.yaml',
      job: 'job-1',
      host: 'probe-1',
      cwd: '/',
      folder: '/state',
    };
    const retention = { keepMs: given.keepMs ?? null, keepLast: null };
    const kept = { ...settings, cron: true, remindMs: given.remindMs ?? null, jitterMs: null, baseline, retention };
    const exitCode = await keepRun({ ...kept, webhook: null, ping: null }, steps, {
      clock,
      send: () => Promise.resolve({ status: 200 }),
      open: () => openHistory(files, 'write'),
      files: () => files,
      lock: () => Promise.resolve({ kind: 'taken', release: () => Promise.resolve() }),
      signal: new AbortController().signal,
    });
    return { exitCode, mail };
  };
  return { run, store: () => openHistory(files, 'read') };
}

interface Ran {
  readonly exitCode: number;
  readonly mail: string | null;
}

function hour(index: number): number {
  return START + index * HOUR_MS;
}

function auditAt(index: number, flows: Readonly<Record<number, Mood>>): Result {
  return auditOf({ at: hour(index), flows });
}

describe('a baseline', () => {
  it.each(['latest', 'latest~1', '2026-11-02', '2026-11-03'])(
    'that is another run each time is refused: %s',
    async (baseline) => {
      const { run } = scheduler();
      await run(hour(0), auditAt(0, QUIET));
      const { exitCode, mail } = await run(hour(1), auditAt(1, OPEN), { baseline });
      expect(exitCode).toBe(2);
      expect(mail).toContain('is another run each time');
    },
  );

  it('knows what a run cannot see: it is not listed as open, and no reminder', async () => {
    const { run } = scheduler({ baseline: '#1', remindMs: HOUR_MS });
    await run(hour(0), auditAt(0, OPEN), { baseline: null });
    const mails: (string | null)[] = [];
    for (const index of [1, 2, 3, 4]) mails.push((await run(hour(index), auditAt(index, { ...QUIET, 25: 'blind' }))).mail);
    expect(mails.filter((mail) => mail?.includes('egress-open'))).toEqual([]);
  });

  it('of another policy is said', async () => {
    const { run } = scheduler({ baseline: '#1' });
    const other = auditAt(0, OPEN);
    await run(hour(0), { ...other, policy: { ...other.policy, name: 'branch' } }, { baseline: null });
    await run(hour(1), auditAt(1, QUIET));
    const { mail } = await run(hour(2), auditAt(2, QUIET));
    expect(mail?.replace(/\s+/g, ' ')).toContain('The baseline is of another kind of run (audit branch workstations)');
  });
});

describe('evidence that is judged again', () => {
  it('confirms nothing, and is told once as that', async () => {
    const { run } = scheduler();
    const mails: (string | null)[] = [];
    for (const index of [0, 1, 2, 3]) mails.push((await run(hour(index), auditAt(0, OPEN))).mail);
    expect(mails.map((mail) => mail?.split('\n')[0] ?? null)).toEqual([
      null,
      null,
      'postern: NO NEW EVIDENCE - audit head-office on probe-1',
      null,
    ]);
    expect(mails[2]).toContain('No new evidence since 2026-11-02T00:00:00.000Z');
  });
});

describe('the mail of a change', () => {
  it('does not say that nothing else is open where something was seen once, or could not be judged', async () => {
    const { run } = scheduler();
    await run(hour(0), auditAt(0, OPEN));
    const { mail } = await run(hour(1), auditAt(1, { 25: 'open', 465: 'open', 587: 'blind' }));
    expect(mail).toContain('OPENED');
    expect(mail).not.toContain('Nothing else is open.');
    expect(mail?.replace(/\s+/g, ' ')).toContain(
      'Nothing else is confirmed to be open. 2 findings that no second run confirms yet. 1 of 3 checks could not be judged in this run.',
    );
  });
});

describe('a clock', () => {
  it('that went back does not silence reminders', async () => {
    const { run } = scheduler({ remindMs: 24 * HOUR_MS });
    for (const index of [24 * 365, 24 * 365 + 1]) await run(hour(index), auditAt(index, OPEN));
    expect((await run(hour(2), auditAt(2, OPEN))).mail).toContain('still open');
    expect((await run(hour(3), auditAt(3, OPEN))).mail).toBeNull();
  });

  it('that jumps years ahead, and stays there, removes no run', async () => {
    const { run, store } = scheduler({ keepMs: 90 * 24 * HOUR_MS });
    for (let index = 0; index < 60; index++) await run(hour(index), auditAt(index, QUIET));
    const years = 10 * 365 * 24;
    for (const index of [years, years + 1]) await run(hour(index), auditAt(index, QUIET));
    expect(store().entries.length).toBe(62);
  });
});
