/**
 * Which destination ports a rule names: those to which its own condition restricts the packets, whatever else it asks.
 *
 * Worked example: `-p tcp --dport 25 -s 10.0.0.9` names 25; `-p tcp ! --dport 25` names all ports but 25; `-s 10.0.0.9` names none. Of
 * `tcp dport vmap { 25 : drop, 80 : accept }` the cases are named: 25 and 80.
 */
import type { Condition, Interval, Rule } from './ruleset.ts';

/** Null where the port does not matter to it. */
export function namedPorts({ condition, cases }: Rule): readonly Interval<number>[] | null {
  const own = portsOf(condition);
  const further = either(cases.map((one) => portsOf(one.condition)));
  return both(own, further);
}

type Ports = readonly Interval<number>[] | null;

const HIGHEST = 65_535;

function portsOf(condition: Condition): Ports {
  switch (condition.kind) {
    case 'port':
      return condition.end === 'destination' ? condition.ranges : null;
    case 'all':
      return condition.of.map(portsOf).reduce(both, null);
    case 'any':
      return either(condition.of.map(portsOf));
    case 'not':
      return onlyPorts(condition.of) ? complement(portsOf(condition.of) ?? []) : null;
    case 'never':
      return [];
    default:
      return null;
  }
}

/** Not (port 25 and source 10.0.0.9) holds of port 25 as well. */
function onlyPorts(condition: Condition): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.length > 0 && condition.of.every(onlyPorts);
  return condition.kind === 'not' ? onlyPorts(condition.of) : condition.kind === 'port' && condition.end === 'destination';
}

function both(a: Ports, b: Ports): Ports {
  if (a === null || b === null) return a ?? b;
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const range = { first: Math.max(one.first, other.first), last: Math.min(one.last, other.last) };
      return range.first <= range.last ? [range] : [];
    }),
  );
}

function either(parts: readonly Ports[]): Ports {
  const known = parts.flatMap((part) => (part === null ? [] : [part]));
  return known.length < parts.length || parts.length === 0 ? null : known.flat();
}

function complement(ranges: readonly Interval<number>[]): readonly Interval<number>[] {
  const sorted = [...ranges].sort((a, b) => a.first - b.first);
  const gaps: Interval<number>[] = [];
  let next = 0;
  for (const { first, last } of sorted) {
    if (first > next) gaps.push({ first: next, last: first - 1 });
    next = Math.max(next, last + 1);
  }
  return next <= HIGHEST ? [...gaps, { first: next, last: HIGHEST }] : gaps;
}
