/**
 * Shapes of untrusted JSON, checked by hand-written functions: what a file claims to hold is looked at field by field before anything
 * relies on it. Fields that a shape does not name are let through, so that a later minor version may add some.
 */
import { parseAddress } from './address.ts';

/** Null where the value has the shape, otherwise a sentence that names the field. */
export type Shape = (value: unknown, path: string) => string | null;

/** Control characters have no place in anything that is shown later; whoever wrote the file should have escaped them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

export const text: Shape = (value, path) => {
  if (typeof value !== 'string') return expected(path, 'a text', value);
  return CONTROL.test(value) ? `${path} holds a control character` : null;
};

/** Whatever it holds: who shows it escapes it. */
export const anyText: Shape = (value, path) => (typeof value === 'string' ? null : expected(path, 'a text', value));

export const flag: Shape = (value, path) => (typeof value === 'boolean' ? null : expected(path, 'true or false', value));

export const address: Shape = (value, path) =>
  typeof value === 'string' && parseAddress(value) === value
    ? null
    : expected(path, 'an IP address in its canonical form', value);

/** ISO 8601 in UTC with milliseconds, and a day that exists. */
export const instant: Shape = (value, path) =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
    ? null
    : expected(path, 'a time such as 2026-11-21T20:38:00.000Z', value);

/** Milliseconds: finite, not negative. */
export const duration: Shape = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? null : expected(path, 'a duration in milliseconds', value);

/** Within bounds, both inclusive. */
export function integer(min: number, max: number): Shape {
  return (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? null
      : expected(path, `a whole number from ${min} to ${max}`, value);
}

export const port: Shape = integer(1, 65_535);

export const family: Shape = oneOf('ipv4', 'ipv6');

/** A nonce. */
export const hex128: Shape = pattern(/^[0-9a-f]{32}$/, '128 bits in hex');

export const hex256: Shape = pattern(/^[0-9a-f]{64}$/, '256 bits in hex');

/** @param meaning  what the expression stands for, after "must be". */
export function pattern(expression: RegExp, meaning: string): Shape {
  return (value, path) => (typeof value === 'string' && expression.test(value) ? null : expected(path, meaning, value));
}

export function oneOf(...values: readonly string[]): Shape {
  return (value, path) =>
    typeof value === 'string' && values.includes(value) ? null : expected(path, `one of ${values.join(', ')}`, value);
}

export function nullable(shape: Shape): Shape {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** The first item that is wrong is told, by its index. */
export function list(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return expected(path, 'a list', value);
    for (const [index, item] of value.entries()) {
      const problem = shape(item, `${path}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** Every named field must be there, those of `optional` need not; others are let through. */
export function object(fields: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape {
  const all = [...Object.entries(fields), ...Object.entries(optional)];
  const required = new Set(Object.keys(fields));
  return (value, path) => {
    if (!isObject(value)) return expected(path, 'an object', value);
    for (const [name, shape] of all) {
      const within = path === '' ? name : `${path}.${name}`;
      const there = Object.hasOwn(value, name);
      const problem = there ? shape(value[name], within) : required.has(name) ? `${within} is missing` : null;
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** An object whose names are anybody's. */
export function named(shape: Shape): Shape {
  return (value, path) => {
    if (!isObject(value)) return expected(path, 'an object', value);
    for (const [name, inner] of Object.entries(value)) {
      const problem = text(name, `a name in ${path}`) ?? shape(inner, `${path}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** @param check  what fields of the right shape must agree on; null where they do. */
export function agreeing(shape: Shape, check: (fields: Readonly<Record<string, unknown>>, path: string) => string | null): Shape {
  return (value, path) => shape(value, path) ?? (isObject(value) ? check(value, path) : null);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param meaning  what would be right, after "must be". */
export function expected(path: string, meaning: string, value: unknown): string {
  const shown = JSON.stringify(value)?.slice(0, 60) ?? 'nothing';
  return `${path === '' ? 'the line' : path} must be ${meaning}, not ${shown}`;
}
