/**
 * Which protocols a rule is already known to be of. nft refuses a file with a rule that is of two: no packet would match it.
 *
 * Worked example: `tcp dport 25 udp dport 25 drop`, `ip saddr 10.0.0.1 ip6 daddr ::1 drop` and `ip6 saddr ::1 drop` in a table of the family ip are
 * refused, `tcp dport 25 meta l4proto udp drop` is loaded and never matches.
 *
 * @see nftables, src/evaluate.c, resolve_ll_protocol_conflict() and resolve_protocol_conflict(), stmt_evaluate_reject(), stmt_evaluate_nat()
 */
import { protocolNumber } from '../services.ts';
import type { Context } from './context.ts';
import { type Token, textOf } from './lexer.ts';
import { isSign } from './tree.ts';
import { numberText } from './words.ts';

export class Layers {
  readonly #context: Context;
  #network: string | null;
  #transport: string | null = null;
  /** Some protocol that has ports, though not which. */
  #ported = false;

  constructor(context: Context) {
    this.#context = context;
    const { family } = context.table;
    this.#network = family === 'ip' || family === 'ip6' ? family : null;
  }

  /** @param words  of one match or statement that judges nothing. */
  follow(words: readonly Token[]): void {
    const value = comparedWith(words);
    const key = fieldOf(words);
    if (PROTOCOL_FIELDS.has(key)) {
      if (!words.some(({ text }) => text === '!=' || text === 'ne')) this.#ported = true;
      const number = value === null ? null : protocolNumber(numberText(value.text));
      const named = [...NUMBERS].find(([, one]) => one === number)?.[0] ?? null;
      if (number !== null) this.#transport = this.#transport === null || this.#transport === named ? named : null;
    }
    const family = key === 'nfproto' && value !== null ? FAMILY_NAMES.get(value.text) : undefined;
    if (family !== undefined) this.#network = this.#network === null || this.#network === family ? family : null;
    for (const header of headersOf(words)) this.#header(header);
  }

  /** @param words  of a verdict. */
  judge(words: readonly Token[]): void {
    const [first, , kind] = words;
    if (first?.text === 'reject' && kind !== undefined) {
      const other =
        kind.text === 'tcp' ? differs(this.#transport, 'tcp') : differs(this.#network, REJECTS.get(kind.text) ?? null);
      if (other !== null)
        this.#refuse(
          kind,
          `reject with ${kind.text} in a rule of ${other}: such packets are answered otherwise. Write reject alone.`,
        );
    }
    if (TRANSLATING.has(first?.text ?? '') && !this.#ported && this.#transport === null && mapsPort(words) && first !== undefined)
      this.#refuse(
        first,
        `a port in ${first.text} without a protocol before it: write tcp dport, or meta l4proto tcp, before it.`,
      );
  }

  #header({ token, next }: Header): void {
    const { text } = token;
    if (text === 'ip' || text === 'ip6') {
      const other = differs(this.#network, text);
      if (other !== null) this.#refuseBoth(token, other, next);
      this.#network ??= text;
      return;
    }
    const other = differs(this.#transport, text);
    if (other !== null) this.#refuseBoth(token, other, next);
    this.#transport ??= text;
    this.#network ??= REJECTS.get(text) ?? null;
  }

  #refuseBoth(token: Token, other: string, next: Token): void {
    const { family } = this.#context.table;
    const advice = other === family ? 'Put it into a table of the family inet.' : 'Write a rule for each.';
    this.#refuse(token, `${token.text} ${next.text} in a rule of ${other}: no packet is both. ${advice}`);
  }

  #refuse(token: Token, what: string): void {
    this.#context.problems.error(token, 'conflicting-protocols', `nft refuses ${what}`);
  }
}

/** What is known already, where it is another. */
function differs(known: string | null, wanted: string | null): string | null {
  return known === null || wanted === null || known === wanted ? null : known;
}

interface Header {
  readonly token: Token;
  readonly next: Token;
}

/** The headers that a match looks into: at its beginning, and behind dots. */
function headersOf(words: readonly Token[]): readonly Header[] {
  let depth = 0;
  return words.flatMap((token, at) => {
    if (isSign(token, '{')) depth += 1;
    if (isSign(token, '}')) depth -= 1;
    const next = words[at + 1];
    const begins = at === 0 || isSign(words[at - 1], '.');
    const header = token.kind === 'word' && (token.text === 'ip' || token.text === 'ip6' || NUMBERS.has(token.text));
    return begins && header && depth === 0 && next?.kind === 'word' ? [{ token, next }] : [];
  });
}

/** `meta l4proto` and `l4proto` are one. */
function fieldOf(words: readonly Token[]): string {
  const [first, second] = words;
  if (first?.text === 'meta') return second?.text ?? '';
  return first?.text === 'ip' || first?.text === 'ip6' ? textOf(words.slice(0, 2)) : (first?.text ?? '');
}

/** One value that the match wants; null of several, of none, and where it is another that it wants. */
function comparedWith(words: readonly Token[]): Token | null {
  const fields = words[0]?.text === 'meta' || words[0]?.text === 'ip' || words[0]?.text === 'ip6' ? 2 : 1;
  const [first, second, third] = words.slice(fields);
  if (first !== undefined && (first.text === '==' || first.text === 'eq')) return third === undefined ? (second ?? null) : null;
  return second === undefined && first?.kind !== 'sign' ? (first ?? null) : null;
}

/** A colon outside of braces, and no header before it whose field a map looks up. */
function mapsPort(words: readonly Token[]): boolean {
  let depth = 0;
  const colon = words.findIndex((token) => {
    if (isSign(token, '{')) depth += 1;
    if (isSign(token, '}')) depth -= 1;
    return depth === 0 && isSign(token, ':');
  });
  return colon >= 0 && !words.slice(0, colon).some(({ text }) => NUMBERS.has(text));
}

const PROTOCOL_FIELDS: ReadonlySet<string> = new Set(['l4proto', 'ip protocol', 'ip6 nexthdr']);

const FAMILY_NAMES: ReadonlyMap<string, string> = new Map([
  ['ipv4', 'ip'],
  ['ipv6', 'ip6'],
]);

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['icmpv6', 58],
  ['sctp', 132],
  ['udplite', 136],
]);

/** Of which family an answer is, and a header. */
const REJECTS: ReadonlyMap<string, string> = new Map([
  ['icmp', 'ip'],
  ['icmpv6', 'ip6'],
]);

const TRANSLATING: ReadonlySet<string> = new Set(['dnat', 'snat', 'redirect', 'masquerade']);
