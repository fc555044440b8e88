/** Connections that a ruleset tells apart and that the lab can make: at the edges of what the ruleset names, and anywhere else in the small world. */
import type { Packet } from '../../../src/firewall/interpret.ts';
import type { Ruleset } from '../../../src/firewall/ruleset.ts';
import { type Family, formatAddress, numberOf, parseAddress } from '../../../src/model/address.ts';
import { edgesOf } from '../../firewall/generate/packets.ts';
import type { Random } from '../../firewall/generate/random.ts';
import { DESTINATIONS, type Generated, PORTS, ROUTER, SOURCE_PORTS, SOURCES, USERS } from '../../firewall/generate/world.ts';
import type { Attempt } from './agent-words.ts';

export interface Probe {
  readonly packet: Packet;
  /** On the router: whose it is. */
  readonly user: number | null;
  readonly attempt: Attempt;
}

export function probesOf({ families, hook }: Generated, ruleset: Ruleset, count: number, random: Random): readonly Probe[] {
  const edges = edgesOf([ruleset]);
  const ends = {
    source: endOf(hook === 'output' ? router : SOURCES),
    destination: endOf(hook === 'input' ? router : DESTINATIONS),
  };
  const ports = edges.ports.filter((port) => PORTS.includes(port));
  // The router cannot send from a port on which it listens.
  const sourcePorts = [...SOURCE_PORTS, ...edges.sourcePorts].filter(
    (port) => port > 0 && (hook !== 'output' || !PORTS.includes(port)),
  );
  const seen = new Set<string>();
  const probes: Probe[] = [];
  while (probes.length < count) {
    const family = random.one(families);
    const source = pick(ends.source[family], edges.source[family], random);
    const destination = pick(ends.destination[family], edges.destination[family], random);
    const sourcePort = random.chance(0.3) ? random.one(sourcePorts) : random.integer(1_024, 65_535);
    if (hook === 'output' && PORTS.includes(sourcePort)) continue;
    const port = random.one(ports.length > 0 && random.chance(0.5) ? ports : PORTS);
    const attempt: Attempt = {
      source: formatAddress(family, source.value),
      sourcePort,
      destination: formatAddress(family, destination.value),
      port,
    };
    const key = JSON.stringify(attempt);
    if (seen.has(key)) continue;
    seen.add(key);
    const user = hook === 'output' ? random.one(USERS) : null;
    const packet: Packet = {
      family,
      source: source.value,
      destination: destination.value,
      port,
      sourcePort,
      ...(source.interface === null ? {} : { in: source.interface }),
      ...(destination.interface === null ? {} : { out: destination.interface }),
      ...(user === null ? {} : { user, group: user }),
    };
    probes.push({ packet, user, attempt });
  }
  return probes;
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly interface: string | null;
}

type End = Readonly<Record<Family, readonly Range[]>>;

const router = {
  ipv4: [{ network: ROUTER.ipv4, interface: null }],
  ipv6: [{ network: ROUTER.ipv6, interface: null }],
} as const;

function endOf(
  networks: Readonly<Record<Family, readonly { readonly network: string; readonly interface: string | null }[]>>,
): End {
  const ranges = (family: Family): readonly Range[] =>
    networks[family].map(({ network, interface: name }) => ({ ...rangeOf(network, family), interface: name }));
  return { ipv4: ranges('ipv4'), ipv6: ranges('ipv6') };
}

export function rangeOf(network: string, family: Family): { readonly first: bigint; readonly last: bigint } {
  const [text = '', length = ''] = network.split('/');
  const address = parseAddress(text);
  if (address === null) throw new TypeError(`${network} is no network`);
  const first = numberOf(address);
  return { first, last: first + (1n << BigInt((family === 'ipv4' ? 32 : 128) - Number(length))) - 1n };
}

/**
 * An edge that lies in the world, or any address, more often near the beginning of one of its networks. Never the first one: in IPv6 that is every
 * router's (RFC 4291 section 2.6.1).
 */
function pick(ranges: readonly Range[], edges: readonly bigint[], random: Random): { value: bigint; interface: string | null } {
  const inside = edges.flatMap((value) =>
    ranges.filter(({ first, last }) => first < value && value <= last).map((range) => ({ value, interface: range.interface })),
  );
  if (inside.length > 0 && random.chance(0.7)) return random.one(inside);
  const range = random.one(ranges);
  const size = range.last - range.first;
  const step = BigInt(random.integer(1, 0x7fff_ffff));
  return { value: range.first + 1n + ((random.chance(0.5) ? step % 64n : step) % size), interface: range.interface };
}
