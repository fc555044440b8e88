/**
 * Small rulesets that can be written for iptables and for nftables, and changed in ways that must not matter.
 *
 * Worked example: the line `{ matches: [source 10.0.0.0/31, port 25], verdict: accept }` of the chain `forward` is
 * `-A forward -s 10.0.0.0/31 -p tcp -m tcp --dport 25 -j ACCEPT` (of FORWARD) and `ip saddr 10.0.0.0/31 tcp dport 25 accept`.
 */
import fc from 'fast-check';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';

export interface SmallRuleset {
  readonly hook: 'forward' | 'output';
  readonly policy: 'accept' | 'drop';
  /** The base chain, and then `c1`, `c2`: each only calls later ones. */
  readonly chains: readonly [readonly Line[], readonly Line[], readonly Line[]];
  /** What is translated before: a port, and where it goes. */
  readonly translation: { readonly port: number; readonly to: 'here' | 'elsewhere' } | null;
}

export interface Line {
  readonly matches: readonly Match[];
  readonly verdict: Verdict;
}

export type Verdict = 'accept' | 'drop' | 'reject' | 'return' | 'log' | { readonly how: 'jump' | 'goto'; readonly chain: 1 | 2 };

/** `not` is the complement of the value, of TCP as well. */
export type Match =
  | { readonly of: 'source' | 'destination'; readonly not: boolean; readonly network: Network }
  | { readonly of: 'port' | 'source-port'; readonly not: boolean; readonly first: number; readonly last: number }
  | { readonly of: 'in' | 'out'; readonly not: boolean; readonly name: string }
  | { readonly of: 'state'; readonly not: boolean; readonly states: readonly string[] }
  | { readonly of: 'user'; readonly not: false; readonly id: number }
  | { readonly of: 'protocol'; readonly not: boolean; readonly name: 'tcp' | 'udp' };

/** The last octet's span: 10.0.0.4/30 is first 4, length 30. */
export interface Network {
  readonly first: number;
  readonly length: number;
}

const spans = fc.constantFrom<Network>(
  { first: 0, length: 31 },
  { first: 4, length: 30 },
  { first: 0, length: 25 },
  { first: 5, length: 32 },
);
const ports = fc.constantFrom<readonly [number, number]>([25, 25], [24, 26], [587, 587], [0, 1023], [25, 587]);

const matches: fc.Arbitrary<readonly Match[]> = fc.uniqueArray(
  fc.oneof<fc.Arbitrary<Match>[]>(
    fc.record({ of: fc.constantFrom('source' as const, 'destination' as const), not: fc.boolean(), network: spans }),
    fc
      .record({ of: fc.constantFrom('port' as const, 'source-port' as const), not: fc.boolean(), span: ports })
      .map(({ span: [first, last], ...rest }) => ({ ...rest, first, last })),
    fc.record({
      of: fc.constantFrom('in' as const, 'out' as const),
      not: fc.boolean(),
      name: fc.constantFrom('eth0', 'eth*', 'wan0'),
    }),
    fc.record({
      of: fc.constant('state' as const),
      not: fc.boolean(),
      states: fc.constantFrom(['new'], ['established', 'related'], ['new', 'established']),
    }),
    fc.record({ of: fc.constant('user' as const), not: fc.constant(false as const), id: fc.constantFrom(0, 105) }),
    fc.record({ of: fc.constant('protocol' as const), not: fc.boolean(), name: fc.constantFrom('tcp' as const, 'udp' as const) }),
  ),
  // A port has its protocol, and iptables takes one of them.
  { maxLength: 3, selector: ({ of }) => (of === 'port' || of === 'source-port' || of === 'protocol' ? 'transport' : of) },
);

function lines(calls: readonly (1 | 2)[], most: number): fc.Arbitrary<readonly Line[]> {
  const leads = calls.flatMap((chain) => [{ how: 'jump', chain } as const, { how: 'goto', chain } as const]);
  const verdict = fc.constantFrom<Verdict>('accept', 'drop', 'reject', 'return', 'log', ...leads, ...leads);
  return fc.array(fc.record({ matches, verdict }), { maxLength: most });
}

export const smallRulesets: fc.Arbitrary<SmallRuleset> = fc
  .record({
    hook: fc.constantFrom('forward' as const, 'output' as const),
    policy: fc.constantFrom('accept' as const, 'drop' as const),
    chains: fc.tuple(lines([1, 2], 6), lines([2], 4), lines([], 3)),
    translation: fc.option(
      fc.record({ port: fc.constantFrom(25, 587), to: fc.constantFrom('here' as const, 'elsewhere' as const) }),
      { freq: 3 },
    ),
  })
  .map(fitting);

/** iptables loads no `-i` into OUTPUT, and no owner into FORWARD. */
function fitting(ruleset: SmallRuleset): SmallRuleset {
  const unfit: readonly string[] = ruleset.hook === 'forward' ? ['user'] : ['in'];
  const fit = (line: Line): Line => ({ ...line, matches: line.matches.filter(({ of }) => !unfit.includes(of)) });
  const [base, one, two] = ruleset.chains;
  return { ...ruleset, chains: [base.map(fit), one.map(fit), two.map(fit)] };
}

