/**
 * Whether a tree has the shape of a policy, by the published JSON Schema: keys, kinds of values, ranges. What the validator
 * says is thinned and put in a policy author's words; schema titles say what is wanted.
 */
import type { ErrorObject } from 'ajv';
import { listText } from '../model/list-text.ts';
import { nearest } from '../model/nearest.ts';
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { problemAt, type Source, type Span } from '../model/source.ts';
import type { PolicyDocument } from './generated/policy-document.ts';
import validate from './generated/validate-policy.js';
import { type MapNode, type Node, plainOf } from './node.ts';
import { blankMissing, keyAndValue } from './yaml-slips.ts';

export interface Shape {
  /** Null where there are problems. */
  readonly document: PolicyDocument | null;
  readonly problems: readonly Problem[];
}

interface Complaint {
  readonly source: Source;
  readonly error: ErrorObject;
  readonly node: Node;
  /** The value's name: `ports`, `ports[1]`; empty for the policy itself. */
  readonly name: string;
}

/** Problems shown of one text; beyond it the first ones explain the others. */
const MAX_ERRORS = 2_000;

/** The document, typed, or why it is none; what only follows from another problem is not told. */
export function checkShape(source: Source, root: Node): Shape {
  const value = plainOf(root);
  if (validate(value)) return { document: value, problems: [] };
  const errors = (validate.errors ?? []).slice(0, MAX_ERRORS);
  const meant = missingButMisspelt(errors);
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  const problems = errors.flatMap((error) => {
    const [node, name] = find(root, error.instancePath);
    const explained =
      isNoise(error) ||
      (VALUE_KEYWORDS.includes(error.keyword) && mistyped.has(error.instancePath)) ||
      (error.keyword === 'required' && meant.has(`${error.instancePath}\n${wordOf(error, 'missingProperty')}`));
    return explained ? [] : [explain({ source, error, node, name })];
  });
  return { document: null, problems };
}

/** Keywords that say nothing more of a value that is of the wrong kind. */
const VALUE_KEYWORDS: readonly string[] = ['enum', 'const', 'pattern'];

/** Branches of a `oneOf`, and the outer half of a name's check, say nothing beside the other error. */
function isNoise(error: ErrorObject): boolean {
  return error.schemaPath.includes('/oneOf/') || error.keyword === 'propertyNames';
}

/** Required keys that are there under a misspelt name: `path\nkey`. */
function missingButMisspelt(errors: readonly ErrorObject[]): ReadonlySet<string> {
  return new Set(
    errors
      .filter(({ keyword }) => keyword === 'additionalProperties')
      .map((error) => `${error.instancePath}\n${nearest(wordOf(error, 'additionalProperty'), keysOf(error))}`),
  );
}

function explain(complaint: Complaint): Problem {
  const { error, node, source } = complaint;
  if (error.propertyName !== undefined) return badName(complaint, error.propertyName);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(complaint);
    case 'required':
      return problemAt(source, opening(source, node), 'missing-key', missingKey(complaint));
    case 'minItems':
    case 'minProperties':
      return problemAt(source, node, 'empty-list', `${subject(complaint)} is empty; it must be ${wanted(error)}.`);
    case 'uniqueItems': {
      const item = node.kind === 'list' ? node.items[Math.max(numberOf(error, 'i'), numberOf(error, 'j'))] : undefined;
      return problemAt(source, item ?? node, 'duplicate-item', `${valueText(item ?? node)} stands in ${complaint.name} twice.`);
    }
    case 'oneOf':
      return problemAt(source, opening(source, node), 'bad-probe', probeMessage(node));
    case 'minimum':
    case 'maximum':
      return problemAt(source, node, 'out-of-range', mustBe(complaint));
    case 'type':
      return problemAt(source, opening(source, node), 'wrong-type', mustBe(complaint));
    default:
      return problemAt(source, opening(source, node), 'wrong-value', mustBe(complaint));
  }
}

function badName({ source, error, node }: Complaint, name: string): Problem {
  const message = `"${printable(name.slice(0, 80))}" cannot be a name: it must be ${wanted(error)}.`;
  return problemAt(source, keyOf(node, name), 'bad-name', message);
}

function unknownKey({ source, error, node, name }: Complaint): Problem {
  const key = wordOf(error, 'additionalProperty');
  const keys = keysOf(error);
  const near = nearest(key, keys);
  const joined = keyAndValue(key);
  const advice =
    joined !== null && keys.includes(joined.key)
      ? `${blankMissing(joined.meant)}.`
      : near === null
        ? `Keys here: ${keys.join(', ')}.`
        : `Did you mean "${near}"?`;
  const place = name === '' ? '' : ` in ${name}`;
  return problemAt(source, keyOf(node, key), 'unknown-key', `Unknown key "${printable(key)}"${place}. ${advice}`);
}

function missingKey({ error, name }: Complaint): string {
  const key = wordOf(error, 'missingProperty');
  const property = recordOf(recordOf(recordOf(error.parentSchema).properties)[key]);
  const example = Array.isArray(property.examples) ? property.examples[0] : undefined;
  const known: unknown = example ?? EXAMPLES[key];
  return `"${key}" is missing${name === '' ? '' : ` in ${name}`}.${known === undefined ? '' : ` Example: ${key}: ${flow(known)}`}`;
}

