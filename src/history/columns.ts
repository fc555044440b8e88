/**
 * Whole numbers in named columns: those of one name lie together, so that they are alike and pack well. Names are not stored: the reader asks
 * in the order in which the writer put. Zeros at the end of a column are not stored either.
 */

export interface ColumnWriter {
  /** @param value  a whole number, at most 2^52 from zero. */
  put(column: string, value: number): void;
  bytes(): Uint8Array;
}

export interface ColumnReader {
  take(column: string): number;
}

export function columnWriter(): ColumnWriter {
  const columns = new Map<string, number[]>();
  return {
    put: (column, value) => {
      const values = columns.get(column);
      if (values === undefined) columns.set(column, [value]);
      else values.push(value);
    },
    bytes: () => {
      const bodies = [...columns.values()].map(bodyOf);
      const head: number[] = [];
      writeVarint(head, bodies.length);
      for (const body of bodies) writeVarint(head, body.length);
      return Buffer.concat([Uint8Array.from(head), ...bodies]);
    },
  };
}

/** @throws {RangeError} from `take` where the bytes are none that a writer wrote. */
export function columnReader(bytes: Uint8Array): ColumnReader {
  const head = { bytes, at: 0, end: bytes.length };
  const lengths = Array.from({ length: lengthOf(readVarint(head), bytes) }, () => lengthOf(readVarint(head), bytes));
  const columns = new Map<string, { bytes: Uint8Array; at: number; end: number }>();
  let start = head.at;
  return {
    take: (name) => {
      let column = columns.get(name);
      if (column === undefined) {
        const end = start + (lengths[columns.size] ?? 0);
        column = { bytes, at: start, end };
        columns.set(name, column);
        start = end;
      }
      return column.at >= column.end ? 0 : unfold(readVarint(column));
    },
  };
}

function bodyOf(values: readonly number[]): Uint8Array {
  const body: number[] = [];
  let used = 0;
  for (const value of values) {
    writeVarint(body, fold(value));
    if (value !== 0) used = body.length;
  }
  return Uint8Array.from(body.slice(0, used));
}

/** 0, -1, 1, -2 … become 0, 1, 2, 3 …: near zero on either side is short. */
function fold(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unfold(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. Not by shifts: they know 32 bits only. */
function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}

function readVarint(from: { readonly bytes: Uint8Array; at: number; readonly end: number }): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = from.at < from.end ? from.bytes[from.at++] : undefined;
    if (byte === undefined || scale > 2 ** 49) throw new RangeError('a column ends in the middle');
    value += (byte % 128) * scale;
    if (byte < 128) return value;
  }
}

function lengthOf(value: number, bytes: Uint8Array): number {
  if (value > bytes.length) throw new RangeError('a column is longer than the file');
  return value;
}
