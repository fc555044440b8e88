/**
 * Statements that judge nothing, and those that hold as often as they count.
 *
 * Worked example: `counter packets 1 bytes 2`, `log prefix "mail"` and `meta mark set 5` always go on with the next statement, `ip dscp set cs1` with
 * packets of IPv4; `limit rate 5/second`, `quota over 1 gbytes` and `add @seen { ip saddr }` hold or not, nobody knows when. So does what is given a
 * value that the packet may not have: `meta mark set tcp dport map { 587 : 1 } drop` drops port 587 alone.
 *
 * @see nft(8), STATEMENTS; Linux, net/netfilter/nft_lookup.c, nft_objref.c and nft_flow_offload.c, NFT_BREAK
 */
import { ALWAYS, type Condition } from '../ruleset.ts';
import type { Cursor } from './cursor.ts';
import { readsPacket, setValueAt } from './expression.ts';
import { type Token, textOf } from './lexer.ts';
import { dependencyOf } from './subject.ts';
import { isSign } from './tree.ts';

/** Takes a statement that judges nothing. @returns what it needs, and no more, to go on with the next one; null: it is none of these. */
export function passing(cursor: Cursor): Condition | null {
  const start = cursor.at;
  const needs = dependencyOf(cursor.peek());
  if (cursor.peek() === 'counter' ? counter(cursor) : told(cursor)) return ALWAYS;
  cursor.at = start;
  const value = settingAt(cursor);
  if (value !== null && !readsPacket(value)) return needs;
  cursor.at = start;
  return null;
}

/** Of a map of names it holds for what that has. */
function counter(cursor: Cursor): boolean {
  cursor.take();
  if (cursor.taken('name')) {
    cursor.at += 1;
    return !readsPacket(cursor.since(cursor.at - 1));
  }
  if (cursor.peek() === 'packets') cursor.at += 4;
  return true;
}

function told(cursor: Cursor): boolean {
  if (cursor.taken('comment')) cursor.take();
  else if (cursor.peek() === 'log') logged(cursor);
  else if (cursor.peek() === 'reset' && cursor.peek(1) === 'tcp' && cursor.peek(2) === 'option') cursor.at += 4;
  else if (cursor.taken('last')) {
    if (cursor.taken('used')) cursor.take();
  } else return cursor.taken('notrack');
  return true;
}

const LOG_OPTIONS: ReadonlySet<string> = new Set(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags']);

function logged(cursor: Cursor): void {
  cursor.take();
  while (LOG_OPTIONS.has(cursor.peek())) {
    const flags = cursor.take() === 'flags';
    if (!flags) cursor.take();
    else if (['tcp', 'ip'].includes(cursor.take())) cursor.value();
  }
}

/** What may be written without any rule here seeing it, but by `Facts.rewritten`. */
const HARMLESS: ReadonlySet<string> = new Set(['dscp', 'ecn', 'ttl', 'hoplimit', 'flowlabel']);

/** What is written by `meta mark set 1`, `ct original zone set 5`, `ip dscp set cs1`, `dup to`; not what changes an address, a port or a protocol. */
function settingAt(cursor: Cursor): readonly Token[] | null {
  const head = cursor.take();
  if (head === 'dup') return cursor.taken('to') ? duplicated(cursor) : null;
  if (head === 'ct') cursor.taken('original', 'reply');
  if (head === 'meta' || head === 'ct') cursor.take();
  else if (head === 'ip' || head === 'ip6') {
    if (!HARMLESS.has(cursor.take())) return null;
  } else if (head === 'tcp') {
    // `tcp option maxseg size set rt mtu`
    if (!cursor.taken('option')) return null;
    cursor.at += 2;
  } else if (!['mark', 'nftrace', 'priority', 'pkttype'].includes(head)) return null;
  return cursor.taken('set') ? setValueAt(cursor) : null;
}

function duplicated(cursor: Cursor): readonly Token[] | null {
  const start = cursor.at;
  setValueAt(cursor);
  if (cursor.taken('device')) setValueAt(cursor);
  return cursor.since(start);
}

/** The words of one that counts, as one spelling; null, and nothing taken, where none stands here. */
export function countingAt(cursor: Cursor): string | null {
  const start = cursor.at;
  let counted = counts(cursor);
  if (!counted) {
    cursor.at = start;
    counted = settingAt(cursor) !== null;
  }
  if (!counted || (!cursor.done && cursor.token()?.kind === 'sign' && cursor.peek() !== '@')) {
    cursor.at = start;
    return null;
  }
  return spelled(cursor.since(start));
}

/** A burst of 5 packets is what a limit has without one. @see nft(8), LIMIT STATEMENT */
function spelled(words: readonly Token[]): string {
  return textOf(words)
    .replace(/ burst (5 packets|0 bytes)(?= |$)/, '')
    .replace(/^(quota .*) used \d+ \w+$/, '$1')
    .replace(/^set (\w+) (.*) @(\S+)$/, '$1 @$3 { $2 }');
}

function counts(cursor: Cursor): boolean {
  switch (cursor.take()) {
    case 'limit':
      return limited(cursor);
    case 'quota':
      if (cursor.taken('name')) return setValueAt(cursor) !== null;
      cursor.taken('over', 'until');
      cursor.at += 2;
      if (cursor.taken('used')) cursor.at += 2;
      return true;
    case 'ct':
      if (!cursor.taken('count')) return false;
      cursor.taken('over');
      cursor.take();
      return true;
    case 'add':
    case 'update':
    case 'delete':
      return isSign(cursor.token(), '@') && braced(cursor, 2);
    case 'meter':
      return braced(cursor, cursor.peek(1) === 'size' ? 3 : 1);
    case 'xt':
      return xt(cursor);
    case 'counter':
      return cursor.taken('name') && setValueAt(cursor) !== null;
    case 'flow':
      return flow(cursor);
    default:
      return false;
  }
}

/** It breaks off the rule for packets of a connection that is not established. */
function flow(cursor: Cursor): boolean {
  if (!cursor.taken('add', 'offload')) return false;
  cursor.at += 2;
  return true;
}

function limited(cursor: Cursor): boolean {
  if (cursor.taken('name')) return setValueAt(cursor) !== null;
  if (!cursor.taken('rate')) return false;
  cursor.taken('over', 'until');
  while (!cursor.done && cursor.peek() !== '/') {
    if (cursor.since(0).length > 0 && cursor.token()?.kind === 'sign') return false;
    cursor.take();
  }
  cursor.at += 2;
  if (cursor.taken('burst')) cursor.at += 2;
  return true;
}

function braced(cursor: Cursor, words: number): boolean {
  cursor.at += words;
  if (cursor.peek() !== '{') return false;
  cursor.braces();
  return true;
}

/** A match of iptables that nft cannot read: two of one name may ask for different things. */
function xt(cursor: Cursor): boolean {
  if (!cursor.taken('match', 'watcher', 'statement')) return false;
  cursor.take();
  return true;
}
