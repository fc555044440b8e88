/**
 * The rows of one run: every question of its vantage, with the answer judged. A question without an answer is a row too.
 * Leak probes that did not get through are none, unless somebody else reached that very endpoint, or it attests that it listens there.
 */

import { isName } from '../model/endpoint.ts';
import type { Evidence, Observation } from '../model/evidence.ts';
import { classOf, type Outcome } from '../model/outcome.ts';
import type { Location, Policy } from '../model/policy.ts';
import { type Question, questionsOf } from '../model/question.ts';
import { resolutionOf } from '../model/resolution.ts';
import { type Absence, absenceIn } from './absence.ts';
import { type Answer, answerTo } from './answer.ts';
import type { Attest } from './attest.ts';
import { draftsOf } from './drafts.ts';
import { type Interference, NOTHING_SHOWN, type Shown } from './interference.ts';
import { type Circumstances, judge } from './judge.ts';
import { inconclusive, type Ruling } from './question-ruling.ts';
import type { Row } from './row.ts';
import { type Sightings, sightingFor } from './sightings.ts';
import { type Vouch, vouchBy } from './vouch.ts';

export interface RunRows {
  readonly rows: readonly Row[];
  readonly questions: readonly Question[];
  readonly leakProbes: { readonly sent: number; readonly open: number };
  readonly interrupted: boolean;
  /** Open ports that the evidence tells of, and that no question asked about: they are judged by nothing. */
  readonly strays: readonly string[];
}

/** What other runs, and the evidence as a whole, say of the endpoints of one. */
export interface Backing {
  readonly sightings: Sightings;
  readonly attest: Attest;
  readonly interference: Interference;
}

/** Judges one run; its legs are the sources whose latest run this is. */
export function rowsOf(policy: Policy, evidence: Evidence, backing: Backing): RunRows {
  const questions = questionsOf(policy, evidence.header.vantage, resolutionOf(evidence.records));
  const { observed, strays } = observationsOf(evidence, questions);
  const answers = new Map(
    questions.map((question) => [question.id, answerTo(question, observed.get(question.id) ?? [])] as const),
  );
  const vouch = vouchBy(policy, evidence, questions, backing.interference);
  const absence = absenceIn(questions, answers);
  const rows: Row[] = [];
  const leakProbes = { sent: 0, open: 0 };
  for (const question of questions) {
    const answer = answers.get(question.id) ?? null;
    const circumstances = circumstancesOf({ policy, question, answer, answers, questions, backing, vouch, absence });
    if (question.kind === 'leak') {
      if (answer !== null && classOf(answer.observation.outcome) !== 'mute') leakProbes.sent++;
      if (!isLeakRow(answer, circumstances)) continue;
      if (answer !== null && classOf(answer.observation.outcome) === 'open') leakProbes.open++;
    }
    const ruling = asFarAsSeen(rulingOf(question, answer, circumstances, evidence), evidence);
    rows.push(rowOf(policy, question, answer, asFarAsTrusted(policy, ruling, evidence, question), circumstances.shown));
  }
  return { rows, questions, leakProbes, interrupted: evidence.trailer?.interrupted ?? false, strays };
}

interface Observed {
  readonly observed: ReadonlyMap<string, readonly Observation[]>;
  readonly strays: readonly string[];
}

/** Observations by the question that they answer. An id alone is no answer: what was connected to what has to be the same. */
function observationsOf(evidence: Evidence, questions: readonly Question[]): Observed {
  const asked = new Map(questions.map((question) => [question.id, question]));
  const legs = new Set(evidence.header.vantage.legs.map(({ segment, source }) => `${segment} ${source}`));
  const observed = new Map<string, Observation[]>();
  const strays = new Set<string>();
  for (const record of evidence.records) {
    if (record.type !== 'observation') continue;
    const question = asked.get(record.id);
    if (question !== undefined && isAbout(record, question)) {
      observed.set(record.id, [...(observed.get(record.id) ?? []), record]);
    } else if (classOf(record.outcome) === 'open' && legs.has(`${record.segment} ${record.source}`)) strays.add(record.id);
  }
  return { observed, strays: [...strays] };
}

function isAbout(observation: Observation, question: Question): boolean {
  return (['segment', 'source', 'host', 'address', 'port'] as const).every((field) => observation[field] === question[field]);
}

interface Case {
  readonly policy: Policy;
  readonly question: Question;
  readonly answer: Answer | null;
  readonly answers: ReadonlyMap<string, Answer | null>;
  readonly questions: readonly Question[];
  readonly backing: Backing;
  readonly vouch: Vouch;
  readonly absence: Absence;
}

