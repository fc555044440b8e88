/**
 * A policy that only names firewalls is read, never probed: what it lacks for probing is one hint, not one for each segment, port and destination.
 * As soon as it has anything to probe with, every gap of it is told.
 */
import type { Policy } from '../model/policy.ts';
import type { Problem } from '../model/problem.ts';

/** What is only missing for probing; of destinations that there are, that nothing stands for them. */
function isAboutProbing({ destinations }: Policy, { code, location }: Problem): boolean {
  if (code !== 'to-be-filled-in') return CODES.has(code);
  return destinations.some((one) => one.networks !== null && one.location === location);
}

const CODES: ReadonlySet<string> = new Set(['coverage-hole', 'not-asked-elsewhere', 'no-control', 'never-tested']);

/** @returns the problems, with those about probing as one where the policy has firewalls and nothing to probe with. */
export function withoutProbing(policy: Policy, problems: readonly Problem[]): Problem[] {
  const [firewall] = policy.firewalls;
  const rest = problems.filter((problem) => !isAboutProbing(policy, problem));
  if (firewall === undefined || hasProbing(policy) || rest.length === problems.length) return [...problems];
  const message =
    'This policy names no probe, control, sentinel or server, and no port in "listening": audit and scan could judge little by it, or nothing. That only matters for them; check and review need none of it. Add one of these, and lint tells what else is missing for probing.';
  return [...rest, { severity: 'hint', code: 'nothing-to-probe-with', message, location: firewall.location, frame: null }];
}

function hasProbing({ destinations, segments, servers, sentinels, audit }: Policy): boolean {
  return (
    destinations.some(({ probes, listening }) => probes.length + (listening?.length ?? 0) > 0) ||
    segments.some(({ controls }) => controls.length > 0) ||
    [audit.controls, servers, sentinels].some(({ length }) => length > 0)
  );
}
