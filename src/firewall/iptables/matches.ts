/**
 * The matches of a rule: what each of them asks of a packet.
 *
 * Worked example: `-p tcp -m multiport ! --dports 25,465` holds for TCP with a destination port other than 25 and 465, never for UDP: the
 * ports belong to the protocol, negated or not.
 *
 * @see iptables-extensions(8); Linux, net/netfilter/xt_*.c
 */
import { allOf, anyOf, not, signed } from '../conditions.ts';
import { withMerged } from '../merged-comparisons.ts';
import { ALWAYS, type Condition, type Interval, NEVER } from '../ruleset.ts';
import { readRange } from './addresses.ts';
import type { Context } from './context.ts';
import type { Protocol } from './core-condition.ts';
import { conntrackCondition, stateCondition } from './match-conntrack.ts';
import { ownerCondition } from './match-owner.ts';
import { setMatchCondition } from './match-set.ts';
import { flagsCondition, synCondition } from './match-tcp.ts';
import { MATCHES } from './modules.ts';
import { criterionText, opaqueCondition, useText } from './opaque.ts';
import type { ModuleOption, ModuleUse } from './options.ts';
import { readPortList, readPorts } from './ports.ts';
import { within } from './words.ts';

type Reader = (use: ModuleUse, context: Context, protocol: Protocol) => Condition;

/** Every match of a rule, in one order whatever they were written in. */
export function matchesCondition(uses: readonly ModuleUse[], protocol: Protocol, context: Context): Condition {
  const ordered =
    uses.length < 2 ? uses : [...uses].sort((a, b) => compareText(a.name, b.name) || compareText(useText(a), useText(b)));
  return allOf(ordered.map((use) => (READERS.get(use.name) ?? opaqueCondition)(use, context, protocol)));
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['tcp', (use, context, protocol) => portsCondition(use, context, protocol, 6)],
  ['udp', (use, context, protocol) => portsCondition(use, context, protocol, 17)],
  ['udplite', (use, context, protocol) => portsCondition(use, context, protocol, 136)],
  ['sctp', (use, context, protocol) => portsCondition(use, context, protocol, 132)],
  ['dccp', (use, context, protocol) => portsCondition(use, context, protocol, 33)],
  ['icmp', (use, context, protocol) => ofProtocol(use, context, protocol, 1)],
  ['icmp6', (use, context, protocol) => ofProtocol(use, context, protocol, 58)],
  ['esp', (use, context, protocol) => ofProtocol(use, context, protocol, 50)],
  ['mh', (use, context, protocol) => ofProtocol(use, context, protocol, 135)],
  [
    'ah',
    (use, context, protocol) =>
      context.family === 'ipv4' ? ofProtocol(use, context, protocol, 51) : extensionHeader(use, context),
  ],
  ['rt', extensionHeader],
  ['hbh', extensionHeader],
  ['dst', extensionHeader],
  ['frag', extensionHeader],
  ['multiport', multiport],
  ['iprange', iprange],
  ['state', stateCondition],
  ['conntrack', conntrackCondition],
  ['owner', ownerCondition],
  ['set', setMatchCondition],
  ['mark', (use, context) => markCondition('mark', use, context)],
  ['connmark', (use, context) => markCondition('connmark', use, context)],
  ['comment', () => ALWAYS],
  ['recent', recent],
]);

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A match of one protocol, whose options no TCP packet shows. */
function ofProtocol(use: ModuleUse, context: Context, protocol: Protocol, number: number): Condition {
  needsProtocol(use, context, protocol, [number]);
  return use.options.length === 0 ? ALWAYS : opaqueCondition(use, context);
}

function portsCondition(use: ModuleUse, context: Context, protocol: Protocol, number: number): Condition {
  needsProtocol(use, context, protocol, [number]);
  const conditions = use.options.map((option) => {
    const [word] = option.values;
    if (option.name === 'syn') return signed(synCondition(), option.inverted);
    if (option.name === 'tcp-flags') return unlessDropped(flagsCondition(option, context), option, use, context);
    if ((option.name !== 'sport' && option.name !== 'dport') || word === undefined) {
      return signed(tcpOption(criterionText(use.name, option), context), option.inverted);
    }
    const range = readPorts(word, context.problems);
    return range === null
      ? ALWAYS
      : unlessDropped(portCondition(option.name === 'sport' ? 'source' : 'destination', [range]), option, use, context);
  });
  const ports = conditions.filter(isOtherPort);
  return withMerged(conditions, ports.length < 2 ? [] : [ports], () => mergedPorts(context));
}

/** A range is looked up, and not compared. An option stands once in a match: two of them are one port of either end. */
function isOtherPort(condition: Condition): boolean {
  if (condition.kind !== 'not' || condition.of.kind !== 'port') return false;
  const [only] = condition.of.ranges;
  return only !== undefined && only.first === only.last;
}

function mergedPorts(context: Context): Condition {
  context.assumptions.add(
    'iptables-nft (1.8.9) makes one comparison of "! --sport" and "! --dport" where each has one port, iptables-legacy two: what hangs on that is conditional. With one of the two in a rule of its own, which jumps to the other, there is no doubt.',
  );
  return context.functional('iptables-nft has made one comparison of both ports');
}

/** What asks for nothing, negated, never holds; but iptables-nft (1.8.9) leaves it out of the rule, which then holds without it. */
function unlessDropped(condition: Condition, option: ModuleOption, { name }: ModuleUse, context: Context): Condition {
  const nothing = condition.kind === 'always' || (condition.kind === 'flags' && condition.mask === 0 && condition.value === 0);
  if (!nothing || !option.inverted) return signed(condition, option.inverted);
  return context.functional(`iptables-nft has left out "! ${criterionText(name, option).slice(`-m ${name} `.length)}"`);
}

