/** What the kernel did with connections, beside what the interpreter says of their first packets. */
import { type Trace, traceOf, type WorldVerdict } from '../../../src/firewall/interpret.ts';
import type { Ruleset } from '../../../src/firewall/ruleset.ts';
import type { Generated } from '../../firewall/generate/world.ts';
import type { Seen } from './agent-words.ts';
import type { Lane } from './lane.ts';
import type { Probe } from './probes.ts';

export interface Disagreement {
  readonly probe: Probe;
  readonly expected: Trace;
  /** A word that is no verdict: something is wrong with the lab. */
  readonly observed: string;
}

export interface Comparison {
  /** By what the interpreter says; `conditional` as well. */
  readonly counts: Readonly<Record<string, number>>;
  readonly disagreements: readonly Disagreement[];
}

/** A second and a half: a packet without an answer is sent again after one second. @see RFC 6298 section 2 */
const ALL_TIMEOUT_MS = 1_500;

/** Alone: it is sent at 0, 1 and 3 s. */
const ALONE_TIMEOUT_MS = 3_500;

/** Of one ruleset: what goes on being different beyond these is reported as it was seen first. */
const MOST_ALONE = 12;

/** The ruleset is loaded. */
export async function compare(
  lane: Lane,
  ruleset: Ruleset,
  hook: Generated['hook'],
  probes: readonly Probe[],
): Promise<Comparison> {
  const expected = probes.map(({ packet }) => traceOf(ruleset, packet, hook));
  const observed = await observe(lane, hook, probes, ALL_TIMEOUT_MS);
  const counts: Record<string, number> = {};
  const disagreements: Disagreement[] = [];
  let alone = 0;
  for (const [index, probe] of probes.entries()) {
    const trace = expected[index];
    let seen = observed[index] ?? 'nothing';
    if (trace === undefined) continue;
    counts[trace.verdict] = (counts[trace.verdict] ?? 0) + 1;
    if (agrees(trace, seen)) continue;
    if (alone < MOST_ALONE) [seen = 'nothing'] = await observe(lane, hook, [probe], ALONE_TIMEOUT_MS);
    alone += 1;
    if (!agrees(trace, seen)) disagreements.push({ probe, expected: trace, observed: `${seen} ${observed[index]}` });
  }
  return { counts, disagreements };
}

async function observe(
  lane: Lane,
  hook: Generated['hook'],
  probes: readonly Probe[],
  timeoutMs: number,
): Promise<readonly string[]> {
  const users = [...new Set(probes.map(({ user }) => user))];
  const found = new Map<Probe, string>();
  await Promise.all(
    users.map(async (user) => {
      const own = probes.filter((probe) => probe.user === user);
      const attempts = own.map(({ attempt }) => attempt);
      const seen = await lane.connect(user ?? 'client', attempts, timeoutMs);
      for (const [index, probe] of own.entries()) {
        const one = seen[index];
        if (one !== undefined) found.set(probe, verdictOf(one, probe, hook));
      }
    }),
  );
  return probes.map((probe) => found.get(probe) ?? 'nothing');
}

/** Everything that a kernel makes of an ICMP error or a reset. @see Linux, net/ipv4/icmp.c, icmp_err_convert; net/ipv6/icmp.c, tab_unreach */
const REFUSALS: readonly string[] = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'ENOPROTOOPT', 'EPROTO'];

function verdictOf(seen: Seen, { attempt }: Probe, hook: Generated['hook']): WorldVerdict | string {
  switch (seen.kind) {
    case 'silence':
      return 'drop';
    case 'mute':
      return 'connected and mute';
    case 'error':
      return REFUSALS.includes(seen.code) ? 'reject' : `error ${seen.code}`;
    case 'answer': {
      const there = seen.name === (hook === 'input' ? 'router' : 'server');
      const same = there && seen.address === attempt.destination && seen.port === attempt.port;
      return same ? 'accept' : 'redirect';
    }
  }
}

/** A destination may be rewritten to what it was: nobody can see that. */
function agrees({ verdict, outcomes }: Trace, seen: string): boolean {
  const possible: readonly string[] = verdict === 'conditional' ? outcomes : [verdict];
  return possible.includes(seen) || (seen === 'accept' && possible.includes('redirect'));
}
