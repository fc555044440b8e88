import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../src/compare/exit-code.ts';
import { openHistory } from '../src/history/store.ts';
import type { Request } from '../src/host/https.ts';
import { jitterOf, type KeepOutside, type KeepSettings, type KeptWork, keepRun } from '../src/kept-run.ts';
import type { RunEntry } from '../src/model/history.ts';
import { inputError } from '../src/model/problem.ts';
import type { Result } from '../src/model/result.ts';
import { memoryState } from './support/memory-state.ts';
import { auditOf, type Mood } from './support/small-audit.ts';

const HOUR_MS = 3_600_000;

const isEvent = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, '../policies/event.schema.json'), 'utf8')),
);
const START = Date.parse('2026-11-01T00:00:00.000Z');
const QUIET: Readonly<Record<number, Mood>> = { 25: 'fine', 465: 'fine', 587: 'fine', 2525: 'fine' };

const SETTINGS: KeepSettings = {
  command: 'audit',
  subject: 'audit postern.yaml',
  job: 'job-1',
  host: 'probe-1',
  cwd: '/',
  folder: '/var/lib/postern',
  cron: true,
  remindMs: null,
  jitterMs: null,
  baseline: null,
  retention: { keepMs: null, keepLast: null },
  webhook: null,
  ping: null,
};

interface Ran {
  readonly exitCode: number | 'threw';
  readonly mail: string | null;
  readonly warnings: readonly string[];
  readonly reported: Result | null;
  /** Runs before it, as the report is given them. */
  readonly before: readonly string[];
}

/** A scheduler with a folder, a clock that it moves on, and a network that answers as told. */
function scheduler(settings: Partial<KeepSettings> = {}) {
  const files = memoryState();
  const requests: Request[] = [];
  let now = START;
  let status: (request: Request) => number = () => 200;
  const outside: KeepOutside = {
    clock: {
      now: () => now,
      monotonic: () => now,
      after: (delayMs, callback) => {
        // A limit that nothing reaches; a pause is over at once.
        if (delayMs < 10_000) queueMicrotask(callback);
        return () => undefined;
      },
    },
    send: (request) => {
      requests.push(request);
      return Promise.resolve({ status: status(request) });
    },
    open: (_folder, mode) => openHistory(files, mode),
    files: () => files,
    lock: () => Promise.resolve({ kind: 'taken', release: () => Promise.resolve() }),
    signal: new AbortController().signal,
  };
  const run = async (
    at: number,
    work: () => Result,
    changes: Partial<KeepSettings> = {},
    elsewhere: Partial<KeepOutside> = {},
    otherwise: Partial<KeptWork> = {},
  ): Promise<Ran> => {
    now = at;
    let mail: string | null = null;
    let reported: Result | null = null;
    let before: readonly string[] = [];
    const warnings: string[] = [];
    const steps = {
      work: () => Promise.resolve().then(work),
      report: (result: Result, runs: readonly RunEntry[]) => {
        reported = result;
        before = runs.map(({ id }) => id);
        return Promise.resolve();
      },
      exitCode: (result: Result) => exitCodeOf(result, { failOn: 'low', allowInconclusive: false }),
      say: (text: string) => {
        mail = text;
        return Promise.resolve();
      },
      warn: (sentence: string) => void warnings.push(sentence),
      ...otherwise,
    };
    const exitCode = await keepRun({ ...SETTINGS, ...settings, ...changes }, steps, { ...outside, ...elsewhere }).catch(
      () => 'threw' as const,
    );
    return { exitCode, mail, warnings, reported, before };
  };
  return {
    files,
    requests,
    run,
    answer: (with_: (request: Request) => number): void => {
      status = with_;
    },
  };
}

function hour(index: number): number {
  return START + index * HOUR_MS;
}

function subject(mail: string | null): string | null {
  return mail?.split('\n')[0] ?? null;
}

/** What a month was like, by hour. */
function month(index: number): Result {
  if (index === 600 || index === 601) throw inputError('unreadable-file', 'postern.yaml cannot be read: there is no such file.');
  if (index >= 200 && index < 205)
    return auditOf({ at: hour(index), flows: { 25: 'blind', 465: 'blind', 587: 'blind', 2525: 'blind' } });
  const flows: Record<number, Mood> = {
    // A hole that is there for five days.
    25: index >= 300 && index < 420 ? 'open' : 'fine',
    // Accepted until the 20th.
    465: index < 480 ? 'waived' : 'open',
    // One answer that nobody can explain.
    587: index === 50 ? 'open' : 'fine',
    // A path that comes and goes for two and a half days.
    2525: index >= 100 && index < 160 && index % 2 === 0 ? 'open' : 'fine',
  };
  return auditOf({ at: hour(index), flows });
}

