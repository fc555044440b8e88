import { describe, expect, it } from 'vitest';
import { type Drift, drift, EMPTY_STATE, sinceOf } from '../../src/history/drift.ts';
import type { Finding, FindingCode, Severity } from '../../src/model/finding.ts';
import type { Transition } from '../../src/model/history.ts';
import type { Check, Result } from '../../src/model/result.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');
const SERIES = 'audit head-office lab';

/** One check with its finding, as the generator makes them. */
const [template] = hourlyRuns({ checks: 40, seed: 4, startAt: START });
const found = template?.findings.find(({ code }) => code === 'egress-open');
const asked = template?.checks.find(({ id }) => id === found?.check);
if (template === undefined || found === undefined || asked === undefined) throw new Error('a run with a finding is needed');
const [run, hole, check]: [Result, Finding, Check] = [template, found, asked];

const SEVERITY: Readonly<Record<string, Severity>> = { c: 'critical', h: 'high', m: 'medium' };

/** `c`, `h`, `m`: open, so grave; `w`: open and waived; `.`: complies; `?`: inconclusive; `!`: interrupted before it; `-`: not asked. */
function runOf(mark: string, index: number): Result {
  const startedAt = new Date(START + index * HOUR_MS).toISOString();
  const severity = SEVERITY[mark] ?? 'critical';
  const waiver = mark === 'w' ? { until: '2027-01-31', reason: 'CHG-1234', owner: null } : null;
  const open = mark in SEVERITY || mark === 'w';
  const verdict = open ? 'violation' : mark === '.' ? 'compliant' : 'inconclusive';
  const about: Check = { ...check, verdict, findings: open ? [hole.fingerprint] : [] };
  return {
    ...run,
    run: { ...run.run, startedAt, interrupted: mark === '!' },
    checks: mark === '!' || mark === '-' ? [] : [about],
    findings: open ? [{ ...hole, severity, waiver }] : [],
  };
}

function over(results: readonly Result[]): Drift {
  let state = EMPTY_STATE;
  const transitions: Transition[] = [];
  for (const [index, result] of results.entries()) {
    const next = drift(state, { sequence: index + 1, series: SERIES, startedAt: result.run.startedAt }, result);
    state = next.state;
    transitions.push(...next.transitions);
  }
  return { state, transitions };
}

/** `opened 2 since 1`: with the second run, since the first. */
function story(marks: string): string[] {
  return over([...marks].map(runOf)).transitions.map(lineOf);
}

function lineOf({ kind, sequence, since, before, finding }: Transition): string {
  const grade = before === null ? '' : ` ${before} to ${finding.severity}`;
  return `${kind}${finding.waived ? ' (waived)' : ''}${grade} ${sequence} since ${1 + (Date.parse(since) - START) / HOUR_MS}`;
}

