import { describe, expect, it } from 'vitest';
import { type Bdd, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { type Field, PacketSpace } from '../../src/firewall/packet-space.ts';
import { type Passage, passage } from '../../src/firewall/passage.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';

/** The table filter of an iptables-save, and other lines before it. */
function filter(rules: readonly string[], { policy = 'DROP', chains = [], before = [] }: Options = {}): Ruleset {
  const own = chains.map((name) => `:${name} - [0:0]`);
  const bases = ['INPUT', 'FORWARD', 'OUTPUT'].map((name) => `:${name} ${policy} [0:0]`);
  const text = [...before, '*filter', ...bases, ...own, ...rules, 'COMMIT', ''].join('\n');
  return readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
}

interface Options {
  readonly policy?: 'ACCEPT' | 'DROP';
  readonly chains?: readonly string[];
  readonly before?: readonly string[];
}

const NAT = (...rules: readonly string[]): readonly string[] => [
  '*nat',
  ':PREROUTING ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':POSTROUTING ACCEPT [0:0]',
  ...rules,
  'COMMIT',
];

const PORTS = [24, 25, 26, 465, 587, 2525];

/** Of a packet from 10.0.0.1 to 192.0.2.1, ports that are surely in the set, and those that may be: `25 587?`. */
function ports(space: PacketSpace, { may, must }: Passage['accepted'], source = 0x0a000001n): string {
  const at = (port: number): Bdd =>
    [
      space.within('source', [{ first: source, last: source }]),
      space.within('destination', [{ first: 0xc0000201n, last: 0xc0000201n }]),
      space.within('destination-port', [{ first: port, last: port }]),
    ].reduce((a, b) => space.manager.and(a, b), FULL);
  return PORTS.flatMap((port) => {
    if (space.manager.diff(at(port), must) === EMPTY) return [`${port}`];
    return space.manager.and(at(port), may) === EMPTY ? [] : [`${port}?`];
  }).join(' ');
}

function answers(ruleset: Ruleset, from: 'forward' | 'output' = 'forward'): Readonly<Record<string, string>> {
  const space = new PacketSpace('ipv4', [ruleset]);
  const { accepted, dropped, redirected } = passage(new Onward(ruleset, space), from);
  const { manager } = space;
  expect(manager.orAll([accepted.set, dropped.set, redirected.set])).toBe(FULL);
  expect(manager.and(accepted.set, manager.or(dropped.set, redirected.set))).toBe(EMPTY);
  return { accepted: ports(space, accepted), dropped: ports(space, dropped), redirected: ports(space, redirected) };
}

describe('a forwarded packet', () => {
  it('is decided by the first rule that matches', () => {
    const ruleset = filter(['-A FORWARD -p tcp --dport 25 -j DROP', '-A FORWARD -p tcp --dport 24:26 -j ACCEPT']);
    expect(answers(ruleset)).toEqual({ accepted: '24 26', dropped: '25 465 587 2525', redirected: '' });
  });

  it('comes back from a called chain, and from one that was gone to it goes to the caller', () => {
    const rules = [
      '-A FORWARD -j A',
      '-A FORWARD -p tcp --dport 465 -j ACCEPT',
      '-A A -p tcp --dport 465 -j RETURN',
      '-A A -p tcp --dport 587 -g B',
      '-A A -j ACCEPT',
      '-A B -p tcp --dport 25 -j ACCEPT',
    ];
    expect(answers(filter(rules, { chains: ['A', 'B'] }))).toEqual({
      accepted: '24 25 26 465 2525',
      dropped: '587',
      redirected: '',
    });
  });

  it('does not match rules about other protocols, states and owners', () => {
    const rules = [
      '-A FORWARD -p udp -j ACCEPT',
      '-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      '-A FORWARD -p tcp -m tcp --dport 25 --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j ACCEPT',
    ];
    expect(answers(filter(rules))['accepted']).toBe('25');
  });

  it('has to be accepted by every base chain', () => {
    const before = ['*mangle', ':FORWARD ACCEPT [0:0]', ':POSTROUTING ACCEPT [0:0]'];
    const mangle = ['-A FORWARD -p tcp --dport 25 -j DROP', '-A POSTROUTING -p tcp --dport 26 -j DROP', 'COMMIT'];
    const ruleset = filter(['-A FORWARD -j ACCEPT'], { before: [...before, ...mangle] });
    expect(answers(ruleset)['accepted']).toBe('24 465 587 2525');
  });

  it('is redirected where nat sends it elsewhere, and nothing dropped before is', () => {
    const raw = ['*raw', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -p tcp --dport 587 -j DROP', 'COMMIT'];
    const nat = NAT(
      '-A PREROUTING -p tcp -m multiport --dports 25,587 -j REDIRECT --to-ports 2525',
      '-A POSTROUTING -j MASQUERADE',
    );
    const ruleset = filter([], { policy: 'ACCEPT', before: [...raw, ...nat] });
    expect(answers(ruleset)).toEqual({ accepted: '24 26 465 2525', dropped: '587', redirected: '25' });
  });

  it('may be accepted where that hangs on something unknown, surely where every value accepts', () => {
    const limited = '-A FORWARD -p tcp --dport 25 -m limit --limit 5/min -j ACCEPT';
    expect(answers(filter([limited]))).toEqual({ accepted: '25?', dropped: '24 25? 26 465 587 2525', redirected: '' });
    const both = [
      '-A FORWARD -p tcp --dport 25 -m string --string x --algo bm -j ACCEPT',
      '-A FORWARD -p tcp --dport 25 -m string ! --string x --algo bm -j ACCEPT',
    ];
    expect(answers(filter(both))['accepted']).toBe('25');
  });

  it('may be accepted or dropped by a target that decides outside', () => {
    expect(answers(filter(['-A FORWARD -p tcp --dport 25 -j NFQUEUE --queue-num 0']))['accepted']).toBe('25?');
  });
});

describe('a packet that is sent elsewhere', () => {
  const targets = (ruleset: Ruleset, from: 'forward' | 'output' = 'forward'): readonly string[] => {
    const space = new PacketSpace('ipv4', [ruleset]);
    const { targets: found, redirected } = passage(new Onward(ruleset, space), from);
    expect(space.manager.orAll(found.map(({ set }) => set))).toBe(redirected.set);
    return found.map(({ text }) => text);
  };
  const nat = NAT(
    '-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525',
    '-A PREROUTING -p tcp --dport 587 -j DNAT --to-destination 192.0.2.7:25',
    '-A OUTPUT -p tcp --dport 465 -j REDIRECT --to-ports 26',
  );

  it('is let through or not as it is by then', () => {
    const open = filter(['-A INPUT -p tcp --dport 2525 -j ACCEPT', '-A FORWARD -d 192.0.2.7 -p tcp --dport 25 -j ACCEPT'], {
      before: nat,
    });
    expect(answers(open)).toEqual({ accepted: '', dropped: '24 26 465 2525', redirected: '25 587' });
    expect(targets(open)).toEqual(['this host, port 2525', '192.0.2.7:25']);
    expect(
      targets(filter(['-A FORWARD -p tcp --dport 587 -j ACCEPT', '-A INPUT -p tcp --dport 25 -j DROP'], { before: nat })),
    ).toEqual([]);
  });

  it('goes out by lo where it was made here', () => {
    const only = (out: string): Ruleset => filter([`-A OUTPUT -p tcp --dport 26 -j ACCEPT`], { before: [...nat, ...post(out)] });
    const post = (out: string): readonly string[] => [
      '*mangle',
      ':POSTROUTING DROP [0:0]',
      `-A POSTROUTING -o ${out} -j ACCEPT`,
      'COMMIT',
    ];
    expect(answers(only('lo'), 'output')['redirected']).toBe('465');
    expect(answers(only('eth0'), 'output')['redirected']).toBe('');
  });

  it('may be let through where one of several addresses is', () => {
    const several = NAT('-A PREROUTING -p tcp --dport 25 -j DNAT --to-destination 192.0.2.6-192.0.2.7');
    const one = filter(['-A FORWARD -d 192.0.2.7 -j ACCEPT'], { before: several });
    const both = filter(['-A FORWARD -d 192.0.2.6/31 -j ACCEPT', '-A INPUT -d 192.0.2.6/31 -j ACCEPT'], { before: several });
    expect(answers(one)['redirected']).toBe('25?');
    expect(answers(both)['redirected']).toBe('25');
  });
});

it('is the same of the ports that are asked about, whatever others there are', () => {
  const nat = NAT('-A PREROUTING -p tcp --dport 26 -j REDIRECT --to-ports 2525');
  const rules = ['-A FORWARD -p tcp ! --dport 25 -j MAIL', '-A FORWARD -j ACCEPT', '-A MAIL -p tcp --dport 24:587 -j RETURN'];
  const ruleset = filter([...rules, '-A MAIL -j DROP', '-A INPUT -p tcp --dport 2525 -j ACCEPT'], {
    chains: ['MAIL'],
    before: nat,
  });
  const asked = new PacketSpace('ipv4', [ruleset], { budget: 1_000_000, ports: [25, 26, 2525] });
  const whole = new PacketSpace('ipv4', [ruleset]);
  const told = (space: PacketSpace): readonly string[] => {
    const { accepted, redirected, dropped } = passage(new Onward(ruleset, space), 'forward');
    return [accepted, redirected, dropped].map((set) => ports(space, set));
  };
  expect(asked.ports).toEqual([25, 26, 2525]);
  expect(told(whole)).toEqual(['24 25 465 587', '26', '2525']);
  expect(told(asked)).toEqual(['25', '26', '2525']);
});

describe('a packet of this host', () => {
  it('has one owner: to be none of two users is not to be both', () => {
    const rules = [
      '-A OUTPUT -p tcp --dport 25 -m owner ! --uid-owner 0 -j DROP',
      '-A OUTPUT -p tcp --dport 25 -m owner ! --uid-owner 101 -j DROP',
      '-A OUTPUT -p tcp --dport 587 -m owner --uid-owner 101 -j ACCEPT',
      '-A OUTPUT -p tcp --dport 25 -j ACCEPT',
    ];
    expect(answers(filter(rules), 'output')).toEqual({ accepted: '587?', dropped: '24 25 26 465 587? 2525', redirected: '' });
    expect(answers(filter(rules))['accepted']).toBe('');
  });
});

describe('interfaces', () => {
  const rules = ['-A FORWARD -i tun1 -j ACCEPT', '-A FORWARD ! -i tun+ -o eth0 -j ACCEPT'];
  const ruleset = filter(rules);
  const space = new PacketSpace('ipv4', [ruleset], { interfaces: ['wlan0', 'tun7'] });
  const { accepted } = passage(new Onward(ruleset, space), 'forward');
  const passes = (inside: string, out: string): boolean => {
    const set = space.manager.and(space.interface('in', inside, false), space.interface('out', out, false));
    expect(space.manager.and(set, accepted.set) === EMPTY || space.manager.diff(set, accepted.set) === EMPTY).toBe(true);
    return space.manager.and(set, accepted.set) !== EMPTY;
  };

  it('are told apart by name and by prefix', () => {
    expect(passes('tun1', 'wlan0')).toBe(true);
    expect(passes('tun7', 'eth0')).toBe(false);
    expect(passes('wlan0', 'eth0')).toBe(true);
    expect(passes('wlan0', 'tun7')).toBe(false);
  });

  it('have to be known before they are asked about', () => {
    expect(() => space.interface('in', 'ppp0', false)).toThrow('does not know the interface ppp0');
  });
});

it.each<[Field, number, number]>([
  ['destination-port', 0, 65535],
  ['destination-port', 25, 25],
  ['destination-port', 1024, 65535],
  ['source-port', 24, 587],
  ['source-port', 255, 256],
])('%s from %i to %i holds just these values', (field, first, last) => {
  const space = new PacketSpace('ipv4', []);
  const range = space.within(field, [{ first, last }]);
  const inside = (value: number): boolean =>
    space.manager.and(range, space.within(field, [{ first: value, last: value }])) !== EMPTY;
  const near = [0, 23, 24, 25, 26, 254, 255, 256, 257, 586, 587, 588, 1023, 1024, 65534, 65535];
  expect(near.filter(inside)).toEqual(near.filter((value) => first <= value && value <= last));
});