describe('a report of a run that is kept', () => {
  const other = (at: number): Result => {
    const result = auditOf({ at, flows: QUIET });
    return { ...result, run: { ...result.run, command: 'check' } };
  };

  it('is given the runs of the same series before it, oldest first, and nothing where none is kept', async () => {
    const { run } = scheduler({ cron: false });
    const before: (readonly string[])[] = [];
    for (let index = 0; index < 4; index++) {
      const at = hour(index);
      before.push((await run(at, () => (index === 1 ? other(at) : auditOf({ at, flows: QUIET })))).before);
    }
    const [first, , third] = [0, 1, 2].map((index) => `run-${hour(index)}`);
    expect(before).toEqual([[], [], [first], [first, third]]);
    expect((await run(hour(4), () => auditOf({ at: hour(4), flows: QUIET }), { folder: null })).before).toEqual([]);
  });
});

describe('thirty days of hourly runs', () => {
  it('are these mails and no others', async () => {
    const { run, requests, files } = scheduler({
      remindMs: 72 * HOUR_MS,
      webhook: { url: 'https://hooks.example.net/', key: null },
    });
    // Opened anew for every run it would be read 720 times.
    const store = openHistory(files, 'write');
    const mails: [number, string | null][] = [];
    const failures: number[] = [];
    for (let index = 0; index < 720; index++) {
      const { mail, exitCode, warnings } = await run(hour(index), () => month(index), {}, { open: () => store });
      expect(warnings).toEqual([]);
      if (mail !== null) mails.push([index, subject(mail)]);
      if (exitCode === 2) failures.push(index);
    }
    const on = 'audit head-office on probe-1';
    const told = [
      [103, `postern: 1 unsteady (critical) - ${on}`],
      [165, `postern: 1 closed - ${on}`],
      [201, `postern: SEES NOTHING - ${on}`],
      [206, `postern: sees again - ${on}`],
      [301, `postern: 1 opened (critical) - ${on}`],
      [373, `postern: 1 still open - ${on}`],
      [421, `postern: 1 closed - ${on}`],
      [481, `postern: 1 opened (critical) - ${on}`],
      [553, `postern: 1 still open - ${on}`],
      [600, 'postern: FAILED (exit code 2) - audit postern.yaml on probe-1'],
      [602, `postern: works again - ${on}`],
      [674, `postern: 1 still open - ${on}`],
    ];
    expect(mails).toEqual(told);
    expect(failures).toEqual([600, 601]);
    expect(requests.map(({ body }) => JSON.parse(body ?? '').subject)).toEqual(
      told.map(([, line]) => line).filter((line) => !`${line}`.includes('still open')),
    );
  }, 120_000);
});

