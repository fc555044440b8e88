/**
 * A result as bytes: whole, or as the difference to another one. Both are the same code: whole is the difference to nothing.
 *
 * The document is three lists of items: itself (its fields without checks and findings), the checks, the findings. An item goes by the item of
 * the other result that has the same id: of each of its fields only a template that differs is stored, and every number as the distance to
 * the number that stands there in the other result. What is decoded is the same JSON text, byte for byte.
 *
 * Layout: the length of the table (4 bytes, big endian), the table (JSON: origin, shapes, templates, words), the columns; packed with brotli.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { isObject } from '../model/shape.ts';
import { type Apart, type Item, idIn, shapeOf } from './apart.ts';
import { type ColumnReader, type ColumnWriter, columnReader, columnWriter } from './columns.ts';
import { isWord, marksOf, type Templated } from './template.ts';

export const RUN_ENCODING = 'columns/1+br';

/** What no run comes near, bytes; a damaged file must not fill the memory. */
const MAX_DECODED_BYTES = 1024 * 1024 * 1024;

const MAX_ITEMS = 10_000_000;

/** Values of a field that have a column of their own; those after share one. */
const MAX_COLUMNS = 16;

const LIST_NAMES = ['d', 'c', 'f'] as const;

/** @param base  the result that it is to be a difference to; null: it stands alone. */
export function encodeRun(run: Apart, base: Apart | null): Uint8Array {
  const columns = columnWriter();
  const [shapes, templates, words] = [table(), table(), table()];
  const putField = fieldWriter(columns, templates, words);
  for (const [list, name] of LIST_NAMES.entries()) {
    const items = run.lists[list] ?? [];
    const find = finder(base?.lists[list] ?? []);
    let next = 0;
    columns.put(`${name}#`, items.length);
    for (const item of items) {
      const found = find(item);
      columns.put(`${name}>`, found === null ? NEW : stepOf(found.index - next));
      if (found === null) columns.put(`${name}s`, shapes.index(item.shape.text));
      else next = found.index + 1;
      item.fields.forEach((field, at) => {
        putField(`${name}.${item.shape.names[at]}`, field, found?.item.fields[at] ?? null);
      });
    }
  }
  const tables = { origin: run.origin, shapes: shapes.items, templates: templates.items, words: words.items };
  return pack(JSON.stringify(tables), columns.bytes());
}

/**
 * The result as it was taken apart; a base is what this gives, never what would be taken apart today, so that old runs stay readable.
 *
 * @param base  the result that it is a difference to.
 * @throws {Error} where the bytes are not what `encodeRun` made with that base.
 */
export function decodeRun(bytes: Uint8Array, base: Apart | null): Apart {
  const { origin, shapes, templates, words, columns } = unpack(bytes);
  const known = shapes.map((shape) => shapeOf(stringsOf(JSON.parse(shape))));
  const takeField = fieldReader(columns, templates, words);
  const lists = LIST_NAMES.map((name, list): readonly Item[] => {
    let next = 0;
    return Array.from({ length: countOf(columns.take(`${name}#`)) }, () => {
      const step = columns.take(`${name}>`);
      const before = step === NEW ? null : there(base?.lists[list]?.[next + distanceOf(step)]);
      if (before !== null) next += distanceOf(step) + 1;
      const shape = before?.shape ?? there(known[columns.take(`${name}s`)]);
      const fields = shape.names.map((field, at) => takeField(`${name}.${field}`, before?.fields[at] ?? null));
      return { id: idIn(shape, fields), shape, fields };
    });
  });
  return { origin, lists };
}

/** An item without one that it goes by. Other steps: 0 is the item after the last one, and what is farther makes room for NEW. */
const NEW = 1;

function stepOf(distance: number): number {
  return distance > 0 ? distance + 1 : distance;
}

function distanceOf(step: number): number {
  return step > NEW ? step - 1 : step;
}

function countOf(value: number): number {
  if (value < 0 || value > MAX_ITEMS) throw new RangeError('a list is longer than any');
  return value;
}

/** The item with the same id and the same names; each is found once. */
function finder(items: readonly Item[]): (item: Item) => { readonly item: Item; readonly index: number } | null {
  const byId = new Map<string, { readonly item: Item; readonly index: number }[]>();
  for (const [index, item] of items.entries()) byId.set(item.id, [...(byId.get(item.id) ?? []), { item, index }]);
  return ({ id, shape }) => {
    const candidates = byId.get(id) ?? [];
    const first = candidates[0];
    if (first === undefined || first.item.shape.text !== shape.text) return null;
    byId.set(id, candidates.slice(1));
    return first;
  };
}

