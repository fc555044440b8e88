/**
 * Packets at the edges of what a ruleset mentions: where a comparison is off by one, these show it.
 *
 * Worked example: of `ip saddr 10.0.0.0/24 tcp dport 25-30 iifname "tun*"` the sources 10.0.0.0, 10.0.0.255, 9.255.255.255 and 10.0.1.0, the ports
 * 24, 25, 30 and 31, and the interfaces tun, tun0 and one that is not mentioned.
 */
import type { Packet } from '../../../src/firewall/interpret.ts';
import type { Condition, Hook, Ruleset } from '../../../src/firewall/ruleset.ts';
import { FAMILIES, type Family } from '../../../src/model/address.ts';
import type { Random } from './random.ts';

export interface Edges {
  readonly source: Readonly<Record<Family, readonly bigint[]>>;
  readonly destination: Readonly<Record<Family, readonly bigint[]>>;
  readonly ports: readonly number[];
  readonly sourcePorts: readonly number[];
  readonly interfaces: readonly string[];
  /** Users that are named by themselves. */
  readonly users: readonly number[];
}

/** Values that are tried whatever a ruleset mentions: documentation addresses, the ports of mail, interfaces. */
const USUAL = {
  source: { ipv4: [0x0a140005n], ipv6: [0x20010db8002000000000000000000005n] },
  destination: { ipv4: [0xc6336407n], ipv6: [0x20010db8000f00000000000000000019n] },
  ports: [25, 465, 587, 2525],
  sourcePorts: [50_000, 1023, 25],
  interfaces: ['eth0', 'other7'],
} as const;

export function edgesOf(rulesets: readonly Ruleset[]): Edges {
  const found = new Found();
  for (const { chains } of rulesets)
    for (const { rules } of chains.values())
      for (const { condition, cases } of rules) {
        found.note(condition);
        for (const one of cases) {
          found.note(one.condition);
          if (one.verdict.kind !== 'divert') continue;
          for (const { first, last } of one.verdict.port ?? []) found.addPorts('ports', first, last);
        }
      }
  return found.edges();
}

/** What a packet may leave open (source port, interfaces) is often left open. Families take turns. */
export function packetsAt(edges: Edges, hook: Hook, count: number, random: Random): readonly Packet[] {
  const name = (): string | null => (random.chance(0.35) ? null : random.one(edges.interfaces));
  return Array.from({ length: count }, (_, index): Packet => {
    const family = FAMILIES[index % 2] ?? 'ipv4';
    const user = hook === 'output' && edges.users.length > 0 && random.chance(0.3) ? random.one(edges.users) : null;
    const [sourcePort, inside, out] = [random.chance(0.5) ? null : random.one(edges.sourcePorts), name(), name()];
    return {
      family,
      source: random.one(edges.source[family]),
      destination: random.one(edges.destination[family]),
      port: random.one(random.chance(0.5) ? USUAL.ports : edges.ports),
      ...(sourcePort === null ? {} : { sourcePort }),
      ...(inside === null || hook === 'output' ? {} : { in: inside }),
      ...(out === null || hook === 'input' ? {} : { out }),
      ...(user === null ? {} : { user }),
    };
  });
}

class Found {
  readonly #addresses = {
    source: { ipv4: new Set<bigint>(USUAL.source.ipv4), ipv6: new Set<bigint>(USUAL.source.ipv6) },
    destination: { ipv4: new Set<bigint>(USUAL.destination.ipv4), ipv6: new Set<bigint>(USUAL.destination.ipv6) },
  };
  readonly #numbers = { ports: new Set<number>(USUAL.ports), sourcePorts: new Set<number>(USUAL.sourcePorts) };
  readonly #interfaces = new Set<string>(USUAL.interfaces);
  readonly #users = new Set<number>();

  edges(): Edges {
    const { source, destination } = this.#addresses;
    return {
      source: { ipv4: [...source.ipv4], ipv6: [...source.ipv6] },
      destination: { ipv4: [...destination.ipv4], ipv6: [...destination.ipv6] },
      ports: [...this.#numbers.ports],
      sourcePorts: [...this.#numbers.sourcePorts],
      interfaces: [...this.#interfaces],
      users: [...this.#users],
    };
  }

  note(condition: Condition): void {
    switch (condition.kind) {
      case 'all':
      case 'any':
        for (const one of condition.of) this.note(one);
        return;
      case 'not':
        this.note(condition.of);
        return;
      case 'address':
        for (const { first, last } of condition.ranges) this.#addAddresses(condition.end, condition.family, [first, last]);
        return;
      case 'address-bits':
        this.#addAddresses(condition.end, condition.family, [condition.value, condition.value ^ condition.mask]);
        return;
      case 'port':
        for (const { first, last } of condition.ranges)
          this.addPorts(condition.end === 'source' ? 'sourcePorts' : 'ports', first, last);
        return;
      case 'interface':
        this.#interfaces.add(condition.name === '' ? 'other8' : condition.name);
        if (condition.prefix) this.#interfaces.add(`${condition.name}0`);
        return;
      case 'owner':
        for (const { first, last } of condition.ids ?? []) if (condition.of === 'user' && first === last) this.#users.add(first);
        return;
      default:
        return;
    }
  }

  addPorts(which: 'ports' | 'sourcePorts', first: number, last: number): void {
    for (const port of [first - 1, first, last, last + 1]) if (port >= 0 && port <= 65_535) this.#numbers[which].add(port);
  }

  /** An address of the one end is tried at the other one as well: a rule about the wrong end shows. */
  #addAddresses(end: 'source' | 'destination', family: Family, values: readonly bigint[]): void {
    const highest = (1n << (family === 'ipv4' ? 32n : 128n)) - 1n;
    const all = values.flatMap((value) => [value - 1n, value, value + 1n]).filter((value) => value >= 0n && value <= highest);
    for (const value of all) this.#addresses[end][family].add(value);
    const [first] = values;
    if (first !== undefined) this.#addresses[end === 'source' ? 'destination' : 'source'][family].add(first);
  }
}
