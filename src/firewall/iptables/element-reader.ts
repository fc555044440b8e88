/**
 * Of the elements of one set: when does a packet match one of them, and none that takes it out again?
 *
 * Worked example: of `add s 10.0.0.0/8,tcp:25` the condition is source 10.0.0.0/8 and protocol 6 and source port 25 for `src,src`. Of a hash:net
 * with 10.1.0.0/16 and 10.1.9.0/24 nomatch it is 10.1.0.0/16 without 10.1.9.0/24.
 *
 * @see Linux, net/netfilter/ipset/ip_set_hash_gen.h, mtype_test_cidrs()
 */
import type { Family } from '../../model/address.ts';
import { addressSet, subtract } from '../../model/address-set.ts';
import { allOf, anyOf, mergeAddresses, mergePorts, not } from '../conditions.ts';
import { ALWAYS, type Condition, type Interval, NEVER } from '../ruleset.ts';
import { rangesCondition } from './addresses.ts';
import type { Context } from './context.ts';
import { narrowerNetworks } from './narrower-networks.ts';
import type { Dimension, Element, Ipset, Part } from './set-types.ts';

type PortPart = Extract<Part, { kind: 'port' }>;

/** What a rule asks of a set. */
export interface SetMatch {
  readonly name: string;
  /** One for each dimension. */
  readonly ends: readonly ('source' | 'destination')[];
  /** `--return-nomatch`: the elements taken out are the ones that match. */
  readonly nomatch: boolean;
}

export function timedText(set: Ipset): string {
  return `entries of the set ${set.name} that have a timeout are still there`;
}

/**
 * Of an element without a MAC address: it takes that of the first packet that asks for it, and has that one from then on. A packet without a header of
 * Ethernet (of this host, of a tunnel) is never in the set.
 *
 * @see Linux, net/netfilter/ipset/ip_set_bitmap_ipmac.c, bitmap_ipmac_kadt(), bitmap_ipmac_do_test(): -EAGAIN; ip_set_core.c, ip_set_test()
 */
function learntText(set: Ipset): string {
  return `the set ${set.name} has learnt no other MAC address for it`;
}

export class ElementReader {
  readonly #set: Ipset;
  readonly #dimensions: readonly Dimension[];
  readonly #match: SetMatch;
  readonly #context: Context;
  readonly #family: Family;

  constructor(set: Ipset, dimensions: readonly Dimension[], match: SetMatch, context: Context) {
    this.#set = set;
    this.#dimensions = dimensions;
    this.#match = match;
    this.#context = context;
    this.#family = set.family ?? context.family;
  }

