import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Answer, inspect } from '../../src/firewall/inspect.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import type { Family } from '../../src/model/address.ts';
import { networks } from '../../src/model/address-set.ts';
import type { ConfigurationRow, Witness } from '../../src/model/configuration.ts';
import type { ConfigurationQuestion } from '../../src/model/configuration-question.ts';
import { configurationText } from './fixtures.ts';

interface Asking {
  readonly expect?: 'allow' | 'deny';
  readonly port?: number;
  readonly family?: Family;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly names?: readonly string[];
  readonly in?: readonly string[];
  readonly out?: readonly string[];
}

/** 10.20.0.0/16 to 192.0.2.0/24 on 25, to be denied, where nothing else is said. */
function question(asking: Asking): ConfigurationQuestion {
  const { family = 'ipv4', port = 25 } = asking;
  const from = asking.from ?? (family === 'ipv4' ? '10.20.0.0/16' : '2001:db8:20::/48');
  const to = asking.to ?? [family === 'ipv4' ? '192.0.2.0/24' : '2001:db8:1::/64'];
  return {
    id: `config:edge:workstations>provider:${port}/${family}`,
    firewall: 'edge',
    segment: 'workstations',
    destination: 'provider',
    port,
    family,
    expect: asking.expect ?? 'deny',
    rules: [],
    sources: networks(from)[family],
    destinations: networks(...to)[family],
    names: asking.names ?? [],
    in: asking.in ?? null,
    out: asking.out ?? null,
  };
}

/** FORWARD, and what else is given; policy DROP. */
function forward(...rules: readonly string[]): Ruleset {
  const bases = [':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT DROP [0:0]'];
  return iptables(['*filter', ...bases, ...rules, 'COMMIT']);
}

function iptables(lines: readonly string[]): Ruleset {
  return readConfiguration([{ file: 'edge.v4', text: [...lines, ''].join('\n'), format: 'iptables-save' }]);
}

function answer(ruleset: Ruleset, asking: Asking = {}, hook: Hook = 'forward', budget = 1_000_000): Answer {
  const [only] = inspect(ruleset, [question(asking)], { hook, budget, interfaces: [] }).answers;
  if (only === undefined) throw new Error('no answer');
  return only;
}

/** `permitted 10.20.0.5 > 192.0.2.0/24 25 if …; 10.20.0.5:49152 > 192.0.2.1; by 5`. */
function shown(row: ConfigurationRow): string {
  const what = `${row.outcome} ${row.sources.join(',')} > ${row.destinations.join(',')} ${row.ports.join(',')}`;
  const to = row.target === null ? '' : ` → ${row.target}`;
  const condition = row.condition === null ? '' : ` if ${row.condition}`;
  const by = row.rules.length === 0 ? '' : `; by ${row.rules.map(({ line }) => line).join(',')}`;
  return `${what}${to}${condition}; ${packet(row.witness)}${by}`;
}

function packet({ source, sourcePort, destination, in: comes, out: leaves }: Witness): string {
  return `${comes === null ? '' : `${comes} `}${source}:${sourcePort} > ${leaves === null ? '' : `${leaves} `}${destination}`;
}

function told({ outcome, rows }: Answer): readonly string[] {
  return [outcome ?? 'none', ...rows.map(shown)];
}

const WITNESS = '10.20.0.1:49152 > 192.0.2.1';

