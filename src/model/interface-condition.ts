/**
 * The part of a row's condition that is about interfaces: written by the inspector, told apart again by reports.
 *
 * Worked example: `incoming interface eth1 and outgoing interface other than eth0, ppp* (not ppp7) and source port 80` is two conditions on
 * interfaces, and `source port 80`.
 */

/** @param names  `eth1`, `eth1 or ppp*`, `other than eth0, eth1`. */
export function interfaceCondition(side: 'in' | 'out', names: string): string {
  return `${side === 'in' ? 'incoming' : 'outgoing'} interface ${names}`;
}

export interface SplitCondition {
  /** Null: it holds by any interface. */
  readonly interfaces: string | null;
  /** Null: nothing else must hold. */
  readonly rest: string | null;
}

/** No name of an interface holds a blank. */
const NAME = String.raw`\S+(?: \(not (?:\S+, )*\S+\))?`;
const SIDE = `(?:incoming|outgoing) interface (?:other than ${NAME}(?:, ${NAME})*|${NAME}(?: or ${NAME})*)`;
const CONDITION = new RegExp(`^(${SIDE}(?: and ${SIDE})?)(?: and (.+))?$`, 's');

export function splitCondition(condition: string | null): SplitCondition {
  const [, interfaces = null, rest = null] = CONDITION.exec(condition ?? '') ?? [];
  return interfaces === null ? { interfaces: null, rest: condition } : { interfaces, rest };
}
