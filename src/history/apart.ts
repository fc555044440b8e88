/** A result as three lists of items, each with its fields as templates and values; and the same JSON text again. */
import type { Result } from '../model/result.ts';
import { type Templated, templateOf, textOf } from './template.ts';

export interface Apart {
  /** Times are told from here: the start of the run, milliseconds since 1970. */
  readonly origin: number;
  /** The document without checks and findings, alone; its checks; its findings. */
  readonly lists: readonly (readonly Item[])[];
}

export interface Item {
  /** By what it is found in another result. @see idIn */
  readonly id: string;
  readonly shape: Shape;
  readonly fields: readonly Templated[];
}

/** Names of fields, in order; and the same as JSON. */
export interface Shape {
  readonly names: readonly string[];
  readonly text: string;
  /** What stands before each field in the item's JSON. */
  readonly labels: readonly string[];
}

/** Names by which an item is found again; the document has none of them. */
const ID_NAMES: readonly string[] = ['id', 'fingerprint'];

/** The document's fields that are lists of their own. */
const LISTED: readonly string[] = ['checks', 'findings'];

/** @returns what `joinText` makes the same text of, byte for byte, that JSON.stringify makes of the result. */
export function takeApart(result: Result): Apart {
  const parsed = Date.parse(result.run.startedAt);
  const origin = Number.isNaN(parsed) ? 0 : parsed;
  const itemOf = itemTaker(origin);
  return {
    origin,
    lists: [[itemOf({ ...result, checks: [], findings: [] })], result.checks.map(itemOf), result.findings.map(itemOf)],
  };
}

/** What JSON.stringify made of the result. */
export function joinText({ lists, origin }: Apart): string {
  const [[document] = [], ...listed] = lists;
  if (document === undefined) throw new RangeError('there is no document');
  return objectText(document.shape, (at) => {
    const list = listed[LISTED.indexOf(document.shape.names[at] ?? '')];
    return list === undefined ? fieldText(document, at, origin) : `[${list.map((item) => itemText(item, origin)).join(',')}]`;
  });
}

function itemText(item: Item, origin: number): string {
  return objectText(item.shape, (at) => fieldText(item, at, origin));
}

function fieldText({ fields }: Item, at: number, origin: number): string {
  const field = fields[at];
  if (field === undefined) throw new RangeError('a field is missing');
  return textOf(field, origin);
}

function objectText({ labels }: Shape, textAt: (at: number) => string): string {
  let text = '{';
  for (const [at, label] of labels.entries()) text += label + textAt(at);
  return `${text}}`;
}

/** A run has tens of thousands of fields, most of them alike: every text is taken apart once, and neighbours share their shape. */
function itemTaker(origin: number): (value: object) => Item {
  const known = new Map<unknown, Templated>();
  let last = shapeOf([]);
  return (value) => {
    const names: string[] = [];
    const fields: Templated[] = [];
    for (const [name, inner] of Object.entries(value)) {
      let field = known.get(inner);
      if (field === undefined) {
        const text = JSON.stringify(inner);
        // JSON leaves out what is undefined.
        if (text === undefined) continue;
        field = templateOf(text, origin);
        known.set(inner, field);
      }
      names.push(name);
      fields.push(field);
    }
    if (!isSame(last.names, names)) last = shapeOf(names);
    return { id: idIn(last, fields), shape: last, fields };
  };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

/** The field that names it, as it is stored: it need not be readable, only the same in both results. */
export function idIn({ names }: Shape, fields: readonly Templated[]): string {
  const field = fields[names.findIndex((name) => ID_NAMES.includes(name))];
  return field === undefined ? '' : [field.template, ...field.values].join(' ');
}

/** @param names  in the order in which the fields stand. */
export function shapeOf(names: readonly string[]): Shape {
  const labels = names.map((name, index) => `${index === 0 ? '' : ','}${JSON.stringify(name)}:`);
  return { names, text: JSON.stringify(names), labels };
}