export function asIptables({ hook, policy, chains, translation }: SmallRuleset): string {
  const base = hook.toUpperCase();
  const names = [base, 'c1', 'c2'];
  const rules = chains.flatMap((all, at) => all.map((line) => `-A ${names[at]} ${iptablesLine(line)}`));
  const heads = ['INPUT', 'FORWARD', 'OUTPUT'].map((name) => `:${name} ${name === base ? policy.toUpperCase() : 'ACCEPT'} [0:0]`);
  const where = hook === 'forward' ? 'PREROUTING' : 'OUTPUT';
  const goal = translation?.to === 'here' ? 'REDIRECT --to-ports 2525' : 'DNAT --to-destination 10.0.0.5:2525';
  const nat =
    translation === null
      ? []
      : [
          '*nat',
          ':PREROUTING ACCEPT',
          ':INPUT ACCEPT',
          ':OUTPUT ACCEPT',
          ':POSTROUTING ACCEPT',
          `-A ${where} -p tcp -m tcp --dport ${translation.port} -j ${goal}`,
          'COMMIT',
        ];
  return [...nat, '*filter', ...heads, ':c1 - [0:0]', ':c2 - [0:0]', ...rules, 'COMMIT', ''].join('\n');
}

export function asNftables({ hook, policy, chains, translation }: SmallRuleset, rename = (name: string): string => name): string {
  const [base, one, two] = chains.map((all) => all.map((line) => `    ${nftablesLine(line, rename)}\n`).join(''));
  const goal = translation?.to === 'here' ? 'redirect to :2525' : 'dnat to 10.0.0.5:2525';
  const nat = `  chain n {\n    type nat hook ${hook === 'forward' ? 'prerouting' : 'output'} priority -100;\n    tcp dport ${translation?.port} ${goal}\n  }\n`;
  return [
    'flush ruleset\ntable ip t {\n',
    `  chain ${rename('c2')} {\n${two}  }\n  chain ${rename('c1')} {\n${one}  }\n`,
    `  chain ${rename('base')} {\n    type filter hook ${hook} priority 0; policy ${policy};\n${base}  }\n`,
    translation === null ? '' : nat,
    '}\n',
  ].join('');
}

function iptablesLine({ matches: all, verdict }: Line): string {
  const target =
    typeof verdict === 'string' ? `-j ${verdict.toUpperCase()}` : `-${verdict.how === 'jump' ? 'j' : 'g'} c${verdict.chain}`;
  return [...all.map(iptablesMatch), target].join(' ');
}

function iptablesMatch(match: Match): string {
  const not = match.not ? '! ' : '';
  switch (match.of) {
    case 'source':
    case 'destination':
      return `${not}${match.of === 'source' ? '-s' : '-d'} ${networkText(match.network)}`;
    case 'port':
    case 'source-port':
      return `-p tcp -m tcp ${not}--${match.of === 'port' ? 'dport' : 'sport'} ${match.first}:${match.last}`;
    case 'in':
    case 'out':
      return `${not}${match.of === 'in' ? '-i' : '-o'} ${match.name.replace('*', '+')}`;
    case 'state':
      return `-m conntrack ${not}--ctstate ${match.states.join(',').toUpperCase()}`;
    case 'user':
      return `-m owner --uid-owner ${match.id}`;
    case 'protocol':
      return `${not}-p ${match.name}`;
  }
}

export function nftablesLine({ matches: all, verdict }: Line, rename = (name: string): string => name): string {
  const word =
    verdict === 'log' ? 'log' : typeof verdict === 'string' ? verdict : `${verdict.how} ${rename(`c${verdict.chain}`)}`;
  return [...all.map(nftablesMatch), word].join(' ');
}

function nftablesMatch(match: Match): string {
  const not = match.not ? '!= ' : '';
  switch (match.of) {
    case 'source':
    case 'destination':
      return `ip ${match.of === 'source' ? 'saddr' : 'daddr'} ${not}${networkText(match.network)}`;
    case 'port':
    case 'source-port':
      return `tcp ${match.of === 'port' ? 'dport' : 'sport'} ${not}${match.first}-${match.last}`;
    case 'in':
    case 'out':
      return `${match.of === 'in' ? 'iifname' : 'oifname'} ${not}"${match.name}"`;
    case 'state':
      return `ct state ${not}{ ${match.states.join(', ')} }`;
    case 'user':
      return `meta skuid ${match.id}`;
    case 'protocol':
      return `meta l4proto ${not}${match.name}`;
  }
}

function networkText({ first, length }: Network): string {
  return `10.0.0.${first}/${length}`;
}

export function readNft(text: string): Ruleset {
  return readConfiguration([{ file: 'fw.nft', text, format: 'nftables' }]);
}

export function readIptables(text: string): Ruleset {
  return readConfiguration([{ file: 'fw.v4', text, format: 'iptables-save' }]);
}