describe('a flow that is to be denied', () => {
  it('is denied where nothing of it may pass', () => {
    const ruleset = forward('-A FORWARD -p tcp --dport 587 -j ACCEPT', '-A FORWARD -s 10.21.0.0/16 -j ACCEPT');
    expect(told(answer(ruleset))).toEqual(['denied']);
  });

  it('is permitted where one address of it passes, and the row says which, and by what line', () => {
    const ruleset = forward('-A FORWARD -s 10.20.0.5 -p tcp --dport 25 -j ACCEPT');
    const found = answer(ruleset);
    expect(told(found)).toEqual(['permitted', 'permitted 10.20.0.5 > 192.0.2.0/24 25; 10.20.0.5:49152 > 192.0.2.1; by 5']);
    expect(found.rows[0]?.rules).toEqual([
      { file: 'edge.v4', line: 5, text: '-A FORWARD -s 10.20.0.5 -p tcp --dport 25 -j ACCEPT' },
    ]);
    expect(found).toMatchObject({ id: 'config:edge:workstations>provider:25/ipv4', problem: null, furtherRows: 0 });
  });

  it('is permitted by the rules that let parts of it pass, the one of the witness first', () => {
    const ruleset = forward(
      '-A FORWARD -d 192.0.2.128/25 -p tcp -j ACCEPT',
      '-A FORWARD -d 192.0.2.0/27 -p tcp -j ACCEPT',
      '-A FORWARD -d 192.0.2.0/25 -p tcp -j ACCEPT',
    );
    expect(told(answer(ruleset))).toEqual(['permitted', `permitted 10.20.0.0/16 > 192.0.2.0/24 25; ${WITNESS}; by 6,5,7`]);
  });

  it('is conditional where it hangs on what a packet does not show', () => {
    const limited = forward('-A FORWARD -p tcp --dport 25 -m limit --limit 5/min -j ACCEPT');
    expect(told(answer(limited))).toEqual([
      'conditional',
      `conditional 10.20.0.0/16 > 192.0.2.0/24 25 if -m limit --limit 5/min; ${WITNESS}; by 5,3`,
    ]);
    const owned = forward('-A OUTPUT -p tcp --dport 25 -m owner --uid-owner 105 -j ACCEPT');
    expect(told(answer(owned, {}, 'output'))).toEqual([
      'conditional',
      `conditional 10.20.0.0/16 > 192.0.2.0/24 25 if user 105; ${WITNESS}; by 5,4`,
    ]);
  });

  it('is permitted by a source port that opens every port', () => {
    const ruleset = forward('-A FORWARD -p tcp --sport 80 -j ACCEPT');
    const found = answer(ruleset);
    expect(told(found)).toEqual([
      'permitted',
      'permitted 10.20.0.0/16 > 192.0.2.0/24 25 if source port 80; 10.20.0.1:80 > 192.0.2.1; by 5',
    ]);
    expect(found.rows[0]?.sourcePorts).toEqual(['80']);
  });

  it('is permitted where it passes by some interface, and the row says by which', () => {
    const ruleset = forward('-A FORWARD -i eth1 -o tun+ -p tcp --dport 25 -j ACCEPT');
    expect(told(answer(ruleset))).toEqual([
      'permitted',
      'permitted 10.20.0.0/16 > 192.0.2.0/24 25 if incoming interface eth1 and outgoing interface tun*; ' +
        'eth1 10.20.0.1:49152 > tun0 192.0.2.1; by 5',
    ]);
    expect(told(answer(ruleset, { in: ['eth1'], out: ['tun7'] }))).toEqual([
      'permitted',
      'permitted 10.20.0.0/16 > 192.0.2.0/24 25; eth1 10.20.0.1:49152 > tun7 192.0.2.1; by 5',
    ]);
    expect(told(answer(ruleset, { in: ['eth0'] }))).toEqual(['denied']);
  });

  it('never goes by the loopback interface', () => {
    const ruleset = forward('-A OUTPUT -o lo -j ACCEPT', '-A OUTPUT ! -o eth0 -j ACCEPT');
    expect(told(answer(ruleset, {}, 'output'))).toEqual([
      'permitted',
      'permitted 10.20.0.0/16 > 192.0.2.0/24 25 if outgoing interface other than eth0; 10.20.0.1:49152 > eth9 192.0.2.1; by 6',
    ]);
    expect(told(answer(forward('-A OUTPUT -o lo -j ACCEPT'), {}, 'output'))).toEqual(['denied']);
  });

  it('is redirected where it is sent elsewhere and accepted there', () => {
    const filter = ['*filter', ':INPUT DROP [0:0]', ':FORWARD ACCEPT [0:0]', ':OUTPUT ACCEPT [0:0]'];
    const nat = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -p tcp --dport 25 -j REDIRECT --to-ports 2525',
      'COMMIT',
      ...filter,
    ];
    const taken = iptables([...nat, '-A INPUT -p tcp --dport 2525 -j ACCEPT', 'COMMIT']);
    const found = answer(taken);
    expect(told(found)).toEqual([
      'redirected',
      `redirected 10.20.0.0/16 > 192.0.2.0/24 25 → this host, port 2525; ${WITNESS}; by 3,9`,
    ]);
    expect(told(answer(iptables([...nat, 'COMMIT'])))).toEqual(['denied']);
  });

  it('is redirected to each place by a row of its own', () => {
    const ruleset = iptables([
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -s 10.20.1.0/24 -p tcp --dport 25 -j DNAT --to-destination 10.0.0.9',
      '-A PREROUTING -s 10.20.2.0/24 -p tcp --dport 25 -m limit --limit 1/sec -j DNAT --to-destination 10.0.0.8:26',
      'COMMIT',
      '*filter',
      ':FORWARD DROP [0:0]',
      '-A FORWARD -d 10.0.0.0/24 -j ACCEPT',
      'COMMIT',
    ]);
    expect(told(answer(ruleset))).toEqual([
      'redirected',
      'redirected 10.20.1.0/24 > 192.0.2.0/24 25 → 10.0.0.9; 10.20.1.1:49152 > 192.0.2.1; by 3,8',
      'redirected 10.20.2.0/24 > 192.0.2.0/24 25 → 10.0.0.8:26 if -m limit --limit 1/sec; 10.20.2.1:49152 > 192.0.2.1; by 4,8,7',
    ]);
  });

  it('has the worst of it first', () => {
    const ruleset = forward(
      '-A FORWARD -s 10.20.1.0/24 -p tcp --dport 25 -m limit --limit 5/min -j ACCEPT',
      '-A FORWARD -s 10.20.2.0/24 -p tcp --dport 25 -j ACCEPT',
    );
    expect(answer(ruleset).rows.map(({ outcome, sources }) => [outcome, ...sources])).toEqual([
      ['permitted', '10.20.2.0/24'],
      ['conditional', '10.20.1.0/24'],
    ]);
  });
});

