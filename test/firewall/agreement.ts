/**
 * Whether the interpreter and the packet sets say the same of a packet. They share no code but the ruleset.
 *
 * Worked example: of a packet without a source port the set is every source port; where sets accept all of it, or for some ports only, the
 * interpreter has to accept in every world, or in some.
 */
import { type Bdd, EMPTY } from '../../src/firewall/bdd.ts';
import { type Packet, type Trace, traceOf } from '../../src/firewall/interpret.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { type Passage, passage } from '../../src/firewall/passage.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { FAMILIES, type Family, formatAddress } from '../../src/model/address.ts';
import { ascending } from '../../src/model/ports.ts';

export interface Agreement {
  /** By the verdict of the interpreter. */
  readonly counts: Readonly<Record<string, number>>;
  /** One line each. */
  readonly disagreements: readonly string[];
}

export function agreementOf(ruleset: Ruleset, hook: Hook, packets: readonly Packet[]): Agreement {
  const counts: Record<string, number> = {};
  const disagreements: string[] = [];
  const interfaces = [...new Set(packets.flatMap((packet) => [packet.in ?? '', packet.out ?? '']))].filter((name) => name !== '');
  for (const family of FAMILIES) {
    const own = packets.filter((packet) => packet.family === family);
    if (own.length === 0) continue;
    const looks = [null, own.filter((_, index) => index % 2 === 1)].map((few) => lookAt(ruleset, hook, family, interfaces, few));
    for (const [index, packet] of own.entries()) {
      const trace = traceOf(ruleset, packet, hook);
      counts[trace.verdict] = (counts[trace.verdict] ?? 0) + 1;
      // Too many worlds: the interpreter has no answer then.
      if (trace.outcomes.length === 0) continue;
      const told = outcomesOf(trace);
      for (const { space, sets } of looks.slice(0, 1 + (index % 2))) {
        const computed = outcomesIn(sets, space, packetSet(space, packet));
        const who = space.ports === null ? 'sets' : 'sets of some ports';
        if (told !== computed) disagreements.push(`${packetText(packet)}: interpreter ${told}, ${who} ${computed}`);
      }
    }
  }
  return { counts, disagreements };
}

interface Look {
  readonly space: PacketSpace;
  readonly sets: Passage;
}

/** At all packets, or at those to some ports, by addresses that each have a code of their own. */
function lookAt(
  ruleset: Ruleset,
  hook: Hook,
  family: Family,
  interfaces: readonly string[],
  few: readonly Packet[] | null,
): Look {
  const ports = few === null ? null : ascending(few.map(({ port }) => port));
  const space = new PacketSpace(family, [ruleset], { interfaces, ports, addresses: few === null ? [] : null });
  return { space, sets: passage(new Onward(ruleset, space), hook) };
}

/** `accept drop`: everything that may become of it. */
function outcomesOf({ outcomes }: Trace): string {
  const found = new Set<string>(outcomes.map((one) => (one === 'reject' ? 'drop' : one)));
  return ['accept', 'redirect', 'drop'].filter((one) => found.has(one)).join(' ');
}

function outcomesIn({ accepted, redirected, dropped }: Passage, { manager }: PacketSpace, at: Bdd): string {
  const all = [
    ['accept', accepted],
    ['redirect', redirected],
    ['drop', dropped],
  ] as const;
  return all.flatMap(([name, { set }]) => (manager.and(at, set) === EMPTY ? [] : [name])).join(' ');
}

/** Every packet that agrees with what is given of this one. */
export function packetSet(space: PacketSpace, packet: Packet): Bdd {
  const { source, destination, port, sourcePort } = packet;
  const exactly = <T extends bigint | number>(value: T): readonly { readonly first: T; readonly last: T }[] => [
    { first: value, last: value },
  ];
  const parts = [
    space.at('source', source),
    space.at('destination', destination),
    space.within('destination-port', exactly(port)),
    ...(sourcePort === undefined ? [] : [space.within('source-port', exactly(sourcePort))]),
    ...(packet.in === undefined ? [] : [space.interface('in', packet.in, false)]),
    ...(packet.out === undefined ? [] : [space.interface('out', packet.out, false)]),
    ...(packet.user === undefined ? [] : [space.owner('user', exactly(packet.user))]),
  ];
  return parts.reduce((a, b) => space.manager.and(a, b));
}

export function packetText({ family, source, destination, port, sourcePort, user, ...sides }: Packet): string {
  const way = `${sides.in ?? 'any'} > ${sides.out ?? 'any'}`;
  return `${formatAddress(family, source)}:${sourcePort ?? 'any'} > ${formatAddress(family, destination)}:${port} (${way}${user === undefined ? '' : `, user ${user}`})`;
}
