/**
 * What a rule asks without any match: protocol, addresses, interfaces, fragments.
 *
 * Worked example: `-i eth+` holds for every interface whose name begins with `eth`, known or not; `-i +` for every packet, also for one
 * that came in nowhere because it was made here, while `-i eth0` never holds for that one, and `! -i eth0` always does.
 *
 * @see iptables(8); Linux, net/ipv4/netfilter/ip_tables.c, ip_packet_match()
 */
import { allOf, signed } from '../conditions.ts';
import { ALWAYS, type Condition, NEVER } from '../ruleset.ts';
import { PROTOCOL_NAMES, protocolNumber } from '../services.ts';
import { addressCondition } from './addresses.ts';
import type { Context } from './context.ts';
import type { CoreOption, CoreOptions } from './options.ts';

/** The `-p` of a rule. */
export interface Protocol {
  /** Null: all of them. */
  readonly number: number | null;
  readonly inverted: boolean;
}

/** Bytes of an interface's name, without the zero at its end. @see Linux, include/uapi/linux/if.h, IFNAMSIZ */
const INTERFACE_LENGTH = 15;

export function protocolCondition({ number, inverted }: Protocol, context: Context): Condition {
  return number === null ? ALWAYS : signed(context.protocol(number), inverted);
}

export function addressesCondition({ s: source, d: destination }: CoreOptions, context: Context): Condition {
  const parts: Condition[] = [];
  if (source !== undefined) parts.push(addresses(source, context));
  if (destination !== undefined) parts.push(addresses(destination, context));
  return allOf(parts);
}

/** Interfaces, and whether it is a fragment. */
export function interfacesCondition({ i: incoming, o: outgoing, f: fragment }: CoreOptions, context: Context): Condition {
  const parts: Condition[] = [];
  if (incoming !== undefined) parts.push(interfaceCondition(incoming, context));
  if (outgoing !== undefined) parts.push(interfaceCondition(outgoing, context));
  if (fragment !== undefined) {
    context.assumptions.add('Packets are not fragmented: -f never matches.');
    parts.push(fragment.inverted ? ALWAYS : NEVER);
  }
  return allOf(parts);
}

export function readProtocol(core: CoreOptions, context: Context): Protocol {
  const option = core.p;
  const word = option?.values[0];
  if (option === undefined || word === undefined) return { number: null, inverted: false };
  const number = word.text.toLowerCase() === 'all' ? 0 : protocolNumber(word.text);
  if (number === null) {
    const message = `${word.text === '' ? 'Nothing' : word.text} is no protocol.`;
    const otherwise = 'Write a name such as tcp, or a number from 0 to 255.';
    context.problems.error(word, 'unknown-protocol', context.problems.advised(message, word.text, PROTOCOL_NAMES, otherwise));
    return { number: 6, inverted: false };
  }
  // 0 means all of them, also for IPv6, where it would be the number of the hop-by-hop options.
  if (number !== 0) return { number, inverted: option.inverted };
  if (option.inverted)
    context.problems.error(option, 'never-matches', 'No packet is of no protocol: this rule would never match.');
  return { number: null, inverted: false };
}

function addresses(option: CoreOption, context: Context): Condition {
  const [word] = option.values;
  if (word === undefined) return ALWAYS;
  if (option.inverted && word.text.includes(',')) {
    context.problems.error(option, 'not-negatable', 'A list of addresses cannot be negated: it is one rule for each of them.');
  }
  return signed(addressCondition(word, option.name === 's' ? 'source' : 'destination', context), option.inverted);
}

function interfaceCondition(option: CoreOption, context: Context): Condition {
  const [word] = option.values;
  if (word === undefined) return ALWAYS;
  const prefix = word.text.endsWith('+');
  const name = prefix ? word.text.slice(0, -1) : word.text;
  if (new TextEncoder().encode(word.text).length > INTERFACE_LENGTH) {
    context.problems.error(word, 'bad-interface', `The name of an interface has at most ${INTERFACE_LENGTH} bytes.`);
  }
  if (/[!/\s]/.test(name)) context.problems.warning(word, 'odd-interface', `${word.text} is an unusual name for an interface.`);
  const any = name === '';
  return signed(any ? ALWAYS : { kind: 'interface', side: option.name === 'i' ? 'in' : 'out', name, prefix }, option.inverted);
}
