/**
 * The confirm pass: blocked questions asked again, slowly. On the wire: the same as in the sweep.
 *
 * Linux answers with at most six ICMP errors at once and then one a second for each host that it answers (`icmp_ratelimit`, 1,000 ms), so
 * that behind a firewall that rejects, a burst of probes sees a few rejections and much silence. The first seven seconds are quiet, which
 * fills that budget again, and starts are then 1.1 s apart, which never drains it. Where nothing was rejected in the whole run nothing was
 * swallowed either, since a limit lets the first ones through: there a small sample at a brisk pace tells whether load made the silence.
 * What was absent and is then rejected with the same error is asked a third time.
 *
 * @see icmp(7), icmp_ratelimit and icmp_ratemask
 */
import type { Observation } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf, mayBeAbsence } from '../model/outcome.ts';
import { interleave } from './interleave.ts';
import { type Askable, inTurn, isAskable } from './plan.ts';
import { runPool } from './pool.ts';
import type { Run } from './run.ts';
import { ask, isOverload, PER_TARGET } from './sweep.ts';
import { pacer } from './wait.ts';

const QUIET_MS = 7_000;
const LIMITED_PACE_MS = 1_100;
const BRISK_PACE_MS = 200;

/** Milliseconds. Long enough for the kernel to report an absent host (3.1 s); a confirm pass of hundreds should end some day. */
const CONNECT_MS = 4_000;

/**
 * Rows a segment whose verdict hangs on a second look, about eleven minutes of it. A sweep of an hour behind a limited reject has some
 * hundreds: each second brings one ICMP error, and of three SYNs of a probe the last one gets it as often as the first.
 */
const SPOILT_SAMPLE = 600;

/** Blocked rows a segment that are not allowed flows. */
const LIMITED_SAMPLE = 60;
const BRISK_SAMPLE = 6;

export interface ConfirmPlan {
  /** Something on the way rejects, so its rejections may have been limited. */
  readonly limited: boolean;
  /** In the order in which they are asked. */
  readonly sample: readonly Askable[];
}

/** Every blocked allowed flow, and some of the blocked denied ones; without those that were confirmed already. */
export function planConfirm(run: Run): ConfirmPlan {
  const rows = run.questions.filter(isAskable).flatMap((question): Row[] => {
    const answer = run.journal.answer(question.id);
    return answer === null || answer.pass === 'confirm' ? [] : [{ question, answer }];
  });
  const limited = run.journal.records.some(
    (record) => record.type === 'observation' && (record.outcome === 'rejected' || record.outcome === 'refused'),
  );
  const blocked = rows.filter(({ answer }) => classOf(answer.outcome) === 'blocked');
  const allowed = blocked.filter(({ question }) => question.expect === 'allow');
  const others = [...groupBy(rows, ({ question }) => question.segment).values()].map((ofSegment) => sampleOf(ofSegment, limited));
  const ordered = [...interleave(others), ...allowed].map(({ question }) => question);
  return { limited, sample: ordered };
}

interface Row {
  readonly question: Askable;
  readonly answer: Observation;
}

/** What load may have spoilt comes first, then denied flows in turn from every group, those whose silence is unexplained before others. */
function sampleOf(rows: readonly Row[], limited: boolean): Row[] {
  const spoilt = rows.filter(({ answer }) => isSpoilt(answer, limited));
  const denied = rows.filter(({ question, answer }) => question.expect === 'deny' && classOf(answer.outcome) === 'blocked');
  const groups = [...groupBy(denied, ({ question }) => groupOf(question)).values()].map((group) => {
    const silent = group.filter(({ answer }) => answer.outcome === 'dropped');
    const settled = group.filter(({ answer }) => answer.outcome !== 'dropped');
    return limited ? [...silent, ...settled.slice(0, 1)] : [...silent, ...settled].slice(0, 1);
  });
  return [...spoilt.slice(0, SPOILT_SAMPLE), ...[...interleave(groups)].slice(0, limited ? LIMITED_SAMPLE : BRISK_SAMPLE)];
}

/** An ICMP error that came only for a retransmitted SYN, after about 3 s, looks like an absent host. */
function isSpoilt(answer: Observation, limited: boolean): boolean {
  if (answer.outcome === 'host-down') return limited;
  return isOverload(answer);
}

