/**
 * Controls: whether the path and the auditor were alive when a flow was blocked.
 *
 * Something must have answered shortly before and shortly after, from the same source, over the same family, across the same
 * boundary; and no control may have failed in between. Worked example: a control answers at 0 s and 60 s and fails at 120 s.
 * A flow blocked at 30 s is vouched for. One blocked at 90 s is not: whatever killed the control may have killed it too.
 */
import { type Address, endpointText, type Family, familyName, familyOf } from '../model/address.ts';
import { type Boundary, boundaryOf } from '../model/boundary.ts';
import type { ControlRecord, Evidence, Observation } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Interference } from './interference.ts';

export type Vouching = { readonly alive: true; readonly by: string } | { readonly alive: false; readonly why: string };

/** Whether the path of a question was alive around `at` (milliseconds since 1970 UTC). */
export type Vouch = (question: Question, at: number) => Vouching;

/** How far in time a control may lie from what it vouches for; the scanner repeats its controls at least every 5 minutes. */
const CONTROL_WINDOW_MS = 15 * 60_000;

/** What one control target showed over time. */
interface Track {
  /** Named by the policy. An allowed flow that was only tried as a control, and never answered, is none. */
  readonly named: boolean;
  readonly signs: Sign[];
}

interface Sign {
  readonly at: number;
  readonly alive: boolean;
  readonly text: string;
}

interface LegOf {
  readonly segment: string;
  readonly source: Address;
  readonly family: Family;
}

/**
 * The controls of one run; its allow questions that answered vouch too. What something on the way answered in the place of either shows that
 * this something is alive, and nothing of the path behind it.
 */
export function vouchBy(policy: Policy, evidence: Evidence, questions: readonly Question[], interference: Interference): Vouch {
  const tracks = tracksOf(policy, evidence, questions, interference);
  return (question, at) => {
    if (question.address === null) return { alive: false, why: 'there is no address to compare with a control' };
    const boundary = boundaryOf(policy, question.segment, question.address);
    const found = tracks.get(keyOf(question, boundary)) ?? [];
    if (found.length === 0) return { alive: false, why: nothingAnswered(question, boundary) };
    return vouchAt(found, at);
  };
}

function vouchAt(tracks: readonly (readonly Sign[])[], at: number): Vouching {
  for (const signs of tracks) {
    const failed = [signs.findLast((sign) => sign.at <= at), signs.find((sign) => sign.at > at)].find(
      (sign) => sign?.alive === false,
    );
    if (failed !== undefined) return { alive: false, why: failed.text };
  }
  const near = tracks
    .flat()
    .filter((sign) => sign.alive && Math.abs(sign.at - at) <= CONTROL_WINDOW_MS)
    .sort((a, b) => a.at - b.at);
  const after = near.find((sign) => sign.at > at);
  if (!near.some((sign) => sign.at <= at)) return { alive: false, why: 'no control answered shortly before it' };
  if (after === undefined)
    return { alive: false, why: 'no control was seen alive shortly after it: the path may have died in between' };
  return { alive: true, by: after.text };
}

/** By leg and boundary: the signs of each target, in time. */
function tracksOf(
  policy: Policy,
  evidence: Evidence,
  questions: readonly Question[],
  interference: Interference,
): Map<string, readonly (readonly Sign[])[]> {
  const allowed = new Map(
    questions.filter(({ expect }) => expect === 'allow').map((question) => [question.id, question.address]),
  );
  const legs = new Map<string, Map<string, Track>>();
  const add = (leg: string, target: string, named: boolean, sign: Sign): void => {
    const targets = legs.get(leg) ?? new Map<string, Track>();
    const track = targets.get(target) ?? { named, signs: [] };
    track.signs.push(sign);
    legs.set(leg, targets.set(target, track));
  };
  for (const record of evidence.records) {
    if (record.type === 'control') {
      if (classOf(record.outcome) === 'open' && !interference.vouches(record)) continue;
      for (const boundary of boundariesOf(policy, record))
        add(keyOf(record, boundary), targetOf(record), record.named, controlSign(record));
    } else if (
      record.type === 'observation' &&
      record.address !== null &&
      allowed.get(record.id) === record.address &&
      classOf(record.outcome) === 'open' &&
      interference.vouches(record)
    ) {
      const leg = { segment: record.segment, source: record.source, family: familyOf(record.address) };
      add(keyOf(leg, boundaryOf(policy, record.segment, record.address)), record.id, false, flowSign(record));
    }
  }
  return new Map([...legs].map(([leg, targets]) => [leg, signsOf([...targets.values()])]));
}

function signsOf(tracks: readonly Track[]): Sign[][] {
  return tracks
    .map(({ named, signs }) => ({ named, signs: signs.sort((a, b) => a.at - b.at) }))
    .filter(({ named, signs }) => named || signs[0]?.alive === true)
    .map(({ signs }) => signs);
}

function controlSign(record: ControlRecord): Sign {
  const name = `the control ${endpointText(record.host, record.port)}`;
  const alive = classOf(record.outcome) === 'open';
  const text = alive ? `${name} answered` : `${name} failed at the ${record.phase} of the run (${record.outcome})`;
  return { at: Date.parse(record.at), alive, text };
}

function flowSign(record: Observation): Sign {
  return {
    at: Date.parse(record.at),
    alive: true,
    text: `the allowed flow to ${endpointText(record.host, record.port)} answered`,
  };
}

/** A control whose name did not resolve could have stood anywhere: its failure counts everywhere. */
function boundariesOf(policy: Policy, record: ControlRecord): readonly Boundary[] {
  return record.address === null ? ['neighbour', 'inside', 'public'] : [boundaryOf(policy, record.segment, record.address)];
}

function targetOf(record: ControlRecord): string {
  return `control ${record.host} ${record.address ?? ''} ${record.port}`;
}

const WHERE: Readonly<Record<Boundary, string>> = {
  neighbour: 'an address of the segment itself',
  inside: 'an address inside, but not of the segment itself,',
  public: 'a public address',
};

function nothingAnswered(question: Question, boundary: Boundary): string {
  const where = WHERE[boundary];
  return `nothing at ${where} answered from ${question.source} over ${familyName(question.family)}; name a control there (\`controls\`)`;
}

function keyOf(leg: LegOf, boundary: Boundary): string {
  return `${leg.segment} ${leg.source} ${leg.family} ${boundary}`;
}
