/**
 * Which lines of a configuration are about mail: their own condition names one of the ports, and the first packet of a connection to one of these
 * could meet them.
 *
 * Worked example: `-p tcp --dport 25 -j DROP` is, `-p tcp --dport 25 --ctstate ESTABLISHED -j ACCEPT` and `-j DROP` are not.
 */
import { groupBy } from '../model/group-by.ts';
import { type Bdd, EMPTY } from './bdd.ts';
import { conditionSet } from './condition-set.ts';
import { namedPorts } from './named-ports.ts';
import type { Onward } from './onward.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Hook, Place, Rule, Ruleset } from './ruleset.ts';

export interface Looking {
  /** Of one ruleset, one for each family that is asked about. */
  readonly views: readonly Onward[];
  readonly hook: Hook;
  readonly ports: readonly number[];
}

/** One line; several rules where it lists several addresses. */
export interface NamedLine {
  readonly place: Place;
  readonly chain: string;
  readonly rules: readonly Rule[];
}

export interface MailLine extends Omit<NamedLine, 'rules'> {
  readonly rules: readonly MailRule[];
}

export interface MailRule {
  readonly rule: Rule;
  /** What it would meet if it were the only one: by space, none empty. */
  readonly own: ReadonlyMap<PacketSpace, Bdd>;
}

/** Lines that name one of the ports. */
export function linesNaming(ruleset: Ruleset, ports: readonly number[]): readonly NamedLine[] {
  return [...ruleset.chains.values()].flatMap(({ id, rules }) => {
    const named = rules.filter((rule) => rule.cases.length > 0 && namesOne(rule, ports));
    const lines = [...groupBy(named, ({ place }) => `${place.file}:${place.line}:${place.column}`).values()];
    return lines.flatMap((group) => (group[0] === undefined ? [] : [{ place: group[0].place, chain: id, rules: group }]));
  });
}

/** Those that the first packet of a mail connection could meet. */
export function mailLines(lines: readonly NamedLine[], { views, hook, ports }: Looking): readonly MailLine[] {
  return lines.flatMap((line) => {
    const rules = line.rules.flatMap((rule) => {
      const own = new Map(views.flatMap(({ space }) => ownOf(space, rule, hook, ports)));
      return own.size === 0 ? [] : [{ rule, own }];
    });
    return rules.length === 0 ? [] : [{ ...line, rules }];
  });
}

/** Who names more than half of all ports, and each of these among them, has mail no more in mind than who names none: `--dport 1:65535`. */
function namesOne(rule: Rule, ports: readonly number[]): boolean {
  const named = namedPorts(rule);
  if (named === null) return false;
  const hit = ports.filter((port) => named.some(({ first, last }) => first <= port && port <= last));
  const size = named.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return hit.length > 0 && (hit.length < ports.length || size <= HALF);
}

const HALF = 32_768;

function ownOf(space: PacketSpace, rule: Rule, start: Hook, ports: readonly number[]): readonly (readonly [PacketSpace, Bdd])[] {
  if (!rule.families.includes(space.family)) return [];
  const { manager } = space;
  const at = { start, hook: start, rewritten: 0 };
  const any = manager.orAll(rule.cases.map(({ condition }) => conditionSet(space, condition, at, '')));
  const set = [conditionSet(space, rule.condition, at, ''), any, mailIn(space, ports)].reduce((a, b) => manager.and(a, b));
  return set === EMPTY ? [] : [[space, set]];
}

export function mailIn(space: PacketSpace, ports: readonly number[]): Bdd {
  return space.within(
    'destination-port',
    ports.map((port) => ({ first: port, last: port })),
  );
}