function circumstancesOf(asked: Case): Circumstances {
  const { policy, question, answer, backing, vouch, absence } = asked;
  const { segment, source, address, port } = question;
  const shown = address === null ? NOTHING_SHOWN : backing.interference.of({ segment, source, address, port });
  if (answer === null || classOf(answer.observation.outcome) !== 'blocked') {
    const vouching = { alive: false, why: 'it was not blocked' } as const;
    return { shown, vouching, sighting: null, attested: null, sibling: null, absence: null };
  }
  const { observation } = answer;
  return {
    shown,
    vouching: vouch(question, Date.parse(observation.at)),
    sighting: sightingFor(policy, backing.sightings, question, observation),
    attested: backing.attest(question, observation),
    absence: absence(question, observation),
    sibling: question.expect === 'allow' ? siblingOf(asked) : null,
  };
}

/** Another address of the same name and family that answered on the same port, from the same source. */
function siblingOf({ question, questions, answers, backing }: Case): string | null {
  if (!isName(question.host)) return null;
  const sibling = questions.find((other) => {
    const observation = answers.get(other.id)?.observation;
    return (
      other.id !== question.id &&
      other.source === question.source &&
      other.host === question.host &&
      other.port === question.port &&
      observation !== undefined &&
      classOf(observation.outcome) === 'open' &&
      backing.interference.vouches(observation)
    );
  });
  return sibling?.address ?? null;
}

function isLeakRow(answer: Answer | null, circumstances: Circumstances): boolean {
  if (answer === null) return false;
  const outcome = classOf(answer.observation.outcome);
  return outcome === 'open' || (outcome === 'blocked' && (circumstances.sighting !== null || circumstances.attested !== null));
}

function rulingOf(question: Question, answer: Answer | null, circumstances: Circumstances, evidence: Evidence): Ruling {
  if (question.problem !== null) return inconclusive(question, `${question.problem}.`);
  if (answer === null) return inconclusive(question, unansweredReason(evidence));
  return judge(question, answer, circumstances);
}

/** Errors and timings are Linux's in all that was measured: what another system shows supports a verdict, and proves none. */
function asFarAsSeen(ruling: Ruling, { header: { vantage } }: Evidence): Ruling {
  if (vantage.platform === 'linux' || ruling.proof !== 'proven') return ruling;
  return {
    ...ruling,
    proof: 'supported',
    reason: `${ruling.reason} Seen from ${vantage.platform}, where port states are less finely told apart.`,
  };
}

/** Certificates are checked when they are seen, against the anchors and pins of the policy of that day. */
function asFarAsTrusted(policy: Policy, ruling: Ruling, { header }: Evidence, question: Question): Ruling {
  if (header.policy.digest === policy.digest || ruling.verdict !== 'compliant') return ruling;
  if (ruling.rule?.require.certificateValid !== true) return ruling;
  const caveat = 'Its certificate was checked against the trust anchors and pins of another policy: scan again.';
  return { ...inconclusive(question, `${ruling.reason} ${caveat}`), rule: ruling.rule };
}

function unansweredReason({ trailer }: Evidence): string {
  if (trailer === null)
    return 'Not probed: the run ended before it came to this, without a trailer. Complete it with scan --resume.';
  if (trailer.interrupted) return 'Not probed: the run was interrupted before it came to this. Complete it with scan --resume.';
  return 'Not probed: the evidence has no answer to this question, although its trailer says that the run is complete.';
}

function rowOf(policy: Policy, question: Question, answer: Answer | null, ruling: Ruling, shown: Shown): Row {
  const observation = answer?.observation ?? null;
  const sighted = question.kind === 'leak' && observation !== null && classOf(observation.outcome) === 'blocked';
  const location = ruling.rule?.location ?? locationOf(policy, question);
  return {
    check: {
      id: question.id,
      kind: sighted ? 'reachability' : question.kind,
      segment: question.segment,
      source: question.source,
      destination: question.destination,
      host: question.host,
      address: question.address,
      family: question.family,
      port: question.port,
      expect: question.expect,
      rule: ruling.rule?.name ?? null,
      outcome: outcomeOf(question, observation),
      detail: observation?.detail ?? null,
      verdict: ruling.verdict,
      proof: ruling.proof,
      reason: ruling.reason,
      elapsedMs: observation === null ? null : Math.round(observation.elapsedMs),
    },
    host: question.written,
    drafts: draftsOf({ question, observation, ruling, location, shown }),
  };
}

function outcomeOf(question: Question, observation: Observation | null): Outcome {
  if (question.problem !== null) return 'unresolved';
  return observation?.outcome ?? 'aborted';
}

function locationOf(policy: Policy, question: Question): Location | null {
  const named = [...policy.destinations, ...policy.servers, ...policy.segments].find(({ name }) => name === question.destination);
  return named?.location ?? null;
}
