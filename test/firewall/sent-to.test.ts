import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import type { Packet } from '../../src/firewall/interpret.ts';
import type { Hook } from '../../src/firewall/ruleset.ts';
import { sentTo } from '../../src/firewall/sent-to.ts';
import { numberOf, parseAddress } from '../../src/model/address.ts';

function number(text: string): bigint {
  const address = parseAddress(text);
  if (address === null) throw new Error(`${text} is no address`);
  return numberOf(address);
}

function packet(port: number, more: Partial<Packet> = {}): Packet {
  return { family: 'ipv4', source: number('10.20.0.5'), destination: number('198.51.100.7'), port, ...more };
}

/** Each place as `TARGET LINE [CONDITION]: VERDICT [CONDITION] [LINES]`. */
function told(text: string, of: Packet, hook: Hook = 'forward'): readonly string[] {
  const ruleset = readConfiguration([{ file: 'fw', text, format: null }]);
  return sentTo(ruleset, of, hook).map(({ target, line, condition, there }) => {
    const first = [target, line?.line ?? '-', condition].filter((part) => part !== null).join(' ');
    const stopped = there.stoppedBy.map((place) => `by ${place.line}`);
    return `${first}: ${[there.verdict, there.condition, ...stopped].filter((part) => part !== null).join(' ')}`;
  });
}

const IPTABLES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 2525 -j ACCEPT
-A FORWARD -d 10.9.0.9 -j ACCEPT
-A FORWARD -d 10.9.0.11 -j REJECT
-A INPUT -d 10.9.0.11 -j REJECT
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525
-A PREROUTING -p tcp --dport 26 -j DNAT --to-destination 10.9.0.9:2526
-A PREROUTING -p tcp --dport 27 -j DNAT --to-destination 10.9.0.10
-A PREROUTING -p tcp --dport 28 -j DNAT --to-destination 10.9.0.8-10.9.0.9
-A PREROUTING -p tcp --dport 29 -m mark --mark 1 -j DNAT --to-destination :2525
-A PREROUTING -p tcp --dport 29 -j REDIRECT --to-ports 2525
-A PREROUTING -p tcp --dport 30 -j DNAT --to-destination 10.9.0.11
-A OUTPUT -p tcp --dport 25 -j REDIRECT
COMMIT
`;

describe('where a packet is sent instead', () => {
  it('is nowhere where no rule rewrites its destination', () => {
    expect(told(IPTABLES, packet(587))).toEqual([]);
  });

  it.each([
    [25, ['the firewall itself, port 2525 13: accept']],
    [26, ['10.9.0.9:2526 14: accept']],
    // Which of the two stops it hangs on whether the new address is the firewall's own.
    [27, ['10.9.0.10:27 15: drop by 2 by 3']],
    [28, ['10.9.0.8-10.9.0.9:28 16: conditional if destination 10.9.0.9 by 2 by 3']],
    [
      29,
      [
        '198.51.100.7:2525 17 if -m mark --mark 0x1: drop by 3',
        'the firewall itself, port 2525 18 if not -m mark --mark 0x1: accept',
      ],
    ],
    [30, ['10.9.0.11:30 19: reject by 8 by 7']],
  ])('by iptables, on port %i: %j', (port, expected) => {
    expect(told(IPTABLES, packet(port))).toEqual(expected);
  });

  it('keeps the port that a redirect leaves, and of its own packets it is this host', () => {
    expect(told(IPTABLES, packet(25), 'output')).toEqual(['this host, port 25 20: accept']);
  });

  const nft = (...rules: readonly string[]): string =>
    [
      'table inet n {',
      'chain p {',
      'type nat hook prerouting priority dstnat;',
      ...rules,
      '}',
      'chain f {',
      'type filter hook forward priority 0;',
      'ip daddr 10.9.0.2 drop',
      '}',
      '}',
      '',
    ].join('\n');

  it('is each value of a map, with what chooses it', () => {
    const line = 'dnat ip to numgen inc mod 2 map { 0 : 10.9.0.1, 1 : 10.9.0.2 }';
    expect(told(nft(line), packet(25)).slice(0, 2)).toEqual([
      '10.9.0.1:25 4 if numgen inc mod 2 0: accept',
      '10.9.0.2:25 4 if not numgen inc mod 2 0 and numgen inc mod 2 1: conditional if 10.9.0.2 is an address of this host by 8',
    ]);
    const known = 'dnat ip to ip saddr map { 10.20.0.5 : 10.9.0.1, 10.20.0.6 : 10.9.0.3 }';
    expect(told(nft(known), packet(25))).toEqual(['10.9.0.1:25 4: accept']);
  });

  it('is any address and port of ranges', () => {
    expect(told(nft('tcp dport 25 dnat ip to 10.9.0.4-10.9.0.7:25-30'), packet(25))).toEqual([
      '10.9.0.4-10.9.0.7:25-30 4: accept',
    ]);
    const [source, destination] = [number('2001:db8::5'), number('2001:db8:f::25')];
    expect(told(nft('dnat ip6 to 2001:db8::9'), packet(25, { family: 'ipv6', source, destination }))).toEqual([
      '[2001:db8::9]:25 4: accept',
    ]);
  });

  it('is not known where a set that nobody has decides, or a target that is not understood', () => {
    const [map] = told(nft('tcp dport 25 dnat to @elsewhere'), packet(25));
    expect(map).toMatch(/^anywhere 4 if dnat to @elsewhere: conditional if /);
    const [target] = told(IPTABLES.replace('REDIRECT --to-ports 2525', 'SOMETHING'), packet(25));
    expect(target).toMatch(/^anywhere 13 if .*: accept$/);
  });

  it('is under too many conditions where there are too many worlds', () => {
    const limits = Array.from({ length: 13 }, (_, index) => `limit rate ${index + 1}/second counter`);
    expect(told(nft(...limits, 'meta l4proto tcp redirect to :2525'), packet(25))).toEqual([
      'the firewall itself, port 2525 17 too many conditions: conditional too many conditions',
    ]);
  });
});