describe('the mail of a change', () => {
  it('says what, since when, what else is open, and how to see more', async () => {
    const { run } = scheduler();
    for (const index of [0, 1]) await run(hour(index), () => auditOf({ at: hour(index), flows: { ...QUIET, 25: 'open' } }));
    const flows: Record<number, Mood> = { ...QUIET, 25: 'open', 587: 'milder', 465: 'waived' };
    await run(hour(2), () => auditOf({ at: hour(2), flows, id: 'bbbbbbbb-2' }));
    const { mail, exitCode } = await run(hour(3), () => auditOf({ at: hour(3), flows, id: 'aaaaaaaa-3' }));
    expect(exitCode).toBe(1);
    expect(mail).toBe(`postern: 1 opened (medium) - audit head-office on probe-1

OPENED
  MEDIUM A denied mail flow gets out
      egress-open: segment workstations, internet, mx.example.org:587; since
      2026-11-01 02:00 UTC
      TCP connects; nothing was said.

STILL OPEN: 1 finding
  CRITICAL A denied mail flow gets out
      egress-open: segment workstations, internet, mx.example.org:25; since
      2026-11-01 00:00 UTC

More:
  postern history --state /var/lib/postern --findings
  postern diff --state /var/lib/postern run-1793 aaaaaaaa
  postern explain egress-open
`);
  });

  it('never says that all is quiet where the run has an unconfirmed violation', async () => {
    const { run } = scheduler();
    const flows = { ...QUIET, 25: 'open' as const };
    for (const index of [0, 1]) await run(hour(index), () => auditOf({ at: hour(index), flows }));
    await run(hour(2), () => auditOf({ at: hour(2), flows: QUIET }));
    const { mail } = await run(hour(3), () => auditOf({ at: hour(3), flows: { ...QUIET, 465: 'open' } }));
    expect(mail).toContain('CLOSED');
    expect(mail).toContain('This run has a violation that no second run confirms yet');
    expect(mail).not.toContain('comply');
  });

  it('of runs that see nothing does not list every check', async () => {
    const { run } = scheduler();
    const flows = { 25: 'blind', 465: 'blind', 587: 'blind', 2525: 'blind' } as const;
    expect((await run(hour(0), () => auditOf({ at: hour(0), flows }))).mail).toBe(null);
    const { mail } = await run(hour(1), () => auditOf({ at: hour(1), flows }));
    expect(mail).toBe(`postern: SEES NOTHING - audit head-office on probe-1

Since 2026-11-01 00:00 UTC nothing can be judged: no check of two runs in a
row. What was open before counts as open still.

NOT SEEN: 4 findings; 4 of 4 checks inconclusive in this run
  workstations to internet: 4 flows, the first since 2026-11-01 00:00 UTC
      No answer in 8 s. The control www.example.net:443 did not answer
      either.

More:
  postern history --state /var/lib/postern --findings
`);
  });

  it('of one check that cannot be judged any more names it, apart from what was seen', async () => {
    const { run } = scheduler();
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    const flows = { ...QUIET, 25: 'blind' } as const;
    await run(hour(1), () => auditOf({ at: hour(1), flows }));
    const { mail } = await run(hour(2), () => auditOf({ at: hour(2), flows }));
    expect(subject(mail)).toBe('postern: 1 not judged any more - audit head-office on probe-1');
    expect(mail).toContain('CANNOT BE JUDGED ANY MORE\n  INFO A check could not be judged\n');
  });
});

describe('what was told', () => {
  it('has a run that is lost in it, from the run that finds that and from no other', async () => {
    const { run, files } = scheduler();
    const kept = (index: number) => run(hour(index), () => auditOf({ at: hour(index), flows: QUIET }));
    for (const index of [0, 1, 2]) await kept(index);
    const [index = '', file = ''] = ['index.jsonl', `runs/${files.list('runs')[2]}`];
    const lines = Buffer.from(files.read(index) ?? [])
      .toString()
      .split('\n');
    files.overwrite(index, Buffer.from(`${lines.slice(0, 2).join('\n')}\n`));
    files.overwrite(file, Buffer.from('{"schema":"postern.run/1"'));
    const { mail } = await kept(3);
    expect(subject(mail)).toBe('postern: a kept run is LOST or damaged - audit head-office on probe-1');
    expect(mail?.replace(/\s+/g, ' ')).toContain(`/${file.slice(5)} does not count as a run`);
    expect([(await kept(4)).mail, (await kept(5)).mail]).toEqual([null, null]);
  });

  it('is told again where the process died before it was remembered', async () => {
    const { run, files } = scheduler();
    const flows = { ...QUIET, 25: 'open' as const };
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    await run(hour(1), () => auditOf({ at: hour(1), flows }));
    const remembered = files.read('cron.json') ?? new Uint8Array();
    expect(subject((await run(hour(2), () => auditOf({ at: hour(2), flows }))).mail)).toContain('1 opened');
    files.overwrite('cron.json', remembered);
    expect(subject((await run(hour(3), () => auditOf({ at: hour(3), flows }))).mail)).toContain('1 opened');
    expect((await run(hour(4), () => auditOf({ at: hour(4), flows }))).mail).toBe(null);
  });

  it('is not what a run by hand confirmed in between', async () => {
    const { run } = scheduler();
    const flows = { ...QUIET, 25: 'open' as const };
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    await run(hour(1), () => auditOf({ at: hour(1), flows }));
    expect((await run(hour(2), () => auditOf({ at: hour(2), flows }), { cron: false, job: 'by hand' })).mail).toBe(null);
    expect(subject((await run(hour(3), () => auditOf({ at: hour(3), flows }))).mail)).toContain('1 opened');
  });

  it('begins with what is open, where earlier runs were not told of', async () => {
    const { run } = scheduler();
    const flows = { ...QUIET, 25: 'open' as const };
    for (const index of [0, 1, 2]) await run(hour(index), () => auditOf({ at: hour(index), flows }), { cron: false });
    const { mail } = await run(hour(3), () => auditOf({ at: hour(3), flows }));
    expect(subject(mail)).toContain('1 still open');
  });

  it('is reminded of every day, also where a run starts some seconds earlier than the day before', async () => {
    const { run } = scheduler({ remindMs: 24 * HOUR_MS });
    const flows = { ...QUIET, 25: 'open' as const };
    const told: (string | null)[] = [];
    for (let day = 0; day < 5; day++) {
      const at = START + day * 24 * HOUR_MS - day * 2_000;
      told.push(subject((await run(at, () => auditOf({ at, flows }))).mail));
    }
    expect(told.map((line) => line?.slice(9, 21) ?? null)).toEqual([
      null,
      '1 opened (cr',
      '1 still open',
      '1 still open',
      '1 still open',
    ]);
  });
});