interface Table {
  readonly items: readonly string[];
  /** Stored once, and named by this. */
  index(item: string): number;
}

function table(): Table {
  const indexes = new Map<string, number>();
  const items: string[] = [];
  return {
    items,
    index: (item) => {
      const index = indexes.get(item) ?? items.push(item) - 1;
      indexes.set(item, index);
      return index;
    },
  };
}

/** Template: 0 as before, else its index + 1. A word likewise. A number: the distance to the one before, or else to the last in its column. */
function fieldWriter(columns: ColumnWriter, templates: Table, words: Table) {
  const last = new Map<string, number>();
  const columnOf = columnNames();
  return (name: string, { template, values }: Templated, before: Templated | null): void => {
    const same = before?.template === template ? before.values : null;
    columns.put(name, same === null ? templates.index(template) + 1 : 0);
    values.forEach((value, at) => {
      const column = columnOf(name, at, typeof value === 'string');
      const known = same?.[at];
      if (typeof value === 'string') {
        columns.put(column, value === known ? 0 : words.index(value) + 1);
      } else {
        columns.put(column, value - (typeof known === 'number' ? known : (last.get(column) ?? 0)));
        last.set(column, value);
      }
    });
  };
}

function fieldReader(columns: ColumnReader, templates: readonly string[], words: readonly string[]) {
  const last = new Map<string, number>();
  const columnOf = columnNames();
  const known = new Map<string, { readonly marks: readonly string[]; readonly bare: Templated }>();
  const knownAs = (template: string) => {
    const found = known.get(template) ?? { marks: marksOf(template), bare: { template, values: [] } };
    known.set(template, found);
    return found;
  };
  return (name: string, before: Templated | null): Templated => {
    const index = columns.take(name);
    const template = there(index === 0 ? before?.template : templates[index - 1]);
    const same = index === 0 ? before?.values : undefined;
    if (before !== null && same?.length === 0) return before;
    const { marks, bare } = knownAs(template);
    if (marks.length === 0) return bare;
    const values = marks.map((mark, at) => {
      const column = columnOf(name, at, isWord(mark));
      const old = same?.[at];
      const taken = columns.take(column);
      if (isWord(mark)) return there(taken === 0 ? old : words[taken - 1]);
      const value = taken + (typeof old === 'number' ? old : (last.get(column) ?? 0));
      last.set(column, value);
      return value;
    });
    return { template, values };
  };
}

/** Names are made once: a run has tens of thousands of values. */
function columnNames(): (name: string, at: number, word: boolean) => string {
  const made = new Map<string, readonly string[]>();
  return (name, at, word) => {
    let names = made.get(name);
    if (names === undefined) {
      names = Array.from({ length: 2 * (MAX_COLUMNS + 1) }, (_, index) => `${name}.${index}`);
      made.set(name, names);
    }
    return there(names[2 * Math.min(at, MAX_COLUMNS) + (word ? 1 : 0)]);
  };
}

function pack(tables: string, columns: Uint8Array): Uint8Array {
  const head = Buffer.from(tables, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  const bytes = Buffer.concat([length, head, columns]);
  // A window that is wider than the data only costs time.
  const window = Math.min(22, Math.max(16, Math.ceil(Math.log2(bytes.length))));
  return brotliCompressSync(bytes, {
    params: {
      // A tenth smaller than 9; 11 takes twice the time for nothing.
      [constants.BROTLI_PARAM_QUALITY]: 10,
      [constants.BROTLI_PARAM_LGWIN]: window,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

function unpack(packed: Uint8Array) {
  const bytes = brotliDecompressSync(packed, { maxOutputLength: MAX_DECODED_BYTES });
  const end = 4 + bytes.readUInt32BE(0);
  const tables: unknown = JSON.parse(bytes.subarray(4, end).toString('utf8'));
  if (!isObject(tables) || typeof tables.origin !== 'number') throw new RangeError('the table is none');
  return {
    origin: tables.origin,
    shapes: stringsOf(tables.shapes),
    templates: stringsOf(tables.templates),
    words: stringsOf(tables.words),
    columns: columnReader(bytes.subarray(end)),
  };
}

function stringsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw new RangeError('a table is none');
  return value;
}

function there<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new RangeError('what is referred to is not there');
  return value;
}
