/**
 * The chain and the addresses of a rule, and the rest of its text. A large firewall says the same of many addresses: what stands behind them is
 * read once, and known wherever it stands again.
 *
 * Worked example: `-A hosts -s 10.1.0.7/32 -p tcp -m tcp --dport 25 -j DROP` has the chain hosts, the source 10.1.0.7/32, no destination, and the rest
 * `-p tcp -m tcp --dport 25 -j DROP`, as the rule of the next host has.
 *
 * Of rules as iptables-save prints them only, which come in thousands: first the chain, then `-s` and `-d`, with one blank between two words. Of others
 * it says nothing.
 */
import type { Span } from '../../model/source.ts';
import type { CoreOptions } from './options.ts';
import type { Word } from './words.ts';

export interface RuleParts {
  readonly chain: string;
  readonly source: Word | null;
  readonly destination: Word | null;
  readonly rest: string;
}

/** No value is a `!`, is quoted or is a list: each is one word, and the rule one of the kernel's. */
const PARTS = /-A ([^\s"!][^\s"]*)(?: -s ([^\s"!,][^\s",]*))?(?: -d ([^\s"!,][^\s",]*))? /y;

const COUNTERS = /\[\d+[:,]\d+\] /y;

/** @param span  of the rule, without its counters. */
export function partsOf(text: string, { start, end }: Span): RuleParts | null {
  PARTS.lastIndex = start;
  const found = PARTS.exec(text);
  if (found === null || PARTS.lastIndex >= end) return null;
  const [, chain = '', source, destination] = found;
  const afterChain = start + '-A '.length + chain.length;
  const afterSource = afterChain + (source === undefined ? 0 : ' -s '.length + source.length);
  return {
    chain,
    source: source === undefined ? null : wordAt(afterChain + ' -s '.length, source),
    destination: destination === undefined ? null : wordAt(afterSource + ' -d '.length, destination),
    rest: text.slice(PARTS.lastIndex, end),
  };
}

/** Where the rule of a line begins: behind the counters that `iptables-save -c` prints. */
export function startOfRule(text: string, { start }: Span): number {
  COUNTERS.lastIndex = start;
  return COUNTERS.test(text) ? COUNTERS.lastIndex : start;
}

/** Whether the rest says nothing of addresses, so that it means the same behind any. @param core  of the whole rule. */
export function isFreeOfAddresses({ source, destination }: RuleParts, core: CoreOptions): boolean {
  return (core.s === undefined) === (source === null) && (core.d === undefined) === (destination === null);
}

function wordAt(start: number, text: string): Word {
  return { start, end: start + text.length, text, quoted: false };
}
