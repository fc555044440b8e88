/**
 * Expressions of the JSON, in words.
 *
 * Worked example: `{"concat": [{"payload": {"protocol": "ip", "field": "daddr"}}, {"payload": {"protocol": "tcp", "field": "dport"}}]}` is `ip daddr . tcp
 * dport`, and `{"set": [{"concat": ["10.0.0.1", {"range": [25, 30]}]}]}` is `{ 10.0.0.1 . 25-30 }`.
 *
 * @see libnftables-json(5), EXPRESSIONS
 */
import { COUNTS } from './json-counts.ts';
import type { JsonNode } from './json-syntax.ts';
import {
  at,
  between,
  itemsOf,
  numberAt,
  onlyEntry,
  quoted,
  sequence,
  stringAt,
  stringsAt,
  type Tokens,
  timeText,
  words,
} from './json-tokens.ts';
import { HEADERS, LAYERS, UNQUALIFIED } from './words.ts';

/** Null where it is not understood. */
export function expression(node: JsonNode): Tokens | null {
  switch (node.kind) {
    case 'string':
      if (node.value === '*') return words('*', node);
      return node.value.startsWith('@') ? [...words('@', node), quoted(node.value.slice(1), node)] : [quoted(node.value, node)];
    case 'number':
      return words(String(node.value), node);
    case 'boolean':
      return words(node.value ? 'exists' : 'missing', node);
    case 'array':
      return between(',', node.items.map(expression), node);
    case 'null':
      return null;
    case 'object': {
      const entry = onlyEntry(node);
      if (entry === null) return null;
      const [kind, value] = entry;
      if (OPERATORS.has(kind)) return operation(kind, value);
      return KINDS.get(kind)?.(value) ?? null;
    }
  }
}

const OPERATORS: ReadonlySet<string> = new Set(['&', '|', '^', '<<', '>>']);

/** A list of flags as an operand is all of them: `( fin | syn )`. */
function operation(sign: string, value: JsonNode): Tokens | null {
  const operands = itemsOf(value).map((item) => {
    const entry = onlyEntry(item);
    const plain = item.kind === 'array' ? between('|', item.items.map(expression), item) : expression(item);
    const enclosed = item.kind === 'array' || (entry !== null && OPERATORS.has(entry[0]) && entry[0] !== '&');
    return plain === null || !enclosed ? plain : [...words('(', item), ...plain, ...words(')', item)];
  });
  return operands.length < 2 ? null : between(sign, operands, value);
}

const KINDS: ReadonlyMap<string, (value: JsonNode) => Tokens | null> = new Map([
  ['concat', (value: JsonNode) => between('.', itemsOf(value).map(expression), value)],
  ['set', (value: JsonNode) => braced(value, itemsOf(value).map(setElement))],
  ['map', mapping],
  ['prefix', prefix],
  [
    'range',
    (value: JsonNode) =>
      value.kind === 'array' && value.items.length === 2 ? between('-', value.items.map(expression), value) : null,
  ],
  ['payload', payload],
  ['exthdr', extension],
  ['tcp option', (value: JsonNode) => option('tcp option', value)],
  ['ip option', (value: JsonNode) => option('ip option', value)],
  ['sctp chunk', (value: JsonNode) => option('sctp chunk', value)],
  ['meta', (value: JsonNode) => keyed('meta', value)],
  ['socket', (value: JsonNode) => keyed('socket', value)],
  ['osf', (value: JsonNode) => keyed('osf', value)],
  ['rt', route],
  ['ct', tracked],
  ['fib', lookup],
  ['numgen', (value: JsonNode) => hashed('numgen', value)],
  ['jhash', (value: JsonNode) => hashed('jhash', value)],
  ['symhash', (value: JsonNode) => hashed('symhash', value)],
  ['elem', setElement],
]);

export function braced(node: JsonNode, elements: readonly (Tokens | null)[]): Tokens | null {
  return sequence(words('{', node), between(',', elements, node), words('}', node));
}

/** Of a set, or a pair of a map. What is said of it beside its value stands behind that. */
export function setElement(node: JsonNode): Tokens | null {
  const verdict = verdictWords(node);
  if (verdict !== null) return verdict;
  if (node.kind === 'array' && node.items.length === 2) return between(':', node.items.map(setElement), node);
  const inner = at(node, 'elem') ?? (at(node, 'val') === null ? null : node);
  if (inner === null) return expression(node);
  const [value, timeout, comment] = [at(inner, 'val'), numberAt(inner, 'timeout'), stringAt(inner, 'comment')];
  if (value === null) return null;
  const counted = [...COUNTS].map(([kind, read]) => {
    const count = at(inner, kind);
    return count === null ? [] : read(count);
  });
  return sequence(
    setElement(value),
    ...counted,
    timeout === null ? [] : words(`timeout ${timeText(timeout)}`, inner),
    comment === null ? [] : [...words('comment', inner), quoted(comment, inner)],
  );
}

