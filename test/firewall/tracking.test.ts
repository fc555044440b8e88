import { describe, expect, it } from 'vitest';
import { parseNftJson } from '../../src/firewall/nftables/json.ts';
import { parseNft } from '../../src/firewall/nftables/text.ts';
import { parse } from './iptables/file.ts';
import { show } from './show.ts';

const UNTRACKED = '"the kernel tracks no connections"';

/** What a packet passes the chain of type nat by. */
function passing(chains: ReturnType<typeof parse>['chains'], chain: string): string | null {
  const [first] = chains.get(chain)?.rules ?? [];
  return first === undefined ? null : show(first.condition);
}

const NAT = '*nat\n:OUTPUT DROP [0:0]\n-A OUTPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n';
const filter = (...lines: string[]): string => `*filter\n${lines.join('\n')}\nCOMMIT\n`;

describe('a chain of type nat of iptables', () => {
  it.each([
    ['a comment speaks of a target', NAT.replace('--dport 22', '--dport 22 -m comment --comment "was -j DNAT to the relay"')],
    ['a comment speaks of a match', `${filter('-A INPUT -m comment --comment "no -m state --state NEW here" -j ACCEPT')}${NAT}`],
    ['the rule is in a block that was emptied', `${filter('-A INPUT -m state --state NEW -j ACCEPT')}${filter()}${NAT}`],
    ['the rule was deleted', `${filter('-A INPUT -m state --state NEW -j ACCEPT', '-D INPUT 1')}${NAT}`],
    ['the rule was replaced', `${filter('-A INPUT -m state --state NEW -j ACCEPT', '-R INPUT 1 -j ACCEPT')}${NAT}`],
    ['the chain was emptied', `${filter('-A INPUT -m conntrack --ctstate NEW -j ACCEPT', '-F INPUT')}${NAT}`],
    ['a chain is called as a target is', `${filter(':NETMAP - [0:0]', '-A INPUT -g NETMAP')}${NAT}`],
  ])('may be asked of nothing where %s', (_, text) => {
    expect(passing(parse(text).chains, 'ip nat/OUTPUT')).toBe(UNTRACKED);
  });

  it.each([
    ['-A INPUT -m state --state NEW -j ACCEPT'],
    ['-A INPUT --match conntrack --ctstate NEW --jump ACCEPT'],
    ['-A INPUT -j CONNMARK --save-mark'],
  ])('is asked where a rule makes the kernel track connections: %s', (rule) => {
    expect(passing(parse(`${filter(rule)}${NAT}`).chains, 'ip nat/OUTPUT')).not.toBe(UNTRACKED);
  });
});

describe('a chain of type nat of nftables', () => {
  const NFT = 'table ip n { chain o { type nat hook output priority -100; policy drop; tcp dport 22 accept; }; }\n';
  const other = (rules: string): string => `table ip f { chain i { type filter hook input priority 0; ${rules}; }; }\n`;

  it.each([
    ['a comment speaks of it', other('accept comment "ct state new"')],
    ['a prefix of the log speaks of it', other('log prefix "ct state new dnat" accept')],
    ['a line is a comment', `${other('accept')}# ct state new accept\n`],
    ['the table was deleted', `${other('ct state new accept')}delete table ip f\n`],
    ['the table was emptied', `${other('ct state new accept')}flush table ip f\n`],
    ['the chain was emptied', `${other('ct state new accept')}flush chain ip f i\n`],
    ['the table sleeps', `table ip f { flags dormant; chain i { ct state new accept; }; }\n`],
  ])('may be asked of nothing where %s', (_, text) => {
    expect(passing(parseNft(`flush ruleset\n${text}${NFT}`, 'fw').chains, 'ip n/o')).toBe(UNTRACKED);
  });

  it('is asked where a rule asks for connections', () => {
    expect(passing(parseNft(`flush ruleset\n${other('ct state new accept')}${NFT}`, 'fw').chains, 'ip n/o')).not.toBe(UNTRACKED);
  });

  it('may be asked of nothing where the JSON has an interface of such a name', () => {
    const named = { match: { op: '==', left: { meta: { key: 'iifname' } }, right: 'ct' } };
    const rule = { family: 'ip', table: 'n', chain: 'o', expr: [named, { accept: null }] };
    const chain = { family: 'ip', table: 'n', name: 'o', type: 'nat', hook: 'output', prio: -100, policy: 'drop' };
    const text = JSON.stringify({ nftables: [{ table: { family: 'ip', name: 'n' } }, { chain }, { rule }] });
    expect(passing(parseNftJson(text, 'fw').chains, 'ip n/o')).toBe(UNTRACKED);
  });
});
