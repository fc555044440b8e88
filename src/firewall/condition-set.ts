/**
 * The packets for which a condition holds.
 *
 * Worked example: (protocol 6) and not (destination port 25) is, of TCP packets, the set of all ports but 25: the first half is everything.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import { hasInterface, mayHaveOwner, type Vantage } from './hooks.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Condition, Interval } from './ruleset.ts';

const TCP = 6;
const SYN = 2;

/**
 * @param path  through which calls the packet came here: a rate limit that it meets on two ways, or in two hooks, answers twice
 */
export function conditionSet(space: PacketSpace, condition: Condition, at: Vantage, path: string): Bdd {
  const { manager } = space;
  switch (condition.kind) {
    case 'always':
      return FULL;
    case 'never':
      return EMPTY;
    case 'all':
      return allOf(space, condition.of, at, path);
    case 'any':
      return manager.orAll(condition.of.map((one) => conditionSet(space, one, at, path)));
    case 'not':
      return manager.not(conditionSet(space, condition.of, at, path));
    case 'interface':
      return hasInterface(condition.side, at) ? space.interface(condition.side, condition.name, condition.prefix) : EMPTY;
    case 'owner':
      return mayHaveOwner(at) ? space.owner(condition.of, condition.ids) : EMPTY;
    case 'unknown':
      return unknownSet(space, condition, at, path);
    case 'family':
    case 'protocol':
    case 'state':
    case 'flags':
      return holdsForSlice(space, condition) ? FULL : EMPTY;
    default:
      return headerSet(space, condition);
  }
}

type Of<Kind extends Condition['kind']> = Extract<Condition, { readonly kind: Kind }>;

/** What hangs on the destination is another question once that has been rewritten. */
export function hangsOnDestination({ functional, text }: Of<'unknown'>): boolean {
  return functional && !ABOUT_SENDER.some((start) => text.startsWith(start));
}

const ABOUT_SENDER = ['-m owner ', '-m mac ', '-m time ', 'meta skuid ', 'meta skgid '];

function unknownSet(space: PacketSpace, condition: Of<'unknown'>, { hook, rewritten }: Vantage, path: string): Bdd {
  const { key, text, functional } = condition;
  if (!functional) return space.unknown(`${key} in ${hook}${path}`, text);
  if (rewritten === 0 || !hangsOnDestination(condition)) return space.unknown(key, text);
  return space.unknown(`${key} after ${rewritten}`, `${text} (destination rewritten)`);
}

function headerSet(space: PacketSpace, condition: Of<'address' | 'address-bits' | 'port'>): Bdd {
  if (condition.kind === 'port')
    return space.within(condition.end === 'source' ? 'source-port' : 'destination-port', condition.ranges);
  if (condition.family !== space.family) return EMPTY;
  return condition.kind === 'address'
    ? space.within(condition.end, condition.ranges)
    : space.masked(condition.end, condition.mask, condition.value);
}

/** Of the first packet of a TCP connection. */
function holdsForSlice(space: PacketSpace, condition: Of<'family' | 'protocol' | 'state' | 'flags'>): boolean {
  switch (condition.kind) {
    case 'family':
      return condition.family === space.family;
    case 'protocol':
      return holds(condition.ranges, TCP);
    case 'state':
      return condition.states.includes('new');
    case 'flags':
      return (SYN & condition.mask) === condition.value;
  }
}

/** Ends where the set is empty, so that most rules about other protocols cost little. */
function allOf(space: PacketSpace, conditions: readonly Condition[], at: Vantage, path: string): Bdd {
  let set: Bdd = FULL;
  for (const one of conditions) {
    set = space.manager.and(set, conditionSet(space, one, at, path));
    if (set === EMPTY) break;
  }
  return set;
}

function holds(ranges: readonly Interval<number>[], value: number): boolean {
  return ranges.some(({ first, last }) => first <= value && value <= last);
}