describe('a run that fails', () => {
  const failing = (): Result => {
    throw inputError('unreadable-file', 'postern.yaml cannot be read: there is no such file.');
  };

  it('is told at once, then with the reminders, and when it is over', async () => {
    const { run } = scheduler({ remindMs: 3 * HOUR_MS });
    const told: [number | 'threw', string | null][] = [];
    for (let index = 0; index < 6; index++) {
      const { exitCode, mail } = await run(hour(index), index < 5 ? failing : () => auditOf({ at: hour(index), flows: QUIET }));
      told.push([exitCode, subject(mail)]);
    }
    expect(told).toEqual([
      [2, 'postern: FAILED (exit code 2) - audit postern.yaml on probe-1'],
      [2, null],
      [2, null],
      [2, 'postern: still FAILS (exit code 2) - audit postern.yaml on probe-1'],
      [2, null],
      [0, 'postern: works again - audit head-office on probe-1'],
    ]);
  });

  it('for a bug is exit code 4, with where it is', async () => {
    const { run } = scheduler();
    const { exitCode, mail } = await run(hour(0), () => {
      throw new TypeError('x is not a function');
    });
    expect([exitCode, subject(mail)]).toEqual([4, 'postern: FAILED (exit code 4) - audit postern.yaml on probe-1']);
    expect(mail).toContain('This is a bug in Postern.');
    expect(mail).toContain('x is not a function');
  });

  it('and works in turn is told as that, once, and then when it stays one of both', async () => {
    const { run } = scheduler();
    const told: [number, string | undefined][] = [];
    for (let index = 0; index < 20; index++) {
      const fails = index < 10 && index % 2 === 1;
      const { mail } = await run(hour(index), fails ? failing : () => auditOf({ at: hour(index), flows: QUIET }));
      if (mail !== null) told.push([index, subject(mail)?.split(' - ')[0]]);
    }
    expect(told).toEqual([
      [1, 'postern: FAILED (exit code 2)'],
      [2, 'postern: works again'],
      [3, 'postern: FAILED (exit code 2)'],
      [4, 'postern: fails and works in turn'],
      [15, 'postern: works again'],
    ]);
  });

  it('without --cron is thrown on, and the next run works', async () => {
    const { run } = scheduler({ cron: false });
    expect((await run(hour(0), failing)).exitCode).toBe('threw');
    expect((await run(hour(1), () => auditOf({ at: hour(1), flows: QUIET }))).exitCode).toBe(0);
  });

  it('to write a document is told beside what changed, at once and then with the reminders, with exit code 2', async () => {
    const { run } = scheduler({ remindMs: 3 * HOUR_MS });
    const broken = { report: () => Promise.reject(inputError('unwritable-file', 'p.prom cannot be written: the disk is full.')) };
    const told: [number | 'threw', string | undefined][] = [];
    for (let index = 0; index < 7; index++) {
      const flows = { ...QUIET, 25: index > 1 ? 'open' : 'fine' } as const;
      const { exitCode, mail } = await run(
        hour(index),
        () => auditOf({ at: hour(index), flows }),
        {},
        {},
        index > 0 && index < 6 ? broken : {},
      );
      told.push([exitCode, subject(mail)?.split(' - ')[0]]);
      if (index === 3) {
        expect(mail).toContain('OPENED');
        expect(mail).toContain('p.prom cannot be written: the disk is full.');
        expect(mail).not.toContain('Nothing was judged');
      }
    }
    expect(told).toEqual([
      [0, undefined],
      [2, 'postern: a document is NOT WRITTEN'],
      [2, undefined],
      [2, 'postern: 1 opened (critical), a document is NOT WRITTEN'],
      [2, undefined],
      [2, undefined],
      [1, 'postern: 1 still open'],
    ]);
  });

  it('to write a document for a bug is exit code 4, beside what changed', async () => {
    const { run } = scheduler();
    const broken = { report: () => Promise.reject(new TypeError('x is not a function')) };
    const flows = { ...QUIET, 25: 'open' } as const;
    await run(hour(0), () => auditOf({ at: hour(0), flows }));
    const { exitCode, mail } = await run(hour(1), () => auditOf({ at: hour(1), flows }), {}, {}, broken);
    expect([exitCode, subject(mail)]).toEqual([
      4,
      'postern: 1 opened (critical), a document is NOT WRITTEN - audit head-office on probe-1',
    ]);
    expect(mail).toContain('This is a bug in Postern.');
  });

  it('to take the lock, or to open the folder, is audited, told, pinged and posted all the same', async () => {
    const hooked = { ping: 'https://hc.example.net/1', webhook: { url: 'https://hooks.example.net/', key: null } };
    const { run, requests, files } = scheduler(hooked);
    const refusal = inputError('state-unwritable', '/var/lib/postern/lock-name cannot be written: the disk is full.');
    const flows = { ...QUIET, 25: 'open', 465: 'blind' } as const;
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    const before = files.steps();
    for (const elsewhere of [
      { lock: () => Promise.reject(refusal) },
      {
        lock: () => Promise.reject(refusal),
        open: () => {
          throw refusal;
        },
      },
    ]) {
      requests.length = 0;
      const { exitCode, mail, reported, warnings } = await run(hour(1), () => auditOf({ at: hour(1), flows }), {}, elsewhere);
      expect([exitCode, reported?.findings.length, warnings]).toEqual([2, 2, []]);
      expect(subject(mail)).toBe('postern: 1 found (critical), the run is NOT KEPT - audit head-office on probe-1');
      expect(mail).toContain('FOUND IN THIS RUN, and not known to be open before\n  CRITICAL A denied mail flow gets out');
      expect(mail).toContain('lock-name cannot be written');
      expect(requests.map(({ method, url }) => [method, url])).toEqual([
        ['GET', 'https://hc.example.net/1/start'],
        ['GET', 'https://hc.example.net/1/2'],
        ['POST', 'https://hooks.example.net/'],
      ]);
      expect(isEvent(JSON.parse(requests[2]?.body ?? '')), JSON.stringify(isEvent.errors)).toBe(true);
    }
    expect(files.steps()).toBe(before);
  });

  it('to be kept is told once where nothing is found that is not known, and by every run that finds something', async () => {
    const { run, files } = scheduler();
    const told: [number | 'threw', string | undefined][] = [];
    for (let index = 0; index < 8; index++) {
      const flows = { ...QUIET, 25: 'open', 465: index === 5 || index === 6 ? 'open' : 'fine' } as const;
      const { exitCode, mail, warnings } = await run(hour(index), () => {
        if (index > 1 && index < 7) files.cutAt(1, 'full');
        return auditOf({ at: hour(index), flows });
      });
      expect(warnings).toEqual([]);
      told.push([exitCode, subject(mail)?.split(' - ')[0]]);
    }
    expect(told).toEqual([
      [1, undefined],
      [1, 'postern: 1 opened (critical)'],
      [2, 'postern: the run is NOT KEPT'],
      [2, undefined],
      [2, undefined],
      [2, 'postern: 1 found (critical), the run is NOT KEPT'],
      [2, 'postern: 1 found (critical), the run is NOT KEPT'],
      [1, undefined],
    ]);
  });

  it('to be kept is reported all the same, with exit code 2', async () => {
    const { run, files } = scheduler();
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    const { exitCode, mail, reported } = await run(hour(1), () => {
      files.cutAt(1, 'full');
      return auditOf({ at: hour(1), flows: { ...QUIET, 25: 'open' } });
    });
    expect([exitCode, reported?.findings.length]).toEqual([2, 1]);
    expect(mail).toContain('the disk is full');
  });

  it('says nothing where it was interrupted once before anything was judged, and twice that it sees nothing', async () => {
    const { run } = scheduler();
    const told: [number | 'threw', string | null][] = [];
    for (const index of [0, 1, 2]) {
      const flows = { 25: 'blind' } as const;
      const { exitCode, mail } = await run(hour(index), () => auditOf({ at: hour(index), flows, interrupted: true }));
      told.push([exitCode, subject(mail)]);
    }
    expect(told).toEqual([
      [130, null],
      [130, 'postern: SEES NOTHING - audit head-office on probe-1'],
      [130, null],
    ]);
  });
});

