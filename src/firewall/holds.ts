/**
 * Whether a condition holds of the first packet of a TCP connection: yes, no, or the first question that it hangs on.
 *
 * Worked example: (protocol 17) and (`-m limit --limit 1/sec`) does not hold, whatever the limit says; (protocol 6) and the same limit hangs on it.
 */
import { type Family, formatAddress } from '../model/address.ts';
import type { Knowledge, Known } from './knowledge.ts';
import type { Condition, Hook, Interval } from './ruleset.ts';
import type { Question } from './worlds.ts';

/** One look at a packet by one rule. */
export interface Scope {
  readonly family: Family;
  readonly hook: Hook;
  /** Numbers: source, destination, source port, port, user, group. Names: in, out. */
  readonly knowledge: Knowledge;
  /** How often the destination has been rewritten. */
  readonly rewritten: number;
  /** Names this look: what is not functional is a question of its own in each. */
  readonly visit: number;
}

/** Beside the users' numbers: the packet belongs to no socket. */
export const NO_SOCKET = -1n;

/** TCP, and SYN alone of the flags. @see RFC 9293 section 3.1 */
const [TCP, SYN] = [6, 2];

export function holds(condition: Condition, scope: Scope): Known {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return condition.kind === 'always';
    case 'all':
    case 'any':
      return joined(condition, scope);
    case 'not':
      return opposite(holds(condition.of, scope));
    case 'family':
      return condition.family === scope.family;
    case 'protocol':
      return condition.ranges.some(({ first, last }) => first <= TCP && TCP <= last);
    case 'state':
      return condition.states.includes('new');
    case 'flags':
      return (SYN & condition.mask) === condition.value;
    case 'interface':
      return scope.knowledge.named(
        condition.side,
        condition,
        `${condition.side === 'in' ? 'incoming' : 'outgoing'} interface ${condition.name}${condition.prefix ? '*' : ''}`,
      );
    case 'port':
      return portHolds(condition, scope);
    case 'address':
      return addressHolds(condition, scope);
    case 'address-bits':
      return bitsHold(condition, scope);
    case 'owner':
      return ownerHolds(condition, scope);
    case 'unknown':
      return unknownHolds(condition, scope);
  }
}

type Of<Kind extends Condition['kind']> = Extract<Condition, { readonly kind: Kind }>;

/** One part may decide, though another one before it is open. */
function joined({ kind, of }: Of<'all' | 'any'>, scope: Scope): Known {
  const decisive = kind === 'any';
  let open: Known = !decisive;
  for (const part of of) {
    const known = holds(part, scope);
    if (known === decisive) return decisive;
    if (typeof known !== 'boolean' && typeof open === 'boolean') open = known;
  }
  return open;
}

/** The question stays as it is: it is asked about the part, and the whole is looked at again. */
function opposite(known: Known): Known {
  return typeof known === 'boolean' ? !known : known;
}

function portHolds({ end, ranges }: Of<'port'>, { knowledge }: Scope): Known {
  const key = end === 'source' ? 'source port' : 'port';
  return knowledge.within(key, ranges, () => `${key} ${numbersText(ranges)}`);
}

function addressHolds({ end, family, ranges }: Of<'address'>, scope: Scope): Known {
  if (family !== scope.family) return false;
  return scope.knowledge.within(end, ranges, () => `${end} ${ranges.map((range) => addressText(family, range)).join(', ')}`);
}

function bitsHold({ end, family, mask, value }: Of<'address-bits'>, { knowledge, ...scope }: Scope): Known {
  if (family !== scope.family) return false;
  const words = `${end} ${formatAddress(family, value)}/${formatAddress(family, mask)}`;
  return knowledge.bits(end, { mask, value }, `${words} after ${scope.rewritten}`, words);
}

/** A packet without a socket has neither user nor group; one that is not sent by this host has no socket. */
function ownerHolds({ of, ids }: Of<'owner'>, { knowledge }: Scope): Known {
  const socket = knowledge.within('user', [{ first: 0n, last: HIGHEST_ID }], () => 'a socket of this host');
  if (socket === false || ids === null) return socket;
  if (of === 'user') return knowledge.within('user', ids, () => `user ${numbersText(ids)}`);
  const member = knowledge.within('group', ids, () => `group ${numbersText(ids)}`);
  return member === false || socket === true ? member : socket;
}

function numbersText(ranges: readonly Interval<number>[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

export const HIGHEST_ID = 0xffff_ffffn;

function unknownHolds({ key, text, functional, about }: Of<'unknown'>, { knowledge, rewritten, visit, hook }: Scope): Known {
  const after = about === 'sender' ? 0 : rewritten;
  const words = after === 0 ? text : `${text} (destination rewritten)`;
  const place = about === 'way' ? ` at ${hook}` : '';
  return knowledge.fact(`unknown ${functional ? `${key}${place} after ${after}` : `${key} in ${visit}`}`, words, `not ${words}`);
}

/** Whether a question is about the packet as it was sent, so that it has one answer wherever it is asked, in other rulesets as well. */
export function isOfPacket({ key }: Pick<Question, 'key'>): boolean {
  return /^unknown .* after 0$|^(?:user|group) [\d, -]+$|^a socket of this host$/s.test(key);
}

export function addressText(family: Family, { first, last }: Interval<bigint>): string {
  const text = formatAddress(family, first);
  return first === last ? text : `${text}-${formatAddress(family, last)}`;
}
