/**
 * Which protocols a rule is already known to be of, as nft follows them from match to match. It refuses a file with a rule that is of two: no packet
 * would match it.
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

export class ProtocolContext {
  readonly #context: Context;
  #network: string | null;
  #transport: string | null = null;
  /** Of one or several protocols, though not which. */
  #someTransport = false;

  constructor(context: Context) {
    this.#context = context;
    const { family } = context.table;
    this.#network = family === 'ip' || family === 'ip6' ? family : null;
  }

  /** @param words  of one match or statement that judges nothing. */
  follow(words: readonly Token[]): void {
    const value = comparedWith(words);
    const field = fieldOf(words);
    if (PROTOCOL_FIELDS.has(field)) {
      if (!words.some(({ text }) => text === '!=' || text === 'ne')) this.#someTransport = true;
      const number = value === null ? null : protocolNumber(numberText(value.text));
      const named = TRANSPORTS.find((transport) => protocolNumber(transport) === number) ?? null;
      if (number !== null) this.#transport = agreed(this.#transport, named);
    }
    const family = field === 'nfproto' && value !== null ? FAMILY_NAMES.get(value.text) : undefined;
    if (family !== undefined) this.#network = agreed(this.#network, family);
    for (const header of headersOf(words)) this.#header(header);
  }

  /** @param words  of a verdict. */
  judge(words: readonly Token[]): void {
    const [first, , kind] = words;
    if (first === undefined) return;
    if (first.text === 'reject' && kind !== undefined) {
      const other =
        kind.text === 'tcp' ? differs(this.#transport, 'tcp') : differs(this.#network, FAMILY_OF.get(kind.text) ?? null);
      if (other !== null)
        this.#refuse(kind, `packets of a rule of ${other} are not rejected with ${kind.text}. Write reject alone.`);
    }
    const transportUnknown = this.#transport === null && !this.#someTransport;
    if (TRANSLATING.has(first.text) && transportUnknown && mapsPort(words))
      this.#refuse(
        first,
        `${first.text} has a port, and no protocol stands before it. Write tcp dport, or meta l4proto tcp, before it.`,
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
    this.#network ??= FAMILY_OF.get(text) ?? null;
  }

  #refuseBoth(token: Token, other: string, next: Token): void {
    const { family } = this.#context.table;
    const advice = other === family ? 'Put it into a table of the family inet.' : 'Write a rule for each.';
    this.#refuse(token, `${token.text} ${next.text} stands in a rule of ${other}, and no packet is of both. ${advice}`);
  }

  #refuse(token: Token, what: string): void {
    this.#context.problems.error(token, 'conflicting-protocols', `nft refuses this file: ${what}`);
  }
}

/** Null where what is known and what is asked for contradict each other: nothing is known then. */
function agreed(known: string | null, asked: string | null): string | null {
  return known === null || known === asked ? asked : null;
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
  const outside = outsideBraces(words);
  return words.flatMap((token, at) => {
    const next = words[at + 1];
    const begins = at === 0 || isSign(words[at - 1], '.');
    const header = token.kind === 'word' && (token.text === 'ip' || token.text === 'ip6' || TRANSPORTS.includes(token.text));
    return begins && header && outside[at] === true && next?.kind === 'word' ? [{ token, next }] : [];
  });
}

/** Of each word. */
function outsideBraces(words: readonly Token[]): readonly boolean[] {
  let depth = 0;
  return words.map((token) => {
    if (isSign(token, '{')) depth += 1;
    if (isSign(token, '}')) depth -= 1;
    return depth === 0;
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
  const outside = outsideBraces(words);
  const colon = words.findIndex((token, at) => outside[at] === true && isSign(token, ':'));
  return colon >= 0 && !words.slice(0, colon).some(({ text }) => TRANSPORTS.includes(text));
}

const PROTOCOL_FIELDS: ReadonlySet<string> = new Set(['l4proto', 'ip protocol', 'ip6 nexthdr']);

const FAMILY_NAMES: ReadonlyMap<string, string> = new Map([
  ['ipv4', 'ip'],
  ['ipv6', 'ip6'],
]);

/** Headers behind that of the network, as a match and `/etc/protocols` name them. */
const TRANSPORTS: readonly string[] = ['icmp', 'igmp', 'tcp', 'udp', 'dccp', 'icmpv6', 'sctp', 'udplite'];

/** Of headers, and of answers to a packet, that are of one family alone. */
const FAMILY_OF: ReadonlyMap<string, string> = new Map([
  ['icmp', 'ip'],
  ['icmpv6', 'ip6'],
]);

const TRANSLATING: ReadonlySet<string> = new Set(['dnat', 'snat', 'redirect', 'masquerade']);
