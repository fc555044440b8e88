/**
 * Ports as iptables takes them: numbers and names, ranges with a colon, lists with commas.
 *
 * Worked example: `--dport smtp:submission` is 25 to 587, `--sport :1023` is 0 to 1023, `--dports 25,465,587:588` are three ranges.
 */
import { mergePorts } from '../conditions.ts';
import type { Problems } from '../problems.ts';
import type { Interval } from '../ruleset.ts';
import { PORT_NAMES, portNumber } from '../services.ts';
import { commaParts, type Word, within } from './words.ts';

/** multiport's room; a range takes two of its places. @see xt_multiport.h, XT_MULTI_PORTS */
const MOST_PORTS = 15;

/** `25`, `25:587`, `:1023`, `1024:`; null where it is none of them, which then is among the problems. */
export function readPorts(word: Word, problems: Problems): Interval<number> | null {
  const colon = word.text.indexOf(':');
  if (colon < 0) {
    const only = readPort(word, problems);
    return only === null ? null : { first: only, last: only };
  }
  const first = colon === 0 ? 0 : readPort(part(word, 0, colon), problems);
  const last = colon === word.text.length - 1 ? 65_535 : readPort(part(word, colon + 1), problems);
  if (first === null || last === null) return null;
  if (first > last) {
    problems.error(word, 'bad-port', `${word.text} ends before it begins.`);
    return null;
  }
  return { first, last };
}

/** A list of ports and ranges, as multiport takes it. */
export function readPortList(word: Word, problems: Problems): Interval<number>[] | null {
  const ranges = commaParts(word).map((item) => readPorts(item, problems));
  const places = ranges.reduce((sum, range) => sum + (range !== null && range.first !== range.last ? 2 : 1), 0);
  if (places > MOST_PORTS) {
    problems.error(word, 'too-many-ports', `multiport takes ${MOST_PORTS} ports, a range counts as two; these are ${places}.`);
  }
  const good = ranges.filter((range) => range !== null);
  return good.length < ranges.length || places > MOST_PORTS ? null : mergePorts(good);
}

/** One port, by number or name. */
export function readPort(word: Word, problems: Problems): number | null {
  const number = portNumber(word.text);
  if (number !== null) return number;
  const message = `${word.text === '' ? 'Nothing' : word.text} is no port.`;
  const otherwise = 'Write a number from 0 to 65535, without leading zeros.';
  problems.error(word, 'bad-port', problems.advised(message, word.text, PORT_NAMES, otherwise));
  return null;
}

function part(word: Word, from: number, to: number = word.text.length): Word {
  return { ...within(word, from, to - from), text: word.text.slice(from, to), quoted: word.quoted };
}