/** Or what else is asked of such a header; TCPMSS and TCPOPTSTRIP may write options between two questions. */
function tcpOption(text: string, context: Context): Condition {
  return context.facts.rewritten.has('tcp-options') ? context.counting(text) : context.functional(text);
}

function portCondition(end: 'source' | 'destination', ranges: readonly Interval<number>[]): Condition {
  const [first] = ranges;
  const every = first !== undefined && first.first === 0 && first.last === 65_535;
  return every ? ALWAYS : { kind: 'port', end, ranges };
}

/** `--ports` asks for either end; negated, for neither. */
function multiport(use: ModuleUse, context: Context, protocol: Protocol): Condition {
  needsProtocol(use, context, protocol, [6, 17, 136, 132, 33]);
  const [option, second] = use.options;
  const [word] = option?.values ?? [];
  if (second !== undefined)
    context.problems.error(second, 'option-twice', 'One multiport has one list of ports; write -m multiport again.');
  if (option === undefined || word === undefined) return missing(use, context, '--dports, --sports or --ports');
  const ranges = readPortList(word, context.problems);
  if (ranges === null) return ALWAYS;
  const ends =
    option.name === 'ports'
      ? (['source', 'destination'] as const)
      : option.name === 'sports'
        ? (['source'] as const)
        : (['destination'] as const);
  return signed(anyOf(ends.map((end) => portCondition(end, ranges))), option.inverted);
}

function iprange(use: ModuleUse, context: Context): Condition {
  if (use.options.length === 0) return missing(use, context, '--src-range or --dst-range');
  return allOf(
    use.options.map((option) => {
      const [word] = option.values;
      const range = word === undefined ? null : readRange(word.text, context.family);
      if (range === null) {
        const message = `${word?.text ?? 'Nothing'} is no range of addresses: write 192.0.2.1-192.0.2.9.`;
        context.problems.error(word ?? option, 'bad-address', message);
        return ALWAYS;
      }
      // The kernel takes such a range, and no address lies between its ends.
      if (range.first > range.last) {
        context.problems.warning(word ?? option, 'never-matches', `${word?.text} ends before it begins: no address lies in it.`);
        return signed(NEVER, option.inverted);
      }
      const end = option.name === 'src-range' ? 'source' : 'destination';
      return signed({ kind: 'address', end, family: context.family, ranges: [range] }, option.inverted);
    }),
  );
}

/**
 * Without a connection there is no mark of it, and its match does not hold, negated or not.
 *
 * @see Linux, net/netfilter/xt_mark.c: (mark & mask) == value; xt_connmark.c, connmark_mt(): `if (ct == NULL) return false`
 */
function markCondition(kind: 'mark' | 'connmark', use: ModuleUse, context: Context): Condition {
  const [option] = use.options;
  const [word] = option?.values ?? [];
  if (option === undefined || word === undefined) return missing(use, context, '--mark');
  const [value, mask, more] = word.text.split('/').map(Number);
  const good = [value, mask ?? 0].every(
    (number) => Number.isInteger(number) && (number ?? -1) >= 0 && (number ?? 0) <= 0xffff_ffff,
  );
  if (
    !good ||
    value === undefined ||
    more !== undefined ||
    !/^(0|[1-9]\d*|0x[\da-f]+)(\/(0|[1-9]\d*|0x[\da-f]+))?$/i.test(word.text)
  ) {
    context.problems.error(within(word, 0, word.text.length), 'bad-mark', `${word.text} is no mark: write 0x1 or 0x1/0xff.`);
    return ALWAYS;
  }
  const marked = signed(context.mark(kind, value, mask ?? 0xffff_ffff), option.inverted);
  return kind === 'mark' ? marked : allOf([not(context.unconnected()), marked]);
}

/** `--set` alone notes the address and is true; the others ask what was noted before. @see Linux, net/netfilter/xt_recent.c, recent_mt() */
function recent(use: ModuleUse, context: Context): Condition {
  const asks = use.options.filter(({ name }) => name === 'rcheck' || name === 'update' || name === 'remove');
  const sets = use.options.find(({ name }) => name === 'set');
  if (asks.length === 0 && sets !== undefined) return sets.inverted ? NEVER : ALWAYS;
  const inverted = asks.some((option) => option.inverted);
  const options: readonly ModuleOption[] = use.options.map((option) => ({ ...option, inverted: false }));
  return signed(context.counting(useText({ ...use, options })), inverted);
}

/** Holds for packets with such a header only, also negated. @see Linux, net/ipv6/netfilter/ip6t_rt.c: no header, no match */
function extensionHeader(_: ModuleUse, context: Context): Condition {
  context.assumptions.add('Packets carry no IPv6 extension headers: matches of rt, frag, hbh, dst and ah never hold.');
  return NEVER;
}

function needsProtocol(use: ModuleUse, context: Context, protocol: Protocol, numbers: readonly number[]): void {
  if (protocol.number !== null && !protocol.inverted && numbers.includes(protocol.number)) return;
  const first = MATCHES.has(use.name) && use.name !== 'multiport' ? use.name : 'tcp';
  const seen = protocol.inverted ? 'A negated protocol is none: the match' : 'The match';
  context.problems.error(
    use,
    'no-protocol',
    `${seen} ${use.name} needs -p ${first === 'icmp6' ? 'ipv6-icmp' : first} in its rule.`,
  );
}

function missing(use: ModuleUse, context: Context, options: string): Condition {
  context.problems.error(use, 'missing-value', `The match ${use.name} needs ${options}.`);
  return ALWAYS;
}
