/**
 * A policy's text as a tree in which everything knows its place. Reading is tolerant: a value of the wrong kind is simply not
 * what was asked for (the shape check reports it), so that every check can run on every text.
 */
import type { Span } from '../model/source.ts';

export interface ScalarNode extends Span {
  readonly kind: 'scalar';
  /** By the core schema. @see YAML 1.2.2 section 10.3.2 */
  readonly value: string | number | boolean | null;
}

export interface ListNode extends Span {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface MapNode extends Span {
  readonly kind: 'map';
  /** Keys are unique. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  readonly name: string;
  readonly key: Span;
  readonly value: Node;
}

export type Node = ScalarNode | ListNode | MapNode;

/** A text in the policy, and where it stands. */
export interface Text extends Span {
  readonly text: string;
}

/** The value at a path of keys; null where there is none. */
export function child(node: Node | null, ...keys: readonly string[]): Node | null {
  let current = node;
  for (const key of keys) current = current?.kind === 'map' ? (current.entries.get(key)?.value ?? null) : null;
  return current;
}

/** Empty for what is no mapping. */
export function entriesOf(node: Node | null): readonly Entry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : [];
}

/** Empty for what is no list. */
export function itemsOf(node: Node | null): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}

/** Null for what is no text: numbers, booleans and null too. */
export function textOf(node: Node | null): Text | null {
  return node?.kind === 'scalar' && typeof node.value === 'string'
    ? { text: node.value, start: node.start, end: node.end }
    : null;
}

/** The texts of a list, or a single text as a list of one. */
export function textsOf(node: Node | null): readonly Text[] {
  return [node, ...itemsOf(node)].map(textOf).filter((text) => text !== null);
}

/** As plain data: what a JSON Schema validator wants. */
export function plainOf(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainOf);
    case 'map':
      // Defined, not assigned: a key named __proto__ must stay a key.
      return [...node.entries].reduce(
        (object, [name, { value }]) =>
          Object.defineProperty(object, name, { value: plainOf(value), enumerable: true, configurable: true, writable: true }),
        {},
      );
    default:
      return node satisfies never;
  }
}
