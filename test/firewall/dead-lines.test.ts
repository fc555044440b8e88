import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { deadLines } from '../../src/firewall/dead-lines.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import type { Hook } from '../../src/firewall/ruleset.ts';
import type { Family } from '../../src/model/address.ts';
import type { DeadLine } from '../../src/model/configuration.ts';

const PORTS = [25, 465, 587];

interface Told {
  readonly line: number;
  readonly why: 'shadowed' | 'unreached';
  readonly by: readonly number[];
  readonly conflict: boolean;
}

function dead(text: string, hook: Hook = 'forward', families: readonly Family[] = ['ipv4', 'ipv6']): readonly Told[] {
  return deadIn(text, hook, families).map(({ line, why, by, conflict }) => ({
    line: line.line,
    why,
    by: by.map((one) => one.line),
    conflict,
  }));
}

function deadIn(text: string, hook: Hook, families: readonly Family[]): readonly DeadLine[] {
  const format = text.startsWith('*') ? 'iptables-save' : 'nftables';
  const ruleset = readConfiguration([{ file: 'fw', text: `${text}\n`, format }]);
  const views = families.map((family) => {
    const space = new PacketSpace(family, [ruleset], { budget: 1_000_000, ports: PORTS, addresses: [] });
    return new Onward(ruleset, space);
  });
  return deadLines({ views, hook, ports: PORTS });
}

/** Rules from line 7 on. */
function filter(...rules: readonly string[]): string {
  const chains = [':FORWARD DROP [0:0]', ':INPUT DROP [0:0]', ':OUTPUT DROP [0:0]', ':MAIL - [0:0]', ':OLD - [0:0]'];
  return ['*filter', ...chains, ...rules, 'COMMIT'].join('\n');
}

