/**
 * JSON text apart from what varies in it from run to run: `"220 mx1 after 14 ms."` is the template `"220 mx1 after ␁ ms."` and the value 14.
 * Joined again they are the same text, byte for byte. JSON.stringify escapes every control character, so that marks cannot be taken for text.
 */

export interface Templated {
  readonly template: string;
  readonly values: readonly (number | string)[];
}

/** What stands for a value, by its kind. */
const NUMBER = '\u0001';
/** Milliseconds and whole seconds since the origin. */
const INSTANT = '\u0002';
const SECOND = '\u0003';
/** Hex digits: nonces, fingerprints, digests. */
const WORD = '\u0004';

/** A time; hex digits; a whole number without leading zeros that a double holds exactly. Nothing that is part of a longer word. */
const VARIABLE = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z|(?<![0-9A-Za-z])(?:(0|[1-9]\d{0,14})|[0-9a-f]{8,})(?![0-9A-Za-z])/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the marks
const MARK = /[\u0001-\u0004]/g;

/**
 * Takes a text apart. One without a digit stays as it is: words of letters alone are no nonces.
 *
 * @param origin  what times are counted from, milliseconds since 1970: the start of the run, so that they are alike in every run.
 */
export function templateOf(text: string, origin: number): Templated {
  if (!/\d/.test(text)) return { template: text, values: [] };
  const values: (number | string)[] = [];
  const template = text.replace(VARIABLE, (found, digits: string | undefined) => {
    if (digits !== undefined) {
      values.push(Number(digits));
      return NUMBER;
    }
    if (found.includes('T')) return timeMark(found, origin, values);
    values.push(found);
    return WORD;
  });
  return { template, values };
}

/** The marks of a template, in order. */
export function marksOf(template: string): readonly string[] {
  return template.match(MARK) ?? [];
}

/** Whether a mark stands for hex digits; its value is a text, that of any other mark a number. */
export function isWord(mark: string): boolean {
  return mark === WORD;
}

/** @param values  one for each mark, in order. */
export function textOf({ template, values }: Templated, origin: number): string {
  if (values.length === 0) return template;
  let next = 0;
  return template.replace(MARK, (mark) => {
    const value = values[next++];
    if (value === undefined) throw new RangeError('a value is missing');
    if (mark === INSTANT) return new Date(origin + Number(value)).toISOString();
    if (mark === SECOND) return `${new Date((Math.floor(origin / 1000) + Number(value)) * 1000).toISOString().slice(0, 19)}Z`;
    return `${value}`;
  });
}

/** A time that does not come back as it was written (the 30th of February) stays text. */
function timeMark(found: string, origin: number, values: (number | string)[]): string {
  const time = Date.parse(found);
  if (Number.isNaN(time)) return found;
  const written = new Date(time).toISOString();
  if (written === found) {
    values.push(time - origin);
    return INSTANT;
  }
  if (`${written.slice(0, 19)}Z` !== found) return found;
  values.push(time / 1000 - Math.floor(origin / 1000));
  return SECOND;
}
