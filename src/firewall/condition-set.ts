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

/**
 * `said` where the condition holds of packets that are looked at, and nothing elsewhere: from the lowest field up, each on top of the ones below it,
 * so that nothing is made twice. Rules about other protocols and ports cost nothing.
 */
export function gated(space: PacketSpace, condition: Condition, at: Vantage, path: string, said: Bdd): Bdd {
  const parts = partsOf(condition);
  if (parts.some((part) => isNever(space, part))) return EMPTY;
  const ports = portsLeft(space, parts);
  if (ports?.length === 0) return EMPTY;
  const terms: { readonly part: Condition | null; readonly level: number }[] = [];
  for (const part of parts)
    if (!isEver(space, part) && (ports === null || portsIn(part) === null)) terms.push({ part, level: levelOf(space, part) });
  terms.push({ part: null, level: space.bits('destination-port').first });
  let node = said;
  for (const { part, level } of terms.sort((a, b) => b.level - a.level)) {
    if (part === null) node = space.manager.gate(space.portSet(ports), node);
    else node = onTop(space, part, level, node) ?? space.manager.gate(conditionSet(space, part, at, path), node);
    if (node === EMPTY) break;
  }
  return node;
}

/** Where the packet's own fields are asked about that lie above all that `node` asks, no set has to be made first. */
function onTop(space: PacketSpace, part: Condition, level: number, node: Bdd): Bdd | null {
  if (part.kind !== 'address' || part.family !== space.family) return null;
  return level + space.bits(part.end).width <= space.manager.variableOf(node) ? space.within(part.end, part.ranges, node) : null;
}

function partsOf(condition: Condition): readonly Condition[] {
  if (condition.kind !== 'all') return condition.kind === 'always' ? [] : [condition];
  if (!condition.of.some(({ kind }) => kind === 'all' || kind === 'always')) return condition.of;
  return condition.of.flatMap(partsOf);
}

/** Surely, of all packets that are looked at. */
function isNever(space: PacketSpace, condition: Condition): boolean {
  switch (condition.kind) {
    case 'never':
      return true;
    case 'family':
    case 'protocol':
    case 'state':
    case 'flags':
      return !holdsForSlice(space, condition);
    case 'any':
      return condition.of.every((one) => isNever(space, one));
    case 'all':
      return condition.of.some((one) => isNever(space, one));
    case 'not':
      return isEver(space, condition.of);
    default:
      return false;
  }
}

function isEver(space: PacketSpace, condition: Condition): boolean {
  switch (condition.kind) {
    case 'always':
      return true;
    case 'family':
    case 'protocol':
    case 'state':
    case 'flags':
      return holdsForSlice(space, condition);
    case 'not':
      return isNever(space, condition.of);
    default:
      return false;
  }
}

/** Of the ports that are looked at, those that every part about them names; null where all ports are. */
function portsLeft({ ports }: PacketSpace, parts: readonly Condition[]): readonly number[] | null {
  if (ports === null) return null;
  const named = parts.flatMap((part) => portsIn(part) ?? []);
  if (named.length === 0) return ports;
  return ports.filter((port) => named.every(({ ranges, inside }) => holds(ranges, port) === inside));
}

interface PortsNamed {
  readonly ranges: readonly Interval<number>[];
  readonly inside: boolean;
}

/** Null where a condition is about something else, or about more than that. */
function portsIn(condition: Condition): PortsNamed | null {
  if (condition.kind === 'not') {
    const named = portsIn(condition.of);
    return named === null ? null : { ...named, inside: !named.inside };
  }
  return condition.kind === 'port' && condition.end === 'destination' ? { ranges: condition.ranges, inside: true } : null;
}

/** The first variable that a part may ask about; what is not one field is put on top. */
function levelOf(space: PacketSpace, part: Condition): number {
  switch (part.kind) {
    case 'address':
    case 'address-bits':
      return space.bits(part.end).first;
    case 'port':
      return space.bits(part.end === 'source' ? 'source-port' : 'destination-port').first;
    case 'interface':
      return space.bits(part.side).first;
    case 'owner':
      return space.bits('user').first;
    case 'unknown':
      return space.firstUnknown;
    case 'not':
      return levelOf(space, part.of);
    default:
      return -1;
  }
}

type Of<Kind extends Condition['kind']> = Extract<Condition, { readonly kind: Kind }>;

/** What hangs on the destination is another question once that has been rewritten. */
export function hangsOnDestination({ functional, about }: Of<'unknown'>): boolean {
  return functional && about !== 'sender';
}

function unknownSet(space: PacketSpace, condition: Of<'unknown'>, { hook, rewritten }: Vantage, path: string): Bdd {
  const { text, functional, about } = condition;
  if (!functional) return space.unknown(`${condition.key} in ${hook}${path}`, text);
  const key = about === 'way' ? `${condition.key} at ${hook}` : condition.key;
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