describe('a change', () => {
  it.each([
    ['is told when a second run agrees', 'cc', ['opened 2 since 1']],
    ['is not told after one run', 'c', []],
    ['is told once', 'cccccccc', ['opened 2 since 1']],
    ['is no change where one run alone says otherwise', 'ccc.ccc', ['opened 2 since 1']],
    ['is no change where it goes back before it is confirmed', '..c.', []],
    ['closes where two runs comply', 'ccc..', ['opened 2 since 1', 'closed 5 since 4']],
    ['opens again', 'cc..cc', ['opened 2 since 1', 'closed 4 since 3', 'opened 6 since 5']],
    ['is not confirmed by runs that could not see', 'c??', []],
    ['is confirmed across runs that could not see', '.c??c', ['opened 5 since 2']],
    ['does not close where the check cannot be judged', 'cc????????', ['opened 2 since 1']],
    ['does not close where runs are interrupted before they ask', 'cc!!!!', ['opened 2 since 1']],
    ['does not close where it is asked no more: that is told', 'cc--', ['opened 2 since 1', 'unasked 4 since 3']],
    ['is asked no more once, and then not again', 'cc------', ['opened 2 since 1', 'unasked 4 since 3']],
    ['closes by two runs that asked, not by one after it was not asked', 'cc-..', ['opened 2 since 1', 'closed 5 since 4']],
    ['opens again after it was not asked', 'cc--cc', ['opened 2 since 1', 'unasked 4 since 3', 'opened 6 since 5']],
    ['closes across what could not be seen', 'cc?.?!.', ['opened 2 since 1', 'closed 7 since 4']],
    ['is told where it gets graver', 'hhhcc', ['opened 2 since 1', 'graver high to critical 5 since 4']],
    ['is told where it gets milder', 'cchh', ['opened 2 since 1', 'milder critical to high 4 since 3']],
    ['of severity is none where one run alone says so', 'hhchh', ['opened 2 since 1']],
    ['of severity counts as far as two runs agree', 'mmch', ['opened 2 since 1', 'graver medium to high 4 since 3']],
    ['of severity counts down as far as two runs agree', 'ccmh', ['opened 2 since 1', 'milder critical to high 4 since 3']],
    ['of severity to either side is confirmed by neither', 'hhcmhh', ['opened 2 since 1']],
    ['is told where a waiver accepts it', 'ccww', ['opened 2 since 1', 'closed (waived) 4 since 3']],
    ['is none where it was waived from the start', 'wwww', []],
    ['is told where a waiver ends', 'wwwcc', ['opened 5 since 4']],
    ['is none where what was waived goes', 'ccww..', ['opened 2 since 1', 'closed (waived) 4 since 3']],
  ])('%s', (_, marks, wanted) => {
    expect(story(marks)).toEqual(wanted);
  });

  it('has the same id whenever it is worked out, and another one each time it happens', () => {
    const ids = (marks: string): string[] => over([...marks].map(runOf)).transitions.map(({ id }) => id);
    expect(ids('cc..cc')).toEqual(ids('cc..cc'));
    expect(new Set(ids('cc..cc..cc')).size).toBe(5);
  });

  it('is one of its series: other runs in the folder neither confirm nor close', () => {
    const [first, second, third] = [runOf('c', 0), runOf('.', 1), runOf('c', 2)];
    const one = drift(EMPTY_STATE, { sequence: 1, series: SERIES, startedAt: first.run.startedAt }, first);
    const two = drift(one.state, { sequence: 2, series: 'audit other', startedAt: second.run.startedAt }, second);
    const three = drift(two.state, { sequence: 3, series: SERIES, startedAt: third.run.startedAt }, third);
    expect([one, two, three].map(({ transitions }) => transitions.map(lineOf))).toEqual([[], [], ['opened 3 since 1']]);
  });
});

describe('evidence that is judged again', () => {
  it('neither confirms nor closes', () => {
    expect(over([runOf('c', 0), runOf('c', 0), runOf('c', 0)]).transitions).toEqual([]);
    const [one, two, gone] = [runOf('c', 0), runOf('c', 1), runOf('.', 2)];
    expect(over([one, two, gone, gone, one, gone]).transitions.map(({ kind }) => kind)).toEqual(['opened']);
  });

  it('counts under another policy', () => {
    const edited = { ...runOf('c', 0), policy: { ...run.policy, digest: `sha256:${'0'.repeat(64)}` } };
    expect(over([runOf('c', 0), edited]).transitions.map(({ kind }) => kind)).toEqual(['opened']);
  });
});

