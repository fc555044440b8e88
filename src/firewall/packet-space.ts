/**
 * The space of packets of one family: which variable of the diagrams is which bit of a packet.
 *
 * A packet here is the first of a TCP connection (state new, SYN alone), so protocol, state and flags are constants and have no variables.
 *
 * Worked example: of the rulesets that name `eth0` and `tun+`, an interface is one of three: eth0, any other whose name begins with tun, any
 * other. Two bits: 0 eth0, 1 tun+, 2 and 3 both "any other", so that every vector is a packet.
 */
import type { Family } from '../model/address.ts';
import { ascending } from '../model/ports.ts';
import { type Bdd, BddManager, EMPTY, FULL } from './bdd.ts';
import { freeBits, highestDifference, isSet, type Value, wordsOf } from './bit-words.ts';
import { type Mentioned, mentionedIn } from './mentioned.ts';
import { remembered } from './remembered.ts';
import type { Interval, Ruleset } from './ruleset.ts';

/**
 * From the root down. What hangs together stands together, an interface and the addresses behind it. Where packets go comes before where they
 * come from: most rules are about what may be reached, and what is asked of senders (spoofed addresses, hardware addresses) is the same for all of that; the
 * other way round it is there once for each sender, which was 7 times as many nodes for 1,500 hosts with hardware addresses. What nobody knows
 * comes last: above the addresses it multiplies them.
 */
const ORDER = ['out', 'destination', 'in', 'source', 'destination-port', 'source-port', 'user', 'group'] as const;

export type Field = (typeof ORDER)[number];

export interface Bits {
  readonly first: number;
  readonly width: number;
}

/** Something that a packet does not show: the same key is the same question. `yes` and `no` say what it means, in words that follow an "if". */
export interface Unknown {
  readonly key: string;
  readonly yes: string;
  readonly no: string;
}

/** Any variable, as an upper end. */
const LAST_VARIABLE = 0x7ffffffe;

export class PacketSpace {
  readonly family: Family;
  readonly manager: BddManager;
  readonly #bits: Readonly<Record<Field, Bits>>;
  readonly #mentioned: Mentioned;
  readonly #unknown = new Map<string, Bdd>();
  readonly #words: Unknown[] = [];
  readonly #terminals = new Map<string, Bdd>();
  readonly #interfaces = new Map<string, Bdd>();
  readonly #portSets = new Map<string, Bdd>();
  /** Variables from here on are what is not known, one for each of `unknowns`. */
  readonly firstUnknown: number;

  /** The packets that are looked at, those of `senders` to `ports`: no set of a passage reaches beyond. */
  readonly slice: Bdd;
  readonly #senders: readonly Interval<bigint>[] | null;
  /** Null: every port. */
  readonly ports: readonly number[] | null;

