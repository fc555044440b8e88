import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { interfaceDoubts, type MappedInterface, textDoubts } from '../../src/firewall/doubts.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';

function rulesetOf(text: string): Ruleset {
  return readConfiguration([{ file: 'edge', text, format: null }]);
}

const FORWARD = 'table inet f { chain forward { type filter hook forward priority 0; policy drop; }; }';

/** A table of a device with this hook and these rules, beside one that is looked at. */
function device(rules: string, head = 'hook ingress device "eth1" priority 0;', family = 'netdev'): string {
  return `${FORWARD}\ntable ${family} g {\n set s { type ipv4_addr; elements = { 10.20.0.7 }; }\n chain mail { drop; }\n chain b { type filter ${head}\n ${rules}\n }\n}`;
}

function kindsOf(text: string, hook: Hook = 'forward'): readonly string[] {
  return textDoubts(rulesetOf(text), { name: 'edge', hook, ports: [25, 587] }).map(({ about }) => about);
}

function keyOf(text: string): string {
  return textDoubts(rulesetOf(text), { name: 'edge', hook: 'forward', ports: [25] })[0]?.key ?? 'none';
}

describe('chains at hooks that are not looked at', () => {
  it.each([
    'tcp dport 25 drop',
    'tcp dport 25 fwd ip to 203.0.113.254 device "eth0"',
    'tcp dport 25 dup to "eth0"',
    'tcp dport 25 tcp dport set 587',
    'meta l4proto tcp jump mail',
    'tcp dport 22 accept\n drop',
    'ip saddr @s drop',
    'tcp flags syn drop',
    'some words that nobody knows',
  ])('are a doubt where mail may meet %s', (rules) => {
    expect(kindsOf(device(rules))).toEqual(['hooks']);
    expect(kindsOf(device(rules, 'hook ingress device "eth1" priority 0;', 'inet'))).toEqual(['hooks']);
  });

  it.each([
    'tcp dport 22 drop',
    'udp dport 25 drop',
    'tcp dport 25 accept',
    'tcp dport { 25, 587 } accept\n drop',
    'udp dport 53 jump mail',
    'meta mark set 1',
    'tcp flags & (fin | syn) == (fin | syn) drop',
    'counter',
  ])('are none where mail meets nothing but %s', (rules) => {
    expect(kindsOf(device(rules))).toEqual([]);
  });

  it('are one by their policy, and where a bridge holds them', () => {
    expect(kindsOf(device('', 'hook ingress device "eth1" priority 0; policy drop;'))).toEqual(['hooks']);
    expect(kindsOf(device('tcp dport 25 drop', 'hook forward priority 0;', 'bridge'))).toEqual(['hooks']);
  });

  it('lie on the way of packets that come in, or of those that go out', () => {
    const egress = device('tcp dport 25 drop', 'hook egress device "eth0" priority 0;');
    expect([kindsOf(device('tcp dport 25 drop'), 'output'), kindsOf(device('tcp dport 25 drop'), 'input')]).toEqual([
      [],
      ['hooks'],
    ]);
    expect([kindsOf(egress, 'output'), kindsOf(egress, 'input')]).toEqual([['hooks'], []]);
  });

  it('are another doubt where rules, sets, chains that they call or the device differ, and wherever they stand the same one', () => {
    const text = device('ip saddr @s jump mail');
    const others = [
      ['@s', '!= @s'],
      ['10.20.0.7', '10.20.0.8'],
      ['mail { drop; }', 'mail { counter drop; }'],
      ['eth1', 'eth2'],
      ['priority 0;\n', 'priority 1;\n'],
    ] as const;
    const keys = [text, ...others.map(([from, to]) => text.replaceAll(from, to))].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf(`# a comment\n\n${text}`)).toBe(keyOf(text));
  });

  it.each([
    ['priority 0;', 'priority filter;'],
    ['limit rate 5/second', 'limit rate 5/second burst 5 packets'],
    ['counter', 'counter packets 7 bytes 420'],
    ['timeout 1h', 'timeout 1h expires 59m3s'],
  ])('are the same doubt where nft lists %s as %s', (written, listed) => {
    const text = device('limit rate 5/second counter ip saddr @s counter drop').replace('10.20.0.7', '10.20.0.7 timeout 1h');
    expect(text).toContain(written);
    expect(keyOf(text.replaceAll(written, listed))).toBe(keyOf(text));
  });

  it('and what only they call are no chains that nothing leads to', () => {
    const ruleset = rulesetOf(device('jump mail', 'hook ingress device "eth1" priority 0;', 'inet'));
    expect([...ruleset.chains.keys()]).toEqual(['inet f/forward']);
  });
});

