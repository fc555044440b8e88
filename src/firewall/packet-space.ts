/**
 * The space of packets of one family: which sets of packets the diagrams stand for.
 *
 * A packet here is the first of a TCP connection (state new, SYN alone), so protocol, state and flags are constants and have no variables.
 *
 * Worked example: of the rulesets that name `eth0` and `tun+`, `-i tun+` is the packets that come in by any interface whose name begins with tun.
 */
import type { Family } from '../model/address.ts';
import { ascending } from '../model/ports.ts';
import { remembered } from '../model/remembered.ts';
import type { AddressCodes } from './address-codes.ts';
import { type Bdd, BddManager, EMPTY, FULL } from './bdd.ts';
import { freeBits, highestDifference, isSet, type Value, wordsOf } from './bit-words.ts';
import { Measure, type Uneven } from './measure.ts';
import { type Mentioned, mentionedIn } from './mentioned.ts';
import { codesOfEnds, type End } from './named-addresses.ts';
import { type Bits, type Field, layout, sizeOf, UPWARDS } from './packet-bits.ts';
import { areSorted, rangesSet } from './range-sets.ts';
import type { Interval, Ruleset } from './ruleset.ts';

export type { Bits, Field } from './packet-bits.ts';

/** By field: the packets with some of its values, and there what is said below. */
export type Together = Readonly<Partial<Record<Field, (then: Bdd) => Bdd>>>;

/** Something that a packet does not show: the same key is the same question. `yes` and `no` say what it means, in words that follow an "if". */
export interface Unknown {
  readonly key: string;
  readonly yes: string;
  readonly no: string;
}

/** Any variable, as an upper end. */
const LAST_VARIABLE = 0x7ffffffe;

/** What somebody will ask about beside what rulesets name. */
export interface AskedOf {
  readonly interfaces?: readonly string[];
  /** Nodes. */
  readonly budget?: number;
  /** Destination ports; null: every port. The fewer, the less work. */
  readonly ports?: readonly number[] | null;
  /** Ranges, of senders or destinations, and all that can be put together of them; null: any address. The fewer, the less work. */
  readonly addresses?: Iterable<Interval<bigint>> | null;
}

export class PacketSpace {
  readonly family: Family;
  readonly manager: BddManager;
  readonly #addresses: Readonly<Record<End, AddressCodes>>;
  #measure: Measure | null = null;
  readonly #bits: Readonly<Record<Field, Bits>>;
  readonly #mentioned: Mentioned;
  readonly #unknown = new Map<string, Bdd>();
  readonly #words: Unknown[] = [];
  readonly #terminals = new Map<string, Bdd>();
  readonly #interfaces = new Map<string, Bdd>();
  readonly #portSets = new Map<string, Bdd>();
  /** Variables from here on are what is not known, one for each of `unknowns`. */
  readonly firstUnknown: number;

  /** The packets that are looked at, those to `ports`: no set of a passage reaches beyond. */
  readonly slice: Bdd;
  /** Null: every port. */
  readonly ports: readonly number[] | null;

  constructor(family: Family, rulesets: readonly Ruleset[], asked: AskedOf = {}) {
    const { interfaces = [], budget = 16_000_000, ports = null, addresses = null } = asked;
    this.family = family;
    this.manager = new BddManager(budget);
    this.#mentioned = mentionedIn(rulesets, interfaces);
    this.#addresses = codesOfEnds(family, rulesets, addresses);
    const { bits, next } = layout({ addresses: this.#addresses, mentioned: this.#mentioned });
    this.#bits = bits;
    this.firstUnknown = next;
    this.ports = ports === null ? null : portsOf(rulesets, ports);
    this.slice = this.portSet(this.ports);
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

  /** How addresses of one side are told apart. */
  codes(end: End): AddressCodes {
    return this.#addresses[end];
  }

  /** Packets that are told apart from those of this address in nothing; there it is `then`, as of `within`. */
  at(end: End, address: bigint, then: Bdd = FULL): Bdd {
    return this.#coded(end, [this.#addresses[end].codesAt(address)], then);
  }

  /** What all of these say of their fields together, above `rest`, which lies below all fields. */
  together(fields: Together, rest: Bdd = FULL): Bdd {
    return UPWARDS.reduce((then, field) => fields[field]?.(then) ?? then, rest);
  }

  /** The share of all packets that lie in a set and, where it is given, of which `said` says something; from 0 to 1. */
  share(set: Bdd, said: Bdd = FULL): number {
    this.#measure ??= new Measure(this.manager, this.#uneven());
    return this.#measure.share(set, said);
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
    if (field !== 'source' && field !== 'destination') return this.#coded(field, ranges, then);
    const codes = this.#addresses[field];
    return this.#coded(
      field,
      ranges.map((range) => codes.codesOf(range)),
      then,
    );
  }

  #coded(field: Field, ranges: readonly Interval<bigint | number>[], then: Bdd = FULL): Bdd {
    const [only] = ranges;
    if (only !== undefined && ranges.length === 1) return this.#between(field, wordsOf(only.first), wordsOf(only.last), then);
    if (areSorted(ranges)) return rangesSet(this.manager, this.#bits[field], ranges, then);
    const parts = ranges.map(({ first, last }) => this.#between(field, wordsOf(first), wordsOf(last), FULL));
    return this.manager.gate(this.manager.orAll(parts), then);
  }

  /** (field & mask) = value. */
  masked(field: Field, mask: bigint, value: bigint): Bdd {
    const { first, width } = this.#bits[field];
    if ((field === 'source' || field === 'destination') && this.#addresses[field].parts !== null)
      throw new RangeError(`nobody said that bits of a ${field} would be asked for`);
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

  /** Whether a packet is in the set where nothing holds that is not known. @param set  of that packet alone. */
  holdsBare(set: Bdd): boolean {
    const { manager } = this;
    const unknown = this.#bits.user.first;
    let node = set;
    while (node !== EMPTY && node !== FULL) {
      const low = manager.low(node);
      node = low === EMPTY && manager.variableOf(node) < unknown ? manager.high(node) : low;
    }
    return node === FULL;
  }

  #uneven(): readonly Uneven[] {
    return (['source', 'destination'] as const).flatMap((end) => {
      const { shares } = this.#addresses[end];
      return shares === null ? [] : [{ ...this.#bits[end], shares }];
    });
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