describe('a baseline', () => {
  const flows = { ...QUIET, 25: 'milder' as const };

  it('takes its findings from the exit code and the mail, and marks them', async () => {
    const { run } = scheduler();
    await run(hour(0), () => auditOf({ at: hour(0), flows, id: 'accepted' }), { cron: false });
    for (const index of [1, 2]) {
      const { exitCode, mail, reported } = await run(hour(index), () => auditOf({ at: hour(index), flows }), {
        baseline: 'accepted',
      });
      expect([exitCode, mail]).toEqual([0, null]);
      expect(reported?.findings.map(({ known, since }) => [known, since])).toEqual([[true, '2026-11-01T00:00:00.000Z']]);
    }
    const graver = { ...QUIET, 25: 'open' as const };
    await run(hour(3), () => auditOf({ at: hour(3), flows: graver }), { baseline: 'accepted' });
    const { exitCode, mail } = await run(hour(4), () => auditOf({ at: hour(4), flows: graver }), { baseline: 'accepted' });
    expect([exitCode, subject(mail)]).toEqual([1, 'postern: 1 graver (critical) - audit head-office on probe-1']);
  });

  it('that there is not fails before anything is asked', async () => {
    const { run } = scheduler({ cron: false });
    let asked = false;
    const { exitCode } = await run(
      hour(0),
      () => {
        asked = true;
        return auditOf({ at: hour(0), flows });
      },
      { baseline: 'nosuchrun' },
    );
    expect([exitCode, asked]).toEqual(['threw', false]);
  });
});