  read(elements: readonly Element[]): Condition {
    if (elements.some(({ timed }) => timed)) {
      this.#context.assumptions.add(`Entries of the set ${this.#set.name} have a timeout: what hangs on them is conditional.`);
    }
    if (this.#set.type === 'hash:net,iface') return this.#byInterface(elements);
    const out = elements.filter(({ nomatch }) => nomatch);
    const held = elements.filter(({ nomatch }) => !nomatch);
    if (out.length === 0) return this.#grouped(held);
    if (this.#dimensions.length === 1 && elements.every(({ timed }) => !timed)) return this.#subtracted(held, out);
    return anyOf(held.map((element) => this.#without(element, out)));
  }

  /**
   * The narrowest network that has the address decides, by whatever interfaces it is in the set: wider ones are not looked at any more.
   *
   * @see Linux, net/netfilter/ipset/ip_set_hash_gen.h, mtype_test_cidrs(): IP_SET_HASH_WITH_MULTI
   */
  #byInterface(elements: readonly Element[]): Condition {
    const [end = 'source'] = this.#match.ends;
    const narrower = narrowerNetworks(elements);
    const held = elements.filter(({ nomatch }) => !nomatch);
    const address = ({ parts: [network] }: Element): Condition => (network === undefined ? NEVER : this.#part(network, end));
    return anyOf([
      this.#grouped(held.filter((element) => !narrower.has(element))),
      ...held.flatMap((element) => {
        const within = narrower.get(element) ?? [];
        if (within.length === 0) return [];
        const missed = within.map((other) => allOf([address(other), this.#still(other)]));
        return [allOf([this.#element(element), not(anyOf(missed))])];
      }),
    ]);
  }

  /** Elements that differ in the numbers of their first part only are one condition with many ranges. */
  #grouped(elements: readonly Element[]): Condition {
    const groups = new Map<string, Element[]>();
    for (const element of elements) {
      const key = keyWithoutFirst(element);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [element]);
      else group.push(element);
    }
    return anyOf([...groups.values()].map((group) => this.#group(group)));
  }

  #group(group: readonly Element[]): Condition {
    const [element] = group;
    const [first] = element?.parts ?? [];
    const [end = 'source'] = this.#match.ends;
    if (element === undefined || first === undefined) return NEVER;
    const firsts = group.flatMap(({ parts }) => parts[0] ?? []);
    const addresses = firsts.flatMap((part) => (part.kind === 'addresses' ? [part.range] : []));
    const ports = firsts.flatMap((part) => (part.kind === 'port' && part.ports !== null ? [part.ports] : []));
    const merged = first.kind === 'port' && first.ports !== null ? { ...first, ports: mergePorts(ports) } : null;
    const condition =
      addresses.length > 0
        ? rangesCondition(mergeAddresses(addresses), end, this.#family)
        : merged !== null
          ? portPart(merged, end, this.#context)
          : this.#part(first, end);
    return allOf([condition, this.#parts(element, 1), this.#still(element)]);
  }

  /** One dimension: what is left of the ranges. */
  #subtracted(held: readonly Element[], out: readonly Element[]): Condition {
    const family = this.#family;
    const named = held.filter(({ parts }) => parts[0]?.kind === 'name');
    const left = held.flatMap((element) => {
      const smaller = out.filter((other) => isMoreSpecific(other, element)).flatMap(rangesOf);
      const range = rangesOf(element);
      if (smaller.length === 0) return range;
      const within = addressSet(range.map((one) => ({ family, ...one })));
      return subtract(within, addressSet(smaller.map((one) => ({ family, ...one }))))[family];
    });
    const [end = 'source'] = this.#match.ends;
    const address =
      left.length === 0
        ? NEVER
        : rangesCondition(
            left.map(({ first, last }) => ({ first, last })),
            end,
            family,
          );
    return anyOf([address, ...named.map((element) => this.#without(element, out))]);
  }

  #without(element: Element, out: readonly Element[]): Condition {
    const smaller = out.filter((other) => isMoreSpecific(other, element));
    return allOf([this.#element(element), not(anyOf(smaller.map((other) => this.#element(other))))]);
  }

  #element(element: Element): Condition {
    return allOf([this.#parts(element, 0), this.#still(element)]);
  }

  #still(element: Element): Condition {
    return element.timed ? this.#context.functional(timedText(this.#set)) : ALWAYS;
  }

  #parts(element: Element, from: number): Condition {
    return allOf(element.parts.slice(from).map((part, index) => this.#part(part, this.#match.ends[from + index] ?? 'source')));
  }

  #part(part: Part, end: 'source' | 'destination'): Condition {
    const context = this.#context;
    switch (part.kind) {
      case 'addresses':
        return rangesCondition([part.range], end, this.#family);
      case 'name':
        return context.named(part.name, `${end} ${part.name}`);
      case 'port':
        return portPart({ ...part, ports: part.ports === null ? null : [part.ports] }, end, context);
      case 'mac':
        if (part.mac === null)
          return context.functional(learntText(this.#set), { about: end === 'source' ? 'sender' : 'packet' });
        return end === 'source'
          ? context.functional(`-m mac --mac-source ${part.mac}`, { about: 'sender' })
          : context.functional(`destination MAC address ${part.mac}`);
      case 'mark':
        return context.mark('mark', part.value, part.mask);
      case 'iface': {
        const side = end === 'source' ? 'in' : 'out';
        if (part.physical)
          return context.functional(`-m physdev --physdev-${side} ${part.name}${part.prefix ? '+' : ''}`, { about: 'way' });
        return { kind: 'interface', side, name: part.name, prefix: part.prefix };
      }
      case 'set':
        return NEVER;
    }
  }
}

function portPart(
  { protocols, ports, text }: Pick<PortPart, 'protocols' | 'text'> & { readonly ports: readonly Interval<number>[] | null },
  end: 'source' | 'destination',
  context: Context,
): Condition {
  const protocol: Condition = { kind: 'protocol', ranges: protocols.map((number) => ({ first: number, last: number })) };
  if (ports === null) return allOf([protocol, context.functional(`${text} of a set`)]);
  return allOf([protocol, { kind: 'port', end, ranges: ports }]);
}

/** What elements share that can be merged. */
function keyWithoutFirst({ parts: [first, ...rest], timed }: Element): string {
  const what =
    first?.kind === 'addresses' ? 'addresses' : first?.kind === 'port' && first.ports !== null ? first.protocols : first;
  return JSON.stringify([what, rest, timed], bigintText);
}

function rangesOf({ parts }: Element): readonly Interval<bigint>[] {
  return parts.flatMap((part) => (part.kind === 'addresses' ? [part.range] : []));
}

/** Looked at before the other by the kernel, and with something in common: longer prefixes first, those of the first network before the second. */
function isMoreSpecific(one: Element, other: Element): boolean {
  const apart = one.parts.some((part, index) => {
    const beside = other.parts[index];
    return (
      part.kind === 'addresses' &&
      beside?.kind === 'addresses' &&
      (part.range.last < beside.range.first || beside.range.last < part.range.first)
    );
  });
  if (apart) return false;
  const [first, second] = [prefixesOf(one), prefixesOf(other)];
  const index = first.findIndex((prefix, at) => prefix !== second[at]);
  return index >= 0 && (first[index] ?? 0) > (second[index] ?? 0);
}

function prefixesOf({ parts }: Element): readonly number[] {
  return parts.flatMap((part) =>
    part.kind === 'addresses' && part.prefix !== null ? [part.prefix] : part.kind === 'name' ? [128] : [],
  );
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
