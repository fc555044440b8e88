/**
 * What a rule does beside judging packets, and what it asks of what others did, in the words that name it.
 *
 * Worked example: `iifname "eth1" ct mark set meta mark` writes and reads `mark`; `tcp option maxseg size set 1400` writes `tcp-options`;
 * `add @seen { ip saddr }` writes and reads `set seen`; `limit name "mail"` uses up what others with that name ask. Of a rule of iptables-nft only the
 * names of its matches and its target may be known.
 *
 * @see nft(8), STATEMENTS
 */
import { SHARED, WHATEVER } from '../feeders.ts';
import { readByName, writtenByName } from '../iptables/effects.ts';
import type { Token } from './lexer.ts';
import type { RawRule } from './tree.ts';
import { HEADERS, LAYERS } from './words.ts';

/** What is written; of words that were not printed whatever it may be. */
export function writtenBy({ tokens, hidden }: RawRule): readonly string[] {
  const written = tokens.flatMap((_, at) => writtenAt(tokens, at));
  return hidden === null ? written : [...written, ...WHATEVER];
}

/** Every word names what it asks for; most of them nobody writes. */
export function readBy(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap(({ kind, text }, at) => {
    const next = tokens[at + 1]?.text ?? '';
    if (kind === 'sign') return text === '@' ? (LAYERS.has(next) && tokens[at + 2]?.text === ',' ? PACKET : setNamed(next)) : [];
    if (kind !== 'word') return [];
    if (text === 'xt') return readByXt(tokens[at + 2]?.text ?? '');
    return [...ofWord(text), ...metered(tokens, at), ...sharedAt(tokens, at)];
  });
}

/** @param text  of a question; what it quotes is taken for words as well. */
export function askedBy(text: string): readonly string[] {
  const words = text.match(/[A-Za-z_][\w-]*/g) ?? [];
  const sets = [...text.matchAll(/(?:@ ?|\bmeter )"?([A-Za-z_][\w./\\-]*)/g)].flatMap(([, name = '']) => setNamed(name));
  const objects = [...text.matchAll(/\b(limit|quota) name "?([\w./\\-]+)/g)].map(([, kind, name]) => `${SHARED}${kind} ${name}`);
  const raw = /@ ?(ll|nh|th|ih),/.test(text) ? PACKET : [];
  const xt = text.startsWith('xt ') ? words.flatMap(readByXt) : [];
  return [...new Set([...sets, ...objects, ...raw, ...xt, ...words.flatMap(ofWord)])];
}

const PACKET: readonly string[] = ['packet'];

/** Bytes of the packet that are written by their place, so that they may be of any field. */
const BYTES = 'bytes';

function setNamed(name: string): readonly string[] {
  return LAYERS.has(name) ? [] : [`set ${name}`];
}

/** A meter is a set that the rule makes. */
function metered(tokens: readonly Token[], at: number): readonly string[] {
  return tokens[at]?.text === 'meter' ? setNamed(tokens[at + 1]?.text ?? '') : [];
}

function sharedAt(tokens: readonly Token[], at: number): readonly string[] {
  const [kind, name, text] = tokens.slice(at, at + 3).map((token) => token.text);
  return (kind === 'limit' || kind === 'quota') && name === 'name' && text !== undefined ? [`${SHARED}${kind} ${text}`] : [];
}

function ofWord(word: string): readonly string[] {
  const more = BEHIND.get(word);
  if (more !== undefined) return [word, ...more];
  return HEADERS.has(word) ? [BYTES] : [word];
}

/** What stands behind a word, in those that iptables has for it. */
const BEHIND: ReadonlyMap<string, readonly string[]> = new Map([
  ...['ct', 'state', 'tracked'].map((word): [string, string[]] => [word, ['tracking', 'zone']]),
  ...['status', 'reply'].map((word): [string, string[]] => [word, ['nat']]),
  ...['osf', 'length'].map((word): [string, string[]] => [word, ['packet', BYTES]]),
  ...['dscp', 'ecn'].map((word): [string, string[]] => [word, ['tos']]),
  ['hoplimit', ['ttl']],
  ['option', ['tcp-options']],
]);

function readByXt(name: string): readonly string[] {
  if (name === 'recent' || name === 'set') return [`xt ${name}`];
  return readByName(name).map((kind) => (kind === 'connmark' ? 'mark' : kind));
}

function writtenAt(tokens: readonly Token[], at: number): readonly string[] {
  const token = tokens[at];
  if (token?.kind !== 'word') return [];
  const { text } = token;
  if (text === 'set') return fieldBefore(tokens.slice(Math.max(0, at - 6), at));
  if (text === 'notrack') return ['tracking'];
  if (TRANSLATING.has(text)) return ['nat'];
  if (text === 'xt') return writtenByXt(tokens[at + 1]?.text ?? '', tokens[at + 2]?.text ?? '');
  if (text === 'reset') return tokens[at + 2]?.text === 'option' ? OPTIONS : [];
  if (CHANGING.has(text)) return filledAt(tokens, at);
  return [...metered(tokens, at), ...sharedAt(tokens, at)];
}

const OPTIONS: readonly string[] = ['tcp-options', 'packet'];
const TRANSLATING: ReadonlySet<string> = new Set(['dnat', 'snat', 'redirect', 'masquerade']);
const CHANGING: ReadonlySet<string> = new Set(['add', 'update', 'delete']);

/** `add @seen { ip saddr }`, and as it was written before: `set add ip saddr @seen`. */
function filledAt(tokens: readonly Token[], at: number): readonly string[] {
  const sign = tokens.findIndex(({ kind, text }, index) => index > at && kind === 'sign' && text === '@');
  const fills = sign === at + 1 || (sign > 0 && tokens[at - 1]?.text === 'set');
  return fills ? setNamed(tokens[sign + 1]?.text ?? '') : [];
}

/** What is set, by the words before `set`: `ct mark`, `ip dscp`, `tcp option maxseg size`, `@nh,8,8`. */
function fieldBefore(before: readonly Token[]): readonly string[] {
  const [own = '', owner = '', option, comma, layer = ''] = before.map(({ text }) => text).reverse();
  if (comma === ',' && LAYERS.has(layer)) return [BYTES, 'packet'];
  if (option === 'option') return OPTIONS;
  const written = [own, ...(BEHIND.get(own) ?? [])];
  return HEADERS.has(owner) ? [...written, 'packet'] : written;
}

/** Of iptables-nft. */
function writtenByXt(type: string, name: string): readonly string[] {
  if (type === 'watcher') return [];
  if (type === 'match') return name === 'recent' ? ['xt recent'] : name === 'socket' ? ['mark'] : [];
  if (name === 'SET') return ['xt set', 'mark', 'priority'];
  return writtenByName(name) ?? WHATEVER;
}