describe('an audit of a name with several addresses', () => {
  /** Which of its addresses let mail out, and which were asked and do not. */
  function addresses(index: number, open: string, held = ''): Result {
    const rows = [...open].map((id): Check => ({ ...check, id, verdict: 'violation', findings: [hole.fingerprint] }));
    const others = [...held].map((id): Check => ({ ...check, id, verdict: 'compliant', findings: [] }));
    const ids = [...open];
    return { ...runOf('c', index), checks: [...rows, ...others], findings: [{ ...hole, check: ids[0] ?? null, checks: ids }] };
  }
  const told = (...runs: readonly (readonly [string, string])[]): string[] =>
    over(runs.map(([open, held], index) => addresses(index, open, held))).transitions.map(lineOf);

  it('has grown where one that complied is open as well, in two runs', () => {
    const small = ['a', 'b'] as const;
    expect(told(small, small, ['ab', ''], ['ab', ''], ['ab', ''])).toEqual(['opened 2 since 1', 'grown 4 since 3']);
    expect(told(small, small, ['ab', ''], small, small)).toEqual(['opened 2 since 1']);
  });

  it('has not where the name leads to others that were never asked, or to fewer', () => {
    expect(told(['ab', ''], ['ab', ''], ['ac', ''], ['cd', ''], ['e', ''], ['e', ''])).toEqual(['opened 2 since 1']);
    expect(told(['ab', ''], ['ab', ''], ['a', 'b'], ['a', 'b'])).toEqual(['opened 2 since 1']);
  });
});

describe('a finding that comes and goes', () => {
  it.each([
    ['is told as unsteady at its fourth turn, and then no more', '..c.c.c.c.c', ['unsteady 6 since 3']],
    [
      'is told once also where it is confirmed each time',
      'cc..cc..cc..cc',
      ['opened 2 since 1', 'closed 4 since 3', 'opened 6 since 5', 'closed 8 since 7', 'unsteady 9 since 3'],
    ],
    ['is told as it stands when 6 runs have agreed: open', '..c.c.ccccccc', ['unsteady 6 since 3', 'opened 13 since 7']],
    ['is told as it stands when 6 runs have agreed: closed', '..c.c.c.......', ['unsteady 6 since 3', 'closed 14 since 8']],
    ['is not steady by runs that could not see', '..c.c.ccc???cccc', ['unsteady 6 since 3', 'opened 16 since 7']],
    ['is unsteady in its severity as well', 'cchchcc', ['opened 2 since 1', 'unsteady 6 since 3']],
    ['begins anew after that', '..c.c.ccccccc..', ['unsteady 6 since 3', 'opened 13 since 7', 'closed 15 since 14']],
  ])('%s', (_, marks, wanted) => {
    expect(story(marks)).toEqual(wanted);
  });

  it('is not unsteady where its turns are more than 24 runs apart', () => {
    const calm = 'c'.repeat(23);
    expect(story(`${calm}.${calm}.${calm}.${calm}`)).toEqual(['opened 2 since 1']);
  });
});

describe('since when it has been open', () => {
  it.each([
    ['the first run that saw it', 'ccc', 1],
    ['also before it is confirmed', '..c', 3],
    ['across single runs that saw otherwise', 'cc.cc?c', 1],
    ['from the first run after it was closed', 'cc..c', 5],
    ['while one run says that it is gone', 'ccc.', 1],
  ])('is %s', (_, marks, wanted) => {
    const since = sinceOf(over([...marks].map(runOf)).state, SERIES).get(hole.fingerprint);
    expect(1 + (Date.parse(since ?? '') - START) / HOUR_MS).toBe(wanted);
  });

  it('is not told of what is closed', () => {
    expect(sinceOf(over([...'cc..'].map(runOf)).state, SERIES).size).toBe(0);
  });
});

