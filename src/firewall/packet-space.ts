/**
 * The space of packets of one family: which variable of the diagrams is which bit of a packet.
 *
 * A packet here is the first of a TCP connection (state new, SYN alone), so protocol, state and flags are constants and have no variables.
 *
 * Worked example: of the rulesets that name `eth0` and `tun+`, an interface is one of three: eth0, any other whose name begins with tun, any
 * other. Two bits: 0 eth0, 1 tun+, 2 and 3 both "any other", so that every vector is a packet.
 */
import type { Family } from '../model/address.ts';
import { type Bdd, BddManager, EMPTY, FULL } from './bdd.ts';
import { type Mentioned, mentionedIn } from './mentioned.ts';
import type { Interval, Ruleset } from './ruleset.ts';

/**
 * From the root down: what is listed first is read best from the result, and finite domains of few values cost least at the top. What nobody knows
 * comes last, below everything that a packet shows: above the addresses it multiplies them.
 */
const ORDER = ['in', 'out', 'source', 'destination', 'destination-port', 'source-port', 'user', 'group'] as const;

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
  /** Variables from here on are what is not known, one for each of `unknowns`. */
  readonly firstUnknown: number;

  /** The packets that are looked at: no set of a passage reaches beyond. */
  readonly slice: Bdd;

  /**
   * @param rulesets    all that are to be compared: sets of two spaces cannot be
   * @param interfaces  names that somebody will ask about, whether a ruleset has them or not
   * @param budget      nodes
   * @param ports       destination ports that somebody will ask about; null: every port. The fewer, the less work.
   */
  constructor(
    family: Family,
    rulesets: readonly Ruleset[],
    interfaces: readonly string[] = [],
    budget = 16_000_000,
    ports: readonly number[] | null = null,
  ) {
    this.family = family;
    this.manager = new BddManager(budget);
    this.#mentioned = mentionedIn(rulesets, interfaces);
    const { bits, next } = layout(family, this.#mentioned);
    this.#bits = bits;
    this.firstUnknown = next;
    this.slice = ports === null ? FULL : this.within('destination-port', portsOf(rulesets, ports));
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

  /** An interface of this name, or any whose name begins so. */
  interface(side: 'in' | 'out', name: string, prefix: boolean): Bdd {
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

  /** Values of a field that lie in one of the ranges. */
  within(field: Field, ranges: readonly Interval<bigint | number>[]): Bdd {
    return this.manager.orAll(ranges.map(({ first, last }) => this.#between(field, BigInt(first), BigInt(last))));
  }

  /** (field & mask) = value. */
  masked(field: Field, mask: bigint, value: bigint): Bdd {
    const { first, width } = this.#bits[field];
    if ((value & ~mask) !== 0n) return EMPTY;
    let node = FULL;
    for (let bit = 0; bit < width; bit++) {
      if (!isSet(mask, bit)) continue;
      const variable = first + width - 1 - bit;
      node = isSet(value, bit) ? this.manager.node(variable, EMPTY, node) : this.manager.node(variable, node, EMPTY);
    }
    return node;
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

  /** From the last bit up: suffixes not below the lower end, not above the upper one, and both. */
  #between(field: Field, low: bigint, high: bigint): Bdd {
    const { first, width } = this.#bits[field];
    const { manager } = this;
    if (low > high) return EMPTY;
    let [atLeast, atMost, both] = [FULL, FULL, FULL];
    for (let bit = 0; bit < width; bit++) {
      const variable = first + width - 1 - bit;
      const [ofLow, ofHigh] = [isSet(low, bit), isSet(high, bit)];
      if (ofLow === ofHigh) both = ofLow ? manager.node(variable, EMPTY, both) : manager.node(variable, both, EMPTY);
      // Only where all higher bits agree does this matter, and then the lower end has the 0.
      else both = ofHigh ? manager.node(variable, atLeast, atMost) : EMPTY;
      atLeast = ofLow ? manager.node(variable, EMPTY, atLeast) : manager.node(variable, atLeast, FULL);
      atMost = ofHigh ? manager.node(variable, FULL, atMost) : manager.node(variable, atMost, EMPTY);
    }
    return both;
  }
}

/** A packet that is sent elsewhere is looked at under its new port. */
function portsOf(rulesets: readonly Ruleset[], asked: readonly number[]): readonly Interval<number>[] {
  const rules = rulesets.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules));
  const verdicts = rules.flatMap(({ cases }) => cases.map(({ verdict }) => verdict));
  const rewritten = verdicts.flatMap((verdict) => (verdict.kind === 'divert' ? (verdict.port ?? []) : []));
  return [...asked.map((port) => ({ first: port, last: port })), ...rewritten];
}

function layout(family: Family, mentioned: Mentioned): { readonly bits: Record<Field, Bits>; readonly next: number } {
  let next = 0;
  const place = (field: Field): Bits => {
    const first = next;
    const width = widthOf(field, family, mentioned);
    next += width;
    return { first, width };
  };
  const [inside, out, source, destination, port, sourcePort, user, group] = ORDER.map(place);
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

function isSet(number: bigint, bit: number): boolean {
  return ((number >> BigInt(bit)) & 1n) === 1n;
}