describe('dumps that are not the whole', () => {
  const filter = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.20.0.7 -p tcp --dport 26 -j ACCEPT\n';

  it.each([
    ['no COMMIT', filter, 'No COMMIT ends filter in edge'],
    [
      'a blank behind COMMIT',
      `${filter}COMMIT \n`,
      'iptables-restore refuses line 4 of edge for its blanks, and then loads nothing',
    ],
    [
      'rules of iptables-legacy',
      `# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n${filter}COMMIT\n`,
      'iptables-legacy',
    ],
    [
      'a policy that a second block does not give again',
      `${filter}COMMIT\n*filter\n-A FORWARD -p tcp --dport 25 -j DROP\nCOMMIT\n`,
      'edge gives the policy DROP of filter/FORWARD in an earlier block of that table, and not in its last one: iptables-legacy-restore keeps it, iptables-nft-restore makes it ACCEPT',
    ],
    [
      'rules of ip6tables-legacy',
      `# Warning: ip6tables-legacy tables present, use ip6tables-legacy-save to see them\n${filter}COMMIT\n`,
      'check what ip6tables-legacy-save prints',
    ],
    [
      'chains that are not shown',
      `# Table \`filter' contains incompatible base-chains, use 'nft' tool to list them.\n${filter}COMMIT\n`,
      'does not show all of the table filter',
    ],
    ['a table that is not shown', `${filter}COMMIT\n# Table \`nat' is incompatible, use 'nft' tool.\n`, 'nft list ruleset'],
  ])('are a doubt: %s', (_, text, words) => {
    const doubts = textDoubts(rulesetOf(text), { name: 'edge', hook: 'forward', ports: [25] });
    expect(doubts.map(({ about }) => about)).toEqual(['dump']);
    expect(doubts[0]?.text).toContain(words);
  });

  it('are none where all is there', () => {
    expect(kindsOf(`${filter}COMMIT\n`)).toEqual([]);
    expect(kindsOf(`${filter}COMMIT\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n`)).toEqual([]);
  });

  it('are one doubt, which is another where something else is missing, in whatever file', () => {
    const dumpOf = (text: string, file = 'edge'): readonly string[] => {
      const ruleset = readConfiguration([{ file, text, format: null }]);
      return textDoubts(ruleset, { name: 'edge', hook: 'forward', ports: [25] }).map(({ key }) => key);
    };
    const v6 = '# Generated by ip6tables-save\n*filter\n:FORWARD DROP [0:0]\n';
    const again = (...policies: readonly string[]): string => `*filter\n${policies.join('')}COMMIT\n`;
    const policies = `${filter}:INPUT DROP [0:0]\nCOMMIT\n`;
    const texts = [
      filter,
      v6,
      `# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n${filter}COMMIT\n`,
      `${filter}COMMIT\n# Table \`nat' is incompatible, use 'nft' tool.\n`,
      `${filter}COMMIT\n# Table \`mangle' is incompatible, use 'nft' tool.\n`,
      `${policies}${again()}`,
      `${policies}${again(':INPUT DROP [0:0]\n')}`,
      `${policies}${again().replace('COMMIT\n', '')}`,
    ];
    const keys = texts.map((text) => dumpOf(text));
    expect(keys.map((all) => all.length)).toEqual(texts.map(() => 1));
    expect(new Set(keys.flat()).size).toBe(texts.length);
    expect(texts.map((text) => dumpOf(text, 'fw/other'))).toEqual(keys);
  });
});

describe('interfaces that no line names', () => {
  const rules = (text: string): Ruleset =>
    rulesetOf(`table inet f { chain forward { type filter hook forward priority 0; policy drop;\n ${text}\n }; }`);
  const ws = (name: string, side: 'in' | 'out' = 'in'): MappedInterface => ({ of: 'ws', interface: name, side });
  const told = (text: string, ...mapped: readonly MappedInterface[]): readonly string[] =>
    interfaceDoubts([rules(text)], mapped, { name: 'edge', hook: 'forward' }, 'firewalls.edge.interfaces').map((one) => one.text);

  it('are told with the nearest name', () => {
    const [text] = told('iifname "eth1" oifname "eth0" accept', ws('eth11'), ws('eth0', 'out'));
    expect(text).toContain('No line of edge names eth11, the interface of ws by firewalls.edge.interfaces. Did you mean eth1?');
    expect(told('iifname "eth1" accept', ws('ETH1'))[0]).toContain('Did you mean eth1?');
    expect(told('iifname { "lan0", "vpn*" } accept', ws('wlp2s0'))[0]).toContain('Its lines name lan0 and vpn*.');
  });

  it.each([
    ['a line has the name', 'iifname "eth1" accept', ws('eth1')],
    ['a pattern has it', 'iifname "eth*" accept', ws('eth11')],
    ['a line has it on the other side', 'iifname "eth1" oifname "eth0" accept', ws('eth0')],
    ['no line asks for an interface', 'tcp dport 25 accept', ws('eth11')],
    ['lines ask for lo alone', 'iifname "lo" accept', ws('eth11')],
    ['lines ask for the other side alone', 'oifname "eth0" accept', ws('eth11')],
    ['what is not understood has it', 'iifname "eth1" foo bar eth11 accept', ws('eth11')],
  ])('are none where %s', (_, text, mapped) => {
    expect(told(text, mapped)).toEqual([]);
  });

  it('of a change are none where one side has a line for them', () => {
    const sides = [rules('iifname "eth1" accept'), rules('iifname "eth11" accept')];
    expect(interfaceDoubts(sides, [ws('eth11')], { name: 'edge', hook: 'forward' }, '')).toEqual([]);
  });
});