describe('a line about mail that no packet meets', () => {
  it('is shadowed by every line that takes packets of it, one that does the opposite first', () => {
    const rules = [
      '-A FORWARD -s 10.0.0.9 -p tcp --dport 25 -j ACCEPT',
      '-A FORWARD -p tcp --dport 25 -j DROP',
      '-A FORWARD -s 10.0.0.0/8 -p tcp --dport 25 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([{ line: 9, why: 'shadowed', by: [8, 7], conflict: true }]);
  });

  it('is no line about mail where it names all ports, and is one where it names all but one of mail', () => {
    const rules = [
      '-A FORWARD -p tcp -j DROP',
      '-A FORWARD -s 10.0.0.9 -p tcp --dport 1:65535 -j ACCEPT',
      '-A FORWARD -s 10.0.0.9 -p tcp ! --dport 25 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([{ line: 9, why: 'shadowed', by: [7], conflict: true }]);
  });

  it('is shadowed by several lines together', () => {
    const rules = [
      '-A FORWARD -s 10.0.0.0/9 -p tcp -j DROP',
      '-A FORWARD -s 10.128.0.0/9 -p tcp --dport 25 -j DROP',
      '-A FORWARD -s 10.0.0.0/8 -p tcp --dport 25 -j DROP',
    ];
    expect(dead(filter(...rules))).toEqual([{ line: 9, why: 'shadowed', by: [7, 8], conflict: false }]);
  });

  it('names a line that does the opposite beside those that suffice', () => {
    const rules = [
      '-A FORWARD -s 10.0.0.9 -p tcp --dport 25 -j DROP',
      '-A FORWARD -p tcp --dport 25 -j ACCEPT',
      '-A FORWARD -s 10.0.0.0/8 -p tcp --dport 25 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([{ line: 9, why: 'shadowed', by: [7, 8], conflict: true }]);
  });

  it('is none in a chain that says nothing of any packet, where packets are led into it', () => {
    const rules = [
      '-A FORWARD -s 10.200.1.0/24 -j DROP',
      '-A FORWARD -j OLD',
      '-A OLD -p tcp --dport 25 -j RETURN',
      '-A OLD -s 10.200.1.9 -p tcp --dport 587 -j RETURN',
      '-A OLD -j LOG',
    ];
    expect(dead(filter(...rules))).toEqual([{ line: 10, why: 'shadowed', by: [7], conflict: false }]);
  });

  it('is one that calls such a chain, where nothing comes to it', () => {
    const raw = ['*raw', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -p tcp -j DROP', 'COMMIT'];
    const rules = ['-A FORWARD -p tcp --dport 25 -j OLD', '-A OLD -j LOG'];
    expect(dead([...raw, filter(...rules)].join('\n'))).toEqual([{ line: 11, why: 'shadowed', by: [3], conflict: false }]);
  });

  it('lies behind a drop of another base chain, or behind a rule that sends the packets elsewhere', () => {
    const raw = ['*raw', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -p tcp --dport 25 -j DROP', 'COMMIT'];
    const nat = ['*nat', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -p tcp --dport 587 -j REDIRECT --to-ports 1587', 'COMMIT'];
    const rules = ['-A FORWARD -p tcp --dport 25 -j ACCEPT', '-A FORWARD -p tcp --dport 587 -j DROP'];
    expect(dead([...raw, ...nat, filter(...rules)].join('\n'))).toEqual([
      { line: 15, why: 'shadowed', by: [3], conflict: true },
      { line: 16, why: 'shadowed', by: [7], conflict: true },
    ]);
  });

  it('is in a chain that nothing calls, or that is not called with its packets', () => {
    const rules = [
      '-A FORWARD -p tcp --dport 587 -j MAIL',
      '-A MAIL -p tcp --dport 25 -j ACCEPT',
      '-A OLD -p tcp --dport 25 -j ACCEPT',
      '-A OLD -p tcp --dport 80 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([
      { line: 8, why: 'unreached', by: [], conflict: false },
      { line: 9, why: 'unreached', by: [], conflict: false },
    ]);
  });

  it('is one line of several rules, all of which are dead', () => {
    const rules = ['-A FORWARD -s 10.0.0.1 -j ACCEPT', '-A FORWARD -s 10.0.0.1,10.0.0.2 -p tcp --dport 25 -j DROP'];
    expect(dead(filter(...rules))).toEqual([]);
    expect(dead(filter('-A FORWARD -s 10.0.0.0/30 -j ACCEPT', rules[1] ?? ''))).toEqual([
      { line: 8, why: 'shadowed', by: [7], conflict: true },
    ]);
  });
});

describe('what takes the packets of a line', () => {
  const USER = ':USER - [0:0]';
  const withUser = (...rules: readonly string[]): string => filter(USER, ...rules);

  it('is no return to where they still come to it', () => {
    const rules = [
      '-A FORWARD -j USER',
      '-A FORWARD -p tcp --dport 25 -j MAIL',
      '-A FORWARD -i lan0 -p tcp -m multiport --dports 80,25 -j ACCEPT',
      '-A USER -j RETURN',
      '-A MAIL -d 172.20.16.25 -j ACCEPT',
      '-A MAIL -j REJECT',
    ];
    expect(dead(withUser(...rules))).toEqual([{ line: 10, why: 'shadowed', by: [13, 12], conflict: true }]);
  });

  it('is a return, or a goto, that leads away from it', () => {
    const rules = [
      '-A FORWARD -p tcp -j MAIL',
      '-A MAIL -s 10.0.0.9 -g USER',
      '-A MAIL -p tcp --dport 25 -j RETURN',
      '-A MAIL -p tcp --dport 25 -j DROP',
      '-A FORWARD -p tcp --dport 25 -j OLD',
      '-A USER -p tcp --dport 80 -j ACCEPT',
    ];
    expect(dead(withUser(...rules))).toEqual([{ line: 11, why: 'shadowed', by: [10, 9], conflict: false }]);
  });

  it('is a goto and what decides behind it, but no goto on the way to the line', () => {
    const rules = [
      '-A FORWARD -p tcp -g MAIL',
      '-A FORWARD -p tcp --dport 25 -j ACCEPT',
      '-A MAIL -p tcp --dport 25 -j DROP',
      '-A MAIL -s 10.0.0.9 -p tcp --dport 25 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([
      { line: 8, why: 'shadowed', by: [9, 7], conflict: true },
      { line: 10, why: 'shadowed', by: [9], conflict: true },
    ]);
  });

  it('is no rule that rewrites them where they fit the line after that as well', () => {
    const nat = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -i ppp0 -p tcp --dport 25 -j DNAT --to-destination 172.20.16.25:25',
      '-A PREROUTING -i ppp0 -p tcp --dport 587 -j DNAT --to-destination 172.20.16.26',
      'COMMIT',
    ];
    const rules = [
      '-A FORWARD -p tcp -m multiport --dports 25,587 -j MAIL',
      '-A FORWARD -i ppp0 -d 172.20.16.25 -p tcp --dport 25 -j ACCEPT',
      '-A FORWARD -i ppp0 -d 172.20.16.25 -p tcp --dport 587 -j ACCEPT',
      '-A MAIL -i ppp0 -d 172.20.16.25 -p tcp --dport 25 -j ACCEPT',
      '-A MAIL ! -i ppp0 -j REJECT',
    ];
    expect(dead([...nat, filter(...rules)].join('\n'))).toEqual([
      { line: 13, why: 'shadowed', by: [15], conflict: false },
      { line: 14, why: 'shadowed', by: [4], conflict: false },
    ]);
  });

  it('is an accept of its own base chain, or what drops in one that is asked before it', () => {
    const mangle = [
      '*mangle',
      ':FORWARD DROP [0:0]',
      '-A FORWARD -s 10.0.0.9 -j ACCEPT',
      '-A FORWARD -p tcp --dport 587 -j ACCEPT',
      'COMMIT',
    ];
    const rules = [
      '-A FORWARD -p tcp --dport 587 -j DROP',
      '-A FORWARD -p tcp -m multiport --dports 25,587 ! -s 10.0.0.9 -j DROP',
    ];
    expect(dead([...mangle, filter(...rules)].join('\n'))).toEqual([{ line: 13, why: 'shadowed', by: [2, 12], conflict: false }]);
  });

  it('is looked for behind the first dozen of dead lines, and of further ones it is told that they are dead', () => {
    const lines = Array.from({ length: 14 }, (_, index) => `-A FORWARD -s 10.0.0.${index} -p tcp --dport 25 -j ACCEPT`);
    const found = deadIn(filter('-A FORWARD -p tcp --dport 25 -j DROP', ...lines), 'forward', ['ipv4']);
    expect(found.map(({ why, by }) => `${why} ${by.length}`)).toEqual([
      ...Array(12).fill('shadowed 1'),
      ...Array(2).fill('shadowed 0'),
    ]);
  });

  it('is told of both families', () => {
    const chain = 'type filter hook forward priority 0; policy accept;';
    const text = `table inet f { chain c { ${chain}\nmeta nfproto ipv4 drop\nmeta nfproto ipv6 accept\ntcp dport 25 drop\n}; }`;
    expect(dead(text)).toEqual([{ line: 4, why: 'shadowed', by: [3, 2], conflict: true }]);
  });
});

describe('what a dead line names', () => {
  it.each([
    ['-A FORWARD -p tcp -m multiport --dports 80,443,587 -j ACCEPT', [587], true],
    ['-A FORWARD -p tcp -m multiport --dports 25,587 -j ACCEPT', [25, 587], false],
    ['-A FORWARD -p tcp --dport 24:25 -j ACCEPT', [25], true],
  ])('in %s', (line, ports, beyond) => {
    const found = deadIn(filter('-A FORWARD -p tcp -j DROP', line), 'forward', ['ipv4']);
    expect(found).toMatchObject([{ ports, beyond, furtherBy: 0 }]);
  });
});

describe('a line is not dead', () => {
  it('where it is not about mail, or about other packets than the first of a connection', () => {
    const rules = [
      '-A FORWARD -p tcp -j DROP',
      '-A FORWARD -j DROP',
      '-A FORWARD -p tcp --dport 80 -j ACCEPT',
      '-A FORWARD -p udp --dport 25 -j ACCEPT',
      '-A FORWARD -p tcp --sport 25 -j ACCEPT',
      '-A FORWARD -p tcp --dport 25 -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A FORWARD -p tcp --dport 25 -j LOG',
    ];
    expect(dead(filter(...rules))).toEqual([]);
  });

  it('where something that is not known may let packets through to it', () => {
    const rules = ['-A FORWARD -p tcp --dport 25 -m limit --limit 1/sec -j ACCEPT', '-A FORWARD -p tcp --dport 25 -j DROP'];
    expect(dead(filter(...rules))).toEqual([]);
  });

  it('where packets of another hook meet it in a chain that is shared', () => {
    const rules = [
      '-A FORWARD -p tcp --dport 25 -j DROP',
      '-A FORWARD -j MAIL',
      '-A OUTPUT -j MAIL',
      '-A MAIL -p tcp --dport 25 -j ACCEPT',
    ];
    expect(dead(filter(...rules))).toEqual([]);
    expect(dead(filter(...rules.filter((rule) => !rule.includes('OUTPUT'))))).toEqual([
      { line: 9, why: 'shadowed', by: [7], conflict: true },
    ]);
  });

  it('where packets of the other family meet it', () => {
    const chain = 'type filter hook forward priority 0; policy accept;';
    const text = `table inet f { chain c { ${chain} ip saddr 0.0.0.0/0 drop\ntcp dport 25 accept\n}; }`;
    expect(dead(text)).toEqual([]);
    expect(dead(text, 'forward', ['ipv4'])).toEqual([{ line: 2, why: 'shadowed', by: [1], conflict: true }]);
  });

  it('where packets meet it under the port that they are sent to', () => {
    const nat = ['*nat', ':OUTPUT ACCEPT [0:0]', '-A OUTPUT -p tcp --dport 25 -j DNAT --to-destination 192.0.2.1:587', 'COMMIT'];
    const rules = [
      '-A OUTPUT -s 10.0.0.1 -p tcp --dport 587 -j DROP',
      '-A OUTPUT -p tcp ! -d 192.0.2.1 --dport 587 -j ACCEPT',
      '-A OUTPUT -p tcp -m multiport --dports 465,587 -j ACCEPT',
      '-A OUTPUT -p tcp --dport 465 -j DROP',
    ];
    expect(dead([...nat, filter(...rules)].join('\n'), 'output')).toEqual([
      { line: 14, why: 'shadowed', by: [13], conflict: true },
    ]);
  });
});

it('names ports by the cases of a verdict map', () => {
  const chain = 'type filter hook forward priority 0; policy accept;';
  const text = `table ip f { chain c { ${chain}\ntcp dport { 25, 80 } drop\ntcp dport vmap { 25 : accept, 80 : accept }\n}; }`;
  expect(dead(text)).toEqual([{ line: 3, why: 'shadowed', by: [2], conflict: true }]);
});
