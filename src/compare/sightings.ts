/**
 * Who else reached an endpoint: what turns "no answer" into "blocked". A target that another vantage reached by the same way
 * out within the hour was listening, and nothing between that way out and the target stopped the flow.
 */
import { type Address, endpointText } from '../model/address.ts';
import type { Evidence, Observation } from '../model/evidence.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Interferences } from './interference.ts';

/** How old another vantage's success may be, to either side. */
const SIGHTING_WINDOW_MS = 60 * 60_000;

/** A mail server spoke: a bare handshake may be a proxy's or a SYN cookie's, and what is no SMTP somebody's who intercepts. */
const SPOKE: ReadonlySet<Outcome> = new Set<Outcome>(['open-smtp', 'open-refusing']);

export interface Sighting {
  readonly segment: string;
  readonly source: Address;
  readonly at: number;
}

export type Sightings = ReadonlyMap<string, readonly Sighting[]>;

/** What answered in an endpoint's place is no sighting of it. */
export function sightingsOf(evidence: readonly Evidence[], interferences: Interferences): Sightings {
  const sightings = new Map<string, Sighting[]>();
  for (const run of evidence) {
    const interference = interferences.in(run);
    for (const record of run.records) {
      if (record.type !== 'observation' || record.address === null || !SPOKE.has(record.outcome)) continue;
      if (!interference.vouches(record)) continue;
      const key = endpointText(record.address, record.port);
      const known = sightings.get(key) ?? [];
      known.push({ segment: record.segment, source: record.source, at: Date.parse(record.at) });
      sightings.set(key, known);
    }
  }
  return sightings;
}

/** A sighting by another vantage that uses the same way out as the question's segment, close in time; null where there is none. */
export function sightingFor(policy: Policy, sightings: Sightings, question: Question, observation: Observation): Sighting | null {
  if (question.address === null) return null;
  const egress = egressOf(policy, question.segment);
  const at = Date.parse(observation.at);
  const candidates = sightings.get(endpointText(question.address, question.port)) ?? [];
  return (
    candidates.find(
      (sighting) =>
        sighting.source !== question.source &&
        policy.segments.some(({ name }) => name === sighting.segment) &&
        Math.abs(sighting.at - at) <= SIGHTING_WINDOW_MS &&
        egressOf(policy, sighting.segment) === egress,
    ) ?? null
  );
}

function egressOf(policy: Policy, segment: string): string | null {
  return policy.segments.find(({ name }) => name === segment)?.egress ?? null;
}