describe('a flow that is to be allowed', () => {
  const allow = { expect: 'allow' } as const;

  it('is permitted where all of it surely passes, from whatever port a client takes', () => {
    expect(told(answer(forward('-A FORWARD -p tcp --dport 25 -j ACCEPT'), allow))).toEqual(['permitted']);
    const clients = forward('-A FORWARD -p tcp --sport 1024: --dport 25 -j ACCEPT');
    expect(told(answer(clients, allow))).toEqual(['permitted']);
  });

  it('is denied where one address of it is stopped, and the row says which', () => {
    const ruleset = forward('-A FORWARD -d 192.0.2.8 -j REJECT', '-A FORWARD -p tcp --dport 25 -j ACCEPT');
    expect(told(answer(ruleset, allow))).toEqual([
      'denied',
      'denied 10.20.0.0/16 > 192.0.2.8 25; 10.20.0.1:49152 > 192.0.2.8; by 5',
    ]);
  });

  it('is denied where some of the ports that a client takes are stopped', () => {
    const ruleset = forward('-A FORWARD -p tcp --sport 1024:60000 --dport 25 -j ACCEPT');
    expect(told(answer(ruleset, allow))).toEqual([
      'denied',
      'denied 10.20.0.0/16 > 192.0.2.0/24 25 if source port 60001-65535; 10.20.0.1:60001 > 192.0.2.1; by 3',
    ]);
  });

  it('is conditional where it passes by some interfaces only, and denied by the one that the policy names', () => {
    const ruleset = forward('-A FORWARD -o eth0 -p tcp --dport 25 -j ACCEPT');
    expect(told(answer(ruleset, allow))).toEqual([
      'conditional',
      'denied 10.20.0.0/16 > 192.0.2.0/24 25 if outgoing interface other than eth0; 10.20.0.1:49152 > eth9 192.0.2.1; by 3',
    ]);
    expect(told(answer(ruleset, { ...allow, out: ['eth0'] }))).toEqual(['permitted']);
    expect(told(answer(ruleset, { ...allow, out: ['eth1'] }))).toEqual([
      'denied',
      'denied 10.20.0.0/16 > 192.0.2.0/24 25; 10.20.0.1:49152 > eth1 192.0.2.1; by 3',
    ]);
    expect(answer(ruleset, { ...allow, out: ['eth0', 'eth1'] }).outcome).toBe('conditional');
  });

  it('is conditional where it hangs on what a packet does not show, redirected before that', () => {
    const filter = ['*filter', ':FORWARD DROP [0:0]', '-A FORWARD -m limit --limit 5/min -j ACCEPT', 'COMMIT'];
    expect(told(answer(iptables(filter), allow))).toEqual([
      'conditional',
      `conditional 10.20.0.0/16 > 192.0.2.0/24 25 if -m limit --limit 5/min; ${WITNESS}; by 3,2`,
    ]);
    const nat = ['*nat', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -s 10.20.1.0/24 -j DNAT --to-destination 10.0.0.9', 'COMMIT'];
    expect(answer(iptables([...nat, ...filter]), allow).outcome).toBe('redirected');
  });
});

describe('a witness', () => {
  it.each([
    [60, false],
    [70, true],
  ])(
    'of a firewall with %i interfaces names those it may come by only where a trace of it would have no end: %s',
    (count, named) => {
      const vlans = Array.from({ length: count }, (_, index) => index);
      const text = [
        '*filter',
        ':FORWARD DROP [0:0]',
        ...vlans.map((vlan) => `:v${vlan} - [0:0]`),
        ...['-i', '-o'].flatMap((side) => vlans.map((vlan) => `-A FORWARD ${side} vlan${vlan} -j v${vlan}`)),
        ...vlans.map((vlan) => `-A v${vlan} -p tcp -m tcp --dport 22 -j DROP`),
        '-A FORWARD -p tcp -m tcp --dport 25 -j ACCEPT',
        'COMMIT',
        '',
      ].join('\n');
      const ruleset = readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
      const { answers } = inspect(ruleset, [question({})], { hook: 'forward', budget: 1_000_000, interfaces: [] });
      const witness = answers[0]?.rows[0]?.witness;
      expect([witness?.in !== null || witness.out !== null, answers[0]?.outcome]).toEqual([named, 'permitted']);
    },
  );
});

describe('what cannot be answered', () => {
  it('is a destination that has only names', () => {
    const found = answer(forward(), { expect: 'allow', to: [], names: ['smtp.example.net', 'mx:example.org'] });
    expect(found).toMatchObject({
      outcome: null,
      problem: 'provider has only names (smtp.example.net, mx:example.org): give its networks in the policy',
      rows: [],
    });
  });

  it('is what takes more nodes than it may', () => {
    const rules = Array.from(
      { length: 200 },
      (_, n) => `-A FORWARD -s 10.20.${n}.${n} -d 192.0.2.${n} -p tcp --dport 25 -j ACCEPT`,
    );
    const inspected = inspect(forward(...rules), [question({}), question({ port: 587 })], {
      hook: 'forward',
      budget: 1_500,
      interfaces: [],
    });
    const problem = 'The node budget of 1,500 is used up: give more with --node-budget';
    expect(inspected.answers.map(({ outcome, problem: why }) => [outcome, why])).toEqual([
      [null, problem],
      [null, problem],
    ]);
    expect(inspected).toMatchObject({ dead: [], problem });
    expect(answer(forward(...rules), {}).furtherRows).toBe(188);
  });
});

it('a family that no file describes is permitted, by no rule', () => {
  expect(told(answer(forward(), { family: 'ipv6' }))).toEqual([
    'permitted',
    'permitted 2001:db8:20::/48 > 2001:db8:1::/64 25; 2001:db8:20::1:49152 > 2001:db8:1::1',
  ]);
  expect(told(answer(forward(), { family: 'ipv6', expect: 'allow' }))).toEqual(['permitted']);
});

it('every question is answered, in the order in which it is asked', () => {
  const asked = [question({ port: 587 }), question({ family: 'ipv6' }), question({}), question({ to: [], names: ['a.example'] })];
  const { answers } = inspect(forward(), asked, { hook: 'forward', budget: 1_000_000, interfaces: [] });
  expect(answers.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['config:edge:workstations>provider:587/ipv4', 'denied'],
    ['config:edge:workstations>provider:25/ipv6', 'permitted'],
    ['config:edge:workstations>provider:25/ipv4', 'denied'],
    ['config:edge:workstations>provider:25/ipv4', null],
  ]);
});

