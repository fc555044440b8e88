/**
 * Where an expression ends that is not worked out here.
 *
 * Worked example: of `fib saddr . iif oif missing drop` it is `fib saddr . iif oif`; of `jhash ip saddr . tcp dport mod 4 seed 7 map { 0 : 1 }` all of
 * it; of `meta mark set ct mark & 0xff tcp dport 25` the value is `ct mark & 0xff`, and `tcp dport 25` is a match of its own.
 *
 * @see nft(8), EXPRESSIONS; nftables, src/parser_bison.y, primary_expr
 */
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { HEADERS, LAYERS } from './words.ts';

/** The words of an expression of a packet, which are taken; null, and nothing taken, where none begins here. */
export function expressionAt(cursor: Cursor): readonly Token[] | null {
  const start = cursor.at;
  if (!begins(cursor) || !joined(cursor)) {
    cursor.at = start;
    return null;
  }
  return cursor.since(start);
}

/** As `expressionAt`, and constants as well: what stands behind `set`. */
export function setValueAt(cursor: Cursor): readonly Token[] | null {
  const start = cursor.at;
  if (cursor.done || !joined(cursor)) {
    cursor.at = start;
    return null;
  }
  return cursor.since(start);
}

/** Whether a value is looked up in the packet, its connection or a map, where it may be missing: all but constants, the mark and `numgen`. */
export function readsPacket(value: readonly Token[]): boolean {
  return value.some(({ kind, text }, at) => {
    if (kind === 'sign') return text === '@';
    if (kind !== 'word' || text === 'mark' || text === 'numgen') return false;
    return text === 'meta'
      ? value[at + 1]?.text !== 'mark'
      : text === 'map' || NAMED.has(text) || BARE.has(text) || OTHERS.has(text);
  });
}

const OPERATORS = ['.', '&', '|', '^', '<<', '>>', 'and', 'or', 'xor', 'lshift', 'rshift'];

/** Parts with operators between them, and a map behind them. */
function joined(cursor: Cursor): boolean {
  do if (!part(cursor)) return false;
  while (cursor.taken(...OPERATORS));
  if (cursor.taken('map')) {
    if (cursor.peek() === '{') cursor.braces();
    else cursor.at += 2;
  }
  return cursor.at <= cursor.tokens.length;
}

const NAMED: ReadonlySet<string> = new Set([
  ...HEADERS,
  ...['gre', 'gretap', 'vxlan', 'geneve', 'frag', 'hbh', 'dst', 'mh', 'srh', 'exthdr', 'rt', 'socket'],
]);

const BARE: ReadonlySet<string> = new Set([
  ...[
    'mark',
    'iif',
    'iifname',
    'iiftype',
    'oif',
    'oifname',
    'oiftype',
    'skuid',
    'skgid',
    'nftrace',
    'rtclassid',
    'pkttype',
    'cpu',
  ],
  ...['iifgroup', 'oifgroup', 'cgroup', 'ibrname', 'obrname', 'l4proto', 'nfproto', 'time', 'day', 'hour'],
]);

const OTHERS: ReadonlySet<string> = new Set(['meta', 'ct', 'fib', 'osf', 'numgen', 'jhash', 'symhash', 'ipsec', '@', '(']);

function begins(cursor: Cursor): boolean {
  const word = cursor.peek();
  if (word === '@') return LAYERS.has(cursor.peek(1));
  return NAMED.has(word) || BARE.has(word) || OTHERS.has(word);
}

/** One part; false where the text ends within it. */
function part(cursor: Cursor): boolean {
  const head = cursor.peek();
  if (cursor.done) return false;
  if (head === '(') {
    cursor.take();
    return joined(cursor) && cursor.taken(')');
  }
  if (head === '{') cursor.braces();
  else if (head === '@') cursor.at += LAYERS.has(cursor.peek(1)) && cursor.peek(2) === ',' ? 6 : 2;
  else if (NAMED.has(head)) header(cursor);
  else if (head === 'meta') cursor.at += 2;
  else if (head === 'ct') tracked(cursor);
  else if (head === 'fib') route(cursor);
  else if (head === 'numgen' || head === 'jhash' || head === 'symhash') return hashed(cursor);
  else if (head === 'osf') {
    cursor.take();
    if (cursor.taken('ttl')) cursor.take();
    cursor.take();
  } else if (head === 'ipsec') {
    cursor.at += 2;
    if (cursor.taken('spnum')) cursor.take();
    cursor.taken('ip', 'ip6');
    cursor.take();
  } else if (BARE.has(head)) cursor.take();
  else constant(cursor);
  return cursor.at <= cursor.tokens.length;
}

/** Of options: the fields that are asked for; without one it is whether the option is there. */
const OPTION_FIELDS = ['kind', 'type', 'length', 'size', 'count', 'left', 'right', 'tsval', 'tsecr', 'ptr', 'value', 'addr'];

function header(cursor: Cursor): void {
  const name = cursor.take();
  const field = cursor.take();
  if (field === 'option' || field === 'chunk') {
    if (cursor.taken('@')) cursor.at += 5;
    else {
      cursor.take();
      cursor.taken(...OPTION_FIELDS);
    }
  } else if (name === 'arp' && (field === 'saddr' || field === 'daddr')) cursor.taken('ip', 'ether');
  else if (name === 'rt') {
    if (field === 'ip' || field === 'ip6') cursor.take();
  } else if (name === 'socket' && field === 'cgroupv2') cursor.at += 2;
  else if (['gre', 'gretap', 'vxlan', 'geneve'].includes(name) && NAMED.has(field)) cursor.take();
}

function tracked(cursor: Cursor): void {
  cursor.take();
  cursor.taken('original', 'reply');
  if (['saddr', 'daddr'].includes(cursor.peek(1))) cursor.taken('ip', 'ip6');
  cursor.take();
}

function route(cursor: Cursor): void {
  do cursor.at += 2;
  while (cursor.peek() === '.');
  cursor.take();
}

function hashed(cursor: Cursor): boolean {
  const kind = cursor.take();
  if (kind === 'numgen') cursor.take();
  if (kind === 'jhash' && !joined(cursor)) return false;
  while (cursor.taken('mod', 'seed', 'offset')) cursor.take();
  return true;
}

/** `5`, `"eth0"`, `1:10`, `10.0.0.0/8`, `snat,dnat` */
function constant(cursor: Cursor): void {
  cursor.at += 1;
  while (cursor.taken('-', '/', ':', ',')) cursor.at += 1;
}
