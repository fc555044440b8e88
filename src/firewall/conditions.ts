/**
 * Conditions put together, and kept small: `allOf` of nothing always holds, `anyOf` of nothing never does.
 *
 * Worked example: `allOf([ALWAYS, port 25])` is `port 25`; `not(not(x))` is x.
 */
import { ALWAYS, type Condition, type Interval, NEVER } from './ruleset.ts';

/** Every one of them holds. */
export function allOf(conditions: readonly Condition[]): Condition {
  return joined('all', conditions, ALWAYS, NEVER);
}

/** At least one of them holds. */
export function anyOf(conditions: readonly Condition[]): Condition {
  return joined('any', conditions, NEVER, ALWAYS);
}

export function not(condition: Condition): Condition {
  if (condition.kind === 'always') return NEVER;
  if (condition.kind === 'never') return ALWAYS;
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition };
}

/** The condition, or its opposite where `inverted`. */
export function signed(condition: Condition, inverted: boolean): Condition {
  return inverted ? not(condition) : condition;
}

/** Sorted, disjoint, never adjacent: one set of numbers has one spelling. */
export function mergePorts(ranges: readonly Interval<number>[]): Interval<number>[] {
  return merge(ranges, (number) => number + 1);
}

/** As `mergePorts`, for addresses and whatever else is wide. */
export function mergeAddresses(ranges: readonly Interval<bigint>[]): Interval<bigint>[] {
  return merge(ranges, (number) => number + 1n);
}

function joined(kind: 'all' | 'any', conditions: readonly Condition[], neutral: Condition, decisive: Condition): Condition {
  const parts: Condition[] = [];
  for (const condition of conditions) {
    if (condition.kind === decisive.kind) return decisive;
    if (condition.kind === kind) parts.push(...condition.of);
    else if (condition.kind !== neutral.kind) parts.push(condition);
  }
  const [only] = parts;
  return only === undefined ? neutral : parts.length === 1 ? only : { kind, of: parts };
}

function merge<T extends number | bigint>(ranges: readonly Interval<T>[], after: (number: T) => T): Interval<T>[] {
  if (ranges.length < 2) return [...ranges];
  const merged: Interval<T>[] = [];
  for (const range of [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = merged.at(-1);
    if (before === undefined || range.first > after(before.last)) merged.push(range);
    else if (range.last > before.last) merged[merged.length - 1] = { first: before.first, last: range.last };
  }
  return merged;
}
