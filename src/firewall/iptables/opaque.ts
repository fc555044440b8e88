/**
 * Matches that cannot be worked out from a packet's header: named by their own text, never left out.
 *
 * Worked example: `-m physdev --physdev-in eth1 ! --physdev-is-bridged` is `-m physdev --physdev-in eth1` and not
 * `-m physdev --physdev-is-bridged`; the same text in another rule is the same question. `-m limit --limit 1/s` is a question of its own in every
 * rule, because each has its own bucket; and so is `-m ttl --ttl-eq 64` where rules change the TTL.
 */
import { allOf, signed } from '../conditions.ts';
import type { About, Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import { readBy } from './effects.ts';
import { MATCHES, NEXT } from './modules.ts';
import type { ModuleOption, ModuleUse } from './options.ts';

/** A match whose options are not read: one condition for each that can be true on its own, the others say more about it. */
export function opaqueCondition(use: ModuleUse, context: Context): Condition {
  const module = MATCHES.get(use.name);
  const counting =
    module === undefined || module.kind === 'counting' || readBy(use).some((kind) => context.facts.rewritten.has(kind));
  const about = aboutOf(use);
  const unknown = (text: string): Condition => (counting ? context.counting(text) : context.functional(text, { about }));
  if (module === undefined) {
    context.problems.warning(use, 'unknown-match', `The match ${use.name} is not known here: what hangs on it is conditional.`);
    return unknown(useText(use));
  }
  const criteria = use.options.filter(({ name }) => module.options.get(name)?.criterion === true);
  const further = use.options.filter((option) => !criteria.includes(option));
  if (criteria.length === 0) return unknown(useText(use));
  const needed = NEEDED.get(use.name);
  const negated = needed !== undefined && criteria.some(({ inverted }) => inverted);
  return allOf([
    ...(negated ? [context.functional(needed, { about: 'sender' })] : []),
    ...sorted(criteria).map((option) => signed(unknown(criterionText(use.name, option, further)), option.inverted)),
  ]);
}

/**
 * What a packet has to have before a match looks at it: without that it does not hold, negated or not.
 *
 * @see Linux, net/netfilter/xt_mac.c, mac_mt(): `return false` unless ARPHRD_ETHER; xt_cgroup.c, cgroup_mt_v2(): `return false` without skb->sk
 */
const NEEDED: ReadonlyMap<string, string> = new Map([
  ['mac', 'the packet came with an Ethernet header'],
  ['cgroup', 'the packet comes from a socket that has a cgroup'],
]);

function aboutOf({ name, options }: ModuleUse): About {
  if (ABOUT_SENDER.has(name)) return 'sender';
  return ABOUT_WAY.has(name) || options.some((option) => WAY_OPTIONS.has(option.name)) ? 'way' : 'packet';
}

/**
 * Before routing nothing is known of the port of a bridge, the IPsec policy or the realm that a packet leaves by. Forwarding takes one off its TTL before
 * FORWARD: ttl, hl and osf look at that, and u32, bpf and string at bytes that it may be among.
 *
 * @see iptables-extensions(8), physdev, policy, realm; Linux, net/ipv4/ip_forward.c, ip_decrease_ttl(); net/ipv6/ip6_output.c, ip6_forward()
 */
const ABOUT_WAY: ReadonlySet<string> = new Set(['physdev', 'policy', 'realm', 'ttl', 'hl', 'osf', 'u32', 'bpf', 'string']);

/** Of addrtype, and of devgroup. */
const WAY_OPTIONS: ReadonlySet<string> = new Set(['limit-iface-out', 'dst-group']);

/** By which interface card a packet was sent, and when it came. Of whose socket it is, see match-owner.ts. */
const ABOUT_SENDER: ReadonlySet<string> = new Set(['mac', 'time']);

/** One option of a match as a question of its own, without its `!`. */
export function criterionText(match: string, option: ModuleOption, further: readonly ModuleOption[] = []): string {
  return `-m ${match} ${optionText(option, false)}${optionsText(further)}`;
}

/** A match with all its options, in one order whatever they were written in. */
export function useText(use: ModuleUse): string {
  return `-m ${use.name}${optionsText(use.options)}`;
}

/** A target with its options, as `useText`. */
export function targetText(use: ModuleUse): string {
  return `-j ${use.name}${optionsText(use.options)}`;
}

function optionsText(options: readonly ModuleOption[]): string {
  let text = '';
  for (const option of sorted(options)) text += ` ${optionText(option, option.inverted)}`;
  return text;
}

function optionText({ name, values }: ModuleOption, inverted: boolean): string {
  let text = `${inverted ? '! ' : ''}--${name}`;
  for (const value of values) text += ` ${valueText(name, value.text)}`;
  return text;
}

function valueText(option: string, text: string): string {
  if (option === 'mac-source') return text.toLowerCase();
  if (option === 'limit' || option.startsWith('hashlimit-')) return rateText(text);
  return text === '' || /[\s"'\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}

/** `1/s`, `1/second` and `1/sec` are one rate, as iptables-save prints it. */
function rateText(text: string): string {
  const match = /^(\d+)\/(s|m|h|d)[a-z]*$/i.exec(text);
  const unit = { s: 'sec', m: 'min', h: 'hour', d: 'day' }[match?.[2]?.toLowerCase() ?? ''];
  return match === null || unit === undefined ? text : `${match[1]}/${unit}`;
}

function sorted(options: readonly ModuleOption[]): readonly ModuleOption[] {
  if (options.length < 2 || options.some(({ name }) => name === NEXT)) return options;
  return [...options].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
