/** What evidence tells that this policy has no question for: it is judged by nothing, and a result that keeps silent of it would be too good. */
import { isEmpty } from '../model/address-set.ts';
import type { Evidence, Leg } from '../model/evidence.ts';
import { segmentOf } from '../model/permits.ts';
import type { Policy } from '../model/policy.ts';
import { runRow } from './coverage.ts';
import { nameOfRun, type Row } from './row.ts';

/** The run without the legs that speak for no segment of this policy. */
export function withOwnLegs(policy: Policy, evidence: Evidence): Evidence {
  const { header } = evidence;
  const legs = header.vantage.legs.filter((leg) => misfit(policy, leg) === null);
  return { ...evidence, header: { ...header, vantage: { ...header.vantage, legs } } };
}

/** Ids of what was found open, and that no question asked about. */
export interface Strays {
  readonly ports: readonly string[];
  /** Relay tests in which a stranger's mail was accepted. */
  readonly relays: readonly string[];
}

/** At most one row a run. */
export function misfitRows(policy: Policy, evidence: Evidence, { ports, relays }: Strays): Row[] {
  const legs = evidence.header.vantage.legs.flatMap((leg) => misfit(policy, leg) ?? []);
  const other = evidence.header.policy.digest !== policy.digest;
  const open = told('it found ports open that this policy has no question for', ports);
  const accepted = told('it found mail accepted from a stranger by servers that this policy has no question for', relays);
  const reasons = [...legs, ...(other ? [] : [...open, ...accepted])];
  return reasons.length === 0
    ? []
    : [runRow(evidence, 'misfit', `The run of ${nameOfRun(evidence)} does not fit: ${reasons.join('; ')}.`)];
}

function told(what: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${what}, ${ids.length} in all: ${ids.slice(0, 3).join(', ')}`];
}

/** Why a leg does not speak for its segment under this policy; null where it does. */
function misfit(policy: Policy, { segment: name, source, asserted }: Leg): string | null {
  const segment = policy.segments.find((candidate) => candidate.name === name);
  if (segment === undefined) return `it speaks for ${name}, which is no segment of the policy`;
  const now = segmentOf(policy, source)?.name ?? null;
  if (asserted || now === name || isEmpty(segment.addresses)) return null;
  return `${source} spoke for ${name}, but belongs to ${now ?? 'no segment'}`;
}
