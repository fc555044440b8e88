import { describe, expect, it } from 'vitest';
import { EMPTY } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { decidingLines } from '../../src/firewall/effective.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';
import type { Hook } from '../../src/firewall/ruleset.ts';

interface Asked {
  readonly hook?: Hook;
  readonly ports?: readonly number[];
}

/** The lines that decide packets to these ports, as `line text`; their sets have to be exactly what is decided. */
function deciding(lines: readonly string[], { hook = 'forward', ports = [25] }: Asked = {}): readonly string[] {
  const text = lines.join('\n');
  const nft = !text.startsWith('*');
  const ruleset = readConfiguration([{ file: 'fw', text: `${text}\n`, format: nft ? 'nftables' : 'iptables-save' }]);
  const space = new PacketSpace('ipv4', [ruleset], { budget: 1_000_000, ports });
  const { manager } = space;
  const region = space.within(
    'destination-port',
    ports.map((port) => ({ first: port, last: port })),
  );
  const onward = new Onward(ruleset, space);
  const found = decidingLines(onward, hook, region);
  const { dropped, redirected } = passage(onward, hook);
  const told = manager.orAll(found.map(({ set }) => set));
  expect(manager.diff(manager.and(manager.or(dropped.set, redirected.set), region), told)).toBe(EMPTY);
  expect(manager.diff(told, region)).toBe(EMPTY);
  return found.map(({ place }) => `${place.line} ${place.text}`);
}

const filter = (...rules: readonly string[]): readonly string[] => [
  '*filter',
  ':FORWARD DROP [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':MAIL - [0:0]',
  ':LOG_DROP - [0:0]',
  ...rules,
  'COMMIT',
];

describe('the lines that decide', () => {
  it('are those that take what reaches them, the one with most packets first', () => {
    const rules = [
      '-A FORWARD -s 10.0.0.9 -p tcp --dport 25 -j ACCEPT',
      '-A FORWARD -p tcp --dport 24:26 -j REJECT',
      '-A FORWARD -p tcp --dport 25 -j ACCEPT',
    ];
    expect(deciding(filter(...rules))).toEqual([
      '8 -A FORWARD -p tcp --dport 24:26 -j REJECT',
      '7 -A FORWARD -s 10.0.0.9 -p tcp --dport 25 -j ACCEPT',
    ]);
  });

  it('lie in called chains, once for all that call them, and behind them where the call comes back', () => {
    const rules = [
      '-A FORWARD -s 10.0.0.0/8 -j MAIL',
      '-A FORWARD -s 172.16.0.0/12 -j MAIL',
      '-A FORWARD -s 10.0.0.0/8 -j ACCEPT',
      '-A MAIL -d 192.0.2.0/24 -j RETURN',
      '-A MAIL -p tcp --dport 25 -j DROP',
    ];
    expect(deciding(filter(...rules))).toEqual([
      '2 :FORWARD DROP',
      '11 -A MAIL -p tcp --dport 25 -j DROP',
      '9 -A FORWARD -s 10.0.0.0/8 -j ACCEPT',
    ]);
  });

  it('are the policy of the chain that filters, not of those beside it', () => {
    const mangle = ['*mangle', ':PREROUTING ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT'];
    expect(deciding([...mangle, ...filter()], { hook: 'output' })).toEqual(['8 :OUTPUT ACCEPT']);
  });

  it('do not include an accept whose packets are dropped later', () => {
    const mangle = ['*mangle', ':FORWARD ACCEPT [0:0]', '-A FORWARD -p tcp --dport 25 -j ACCEPT', 'COMMIT'];
    expect(deciding([...mangle, ...filter()])).toEqual(['6 :FORWARD DROP']);
  });

  it('are the one that sends packets elsewhere, and what decides them there', () => {
    const nat = ['*nat', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525', 'COMMIT'];
    const input = ['-A INPUT -s 10.0.0.0/8 -p tcp --dport 2525 -j DROP', '-A INPUT -p tcp --dport 2525 -j ACCEPT'];
    expect(deciding([...nat, ...filter(...input)])).toEqual([
      '3 -A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525',
      '12 -A INPUT -p tcp --dport 2525 -j ACCEPT',
      '11 -A INPUT -s 10.0.0.0/8 -p tcp --dport 2525 -j DROP',
    ]);
  });

  it('are those of every base chain that drops', () => {
    const lines = [
      'table inet a { chain f { type filter hook forward priority 0; policy accept; tcp dport 25 accept; }; }',
      'table inet b {',
      ' chain f { type filter hook forward priority 10; policy drop; ip daddr 192.0.2.1 accept; }',
      '}',
    ];
    expect(deciding(lines).map((line) => line.slice(0, 1))).toEqual(['3', '1', '3']);
  });
});
