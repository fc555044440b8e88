/**
 * The target of a rule: what becomes of a packet that matches.
 *
 * Worked example: `-j REDIRECT --to-ports 2525` ends the table nat with a packet that goes to this host's port 2525; `-j LOG` lets the next rule
 * decide; `-j NFQUEUE` asks a program, so that nobody here knows.
 *
 * @see iptables-extensions(8), TARGET EXTENSIONS
 */
import type { Hook, Interval, Verdict } from '../ruleset.ts';
import { highest, readAddress, readRange } from './addresses.ts';
import type { Context } from './context.ts';
import { targetText } from './opaque.ts';
import type { Target } from './options.ts';
import { readPort } from './ports.ts';
import type { RawTable } from './raw-table.ts';
import { resolveTarget } from './resolve.ts';
import { type Word, within } from './words.ts';

/** Where the rule stands. */
export interface TargetPlace {
  readonly table: RawTable;
  /** From which hooks its chain is reached. */
  readonly hooks: ReadonlySet<Hook>;
  /** The id of a chain of this table. */
  readonly idOf: (chain: string) => string;
}

/** Null where the next rule is looked at, whatever the target does beside it. */
export function verdictOf(target: Target | null, place: TargetPlace, context: Context): Verdict | null {
  if (target === null) return null;
  const resolved = resolveTarget(target, place.table);
  if (resolved.kind === 'chain') return { kind: target.goto ? 'goto' : 'jump', chain: place.idOf(resolved.chain.name) };
  if (resolved.kind === 'mistake') return null;
  return resolved.kind === 'foreign' ? lost(target, context) : ofModule(target, place, context);
}

/** Terminal, or rewriting: everything else of the known targets goes on with the next rule. */
function ofModule(target: Target, place: TargetPlace, context: Context): Verdict | null {
  const needed = TABLE_OF.get(target.name);
  if (needed !== undefined && needed !== place.table.name) {
    context.problems.error(target, 'wrong-table', `${target.name} works in the table ${needed} only.`);
  }
  switch (target.name) {
    case 'ACCEPT':
      return { kind: 'accept' };
    // TARPIT and DELUDE answer, but no mail gets out; CHAOS is one of them, or DROP.
    case 'DROP':
    case 'STEAL':
    case 'TARPIT':
    case 'DELUDE':
    case 'CHAOS':
      return { kind: 'drop' };
    case 'REJECT':
      return {
        kind: 'reject',
        how:
          wordOf(target, 'reject-with')?.text ?? (context.family === 'ipv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable'),
      };
    case 'RETURN':
      return { kind: 'return' };
    case 'SNAT':
    case 'MASQUERADE':
      return { kind: 'translate-source' };
    case 'DNAT':
      return dnat(target, context);
    case 'REDIRECT':
      return redirect(target, place, context);
    case 'NETMAP':
      return netmap(target, place, context);
    // The packet keeps its destination: only the socket that gets it is another one.
    case 'TPROXY':
      return { kind: 'divert', how: 'tproxy', destination: null, port: null, ...socketOf(target) };
    default:
      if (NOT_MODELLED.has(target.name)) return lost(target, context);
      if (!ASKED_OUTSIDE.has(target.name)) return null;
      context.assumptions.add(
        'What is asked outside of the rules (a queue, SYNPROXY) accepts or drops a packet, and changes neither the packet nor its marks.',
      );
      return unknown(target, context);
  }
}

/** Decided by a program, or by another host. */
const ASKED_OUTSIDE: ReadonlySet<string> = new Set(['QUEUE', 'NFQUEUE', 'SYNPROXY']);

/** They rewrite the packet, or make it one for this host. */
const NOT_MODELLED: ReadonlySet<string> = new Set(['CLUSTERIP', 'DNPT', 'SNPT']);

const TABLE_OF: ReadonlyMap<string, string> = new Map([
  ['SNAT', 'nat'],
  ['MASQUERADE', 'nat'],
  ['DNAT', 'nat'],
  ['REDIRECT', 'nat'],
  ['NETMAP', 'nat'],
  ['TPROXY', 'mangle'],
  ['NOTRACK', 'raw'],
]);

function unknown(target: Target, context: Context): Extract<Verdict, { readonly kind: 'unknown' }> {
  context.counted += 1;
  const text = targetText(target);
  return { kind: 'unknown', key: context.keyOf(text), text };
}

