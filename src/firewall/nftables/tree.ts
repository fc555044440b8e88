/**
 * An nftables text as it was written: tables, their chains with the rules as words, their sets and maps with the elements as words.
 *
 * Worked example: `add rule inet edge out tcp dport 25 drop` and the same rule inside of `table inet edge { chain out { … } }` are one tree.
 */
import type { Span } from '../../model/source.ts';
import type { Token } from './lexer.ts';

export interface RawTable extends Span {
  readonly family: string;
  readonly name: string;
  dormant: boolean;
  readonly chains: Map<string, RawChain>;
  readonly sets: Map<string, RawSet>;
  /** Limits, quotas, counters and the like that have a name, as text. */
  readonly objects: string[];
}

export interface RawChain extends Span {
  readonly name: string;
  base: RawBase | null;
  policy: Token | null;
  rules: RawRule[];
}

export interface RawRule extends Span {
  readonly tokens: readonly Token[];
  /** As the kernel numbers it, where the text says so. */
  readonly handle: number | null;
  /** Of a rule of iptables-nft that this nft could not print: what it printed of it, as a comment. */
  readonly hidden: string | null;
  /** As it is shown; null: its span of the text. */
  readonly shown: string | null;
}

export interface RawBase extends Span {
  readonly type: Token;
  readonly hook: Token;
  /** The words between hook and priority: `device "eth1"`. */
  readonly device: readonly Token[];
  readonly priority: readonly Token[];
}

/** A set or a map. */
export interface RawSet extends Span {
  readonly name: string;
  readonly map: boolean;
  /** The words behind `type` or `typeof`. */
  type: readonly Token[];
  flags: readonly string[];
  /** `auto-merge`: what overlaps becomes one. */
  merges: boolean;
  /** What each element does where a packet meets it: `limit rate over 5/second`. */
  statements: readonly Token[];
  /** Each: the words between two commas. */
  elements: (readonly Token[])[];
}

export type Tree = Map<string, RawTable>;

/** The words between commas that stand in no further braces. */
export function listed(tokens: readonly Token[]): (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'end') continue;
    if (token.kind === 'sign' && token.text === '{') depth += 1;
    if (token.kind === 'sign' && token.text === '}') depth -= 1;
    if (token.kind === 'sign' && token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/** The words inside of `{ … }`; of anything else, itself. */
export function inside(tokens: readonly Token[]): readonly Token[] {
  return isSign(tokens[0], '{') && isSign(tokens.at(-1), '}') ? tokens.slice(1, -1) : tokens;
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}
