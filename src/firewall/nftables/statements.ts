/**
 * Statements that judge nothing, and those that hold as often as they count.
 *
 * Worked example: `counter packets 1 bytes 2`, `log prefix "mail"` and `meta mark set ct mark & 0xff` always go on with the next statement;
 * `limit rate 5/second`, `quota over 1 gbytes` and `add @seen { ip saddr }` hold or not, nobody knows when.
 *
 * @see nft(8), STATEMENTS
 */
import type { Cursor } from './cursor.ts';
import { setValueAt } from './expression.ts';
import { type Token, textOf } from './lexer.ts';
import { isSign } from './tree.ts';

/** Takes a statement that always holds and judges nothing. */
export function passes(cursor: Cursor): boolean {
  const start = cursor.at;
  if (cursor.taken('counter')) {
    if (cursor.taken('name')) cursor.take();
    if (cursor.peek() === 'packets') cursor.at += 4;
    return true;
  }
  if (cursor.taken('comment')) cursor.take();
  else if (cursor.peek() === 'log') logged(cursor);
  else if (cursor.peek() === 'flow' && ['add', 'offload'].includes(cursor.peek(1))) cursor.at += 4;
  else if (cursor.peek() === 'reset' && cursor.peek(1) === 'tcp' && cursor.peek(2) === 'option') cursor.at += 4;
  else if (cursor.peek() === 'dup' && cursor.peek(1) === 'to') duplicated(cursor);
  else if (cursor.taken('last')) {
    if (cursor.taken('used')) cursor.take();
  } else if (!cursor.taken('notrack') && !setting(cursor)) {
    cursor.at = start;
    return false;
  }
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

function duplicated(cursor: Cursor): void {
  cursor.at += 2;
  setValueAt(cursor);
  if (cursor.taken('device')) cursor.take();
}

/** What may be written without any rule here seeing it, but by `Facts.rewritten`. */
const HARMLESS: ReadonlySet<string> = new Set(['dscp', 'ecn', 'ttl', 'hoplimit', 'flowlabel']);

/** `meta mark set 1`, `ct original zone set 5`, `ip dscp set cs1`; not what changes an address, a port or a protocol. */
function setting(cursor: Cursor): boolean {
  const head = cursor.take();
  if (head === 'ct') cursor.taken('original', 'reply');
  if (head === 'meta' || head === 'ct') cursor.take();
  else if (head === 'ip' || head === 'ip6') {
    if (!HARMLESS.has(cursor.take())) return false;
  } else if (head === 'tcp') {
    // `tcp option maxseg size set rt mtu`
    if (!cursor.taken('option')) return false;
    cursor.at += 2;
  } else if (!['mark', 'nftrace', 'priority', 'pkttype'].includes(head)) return false;
  return cursor.taken('set') && setValueAt(cursor) !== null;
}

/** The words of one that counts, as one spelling; null, and nothing taken, where none stands here. */
export function countingAt(cursor: Cursor): string | null {
  const start = cursor.at;
  if (!counts(cursor) || (!cursor.done && cursor.token()?.kind === 'sign' && cursor.peek() !== '@')) {
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
    default:
      return false;
  }
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
