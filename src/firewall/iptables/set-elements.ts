/**
 * One element of an ipset set, part by part: `10.0.0.0/8,tcp:25,192.0.2.1`.
 *
 * Worked example: `add s 10.0.0.4-10.0.0.7` to a hash:net adds the network 10.0.0.4/30; `add s 10.0.0.9,25` to a hash:ip,port the port 25 of
 * TCP, the protocol where none is named.
 *
 * @see ipset(8); Linux, net/netfilter/ipset/
 */
import { networksOf, parseNetwork } from '../../model/address.ts';
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import type { Interval } from '../ruleset.ts';
import { PROTOCOL_NAMES, protocolNumber } from '../services.ts';
import { ADDRESS_BITS, highest, readAddress, readRange } from './addresses.ts';
import type { GrowingSet } from './ipset.ts';
import { readPort } from './ports.ts';
import type { Dimension, Element, Part } from './set-types.ts';
import { commaParts, type Word, within } from './words.ts';

/** The elements of an `add` or `del`; several where a range of a set of networks is several networks; none where something is wrong. */
export function readElements(set: GrowingSet, words: readonly Word[], problems: Problems): readonly Element[] {
  const [element, ...options] = words;
  const { dimensions } = set;
  if (element === undefined || dimensions === null) return [];
  const texts = commaParts(element);
  const optional = set.type === 'bitmap:ip,mac' && texts.length === 1;
  if (texts.length !== dimensions.length && !optional) {
    problems.error(element, 'bad-element', `An element of ${set.type} has ${dimensions.length} parts, this one ${texts.length}.`);
    return [];
  }
  const flags = readFlags(set, options, problems);
  const choices = dimensions.map((dimension, index) => readPart(set, dimension, texts[index], flags.wildcard, problems));
  return choices
    .reduce<readonly (readonly Part[])[]>((all, parts) => all.flatMap((before) => parts.map((part) => [...before, part])), [[]])
    .map((parts) => ({ parts, nomatch: flags.nomatch, timed: flags.timed }));
}

/** Options of `add` that take a word, and what they say here: nothing but for how long. */
const VALUED = ['timeout', 'packets', 'bytes', 'comment', 'skbmark', 'skbprio', 'skbqueue', 'before', 'after'];

function readFlags(
  set: GrowingSet,
  options: readonly Word[],
  problems: Problems,
): { readonly nomatch: boolean; readonly timed: boolean; readonly wildcard: boolean } {
  let [nomatch, timed, wildcard] = [false, set.timed, false];
  for (let at = 0; at < options.length; at++) {
    const option = options[at];
    if (option === undefined) break;
    if (option.text === 'nomatch') nomatch = true;
    else if (option.text === 'wildcard') wildcard = true;
    else if (VALUED.includes(option.text)) {
      const value = options[++at];
      if (value === undefined) problems.error(option, 'missing-value', `${option.text} needs a value.`);
      else if (option.text === 'timeout') timed = value.text !== '0';
    } else problems.error(option, 'unknown-option', `add has no option ${option.text}.`);
  }
  return { nomatch, timed, wildcard };
}

function readPart(
  set: GrowingSet,
  dimension: Dimension,
  word: Word | undefined,
  wildcard: boolean,
  problems: Problems,
): readonly Part[] {
  if (word === undefined) return [{ kind: 'mac', mac: null }];
  if (dimension === 'ip' || dimension === 'net') return readAddresses(set, dimension, word, problems);
  if (dimension === 'port' || dimension === 'any-port') return readPortPart(dimension, word, problems);
  if (dimension === 'mac') return [{ kind: 'mac', mac: word.text.toLowerCase() }];
  if (dimension === 'mark') return readMark(set, word, problems);
  if (dimension === 'set') return [{ kind: 'set', name: word.text }];
  const physical = word.text.startsWith('physdev:');
  return [{ kind: 'iface', name: physical ? word.text.slice(8) : word.text, prefix: wildcard, physical }];
}