it('lines that no mail packet meets are told beside the answers', () => {
  const ruleset = forward('-A FORWARD -p tcp --dport 25 -j DROP', '-A FORWARD -s 10.20.0.5 -p tcp --dport 25 -j ACCEPT');
  const { dead } = inspect(ruleset, [question({})], { hook: 'forward', budget: 1_000_000, interfaces: [] });
  expect(dead).toMatchObject([{ line: { file: 'edge.v4', line: 6 }, why: 'shadowed', conflict: true }]);
});

describe('a router with rules by source port', () => {
  const ruleset = readConfiguration([
    { file: 'router.v4', text: configurationText('iptables/source-port.rules'), format: 'iptables-save' },
  ]);
  const internet = ['198.51.100.0/24', '192.0.2.0/24', '203.0.113.0/24'];
  const asking = { from: '192.168.0.0/16', to: internet };

  it('lets submission out to everywhere through answers of web servers', () => {
    expect(told(answer(ruleset, { ...asking, port: 587 }))).toEqual([
      'permitted',
      'permitted 192.168.11.0/24 > 198.51.100.0/25 587; 192.168.11.1:49152 > 198.51.100.1; by 16,12,13',
      'permitted 192.168.0.0/21,192.168.8.0/23,192.168.10.0/24,192.168.12.0/22,192.168.16.0/20,192.168.32.0/19,192.168.64.0/18,' +
        '192.168.128.0/17 > 198.51.100.0/25 587 if source port 80, 443; 192.168.0.1:80 > 198.51.100.1; by 12,13',
      'permitted 192.168.0.0/16 > 192.0.2.0/24,198.51.100.128/25,203.0.113.0/24 587 if source port 80, 443; ' +
        '192.168.0.1:80 > 192.0.2.1; by 12,13',
    ]);
  });

  it('lets port 25 out whatever the source port is', () => {
    const found = answer(ruleset, { ...asking, port: 25 });
    expect(found.rows.map(({ condition, sources }) => [condition, ...sources])).toEqual([[null, '192.168.0.0/16']]);
    expect(found.rows[0]?.rules[0]?.text).toBe('-A FORWARD -p tcp -m tcp --dport 25 -j ACCEPT');
  });
});