  /**
   * @param rulesets    all that are to be compared: sets of two spaces cannot be
   * @param interfaces  names that somebody will ask about, whether a ruleset has them or not
   * @param budget      nodes
   * @param ports       destination ports that somebody will ask about; null: every port. The fewer, the less work.
   * @param senders     addresses, the same: what rules say of others is not worked out
   */
  constructor(
    family: Family,
    rulesets: readonly Ruleset[],
    interfaces: readonly string[] = [],
    budget = 16_000_000,
    ports: readonly number[] | null = null,
    senders: readonly Interval<bigint>[] | null = null,
  ) {
    this.family = family;
    this.manager = new BddManager(budget);
    this.#mentioned = mentionedIn(rulesets, interfaces);
    const { bits, next } = layout(family, this.#mentioned);
    this.#bits = bits;
    this.firstUnknown = next;
    this.ports = ports === null ? null : portsOf(rulesets, ports);
    this.#senders = senders;
    const sent = this.portSet(this.ports);
    this.slice = senders === null ? sent : this.manager.and(this.within('source', senders), sent);
  }

  bits(field: Field): Bits {
    return this.#bits[field];
  }

  /** What the codes of `in` and `out` stand for; this many and above: any other. */
  get interfaces(): Mentioned['interfaces'] {
    return this.#mentioned.interfaces;
  }

  /** What is not known, in the order of its variables. */
  get unknowns(): readonly Unknown[] {
    return this.#words;
  }

  /** One variable for each key. */
  unknown(key: string, yes: string = key, no = `not ${yes}`): Bdd {
    const known = this.#unknown.get(key);
    if (known !== undefined) return known;
    const set = this.manager.variable(this.firstUnknown + this.#words.length);
    this.#unknown.set(key, set);
    this.#words.push({ key, yes, no });
    return set;
  }

  /** What becomes of a packet, one terminal of diagrams for each key. */
  terminal(key: string): Bdd {
    return remembered(this.#terminals, key, () => this.manager.terminal());
  }

  /** Packets to one of these ports; null: to any. */
  portSet(ports: readonly number[] | null): Bdd {
    if (ports === null) return FULL;
    const ranges = ports.map((port) => ({ first: port, last: port }));
    return remembered(this.#portSets, ports.join(), () => this.within('destination-port', ranges));
  }

  /** Not all senders are looked at. */
  get isNarrow(): boolean {
    return this.#senders !== null;
  }

  /** Some packet that is looked at comes from one of these addresses. */
  mayComeFrom(ranges: readonly Interval<bigint>[]): boolean {
    return this.#senders === null || meet(this.#senders, ranges);
  }

  /** An interface of this name, or any whose name begins so. */
  interface(side: 'in' | 'out', name: string, prefix: boolean): Bdd {
    return remembered(this.#interfaces, `${side} ${name} ${prefix}`, () => this.#interface(side, name, prefix));
  }

  #interface(side: 'in' | 'out', name: string, prefix: boolean): Bdd {
    const matches = (candidate: { readonly name: string; readonly prefix: boolean }): boolean =>
      prefix ? candidate.name.startsWith(name) : !candidate.prefix && candidate.name === name;
    if (prefix && name === '') return FULL;
    const { interfaces } = this.#mentioned;
    if (!prefix && !interfaces.some(matches)) throw new RangeError(`the space does not know the interface ${name}`);
    return this.#values(
      side,
      interfaces.flatMap((candidate, value) => (matches(candidate) ? [value] : [])),
    );
  }

  /** It belongs to a socket of this host; with `ids`, of one of these users or groups. */
  owner(of: 'user' | 'group', ids: readonly Interval<number>[] | null): Bdd {
    const socket = this.manager.not(this.#values('user', [0]));
    if (ids === null) return socket;
    // Value 0 of `user` is "no socket"; the others, and all of `group`, are the spans between the ids that are named.
    const shift = of === 'user' ? 1 : 0;
    const inside = this.#mentioned[of].flatMap((start, value) =>
      ids.some(({ first, last }) => first <= start && start <= last) ? [value + shift] : [],
    );
    return this.manager.and(socket, this.#values(of, inside));
  }

  /** Values of a field that lie in one of the ranges; there it is `then`, which has to lie below the field. */
  within(field: Field, ranges: readonly Interval<bigint | number>[], then: Bdd = FULL): Bdd {
    const [only] = ranges;
    if (only !== undefined && ranges.length === 1) return this.#between(field, wordsOf(only.first), wordsOf(only.last), then);
    const parts = ranges.map(({ first, last }) => this.#between(field, wordsOf(first), wordsOf(last), FULL));
    return this.manager.gate(this.manager.orAll(parts), then);
  }

  /** (field & mask) = value. */
  masked(field: Field, mask: bigint, value: bigint): Bdd {
    const { first, width } = this.#bits[field];
    if ((value & ~mask) !== 0n) return EMPTY;
    const [asked, wanted] = [wordsOf(mask), wordsOf(value)];
    let node = FULL;
    for (let bit = 0; bit < width; bit++) {
      if (!isSet(asked, bit)) continue;
      const variable = first + width - 1 - bit;
      node = isSet(wanted, bit) ? this.manager.node(variable, EMPTY, node) : this.manager.node(variable, node, EMPTY);
    }
    return node;
  }

  /** Packets that are in the set with some value of these fields. */
  anyOf(fields: readonly Field[], set: Bdd): Bdd {
    return fields.reduce((some, field) => {
      const { first, width } = this.#bits[field];
      return this.manager.exists(some, first, first + width - 1);
    }, set);
  }

  /** Packets that may be in the set: some value of what is not known (owner, unknown conditions) puts them there. */
  may(set: Bdd): Bdd {
    return this.manager.exists(set, this.#bits.user.first, LAST_VARIABLE);
  }

  /** Packets that are in the set whatever is not known. */
  must(set: Bdd): Bdd {
    return this.manager.forall(set, this.#bits.user.first, LAST_VARIABLE);
  }

  /** The last value of a finite domain is "any other", and so are the codes above it. */
  #values(field: Field, values: readonly number[]): Bdd {
    const { width } = this.#bits[field];
    const top = 2 ** width - 1;
    return this.within(
      field,
      values.map((value) => ({ first: value, last: value === this.#lastValue(field) ? top : value })),
    );
  }

  #lastValue(field: Field): number {
    return sizeOf(field, this.#mentioned) - 1;
  }

  /**
   * From the last bit up: suffixes not below the lower end, not above the upper one, and both. The first two matter only up to the highest bit in
   * which the ends differ, and there is nothing to say of bits that are 0 in one end and 1 in the other down to the last.
   */
  #between(field: Field, low: Value, high: Value, then: Bdd): Bdd {
    const { first, width } = this.#bits[field];
    const { manager } = this;
    const top = highestDifference(low, high, width);
    if (top >= 0 && isSet(low, top)) return EMPTY;
    let [atLeast, atMost, both] = [then, then, then];
    for (let bit = freeBits(low, high, width); bit < width; bit++) {
      const variable = first + width - 1 - bit;
      const [ofLow, ofHigh] = [isSet(low, bit), isSet(high, bit)];
      if (ofLow === ofHigh) both = ofLow ? manager.node(variable, EMPTY, both) : manager.node(variable, both, EMPTY);
      // Only where all higher bits agree does this matter, and then the lower end has the 0.
      else both = ofHigh ? manager.node(variable, atLeast, atMost) : EMPTY;
      if (bit >= top) continue;
      atLeast = ofLow ? manager.node(variable, EMPTY, atLeast) : manager.node(variable, atLeast, then);
      atMost = ofHigh ? manager.node(variable, then, atMost) : manager.node(variable, atMost, EMPTY);
    }
    return both;
  }
}

/** Some number is in both. */
export function meet(a: readonly Interval<bigint>[], b: readonly Interval<bigint>[]): boolean {
  return a.some((one) => b.some((other) => one.first <= other.last && other.first <= one.last));
}

/** A packet that is sent elsewhere is looked at under its new port. Null where that may be one of too many. */
function portsOf(rulesets: readonly Ruleset[], asked: readonly number[]): readonly number[] | null {
  const rewritten: Interval<number>[] = [];
  for (const { chains } of rulesets)
    for (const { rules } of chains.values())
      for (const { cases } of rules)
        for (const { verdict } of cases) if (verdict.kind === 'divert') rewritten.push(...(verdict.port ?? []));
  if (rewritten.reduce((sum, { first, last }) => sum + last - first + 1, 0) > MOST_PORTS) return null;
  const one = rewritten.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
  return ascending([...asked, ...one]);
}

/** Ports that packets may be sent to; beyond it is cheaper to look at every port. */
const MOST_PORTS = 256;

function layout(family: Family, mentioned: Mentioned): { readonly bits: Record<Field, Bits>; readonly next: number } {
  let next = 0;
  const place = (field: Field): Bits => {
    const first = next;
    const width = widthOf(field, family, mentioned);
    next += width;
    return { first, width };
  };
  const [out, destination, inside, source, port, sourcePort, user, group] = ORDER.map(place);
  const none = { first: 0, width: 0 };
  return {
    bits: {
      in: inside ?? none,
      out: out ?? none,
      source: source ?? none,
      destination: destination ?? none,
      'destination-port': port ?? none,
      'source-port': sourcePort ?? none,
      user: user ?? none,
      group: group ?? none,
    },
    next,
  };
}

function widthOf(field: Field, family: Family, mentioned: Mentioned): number {
  if (field === 'source' || field === 'destination') return family === 'ipv4' ? 32 : 128;
  if (field === 'source-port' || field === 'destination-port') return 16;
  return Math.ceil(Math.log2(sizeOf(field, mentioned)));
}

/** Values of a finite domain. */
function sizeOf(field: Field, { interfaces, user, group }: Mentioned): number {
  if (field === 'user') return user.length + 1;
  return field === 'group' ? group.length : interfaces.length + 1;
}
