import { feedOf } from '../../src/firewall/fingerprint.ts';
import type { Chain, Condition, Interval, Rule, Verdict } from '../../src/firewall/ruleset.ts';
import { type Family, formatAddress, networksOf } from '../../src/model/address.ts';

/** A rule as one line: `proto 6 & dport 25 → accept`. */
export function showRule({ condition, cases }: Rule): string {
  const last = cases.map(
    (one) => (one.condition.kind === 'always' ? '' : `[${show(one.condition)}] `) + showVerdict(one.verdict),
  );
  return `${show(condition)} → ${last.length === 0 ? 'next' : last.join('; ')}`;
}

export function showChain({ rules }: Chain): string[] {
  return rules.map(showRule);
}

export function show(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return condition.kind;
    case 'all':
      return condition.of.map((one) => (one.kind === 'any' ? `(${show(one)})` : show(one))).join(' & ');
    case 'any':
      return condition.of.map((one) => (one.kind === 'all' ? `(${show(one)})` : show(one))).join(' | ');
    case 'not':
      return `!(${show(condition.of)})`;
    case 'family':
      return condition.family;
    case 'address':
      return `${end(condition.end)} ${condition.ranges.map((range) => addresses(range, condition.family)).join(',')}`;
    case 'address-bits':
      return `${end(condition.end)} ${formatAddress(condition.family, condition.value)}/${formatAddress(condition.family, condition.mask)}`;
    case 'port':
      return `${condition.end === 'source' ? 'sport' : 'dport'} ${numbers(condition.ranges)}`;
    case 'protocol':
      return `proto ${numbers(condition.ranges)}`;
    case 'interface':
      return `${condition.side} ${condition.name}${condition.prefix ? '+' : ''}`;
    case 'state':
      return `state ${condition.states.join(',')}`;
    case 'flags':
      return `flags ${condition.value}/${condition.mask}`;
    case 'owner':
      return `${condition.of} ${condition.ids === null ? 'any' : numbers(condition.ids)}`;
    case 'unknown':
      return condition.functional ? `"${shown(condition.key)}"` : `?"${shown(condition.key)}"`;
  }
}

export function showVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'translate-source':
      return verdict.kind;
    case 'reject':
      return `reject ${verdict.how}`;
    case 'jump':
    case 'goto':
      return `${verdict.kind} ${verdict.chain}`;
    case 'divert': {
      const to = verdict.destination?.map(({ first, last }) =>
        first === last ? first.toString(16) : `${first.toString(16)}-${last.toString(16)}`,
      );
      const port = verdict.port === null ? '-' : numbers(verdict.port);
      return `${verdict.how} ${to?.join(',') ?? '-'} ${port}${verdict.socket === undefined ? '' : ` (${verdict.socket})`}`;
    }
    case 'unknown':
      return `?"${shown(verdict.key)}"`;
    case 'lost':
      return `lost "${shown(verdict.key)}"`;
  }
}

function end(name: 'source' | 'destination'): string {
  return name === 'source' ? 'src' : 'dst';
}

function numbers(ranges: readonly Interval<number>[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** As a network where it is one. */
function addresses(range: Interval<bigint>, family: Family): string {
  const [network, ...more] = networksOf({ family, ...range });
  return network !== undefined && more.length === 0
    ? network
    : `${formatAddress(family, range.first)}-${formatAddress(family, range.last)}`;
}

/** Without what feeds it. */
function shown(key: string): string {
  return key.slice(0, key.length - feedOf(key).length);
}
