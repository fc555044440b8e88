import type { Condition, Interval, Rule, RulesetPart, Verdict } from '../../../src/firewall/ruleset.ts';
import { formatAddress, networksOf } from '../../../src/model/address.ts';

/** A ruleset in the words of iptables-save, as far as its conditions can be said in them: the opposite of the parser, for its test. */
export function printIptables({ chains, bases }: RulesetPart): string {
  const tables = new Map<string, string[][]>();
  for (const { id, table, name, rules } of chains.values()) {
    const base = bases.find(({ chain }) => chain === id);
    const [heads = [], lines = []] = tables.get(table) ?? [];
    heads.push(`:${name} ${base === undefined ? '-' : base.policy.toUpperCase()} [0:0]`);
    lines.push(...rules.map((rule) => `-A ${name} ${words(rule).join(' ')}`.trimEnd()));
    tables.set(table, [heads, lines]);
  }
  return [...tables]
    .map(([table, [heads = [], lines = []]]) => [`*${table}`, ...heads, ...lines, 'COMMIT', ''].join('\n'))
    .join('');
}

/** The options of a rule, one text for each, in an order that iptables-save has: a match before its own. */
export function words({ condition, cases }: Rule): readonly string[] {
  const parts = condition.kind === 'always' ? [] : condition.kind === 'all' ? condition.of : [condition];
  const [verdict] = cases;
  return [
    ...parts.flatMap((part) => apart(conditionWords(part, ''))),
    ...(verdict === undefined ? [] : [verdictWords(verdict.verdict)]),
  ];
}

function apart(text: string): readonly string[] {
  const match = /^(-m \S+) (.*)$/.exec(text);
  return match === null ? [text] : match.slice(1);
}

function conditionWords(condition: Condition, not: string): string {
  switch (condition.kind) {
    case 'not':
      return conditionWords(condition.of, '! ');
    case 'protocol':
      return `${not}-p ${condition.ranges[0]?.first}`;
    case 'address': {
      const [network, ...more] = condition.ranges.flatMap((range) => networksOf({ family: condition.family, ...range }));
      if (network !== undefined && more.length === 0) return `${not}-${condition.end === 'source' ? 's' : 'd'} ${network}`;
      const ends = condition.ranges
        .flatMap(({ first, last }) => [first, last])
        .map((end) => formatAddress(condition.family, end));
      return `-m iprange ${not}--${condition.end === 'source' ? 'src' : 'dst'}-range ${ends.join('-')}`;
    }
    case 'address-bits':
      return `${not}-${condition.end === 'source' ? 's' : 'd'} ${formatAddress(condition.family, condition.value)}/${formatAddress(condition.family, condition.mask)}`;
    case 'interface':
      return `${not}-${condition.side[0]} ${condition.name}${condition.prefix ? '+' : ''}`;
    case 'port':
      return `-m multiport ${not}--${condition.end === 'source' ? 's' : 'd'}ports ${numbers(condition.ranges, ':')}`;
    case 'flags':
      return `-m tcp ${not}--tcp-flags ${flags(condition.mask)} ${flags(condition.value)}`;
    case 'state':
      return `-m conntrack ${not}--ctstate ${condition.states.join(',').toUpperCase()}`;
    case 'owner':
      return `-m owner ${not}${condition.ids === null ? '--socket-exists' : `--${condition.of === 'user' ? 'uid' : 'gid'}-owner ${numbers(condition.ids, '-')}`}`;
    case 'unknown':
      return condition.text.replace(/^(-m \S+) /, `$1 ${not}`);
    default:
      throw new Error(`iptables has no words for ${condition.kind}`);
  }
}

function verdictWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return `-j ${verdict.kind.toUpperCase()}`;
    case 'reject':
      return `-j REJECT --reject-with ${verdict.how}`;
    case 'jump':
    case 'goto':
      return `${verdict.kind === 'jump' ? '-j' : '-g'} ${verdict.chain.slice(verdict.chain.indexOf('/') + 1)}`;
    case 'unknown':
    case 'lost':
      return verdict.text;
    case 'translate-source':
      return '-j MASQUERADE';
    case 'divert':
      return `-j DNAT --to-destination ${verdict.destination?.map((to) => [to.first, to.last].map((end) => formatAddress('ipv4', end)).join('-')).join('') ?? ''}${verdict.port === null ? '' : `:${numbers(verdict.port, '-')}`}`;
  }
}

function numbers(ranges: readonly Interval<number>[], dash: string): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}${dash}${last}`)).join(',');
}

function flags(bits: number): string {
  const names = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, bit) => (bits & (1 << bit)) !== 0);
  return names.length === 0 ? 'NONE' : names.join(',');
}