describe('what tells of the runs', () => {
  const hook = { webhook: { url: 'https://hooks.example.net/', key: null } };

  it('is told itself where it fails twice in a row, once', async () => {
    const { run, answer } = scheduler({ ...hook, ping: 'https://hc.example.net/1' });
    answer(() => 503);
    const flows = { ...QUIET, 25: 'open' as const };
    const told: (string | null)[] = [];
    for (let index = 0; index < 5; index++) {
      told.push((await run(hour(index), () => auditOf({ at: hour(index), flows: index < 1 ? QUIET : flows }))).mail);
    }
    expect(told.map(subject)).toEqual([
      null,
      'postern: its notices have trouble - audit head-office on probe-1',
      'postern: 1 opened (critical), its notices have trouble - audit head-office on probe-1',
      null,
      null,
    ]);
    expect(told[2]).toContain('The webhook did not take an event (it answered 503); 1 event waits in');
  });

  it('without --cron is a sentence on stderr each time', async () => {
    const { run, answer } = scheduler({ cron: false, ping: 'https://hc.example.net/1' });
    answer(() => 404);
    const { warnings, exitCode } = await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    expect([warnings, exitCode]).toEqual([['The ping to hc.example.net failed (it answered 404).'], 0]);
  });

  it('pings with the exit code, whatever it is', async () => {
    const { run, requests } = scheduler({ cron: false, ping: 'https://hc.example.net/1' });
    await run(hour(0), () => auditOf({ at: hour(0), flows: { ...QUIET, 25: 'open' } }));
    await run(hour(1), () => {
      throw new TypeError('x is not a function');
    });
    expect(requests.map(({ url }) => url.slice(22))).toEqual(['/1/start', '/1/1', '/1/start', '/1/4']);
  });

  it('posts a change once, after it was down', async () => {
    const { run, requests, answer } = scheduler({ ...hook, cron: false });
    const flows = { ...QUIET, 25: 'open' as const };
    answer(() => 500);
    await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }));
    await run(hour(1), () => auditOf({ at: hour(1), flows }));
    await run(hour(2), () => auditOf({ at: hour(2), flows }));
    answer(() => 200);
    for (const index of [3, 4]) await run(hour(index), () => auditOf({ at: hour(index), flows }));
    const keys = requests.map(({ headers }) => headers['idempotency-key']);
    expect([keys.length, new Set(keys).size]).toEqual([4, 1]);
    const event = JSON.parse(requests[0]?.body ?? '');
    expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true);
    expect([event.schema, event.run.verdict, event.news[0].transitions[0].kind]).toEqual([
      'postern.event/1',
      'violation',
      'opened',
    ]);
  });
});