function lost(target: Target, context: Context): Verdict {
  return { ...unknown(target, context), kind: 'lost' };
}

/** `--to-destination 10.0.0.1-10.0.0.4:25-30`, `:2525`, `[2001:db8::1]:25` */
function dnat(target: Target, context: Context): Verdict {
  const word = wordOf(target, 'to-destination');
  if (word === null) return incomplete(target, '--to-destination', context);
  const { addresses, ports } = splitDestination(word);
  const destination = addresses === '' ? null : readRange(addresses, context.family);
  if (addresses !== '' && (destination === null || destination.first > destination.last)) {
    context.problems.error(
      word,
      'bad-address',
      `${word.text} is no destination: write 192.0.2.1, 192.0.2.1-192.0.2.9, or either with :PORT behind it.`,
    );
  }
  const port = ports === null ? null : portRange({ ...word, text: ports }, context);
  return { kind: 'divert', how: 'dnat', destination: destination === null ? null : [destination], port };
}

function splitDestination({ text }: Word): { readonly addresses: string; readonly ports: string | null } {
  const bracketed = /^\[([^\]]*)\](?:-\[([^\]]*)\])?(?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, first = '', last, ports] = bracketed;
    return { addresses: last === undefined ? first : `${first}-${last}`, ports: ports ?? null };
  }
  const colons = text.split(':').length - 1;
  if (colons !== 1) return { addresses: text, ports: null };
  return { addresses: text.slice(0, text.indexOf(':')), ports: text.slice(text.indexOf(':') + 1) };
}

/** A redirected packet goes to this host: of its own to the loopback address, else to the address of the interface it came in by. */
function redirect(target: Target, { hooks }: TargetPlace, context: Context): Verdict {
  const word = wordOf(target, 'to-ports');
  const own = hooks.size === 1 && hooks.has('output');
  const loopback = context.family === 'ipv4' ? 0x7f00_0001n : 1n;
  const here = own ? { first: loopback, last: loopback } : { first: 0n, last: highest(context.family) };
  return { kind: 'divert', how: 'redirect', destination: [here], port: word === null ? null : portRange(word, context) };
}

/** Zero of either means: as the packet has it. */
function socketOf(target: Target): { readonly socket?: string } {
  const [port = '', ip = ''] = ['on-port', 'on-ip'].map((name) => wordOf(target, name)?.text.toLowerCase() ?? '');
  const [named, address] = [!/^(0x)?0*$/.test(port), !/^[0:.]*$/.test(ip)];
  if (!named && !address) return {};
  return { socket: [...(address ? [`address ${ip}`] : []), ...(named ? [`port ${port}`] : [])].join(', ') };
}

/** Rewrites the network of the destination, or after routing that of the source. */
function netmap(target: Target, { hooks }: TargetPlace, context: Context): Verdict {
  const word = wordOf(target, 'to');
  if (word === null) return incomplete(target, '--to', context);
  const read = readAddress(word.text, context.family);
  if (read.kind !== 'range') {
    context.problems.error(word, 'bad-address', read.kind === 'problem' ? read.message : `${word.text} is no network.`);
    return lost(target, context);
  }
  const sources = [...hooks].filter((hook) => hook === 'postrouting' || hook === 'input').length;
  if (sources === 0) return { kind: 'divert', how: 'dnat', destination: [read.range], port: null };
  return sources === hooks.size ? { kind: 'translate-source' } : lost(target, context);
}

/** `2525`, `2525-2530`, `2525-2530/2525`; names as well. Any port of a range may be taken. */
function portRange(word: Word, context: Context): Interval<number>[] | null {
  const [text = ''] = word.text.split('/');
  const dash = /^\d+-\d+$/.test(text) ? text.indexOf('-') : -1;
  const read = (part: string): number | null =>
    readPort({ ...within(word, 0, word.text.length), text: part, quoted: true }, context.problems);
  const first = read(dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? first : read(text.slice(dash + 1));
  if (first === null || last === null) return null;
  if (first > last) context.problems.error(word, 'bad-port', `${text} ends before it begins.`);
  return [{ first, last }];
}

function incomplete(target: Target, option: string, context: Context): Verdict {
  context.problems.error(target, 'missing-value', `${target.name} needs ${option}.`);
  return unknown(target, context);
}

function wordOf(target: Target, name: string): Word | null {
  return target.options.find((option) => option.name === name)?.values[0] ?? null;
}