/** `{"drop": null}`, `{"jump": {"target": "mail"}}`; null where it is no verdict. */
export function verdictWords(node: JsonNode): Tokens | null {
  const entry = onlyEntry(node);
  if (entry === null) return null;
  const [kind, value] = entry;
  if (['accept', 'drop', 'return', 'continue'].includes(kind)) return words(kind, node);
  const target = stringAt(value, 'target');
  return (kind === 'jump' || kind === 'goto') && target !== null ? [...words(kind, node), quoted(target, node)] : null;
}

/** `key map { … }` */
export function mapping(value: JsonNode): Tokens | null {
  const [key, data] = [at(value, 'key'), at(value, 'data')];
  if (key === null || data === null) return null;
  return sequence(expression(key), words('map', value), expression(data));
}

function prefix(value: JsonNode): Tokens | null {
  const [address, length] = [at(value, 'addr'), numberAt(value, 'len')];
  return address === null || length === null ? null : sequence(expression(address), words(`/ ${length}`, value));
}

function payload(value: JsonNode): Tokens | null {
  const [protocol, field] = [stringAt(value, 'protocol'), stringAt(value, 'field')];
  if (protocol !== null && field !== null && HEADERS.has(protocol) && NAME.test(field))
    return words(`${protocol} ${field}`, value);
  const [base, offset, length] = [stringAt(value, 'base'), numberAt(value, 'offset'), numberAt(value, 'len')];
  if (base === null || offset === null || length === null || !LAYERS.has(base)) return null;
  return words(`@ ${base} , ${offset} , ${length}`, value);
}

/** One word, which is none that more of them follow: else a value could be read as something else. */
const NAME = /^(?!(?:option|chunk|cgroupv2|original|reply|ip|ip6)$)[a-z][\w-]*$/;

const EXTENSIONS: ReadonlySet<string> = new Set(['hbh', 'rt', 'frag', 'dst', 'mh', 'srh']);

function extension(value: JsonNode): Tokens | null {
  const [name, field] = [stringAt(value, 'name'), stringAt(value, 'field')];
  if (name === null || !EXTENSIONS.has(name)) return null;
  if (field === null) return words(`exthdr ${name}`, value);
  return NAME.test(field) ? words(`${name} ${field}`, value) : null;
}

function option(kind: string, value: JsonNode): Tokens | null {
  const [name, field, base] = [stringAt(value, 'name'), stringAt(value, 'field'), numberAt(value, 'base')];
  const [offset, length] = [numberAt(value, 'offset'), numberAt(value, 'len')];
  if (base !== null)
    return words(offset === 0 && length === 8 ? `${kind} ${base}` : `${kind} @ ${base} , ${offset} , ${length}`, value);
  if (name === null || !NAME.test(name) || (field !== null && !NAME.test(field))) return null;
  return words(field === null ? `${kind} ${name}` : `${kind} ${name} ${field}`, value);
}

function keyed(kind: string, value: JsonNode): Tokens | null {
  const key = stringAt(value, 'key');
  if (kind === 'socket' && key === 'cgroupv2') return words(`socket cgroupv2 level ${numberAt(value, 'level') ?? 0}`, value);
  if (key === null || !NAME.test(key)) return null;
  return words(kind === 'meta' && UNQUALIFIED.has(key) ? key : `${kind} ${key}`, value);
}

function route(value: JsonNode): Tokens | null {
  const [key, family] = [stringAt(value, 'key'), stringAt(value, 'family')];
  if (key === null || !NAME.test(key) || (family !== null && family !== 'ip' && family !== 'ip6')) return null;
  return words(['rt', ...(family === null ? [] : [family]), key].join(' '), value);
}

function tracked(value: JsonNode): Tokens | null {
  const [key, direction, family] = [stringAt(value, 'key'), stringAt(value, 'dir'), stringAt(value, 'family')];
  if (key === null || !(NAME.test(key) || /^ip6? [sd]addr$/.test(key))) return null;
  if (direction !== null && direction !== 'original' && direction !== 'reply') return null;
  const header = (family === 'ip' || family === 'ip6') && /^[sd]addr$/.test(key) ? [family] : [];
  return words(['ct', ...(direction === null ? [] : [direction]), ...header, key].join(' '), value);
}

function lookup(value: JsonNode): Tokens | null {
  const [result, flags] = [stringAt(value, 'result'), stringsAt(value, 'flags')];
  if (result === null || ![result, ...flags].every((name) => /^[a-z]+$/.test(name)) || flags.length === 0) return null;
  return words(`fib ${flags.join(' . ')} ${result}`, value);
}

function hashed(kind: string, value: JsonNode): Tokens | null {
  const [mode, of, mod] = [stringAt(value, 'mode'), at(value, 'expr'), numberAt(value, 'mod')];
  if (mod === null || (kind === 'numgen' && mode !== 'inc' && mode !== 'random') || (kind === 'jhash' && of === null))
    return null;
  const further = (['seed', 'offset'] as const).flatMap((key) => {
    const number = numberAt(value, key);
    return number === null || number === 0 ? [] : [key, String(number)];
  });
  return sequence(
    words(kind === 'numgen' ? `numgen ${mode}` : kind, value),
    of === null || kind !== 'jhash' ? [] : expression(of),
    words(['mod', String(mod), ...further].join(' '), value),
  );
}
