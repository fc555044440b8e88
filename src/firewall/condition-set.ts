/**
 * The packets for which a condition holds.
 *
 * Worked example: (protocol 6) and not (destination port 25) is, of TCP packets, the set of all ports but 25: the first half is everything.
 */
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Condition, Hook, Interval } from './ruleset.ts';

/** Where the packet is while it is looked at. */
export interface Vantage {
  readonly from: 'forward' | 'output';
  readonly hook: Hook;
}

const TCP = 6;
const SYN = 2;

/** A rate limit that a packet meets in two hooks answers twice: one variable for each hook. */
export function conditionSet(space: PacketSpace, condition: Condition, at: Vantage): Bdd {
  const { manager } = space;
  switch (condition.kind) {
    case 'always':
      return FULL;
    case 'never':
      return EMPTY;
    case 'all':
      return allOf(space, condition.of, at);
    case 'any':
      return manager.orAll(condition.of.map((one) => conditionSet(space, one, at)));
    case 'not':
      return manager.not(conditionSet(space, condition.of, at));
    case 'interface':
      return hasInterface(condition.side, at)
        ? space.interface(condition.side, condition.name, condition.prefix)
        : everyOrNone(condition.prefix && condition.name === '');
    case 'owner':
      return at.from === 'forward' ? EMPTY : space.owner(condition.of, condition.ids);
    case 'unknown':
      return space.unknown(condition.functional ? condition.key : `${condition.key} in ${at.hook}`);
    case 'family':
    case 'protocol':
    case 'state':
    case 'flags':
      return everyOrNone(holdsForSlice(space, condition));
    default:
      return headerSet(space, condition);
  }
}

type Header = Extract<Condition, { kind: 'address' | 'address-bits' | 'port' }>;
type Constant = Extract<Condition, { kind: 'family' | 'protocol' | 'state' | 'flags' }>;

function headerSet(space: PacketSpace, condition: Header): Bdd {
  if (condition.kind === 'port')
    return space.within(condition.end === 'source' ? 'source-port' : 'destination-port', condition.ranges);
  if (condition.family !== space.family) return EMPTY;
  return condition.kind === 'address'
    ? space.within(condition.end, condition.ranges)
    : space.masked(condition.end, condition.mask, condition.value);
}

/** Of the first packet of a TCP connection. */
function holdsForSlice(space: PacketSpace, condition: Constant): boolean {
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
function allOf(space: PacketSpace, conditions: readonly Condition[], at: Vantage): Bdd {
  let set: Bdd = FULL;
  for (const one of conditions) {
    set = space.manager.and(set, conditionSet(space, one, at));
    if (set === EMPTY) break;
  }
  return set;
}

/**
 * A packet that was made here came in nowhere, and before routing nobody knows where it goes: the name is empty then, equal to no other.
 *
 * @see Linux net/ipv4/netfilter/ip_tables.c, ipt_do_table: `nulldevname`
 */
function hasInterface(side: 'in' | 'out', { from, hook }: Vantage): boolean {
  return side === 'in' ? from === 'forward' : hook !== 'prerouting' && hook !== 'input';
}

function holds(ranges: readonly Interval<number>[], value: number): boolean {
  return ranges.some(({ first, last }) => first <= value && value <= last);
}

function everyOrNone(whole: boolean): Bdd {
  return whole ? FULL : EMPTY;
}