describe('what hides a finding does not close it', () => {
  const behind = (code: FindingCode): Finding => ({ ...hole, code, fingerprint: `of ${code}`, severity: 'high' });
  const showing = (index: number, ...codes: readonly FindingCode[]): Result => {
    const findings = codes.map(behind);
    const about: Check = { ...check, verdict: 'violation', findings: findings.map(({ fingerprint }) => fingerprint) };
    return { ...runOf('.', index), checks: [about], findings };
  };
  const told = (...shown: readonly (readonly FindingCode[])[]): string[] =>
    over(shown.map((codes, index) => (codes.length === 0 ? runOf('.', index) : showing(index, ...codes)))).transitions.map(
      ({ kind, finding, sequence }) => `${kind} ${finding.code} ${sequence}`,
    );

  it('as a certificate behind STARTTLS that is missing', () => {
    expect(told(['certificate-invalid'], ['certificate-invalid'], ['starttls-missing'], ['starttls-missing'], [], [])).toEqual([
      'opened certificate-invalid 2',
      'opened starttls-missing 4',
      'closed certificate-invalid 6',
      'closed starttls-missing 6',
    ]);
  });

  it('as anything behind a flow that is blocked, or answered by somebody else', () => {
    expect(told(['tls-outdated'], ['tls-outdated'], ['egress-blocked'], ['egress-blocked'])).toEqual([
      'opened tls-outdated 2',
      'opened egress-blocked 4',
    ]);
    expect(told(['egress-open'], ['egress-open'], ['intercepted'], ['intercepted'])).toEqual([
      'opened egress-open 2',
      'opened intercepted 4',
    ]);
  });

  it('but what a check would have shown beside its other findings is gone', () => {
    const both: readonly FindingCode[] = ['certificate-invalid', 'tls-outdated'];
    expect(told(both, both, ['tls-outdated'], ['tls-outdated'])).toEqual([
      'opened certificate-invalid 2',
      'opened tls-outdated 2',
      'closed certificate-invalid 4',
    ]);
  });

  it('as an address that is asked no more where another of the same name is in doubt', () => {
    const doubt: Finding = {
      ...hole,
      code: 'not-judged',
      fingerprint: 'blind',
      severity: 'info',
      check: 'another',
      checks: ['another'],
    };
    const elsewhere = (index: number, findings: readonly Finding[]): Result => {
      const verdict = findings.length > 0 ? 'inconclusive' : 'compliant';
      const about: Check = { ...check, id: 'another', verdict, findings: findings.map(({ fingerprint }) => fingerprint) };
      return { ...runOf('.', index), checks: [about], findings };
    };
    const lines = (others: readonly Finding[]): string[] =>
      over([runOf('c', 0), runOf('c', 1), elsewhere(2, others), elsewhere(3, others)]).transitions.map(
        ({ kind, finding }) => `${kind} ${finding.code}`,
      );
    expect(lines([doubt])).toEqual(['opened egress-open', 'opened not-judged']);
    expect(lines([])).toEqual(['opened egress-open', 'closed egress-open']);
  });
});

/**
 * The same, worked out in another way: of every finding the whole history at once, as a text of what the runs said of it.
 */
interface Naive {
  readonly lines: readonly string[];
  /** Of what turns too often nothing is worked out but that it does. */
  readonly restless: ReadonlySet<string>;
  readonly open: ReadonlyMap<string, string>;
}

/** As much of a run as that takes: a year of whole results would not fit into memory. */
interface Look {
  readonly startedAt: string;
  /** A letter a check, `i` where it could not be judged. */
  readonly verdicts: string;
  /** Severities by fingerprint. */
  readonly shown: ReadonlyMap<string, string>;
}

/** Where each check has its letter, and which finding it is about; grows with the runs. */
interface Places {
  readonly checks: Map<string, number>;
  readonly findings: Map<string, number>;
}

function lookAt({ run, checks, findings }: Result, places: Places): Look {
  const letters: string[] = [];
  for (const { id, verdict } of checks) {
    const place = places.checks.get(id) ?? places.checks.size;
    places.checks.set(id, place);
    letters[place] = verdict.slice(0, 1);
  }
  for (const { fingerprint, check: id } of findings) places.findings.set(fingerprint, places.checks.get(id ?? '') ?? 0);
  return {
    startedAt: run.startedAt,
    verdicts: Array.from(letters, (letter) => letter ?? ' ').join(''),
    shown: new Map(findings.map(({ fingerprint, severity }) => [fingerprint, severity.slice(0, 1)])),
  };
}