/** Asks the plan's questions at its pace, then what a changed answer throws doubt on. Ends early, without error, when the run is stopped. */
export async function confirm(run: Run, plan: ConfirmPlan): Promise<void> {
  const pace = plan.limited ? pacer(run.clock, LIMITED_PACE_MS, QUIET_MS) : pacer(run.clock, BRISK_PACE_MS);
  const limits = { ...run.limits, connectMs: Math.min(run.limits.connectMs, CONNECT_MS) };
  let done = 0;
  let total = plan.sample.length;
  const askAll = (questions: Iterable<Askable>): Promise<void> =>
    runPool(
      questions,
      async (question) => {
        await ask(run, question, 'confirm', limits);
        done++;
        run.onProgress({ phase: 'confirm', done, total });
      },
      { concurrency: run.concurrency, signal: run.stop, pace, targetOf: ({ address }) => address, perTarget: PER_TARGET },
    );
  run.onProgress({ phase: 'confirm', done, total });
  await askAll(plan.sample);
  const doubtful = rejectedOnce(run);
  total += doubtful.length;
  await askAll(doubtful);
  const rest = neighboursOfChanged(run);
  total += rest.length;
  await askAll(inTurn(rest));
  const hidden = hiddenByOutage(run, plan.limited ? LIMITED_SAMPLE : SPOILT_SAMPLE);
  total += hidden.length;
  await askAll(hidden);
}

/**
 * Reported absent, then rejected with the same ICMP error: the first may have been a late rejection, or the second the end of a search that
 * another host's question began. The next answer tells.
 */
function rejectedOnce(run: Run): Askable[] {
  const heard = groupBy(
    run.journal.records.filter((record) => record.type === 'observation').filter(({ outcome }) => outcome !== 'dropped'),
    ({ id }) => id,
  );
  return run.questions.filter(isAskable).filter(({ id }) => {
    const [before, last] = heard.get(id)?.slice(-2) ?? [];
    return before?.outcome === 'host-down' && last !== undefined && mayBeAbsence(last);
  });
}

/** Where one of a group got through after all, the others of it that were blocked are asked again, too. */
function neighboursOfChanged(run: Run): Askable[] {
  const questions = run.questions.filter(isAskable);
  const changed = new Set(questions.filter(({ id }) => hasChanged(run, id)).map(groupOf));
  return questions.filter((question) => {
    const answer = run.journal.answer(question.id);
    return changed.has(groupOf(question)) && answer?.pass === 'scan' && classOf(answer.outcome) === 'blocked';
  });
}

/**
 * An allowed flow that was blocked and then answered shows that path or auditor were out for a while, perhaps between two rounds of controls:
 * what is denied and was blocked in the same sweep may have been silent for the same reason. Those nearest in time come first.
 */
function hiddenByOutage(run: Run, sample: number): Askable[] {
  const questions = run.questions.filter(isAskable);
  const atOf = ({ id }: Askable): number => Date.parse(run.journal.firstAnswer(id)?.at ?? '');
  const outages = questions.filter(({ id, expect }) => expect === 'allow' && hasChanged(run, id));
  const legs = groupBy(outages, legOf);
  return [...groupBy(questions, legOf)].flatMap(([leg, ofLeg]) => {
    const times = (legs.get(leg) ?? []).map(atOf);
    if (times.length === 0) return [];
    const distanceOf = (question: Askable): number => Math.min(...times.map((time) => Math.abs(time - atOf(question))));
    return ofLeg
      .filter(({ id, expect }) => {
        const answer = run.journal.answer(id);
        return expect === 'deny' && answer?.pass === 'scan' && classOf(answer.outcome) === 'blocked';
      })
      .sort((a, b) => distanceOf(a) - distanceOf(b))
      .slice(0, sample);
  });
}

function legOf({ segment, source }: Askable): string {
  return `${segment}\n${source}`;
}

function hasChanged(run: Run, id: string): boolean {
  const [before, after] = [run.journal.firstAnswer(id), run.journal.answer(id)];
  if (before === null || after === null || after.pass !== 'confirm') return false;
  const classes = [classOf(before.outcome), classOf(after.outcome)];
  return classes.includes('open') && classes.includes('blocked');
}

function groupOf({ segment, family, destination, port }: Askable): string {
  return `${segment}\n${family}\n${destination}\n${port}`;
}