describe('an event', () => {
  it('is what the published schema describes, whatever it tells', async () => {
    const { run, requests } = scheduler({ cron: false, webhook: { url: 'https://hooks.example.net/', key: null } });
    const blind = { 25: 'blind', 465: 'blind', 587: 'blind', 2525: 'blind' } as const;
    const moods = [QUIET, blind, blind, QUIET, QUIET, { ...QUIET, 25: 'open' as const }, { ...QUIET, 25: 'open' as const }];
    for (const [index, flows] of moods.entries()) await run(hour(index), () => auditOf({ at: hour(index), flows }));
    for (let index = 7; index < 13; index++) {
      const fails = index % 2 === 1;
      await run(hour(index), () => {
        if (fails) throw inputError('unreadable-file', 'postern.yaml cannot be read: there is no such file.');
        return auditOf({ at: hour(index), flows: QUIET });
      });
    }
    const events = requests.map(({ body }) => JSON.parse(body ?? ''));
    const kinds = events.flatMap(({ news }) => news.map(({ kind }: { readonly kind: string }) => kind));
    expect(new Set(kinds)).toEqual(new Set(['blind', 'sees-again', 'changed', 'failed', 'works-again', 'unreliable']));
    for (const event of events) expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true);
  });
});

describe('a lock that another run holds', () => {
  it('ends this one at once with exit code 75, and says who', async () => {
    const { run } = scheduler();
    const holder = { pid: 4711, since: '2026-11-21T20:38:00.000Z', command: 'audit' };
    const outside = { lock: () => Promise.resolve({ kind: 'held', holder } as const) };
    const { exitCode, warnings, reported } = await run(hour(0), () => auditOf({ at: hour(0), flows: QUIET }), {}, outside);
    expect([exitCode, reported]).toEqual([75, null]);
    expect(warnings).toEqual([
      'another run holds /var/lib/postern: pid 4711 since 2026-11-21T20:38:00.000Z (audit). This one did nothing.',
    ]);
  });
});

describe('a lock that another run has held for a day', () => {
  it('is a mail and a ping, with exit code 75: nothing else would tell that nothing is audited', async () => {
    const { run, requests } = scheduler({ ping: 'https://hc.example.net/1' });
    const holder = { pid: 4711, since: new Date(START).toISOString(), command: 'audit' };
    const outside = { lock: () => Promise.resolve({ kind: 'held', holder } as const) };
    const runs = [23, 24, 49].map(
      (index) => () => run(hour(index), () => auditOf({ at: hour(index), flows: QUIET }), {}, outside),
    );
    const told: unknown[] = [];
    for (const next of runs) {
      const { exitCode, mail, warnings } = await next();
      told.push([exitCode, mail, warnings.length]);
    }
    const text = (days: string): string => `postern: NOT RUN - audit postern.yaml on probe-1

nothing was audited for ${days}: another run holds /var/lib/postern: pid 4711 since 2026-11-01T00:00:00.000Z (audit). This one did nothing. End that process if it hangs; the lock is free with it.
`;
    expect(told).toEqual([
      [75, null, 1],
      [75, text('1 day'), 0],
      [75, text('2 days'), 0],
    ]);
    expect(requests.map(({ url }) => url)).toEqual(['https://hc.example.net/1/75', 'https://hc.example.net/1/75']);
  });
});

describe('jitter', () => {
  it('is the same for a host and a job every time, and spreads hosts', () => {
    const of = (host: string): number => jitterOf({ jitterMs: 300_000, host, job: 'job-1' });
    const spread = Array.from({ length: 100 }, (_, index) => of(`probe-${index}`));
    expect(of('probe-1')).toBe(of('probe-1'));
    expect(Math.min(...spread)).toBeLessThan(30_000);
    expect(Math.max(...spread)).toBeGreaterThan(270_000);
    expect(spread.every((delayMs) => delayMs >= 0 && delayMs < 300_000)).toBe(true);
    expect(jitterOf({ jitterMs: null, host: 'probe-1', job: 'job-1' })).toBe(0);
  });
});
