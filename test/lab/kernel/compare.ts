/** What the kernel did with connections, beside what the interpreter says of their first packets. */
import { type Trace, traceOf, type WorldVerdict } from '../../../src/firewall/interpret.ts';
import type { Ruleset } from '../../../src/firewall/ruleset.ts';
import { type Generated, ROUTER } from '../../firewall/generate/world.ts';
import type { Seen } from './agent-words.ts';
import type { Lane } from './lane.ts';
import { type Probe, rangeOf } from './probes.ts';

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

/** The lab knows the firewall's addresses. */
const OWN = { ipv4: [rangeOf(ROUTER.ipv4, 'ipv4')], ipv6: [rangeOf(ROUTER.ipv6, 'ipv6')] };

/** A second and a half: a packet without an answer is sent again after one second. @see RFC 6298 section 2 */
const ALL_TIMEOUT_MS = 1_500;

/** It is sent at 0, 1 and 3 s. */
const AGAIN_TIMEOUT_MS = 3_500;

/** What was otherwise than expected is asked again in small groups, and what still is, alone. */
const [SMALL_GROUP, MOST_ALONE] = [20, 12];

/** The ruleset is loaded. */
export async function compare(
  lane: Lane,
  ruleset: Ruleset,
  hook: Generated['hook'],
  probes: readonly Probe[],
): Promise<Comparison> {
  const asked = probes.map((probe) => ({
    probe,
    expected: traceOf(ruleset, probe.packet, hook, { own: OWN[probe.packet.family] }),
  }));
  const counts: Record<string, number> = {};
  for (const { expected } of asked) counts[expected.verdict] = (counts[expected.verdict] ?? 0) + 1;
  const once = await differing(lane, hook, asked, { size: asked.length, timeoutMs: ALL_TIMEOUT_MS });
  const twice = await differing(lane, hook, once, { size: SMALL_GROUP, timeoutMs: AGAIN_TIMEOUT_MS });
  const alone = await differing(lane, hook, twice.slice(0, MOST_ALONE), { size: 1, timeoutMs: AGAIN_TIMEOUT_MS });
  return { counts, disagreements: [...alone, ...twice.slice(MOST_ALONE)] };
}

/** Those of which the kernel does not do what is expected, asked in groups. */
async function differing(
  lane: Lane,
  hook: Generated['hook'],
  asked: readonly Omit<Disagreement, 'observed'>[],
  { size, timeoutMs }: { readonly size: number; readonly timeoutMs: number },
): Promise<readonly Disagreement[]> {
  const found: Disagreement[] = [];
  for (let at = 0; at < asked.length; at += size) {
    const part = asked.slice(at, at + size);
    const probes = part.map(({ probe }) => probe);
    const seen = await observe(lane, hook, probes, timeoutMs);
    found.push(...part.map(({ probe, expected }, index) => ({ probe, expected, observed: seen[index] ?? 'nothing' })));
  }
  return found.filter(({ expected, observed }) => !agrees(expected, observed));
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