/** `c`, `h`, `i`: open; `.`: closed. */
function naive(looks: readonly Look[], places: Places): Naive {
  const sayings = new Map([...places.findings.keys()].map((fingerprint) => [fingerprint, [] as (readonly [number, string])[]]));
  for (const [index, { verdicts, shown }] of looks.entries()) {
    for (const [fingerprint, place] of places.findings) {
      const verdict = verdicts[place] ?? ' ';
      const said = shown.get(fingerprint) ?? (verdict === ' ' || verdict === 'i' ? null : '.');
      if (said !== null) sayings.get(fingerprint)?.push([index, said]);
    }
  }
  const restless = new Set([...sayings].filter(([, said]) => turnsTooOften(said)).map(([fingerprint]) => fingerprint));
  const lines: string[] = [];
  const open = new Map<string, string>();
  for (const [fingerprint, said] of [...sayings].filter(([one]) => !restless.has(one))) {
    let [status, severity, since] = ['.', '', ''];
    said.forEach(([index, mark], at) => {
      const [before, last] = said[at - 1] ?? [0, ''];
      const started = looks[before]?.startedAt ?? '';
      const isOpen = mark !== '.';
      if (last === '' || isOpen !== (last !== '.')) return;
      if (isOpen !== (status !== '.')) {
        [status, severity, since] = [isOpen ? 'o' : '.', mark, started];
        lines.push(`${index + 1} ${isOpen ? 'opened' : 'closed'} ${fingerprint} ${started}`);
      } else if (isOpen && mark === last && mark !== severity) {
        lines.push(`${index + 1} ${mark < severity ? 'graver' : 'milder'} ${fingerprint} ${started}`);
        severity = mark;
      }
    });
    if (status !== '.') open.set(fingerprint, since);
    else if (said.at(-1)?.[1] !== '.') open.set(fingerprint, looks[said.at(-1)?.[0] ?? 0]?.startedAt ?? '');
  }
  return { lines: lines.sort(), restless, open };
}

function turnsTooOften(said: readonly (readonly [number, string])[]): boolean {
  const turns = said
    .filter(([index, mark], at) => (at === 0 ? index > 0 && mark !== '.' : mark !== said[at - 1]?.[1]))
    .map(([index]) => index);
  return turns.some((index, at) => index - (turns[at - 3] ?? Number.NEGATIVE_INFINITY) < 24);
}

describe('an audit every hour', () => {
  const long = process.env.POSTERN_HISTORY_FULL === '1';
  const hours = long ? 365 * 24 : 21 * 24;
  const checks = long ? 1000 : 200;

  it(`comes to the same as all its runs looked at together: ${hours} runs of ${checks} checks`, {
    timeout: long ? 3_600_000 : 120_000,
  }, () => {
    const looks: Look[] = [];
    const places: Places = { checks: new Map(), findings: new Map() };
    let state = EMPTY_STATE;
    const told: Transition[] = [];
    for (const result of hourlyRuns({ checks, seed: 2, unrest: long ? 0.002 : 0.006, restless: 2, startAt: START })) {
      const next = drift(state, { sequence: looks.length + 1, series: SERIES, startedAt: result.run.startedAt }, result);
      state = next.state;
      told.push(...next.transitions);
      looks.push(lookAt(result, places));
      if (looks.length === hours) break;
    }
    const wanted = naive(looks, places);
    const lines = told
      .filter(({ finding }) => !wanted.restless.has(finding.fingerprint))
      .map(({ sequence, kind, finding, since }) => `${sequence} ${kind} ${finding.fingerprint} ${since}`);
    expect(lines.sort()).toEqual(wanted.lines);
    expect(new Set(told.filter(({ kind }) => kind === 'unsteady').map(({ finding }) => finding.fingerprint))).toEqual(
      wanted.restless,
    );
    const since = [...sinceOf(state, SERIES)].filter(([fingerprint]) => !wanted.restless.has(fingerprint));
    expect(new Map(since)).toEqual(wanted.open);
    const kinds = new Set(told.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['closed', 'graver', 'milder', 'opened', 'unsteady']);
  });
});
