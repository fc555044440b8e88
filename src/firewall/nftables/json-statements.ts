/**
 * Statements of the JSON, in words.
 *
 * Worked example: `{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 25}}, {"drop": null}` is `tcp dport 25 drop`.
 * A statement that is not understood may hold or not, and behind all others it may be any verdict.
 *
 * @see libnftables-json(5), STATEMENTS
 */
import type { Problems } from '../problems.ts';
import { COUNTS, UNIT } from './json-counts.ts';
import { expression, mapping, setElement, verdictWords } from './json-expressions.ts';
import { matching } from './json-matches.ts';
import type { JsonNode } from './json-syntax.ts';
import { at, itemsOf, numberAt, onlyEntry, quoted, sequence, stringAt, stringsAt, type Tokens, words } from './json-tokens.ts';
import { translation } from './json-translations.ts';
import { type Token, wordsOf } from './lexer.ts';

/** Of `expr` of a rule. */
export function statementsWords(node: JsonNode, problems: Problems): Tokens {
  const items = itemsOf(node);
  return items.flatMap((item, place) => statement(item, problems) ?? unknown(item, place === items.length - 1, problems));
}

/** Null where it is not understood. */
function statement(node: JsonNode, problems: Problems): Tokens | null {
  if (node.kind === 'string') return printed(node.value, node, problems);
  const verdict = verdictWords(node);
  if (verdict !== null) return verdict;
  const entry = onlyEntry(node);
  if (entry === null) return null;
  const [kind, value] = entry;
  return KINDS.get(kind)?.(value) ?? translation(kind, value);
}

/** nft prints in its own words what it has no JSON for, as `jump { … }` is in 1.0.6. */
function printed(text: string, { start, end }: JsonNode, problems: Problems): Tokens {
  const { tokens } = wordsOf({ path: '', text, marked: false, lineStarts: [0] }, problems);
  return tokens.map((token): Token => ({ ...token, start, end }));
}

/** @see hidden.ts, facts.ts: it is taken to do whatever a target of iptables may do. */
function unknown(node: JsonNode, last: boolean, problems: Problems): Tokens {
  const text = problems.wordsOf(node).replace(/\s+/g, ' ');
  const entry = onlyEntry(node);
  const xt = entry?.[0] === 'xt' ? entry[1] : null;
  const [type, name] = [xt === null ? null : stringAt(xt, 'type'), xt === null ? null : stringAt(xt, 'name')];
  if (name !== null && (type === 'match' || type === 'watcher' || type === 'target'))
    return [...words(`xt ${type === 'target' && !last ? 'statement' : type}`, node), quoted(name, node)];
  problems.warning(node, 'not-read', 'What this does is not known here: what hangs on it is conditional.');
  return [...words(last ? 'xt target' : 'xt statement', node), quoted(text, node)];
}

const KINDS: ReadonlyMap<string, (value: JsonNode) => Tokens | null> = new Map([
  ['match', matching],
  ['vmap', verdictMap],
  ['mangle', mangled],
  ['counter', counter],
  ...COUNTS,
  ['log', logged],
  ['notrack', (value: JsonNode) => words('notrack', value)],
  ['reject', reject],
  ['set', (value: JsonNode) => dynamic(value, 'set')],
  ['map', (value: JsonNode) => dynamic(value, 'map')],
  ['meter', meter],
  ['ct helper', (value: JsonNode) => assigned('ct helper', value)],
  ['ct timeout', (value: JsonNode) => assigned('ct timeout', value)],
  ['ct expectation', (value: JsonNode) => assigned('ct expectation', value)],
  ['flow', flow],
  ['queue', queue],
  ['last', (value: JsonNode) => words('last', value)],
  ['reset', (value: JsonNode) => sequence(words('reset', value), expression(value))],
]);

function verdictMap(value: JsonNode): Tokens | null {
  const [key, data] = [at(value, 'key'), at(value, 'data')];
  return key === null || data === null ? null : sequence(expression(key), words('vmap', value), expression(data));
}

function mangled(value: JsonNode): Tokens | null {
  const [key, to] = [at(value, 'key'), at(value, 'value')];
  return key === null || to === null ? null : sequence(expression(key), words('set', value), expression(to));
}