function readAddresses(set: GrowingSet, dimension: 'ip' | 'net', word: Word, problems: Problems): readonly Part[] {
  const family = set.family ?? 'ipv4';
  const range = word.text.includes('-') ? readRange(word.text, family) : null;
  if (range !== null) {
    if (range.first > range.last) return readAddresses(set, dimension, swapped(word), problems);
    return dimension === 'net' ? networkParts(range, family) : [{ kind: 'addresses', range: widened(set, range), prefix: null }];
  }
  const read = readAddress(word.text, family);
  if (read.kind === 'range') {
    return [{ kind: 'addresses', range: widened(set, read.range), prefix: dimension === 'net' ? read.prefix : null }];
  }
  if (read.kind === 'name') return [{ kind: 'name', name: word.text }];
  problems.error(
    word,
    'bad-address',
    read.kind === 'bits' ? `${word.text} has a mask with holes, which no set holds.` : read.message,
  );
  return [];
}

/** ipset exchanges the ends of a range that stands the wrong way round. */
function swapped(word: Word): Word {
  return { ...word, text: word.text.split('-').reverse().join('-') };
}

function networkParts(range: Interval<bigint>, family: 'ipv4' | 'ipv6'): readonly Part[] {
  return networksOf({ family, ...range }).flatMap((text): readonly Part[] => {
    const parsed = parseNetwork(text);
    if (!('range' in parsed)) return [];
    const prefix = text.includes('/') ? Number(text.slice(text.indexOf('/') + 1)) : ADDRESS_BITS[family];
    return [{ kind: 'addresses', range: { first: parsed.range.first, last: parsed.range.last }, prefix }];
  });
}

/** Of a set with `netmask`, an address stands for its whole network. */
function widened(set: GrowingSet, range: Interval<bigint>): Interval<bigint> {
  const family = set.family ?? 'ipv4';
  if (set.netmask === null || !Number.isInteger(set.netmask) || set.netmask < 0 || set.netmask > ADDRESS_BITS[family])
    return range;
  const hosts = (1n << BigInt(ADDRESS_BITS[family] - set.netmask)) - 1n;
  const mask = highest(family) ^ hosts;
  return { first: range.first & mask, last: (range.last & mask) | hosts };
}

/** `tcp:25`, `25`, `udp:53-54`, `icmp:8/0`, `vrrp:0`. A set of ports alone means TCP and UDP. */
function readPortPart(dimension: 'port' | 'any-port', word: Word, problems: Problems): readonly Part[] {
  const colon = word.text.indexOf(':');
  const protocol = colon < 0 ? 6 : readProtocol(sub(word, 0, colon), problems);
  if (protocol === null) return [];
  const protocols = dimension === 'any-port' ? [6, 17] : [protocol];
  if (dimension === 'port' && ![6, 17, 132, 136].includes(protocol)) {
    return [{ kind: 'port', protocols, ports: null, text: word.text }];
  }
  const ports = readPortRange(sub(word, colon + 1, word.text.length), problems);
  return ports === null ? [] : [{ kind: 'port', protocols, ports, text: word.text }];
}

function readPortRange(word: Word, problems: Problems): Interval<number> | null {
  const dash = /^\d+-\d+$/.test(word.text) ? word.text.indexOf('-') : -1;
  const first = readPort(dash < 0 ? word : sub(word, 0, dash), problems);
  const last = dash < 0 ? first : readPort(sub(word, dash + 1, word.text.length), problems);
  if (first === null || last === null) return null;
  return first <= last ? { first, last } : { first: last, last: first };
}

function readProtocol(word: Word, problems: Problems): number | null {
  const number = protocolNumber(word.text);
  if (number !== null) return number;
  problems.error(word, 'unknown-protocol', problems.advised(`${word.text} is no protocol.`, word.text, PROTOCOL_NAMES));
  return null;
}

function readMark(set: GrowingSet, word: Word, problems: Problems): readonly Part[] {
  const value = Number(word.text);
  if (Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return [{ kind: 'mark', value, mask: set.markMask }];
  problems.error(word, 'bad-mark', `${word.text} is no mark: write a number such as 0x1.`);
  return [];
}

function sub(word: Word, from: number, to: number): Word {
  const place: Span = within(word, from, to - from);
  return { ...place, text: word.text.slice(from, to), quoted: word.quoted };
}