/** Of keys whose schema is shared, so that the example does not stand beside the key. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  name: 'hub',
  host: 'mail.example.com',
  port: 443,
  path: 'edge.v4',
  file: 'blocks.txt',
};

function mustBe(complaint: Complaint): string {
  const { error, node } = complaint;
  const value = node.kind === 'scalar' ? node.value : null;
  const choices: unknown[] = error.keyword === 'enum' && Array.isArray(error.schema) ? error.schema : [];
  const near =
    typeof value === 'string'
      ? nearest(
          value,
          choices.filter((choice) => typeof choice === 'string'),
        )
      : null;
  const inQuotes = titleOf(error.parentSchema)?.includes('in quotes') === true;
  const quotes = inQuotes && typeof value === 'number' ? quoted(complaint, value) : '';
  const meant = near === null ? '' : ` Did you mean "${near}"?`;
  const joined = typeof value === 'string' && error.params.type === 'object' ? keyAndValue(value) : null;
  const blank = joined === null ? '' : ` ${blankMissing(joined.meant)}.`;
  return `${subject(complaint)} must be ${wanted(error)}, not ${shown(node)}.${meant}${blank}${asList(complaint, value)}${quotes}${leaveOut(complaint, choices)}`;
}

/** A single value where a list of such values is wanted. */
function asList({ error }: Complaint, value: unknown): string {
  if (error.keyword !== 'type' || error.params.type !== 'array' || value === null) return '';
  const wantsNumbers = recordOf(recordOf(error.parentSchema).items).$ref === '#/$defs/port';
  return wantsNumbers === (typeof value === 'number') ? ` Write [${printable(String(value))}].` : '';
}

/** Keys with one value say "yes"; their "no" is to leave them out. */
function leaveOut({ name }: Complaint, choices: readonly unknown[]): string {
  return choices.length === 1 ? ` Leave ${name.split('.').at(-1)} out where it is not asked.` : '';
}

/** Text that YAML reads as a number, as it stands in the source: `1.2`, `0123456789`. */
function quoted({ source, node }: Complaint, value: number): string {
  return ` YAML reads ${value} as a number; write "${printable(source.text.slice(node.start, node.end))}" in quotes.`;
}

function probeMessage(node: Node): string {
  const keys = node.kind === 'map' ? node.entries : new Map<string, unknown>();
  if (keys.has('host')) return 'A probe names a host or a sentinel, not both: write two probes.';
  if (keys.has('sentinel')) return 'A sentinel knows its ports itself: "listening" belongs to probes that name a host.';
  return 'A probe names a host or a sentinel, such as { host: mx.example.org, listening: [25] } or { sentinel: edge }.';
}

function subject({ name }: Complaint): string {
  return name === '' ? 'A policy' : name;
}

function wanted(error: ErrorObject): string {
  const choices: unknown = recordOf(error.parentSchema).enum;
  if (Array.isArray(choices))
    return listText(
      choices.map((choice) => `"${choice}"`),
      'or',
    );
  const title = titleOf(error.parentSchema);
  if (title !== null && error.instancePath !== '') return title;
  return error.instancePath === '' ? 'a mapping (key: value)' : String(error.message).replace(/^must (be )?/, '');
}

function valueText(node: Node): string {
  return node.kind === 'scalar' && typeof node.value === 'number' ? String(node.value) : shown(node);
}

function titleOf(schema: unknown): string | null {
  const title = recordOf(schema).title;
  return typeof title === 'string' ? title : null;
}

function shown(node: Node): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.kind === 'map') return 'a mapping';
  if (node.value === null) return 'nothing';
  if (typeof node.value !== 'string') return `the ${typeof node.value === 'number' ? 'number' : 'value'} ${node.value}`;
  const text = node.value.length > 60 ? `${node.value.slice(0, 60)}…` : node.value;
  return `"${printable(text)}"`;
}

/** A container is marked where it begins, not to its end. */
function opening(source: Source, node: Node): Span {
  if (node.kind === 'scalar') return node;
  const [line = ''] = source.text.slice(node.start, Math.min(node.end, node.start + 60)).split(/[\r\n]/);
  return { start: node.start, end: node.start + Math.max(line.length, 1) };
}

function keyOf(node: Node, name: string): Span {
  return (node.kind === 'map' ? node.entries.get(name)?.key : undefined) ?? node;
}

/** The node that a JSON pointer means, and its name. @see RFC 6901 */
function find(root: Node, pointer: string): [Node, string] {
  let node = root;
  let name = '';
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = node.kind === 'list' ? node.items[Number(key)] : childOf(node, key);
    if (next === undefined) break;
    name = node.kind === 'list' ? `${name}[${key}]` : name === '' ? printable(key) : `${name}.${printable(key)}`;
    node = next;
  }
  return [node, name];
}

function childOf(node: Node, key: string): Node | undefined {
  return node.kind === 'map' ? (node satisfies MapNode).entries.get(key)?.value : undefined;
}

function keysOf(error: ErrorObject): string[] {
  return Object.keys(recordOf(recordOf(error.parentSchema).properties));
}

function wordOf(error: ErrorObject, param: string): string {
  return String(error.params[param]);
}

function numberOf(error: ErrorObject, param: string): number {
  return Number(error.params[param]);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

/** As YAML on one line: `[587]`, `{ host: www.example.net, port: 443 }`. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, inner]) => `${key}: ${flow(inner)}`)
    .join(', ')} }`;
}