function counter(value: JsonNode): Tokens | null {
  const map = at(value, 'map');
  if (map !== null) return sequence(words('counter name', value), mapping(map));
  if (value.kind === 'string') return [...words('counter name', value), quoted(value.value, value)];
  const [packets, bytes] = [numberAt(value, 'packets'), numberAt(value, 'bytes')];
  return words(packets === null || bytes === null ? 'counter' : `counter packets ${packets} bytes ${bytes}`, value);
}

function logged(value: JsonNode): Tokens | null {
  const prefix = stringAt(value, 'prefix');
  const level = stringAt(value, 'level');
  const numbers = ['group', 'snaplen', 'queue-threshold'].flatMap((key) => {
    const number = numberAt(value, key);
    return number === null ? [] : words(`${key} ${number}`, value);
  });
  const flags = stringsAt(value, 'flags').filter((flag) => /^((tcp|ip) )?[a-z]+$/.test(flag));
  return [
    ...words('log', value),
    ...(prefix === null ? [] : [...words('prefix', value), quoted(prefix, value)]),
    ...numbers,
    ...(level === null ? [] : [...words('level', value), quoted(level, value)]),
    ...flags.flatMap((flag) => words(`flags ${flag}`, value)),
  ];
}

function reject(value: JsonNode): Tokens | null {
  const [type, code] = [stringAt(value, 'type'), at(value, 'expr')];
  if (type === null) return code === null ? words('reject', value) : null;
  if (type === 'tcp reset') return words('reject with tcp reset', value);
  if (!['icmp', 'icmpv6', 'icmpx'].includes(type) || code === null) return null;
  return sequence(words(`reject with ${type}`, value), expression(code));
}

/** `add @seen { ip saddr timeout 1h limit rate 5/second }` */
function dynamic(value: JsonNode, kind: 'set' | 'map'): Tokens | null {
  const [operation, name, element, data] = [stringAt(value, 'op'), stringAt(value, kind), at(value, 'elem'), at(value, 'data')];
  if (name === null || !name.startsWith('@') || element === null || !['add', 'update', 'delete'].includes(operation ?? ''))
    return null;
  return sequence(
    words(`${operation} @`, value),
    [quoted(name.slice(1), value)],
    words('{', value),
    setElement(element),
    counted(at(value, 'stmt')),
    data === null ? [] : sequence(words(':', value), setElement(data)),
    words('}', value),
  );
}

/** What counts for each element. */
export function counted(node: JsonNode | null): Tokens | null {
  if (node === null) return [];
  return sequence(
    ...itemsOf(node).map((item) => {
      const entry = onlyEntry(item);
      return entry === null ? null : (KINDS.get(entry[0])?.(entry[1]) ?? null);
    }),
  );
}

function meter(value: JsonNode): Tokens | null {
  const [name, key, size] = [stringAt(value, 'name'), at(value, 'key'), numberAt(value, 'size')];
  if (name === null || key === null) return null;
  return sequence(
    [...words('meter', value), quoted(name, value)],
    size === null ? [] : words(`size ${size}`, value),
    words('{', value),
    setElement(key),
    counted(at(value, 'stmt')),
    words('}', value),
  );
}

function assigned(kind: string, value: JsonNode): Tokens | null {
  const map = onlyEntry(value);
  if (map?.[0] === 'map') return sequence(words(`${kind} set`, value), mapping(map[1]));
  return value.kind === 'string' ? [...words(`${kind} set`, value), quoted(value.value, value)] : null;
}

function flow(value: JsonNode): Tokens | null {
  const name = stringAt(value, 'flowtable');
  return name?.startsWith('@') === true ? [...words('flow add @', value), quoted(name.slice(1), value)] : null;
}

function queue(value: JsonNode): Tokens | null {
  const [number, flags] = [at(value, 'num'), stringsAt(value, 'flags')];
  if (!flags.every((flag) => UNIT.test(flag))) return null;
  return sequence(
    words(flags.length === 0 ? 'queue' : `queue flags ${flags.join(' , ')}`, value),
    number === null ? [] : sequence(words('to', value), expression(number)),
  );
}
