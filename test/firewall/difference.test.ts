import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Differences, differences } from '../../src/firewall/difference.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import type { Policy } from '../../src/model/policy.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = `
version: 1
name: head-office
segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25] }
destinations:
  provider: { networks: [192.0.2.0/24] }
  partner: { hosts: [smtp.example.net] }
  internet: { networks: [public] }
rules:
  - { name: staff-submit, from: workstations, to: provider, ports: [587] }
  - { name: staff-partner, from: workstations, to: partner, ports: [465] }
  - { name: relays-deliver, from: relays, to: internet, ports: [25] }
audit: { ports: [25, 465, 587] }
firewalls:
  edge: { files: [edge.rules] }
  mapped: { files: [edge.rules], interfaces: { workstations: eth1, relays: eth1, internet: eth0 } }
`;

const BASE = ['*filter', ':FORWARD DROP [0:0]'];

function filter(...rules: readonly string[]): readonly string[] {
  return [...BASE, ...rules, 'COMMIT', ''];
}

function read(lines: readonly string[], file: string): Ruleset {
  return readConfiguration([{ file, text: lines.join('\n'), format: 'iptables-save' }]);
}

function compare(
  before: readonly string[],
  after: readonly string[],
  { firewall = 'edge', policy = policyOf(POLICY) } = {},
): Differences {
  return differing(read(before, 'before'), read(after, 'after'), policy, firewall);
}

function differing(before: Ruleset, after: Ruleset, policy: Policy, name: string): Differences {
  const firewall = policy.firewalls.find((one) => one.name === name);
  if (firewall === undefined) throw new Error(`no firewall is ${name}`);
  return differences({ policy, firewall, before, after, hook: firewall.hook, budget: 1_000_000 });
}

/** `newly-allowed deny workstations>provider 465,587 ipv4; if source port 80; was denied by 2, is permitted by 3`. */
function show({ kind, policy, segment, destination, ports, family, row, before, after, ...change }: Change): string {
  const flow = `${segment ?? 'no segment'}>${destination} ${ports.join(',')} ${family}`;
  const said = change.rules.length === 0 ? policy : `${policy} (${change.rules.join(', ')})`;
  const to = row.target === null ? '' : ` to ${row.target}`;
  const hangs = row.condition === null ? '' : `; if ${row.condition}`;
  return `${kind} ${said} ${flow}${to}${hangs}; was ${side(before)}, is ${side(after)}`;
}

function side({ outcome, line, condition }: Change['before']): string {
  return `${outcome} by ${line?.line ?? 'no line'}${condition === null ? '' : ` if ${condition}`}`;
}

function shown(...args: Parameters<typeof compare>): readonly string[] {
  const { changes, problem } = compare(...args);
  expect(problem).toBe(null);
  return changes.filter(({ segment }) => segment !== null).map(show);
}

const ACCEPT_587 = '-A FORWARD -s 10.20.0.0/16 -p tcp -m tcp --dport 587 -j ACCEPT';

describe('a line that opens a port', () => {
  it('is one row for what the policy permits and one for the rest', () => {
    expect(shown(filter(), filter(ACCEPT_587))).toEqual([
      'newly-allowed deny workstations>* 587 ipv4; was denied by 2, is permitted by 3',
      'newly-allowed allow (staff-submit) workstations>provider 587 ipv4; was denied by 2, is permitted by 3',
    ]);
  });

  it('is newly blocked where it is taken out', () => {
    expect(shown(filter(ACCEPT_587), filter())).toEqual([
      'newly-blocked deny workstations>* 587 ipv4; was permitted by 3, is denied by 2',
      'newly-blocked allow (staff-submit) workstations>provider 587 ipv4; was permitted by 3, is denied by 2',
    ]);
  });

  it('is one row for all ports that are treated alike', () => {
    const both = '-A FORWARD -s 10.1.0.25 -d 192.0.2.9 -p tcp -m multiport --dports 465,587 -j ACCEPT';
    expect(shown(filter(), filter(both))).toEqual([
      'newly-allowed deny relays>provider 465,587 ipv4; was denied by 2, is permitted by 3',
    ]);
  });

  it('names the networks of the row, and a packet that both versions were asked about', () => {
    const { changes } = compare(
      filter(),
      filter('-A FORWARD -s 10.20.4.0/22 -d 192.0.2.128/25 -p tcp -m tcp --dport 25 -j ACCEPT'),
    );
    expect(changes.map(({ row }) => row)).toEqual([
      {
        outcome: 'permitted',
        sources: ['10.20.4.0/22'],
        destinations: ['192.0.2.128/25'],
        ports: ['25'],
        condition: null,
        sourcePorts: null,
        target: null,
        witness: { source: '10.20.4.1', sourcePort: 49152, destination: '192.0.2.128', port: 25, in: null, out: null },
        rules: [
          { file: 'after', line: 3, text: '-A FORWARD -s 10.20.4.0/22 -d 192.0.2.128/25 -p tcp -m tcp --dport 25 -j ACCEPT' },
        ],
        furtherRules: 0,
      },
    ]);
  });

  it('tells private addresses of no segment apart, of which the policy says nothing', () => {
    const { changes } = compare(filter(), filter('-A FORWARD -d 192.0.2.9 -p tcp -m tcp --dport 25 -j ACCEPT'));
    expect(changes.map(({ segment, policy }) => `${segment} ${policy}`)).toEqual([
      'workstations deny',
      'relays allow',
      'null unknown',
    ]);
    expect(changes.at(-1)?.row.sources).toContain('192.168.0.0/16');
  });
});

describe('a change of text alone', () => {
  const before = filter(
    '-A FORWARD -j OUT',
    '-A FORWARD -p tcp -m tcp --dport 25 -m limit --limit 1/sec -j ACCEPT',
    '-A OUT -s 10.1.0.25/32 -p tcp -m tcp --dport 25 -j ACCEPT',
    '-A OUT -s 10.20.0.0/16 -p tcp -m tcp --dport 587 -m limit --limit 5/sec -j ACCEPT',
  ).toSpliced(2, 0, ':OUT - [0:0]');

  it('is no change: renamed chains, comments, counters, rules that exclude each other in another order', () => {
    const after = [
      '# written by hand',
      '*filter',
      ':FORWARD DROP [17:4711]',
      ':LEAVING - [0:0]',
      '-A FORWARD -j LEAVING',
      '[3:180] -A FORWARD -p tcp -m tcp --dport 25 -m limit --limit 1/sec -j ACCEPT',
      '-A LEAVING -s 10.20.0.0/16 -p tcp -m tcp --dport 587 -m limit --limit 5/sec -m comment --comment "staff" -j ACCEPT',
      '-A LEAVING -s 10.1.0.25/32 -p tcp -m tcp --dport 25 -j ACCEPT',
      'COMMIT',
      '',
    ];
    expect(compare(before, after)).toMatchObject({ changes: [], notes: [], problem: null });
  });

  it('is no change: a rate limit behind a new one that is about something else', () => {
    const after = before.toSpliced(4, 0, '-A FORWARD -p tcp -m tcp --dport 22 -m limit --limit 1/sec -j ACCEPT');
    expect(compare(before, after)).toMatchObject({ changes: [], notes: [], problem: null });
  });

  it('is a change where a rate limit is another one', () => {
    const after = before.map((line) => line.replace('1/sec', '2/sec'));
    expect(shown(before, after)).toEqual([
      'newly-allowed deny workstations>* 25 ipv4; if -m limit --limit 2/sec; was conditional by 5 if -m limit --limit 1/sec, is conditional by 5 if -m limit --limit 2/sec',
      'newly-blocked deny workstations>* 25 ipv4; if -m limit --limit 2/sec; was conditional by 5 if -m limit --limit 1/sec, is conditional by 5 if -m limit --limit 2/sec',
    ]);
  });

  it('is a change where a set that drops has one', () => {
    const text = (more: string): string =>
      `table ip edge {\nset mail {\ntype inet_service${more}\nelements = { 25, 465, 587 }\n}\nchain out {\ntype filter hook forward priority 0\ntcp dport @mail drop\n}\n}\n`;
    const [before, after] = ['', '\nlimit rate over 5/second'].map((more, at) =>
      readConfiguration([{ file: `${at}`, text: text(more), format: 'nftables' }]),
    );
    if (before === undefined || after === undefined) throw new Error('two texts');
    const { changes } = differing(before, after, policyOf(POLICY), 'edge');
    expect(new Set(changes.map(({ kind, row }) => `${kind} if ${row.condition}`))).toEqual(
      new Set(['newly-allowed if not tcp dport @mail limit rate over 5/second']),
    );
  });
});

describe('a source port', () => {
  const bypass = '-A FORWARD -p tcp -m multiport --sports 80,443 -j ACCEPT';

  it('that opens every port is a row with that condition, with a witness from it', () => {
    const { changes } = compare(filter(), filter(bypass));
    const workstations = changes.filter(({ segment }) => segment === 'workstations');
    expect(workstations.map(({ row }) => [row.condition, row.sourcePorts, row.witness.sourcePort])).toContainEqual([
      'source port 80, 443',
      ['80', '443'],
      80,
    ]);
    expect(new Set(workstations.flatMap(({ ports }) => ports))).toEqual(new Set([25, 465, 587]));
    expect(workstations.every(({ row }) => row.sourcePorts?.join() === '80,443')).toBe(true);
  });

  it('that no client takes blocks nobody whom the policy permits when it is closed', () => {
    const { changes } = compare(filter(bypass), filter());
    expect(changes.filter(({ policy }) => policy === 'allow')).toEqual([]);
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(['newly-blocked']));
    expect(changes.every(({ row }) => row.sourcePorts?.join() === '80,443')).toBe(true);
  });

  it('of clients does not matter to a row that holds for all of them', () => {
    const low = '-A FORWARD -s 10.20.0.0/16 -d 192.0.2.0/24 -p tcp -m tcp --sport 1024:65535 --dport 587 -j ACCEPT';
    expect(shown(filter(low), filter())).toEqual([
      'newly-blocked allow (staff-submit) workstations>provider 587 ipv4; was permitted by 3, is denied by 2',
    ]);
  });
});

describe('a destination that is rewritten', () => {
  const nat = (...rules: readonly string[]): readonly string[] => ['*nat', ':PREROUTING ACCEPT [0:0]', ...rules, 'COMMIT'];
  const open = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', 'COMMIT', ''];
  const dnat = '-A PREROUTING -s 10.1.0.25/32 -d 192.0.2.0/24 -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.0.0.9:25';
  const redirect = '-A PREROUTING -s 10.1.0.25/32 -d 192.0.2.0/24 -p tcp -m tcp --dport 25 -j REDIRECT --to-ports 2525';

  it('is newly redirected, with where to', () => {
    expect(shown([...nat(), ...open], [...nat(dnat), ...open])).toEqual([
      'newly-redirected allow (relays-deliver) relays>provider 25 ipv4 to 10.0.0.9:25; was permitted by 6, is redirected by 3',
    ]);
  });

  it('is newly redirected to another target, newly allowed without one, newly blocked where the filter drops it', () => {
    expect(shown([...nat(dnat), ...open], [...nat(redirect), ...open])).toEqual([
      'newly-redirected allow (relays-deliver) relays>provider 25 ipv4 to this host, port 2525; was redirected by 3, is redirected by 3',
    ]);
    expect(shown([...nat(redirect), ...open], [...nat(), ...open])).toEqual([
      'newly-allowed allow (relays-deliver) relays>provider 25 ipv4; was redirected by 3, is permitted by 6',
    ]);
    const closed = open.map((line) => line.replace('INPUT ACCEPT', 'INPUT DROP'));
    expect(shown([...nat(redirect), ...open], [...nat(redirect), ...closed])).toEqual([
      'newly-blocked allow (relays-deliver) relays>provider 25 ipv4; was redirected by 3, is denied by 6',
    ]);
  });

  it('is newly redirected where TPROXY hands the packet to another socket', () => {
    const to = (socket: string): readonly string[] => [
      '*mangle',
      ':PREROUTING ACCEPT [0:0]',
      `-A PREROUTING -s 10.1.0.25/32 -d 192.0.2.0/24 -p tcp -m tcp --dport 25 -j TPROXY ${socket} --tproxy-mark 0x1/0x1`,
      'COMMIT',
      ...open,
    ];
    const [own, any] = [to('--on-port 2525 --on-ip 127.0.0.1'), to('--on-port 2525 --on-ip 0.0.0.0')];
    const row = (target: string): string =>
      `newly-redirected allow (relays-deliver) relays>provider 25 ipv4 to a proxy on this host, ${target}; was redirected by 3, is redirected by 3`;
    expect(shown(own, to('--on-port 10025 --on-ip 127.0.0.1'))).toEqual([row('address 127.0.0.1, port 10025')]);
    expect(shown(own, any)).toEqual([row('port 2525')]);
    expect(shown(any, to('--on-port 2525'))).toEqual([]);
  });

  it('that gets out by one more interface may newly get through, and one that gets out as before does not', () => {
    const out = (...names: readonly string[]): readonly string[] => {
      const lines = names.map((name) => `-A FORWARD -d 10.0.0.9/32 -o ${name} -p tcp -m tcp --dport 25 -j ACCEPT`);
      return [...nat(dnat), ...filter(...lines)];
    };
    const { changes } = compare(out('eth1'), out('eth1', 'eth2'));
    const redirected = changes.filter(({ kind, segment }) => kind === 'newly-redirected' && segment !== null);
    expect(redirected.map(({ row, before, after }) => [row.target, before.line?.line, after.line?.line])).toEqual([
      ['10.0.0.9:25', 6, 8],
    ]);
    expect(redirected[0]?.before.condition).not.toContain('eth2');
    expect(redirected[0]?.after.condition).toContain('eth2');
    expect(shown(out('eth1', 'eth2'), out('eth2', 'eth1'))).toEqual([]);
  });
});

describe('what is not known', () => {
  const set = (name: string): string => `-A FORWARD -p tcp -m tcp --dport 25 -m set --match-set ${name} src -j ACCEPT`;
  const sets = (...members: readonly string[]) => ({
    file: 'sets',
    text: ['create outside hash:net family inet', ...members.map((one) => `add outside ${one}`), ''].join('\n'),
    format: 'ipset-save' as const,
  });
  const ruleset = (...inputs: readonly ReturnType<typeof sets>[]): Ruleset =>
    readConfiguration([{ file: 'fw', text: filter(set('outside')).join('\n'), format: 'iptables-save' }, ...inputs]);
  const differ = (before: Ruleset, after: Ruleset): Differences => differing(before, after, policyOf(POLICY), 'edge');

  it('is the same before and after where neither version tells what a set holds, and that is said', () => {
    expect(differ(ruleset(), ruleset())).toMatchObject({
      changes: [],
      notes: ['What the set outside holds is known of neither version: it is taken to be the same before and after.'],
      problem: null,
    });
  });

  it('may differ where one version tells what a set holds', () => {
    const { changes, notes } = differ(ruleset(), ruleset(sets('10.20.0.0/24')));
    expect(notes).toEqual([]);
    expect(changes.map(({ kind, segment, policy, row, before }) => [kind, segment, policy, row.outcome, before.outcome])).toEqual(
      [
        ['newly-allowed', 'workstations', 'deny', 'permitted', 'conditional'],
        ['newly-blocked', 'workstations', 'deny', 'denied', 'conditional'],
        ['newly-blocked', 'relays', 'deny', 'denied', 'conditional'],
        ['newly-blocked', 'relays', 'allow', 'denied', 'conditional'],
        ['newly-blocked', null, 'unknown', 'denied', 'conditional'],
      ],
    );
  });

  it('is known where both versions tell what a set holds: what is added to it is newly allowed', () => {
    const { changes } = differ(ruleset(sets('10.20.0.0/24')), ruleset(sets('10.20.0.0/24', '10.20.7.0/24')));
    expect(changes.map(show)).toEqual(['newly-allowed deny workstations>* 25 ipv4; was denied by 2, is permitted by 3']);
    expect(changes[0]?.row.sources).toEqual(['10.20.7.0/24']);
  });

  it('no longer decides: what was let through at times is newly allowed, and the row says at what times', () => {
    const owner =
      '-A FORWARD -s 10.20.0.0/16 -d 192.0.2.0/24 -p tcp -m tcp --dport 587 -m mac --mac-source 00:00:5E:00:53:01 -j ACCEPT';
    expect(shown(filter(owner), filter(owner.replace('-m mac --mac-source 00:00:5E:00:53:01 ', '')))).toEqual([
      'newly-allowed allow (staff-submit) workstations>provider 587 ipv4; was conditional by 3 if -m mac --mac-source 00:00:5e:00:53:01, is permitted by 3',
    ]);
  });
});

describe('lines that no mail packet meets', () => {
  it('are told of each version, also where nothing that it does changes', () => {
    const rules = ['-A FORWARD -p tcp --dport 25 -j DROP', '-A FORWARD -s 10.20.0.9 -p tcp --dport 25 -j ACCEPT'];
    const ruleset = (lines: readonly string[]): Ruleset =>
      readConfiguration([{ file: 'fw', text: filter(...lines).join('\n'), format: 'iptables-save' }]);
    const { changes, dead } = differing(ruleset(rules.slice(0, 1)), ruleset(rules), policyOf(POLICY), 'edge');
    expect(changes).toEqual([]);
    expect(dead?.before).toEqual([]);
    expect(dead?.after.map(({ line, why }) => [line.text, why])).toEqual([[rules[1], 'shadowed']]);
  });

  it('are explained where they are new, however many there were before', () => {
    const accept = (host: number): string => `-A FORWARD -s 10.20.0.${host}/32 -p tcp --dport 25 -j ACCEPT`;
    const rules = ['-A FORWARD -p tcp --dport 25 -j DROP', ...Array.from({ length: 20 }, (_, host) => accept(host))];
    const ruleset = (lines: readonly string[]): Ruleset =>
      readConfiguration([{ file: 'fw', text: filter(...lines).join('\n'), format: 'iptables-save' }]);
    const after = ruleset([...rules, accept(99), accept(3)]);
    const { dead } = differing(ruleset(rules), after, policyOf(POLICY), 'edge');
    const explained = dead?.after.filter(({ by }) => by.length > 0) ?? [];
    expect(explained.map(({ line }) => line.text)).toEqual([accept(3), accept(99), accept(3)]);
    expect(explained.every(({ conflict }) => conflict)).toBe(true);
  });

  it('are none that a packet of one family meets, beside a rate limit as well', () => {
    const rules = ['meta nfproto ipv6 tcp dport 25 accept', 'tcp dport 587 limit rate 1/second accept', 'tcp dport 25 drop'];
    const chain = `type filter hook forward priority 0; policy accept;\n${rules.join('\n')}`;
    const text = `table inet f {\nchain forward {\n${chain}\n}\n}\n`;
    const ruleset = readConfiguration([{ file: 'fw', text, format: 'nftables' }]);
    expect(differing(ruleset, ruleset, policyOf(POLICY), 'edge').dead).toEqual({ before: [], after: [] });
  });
});

describe('a family', () => {
  it('that no file describes any more is left open, by no line', () => {
    const six = (file: string): Parameters<typeof readConfiguration>[0][number] => ({
      file,
      text: filter().join('\n'),
      format: 'ip6tables-save',
    });
    const four = { file: 'four', text: filter().join('\n'), format: 'iptables-save' as const };
    const { changes } = differing(readConfiguration([four, six('six')]), readConfiguration([four]), policyOf(POLICY), 'edge');
    expect(changes.filter(({ segment }) => segment !== null).map(show)).toEqual([
      'newly-allowed deny workstations>* 25,465,587 ipv6; was denied by 2, is permitted by no line',
    ]);
  });
});

describe('names that the policy permits', () => {
  const to = (network: string): string => `-A FORWARD -s 10.20.0.0/16 -d ${network} -p tcp -m tcp --dport 465 -j ACCEPT`;

  it('may be just what is opened, and surely are not all of a wide region', () => {
    expect(shown(filter(), filter(to('198.51.100.25')))).toEqual([
      'newly-allowed unknown (staff-partner) workstations>internet 465 ipv4; was denied by 2, is permitted by 3',
    ]);
    expect(shown(filter(), filter(to('198.0.0.0/8')))).toEqual([
      'newly-allowed deny workstations>internet 465 ipv4; was denied by 2, is permitted by 3',
    ]);
  });

  it('are not found out by opening a wide region in many narrow lines', () => {
    const lines = Array.from({ length: 300 }, (_, index) => to(`198.${index % 2 === 0 ? 51 : 18}.${Math.floor(index / 2)}.0/24`));
    expect(shown(filter(), filter(...lines)).map((line) => line.split(' ipv4')[0])).toEqual([
      'newly-allowed deny workstations>internet 465',
    ]);
  });

  it('may be in whatever is blocked', () => {
    expect(shown(filter(to('198.0.0.0/8')), filter())).toEqual([
      'newly-blocked unknown (staff-partner) workstations>internet 465 ipv4; was permitted by 3, is denied by 2',
    ]);
    expect(compare(filter(to('198.0.0.0/8')), filter()).changes.map(({ names }) => names)).toEqual([['smtp.example.net']]);
  });
});

describe('interfaces', () => {
  it('that mattered before the change are in the witness', () => {
    const { changes } = compare(
      ['*nat', ':PREROUTING ACCEPT [0:0]', '-A PREROUTING -i eth1 -p tcp -m tcp --dport 25 -j REDIRECT', 'COMMIT', ...filter()],
      filter('-A FORWARD -s 10.1.0.25 -d 192.0.2.0/24 -p tcp -m tcp --dport 25 -j ACCEPT'),
    );
    const allowed = changes.filter(({ kind }) => kind === 'newly-allowed');
    expect(allowed.map(({ row, before }) => [row.condition, row.witness.in, before.outcome])).toEqual([
      [null, 'eth1', 'redirected'],
    ]);
  });

  const by = (out: string): string => `-A FORWARD -s 10.1.0.25 -d 192.0.2.0/24 -o ${out} -p tcp -m tcp --dport 25 -j ACCEPT`;

  it('are a condition of the row where the policy does not map them', () => {
    expect(shown(filter(), filter(by('eth0')))).toEqual([
      'newly-allowed allow (relays-deliver) relays>provider 25 ipv4; if outgoing interface eth0; was denied by 2, is permitted by 3',
    ]);
  });

  it('that the policy maps are none, and what comes or leaves by others is not looked at', () => {
    const outside = (line: string): string => line.replace('192.0.2.0/24', '198.51.100.0/24');
    expect(shown(filter(), filter(outside(by('eth0'))), { firewall: 'mapped' })).toEqual([
      'newly-allowed allow (relays-deliver) relays>internet 25 ipv4; was denied by 2, is permitted by 3',
    ]);
    expect(shown(filter(), filter(outside(by('eth7'))), { firewall: 'mapped' })).toEqual([]);
    expect(shown(filter(), filter(by('eth0').replace('-s', '-i eth2 -s')), { firewall: 'mapped' })).toEqual([]);
  });

  it('of this host alone lead to no other host', () => {
    expect(compare(filter(), filter('-A FORWARD -i lo -j ACCEPT', '-A FORWARD -o lo -j ACCEPT')).changes).toEqual([]);
  });
});

describe('a change of hundreds of lines', () => {
  it('is a few rows', () => {
    const hosts = (from: number, count: number, port: string): readonly string[] =>
      Array.from(
        { length: count },
        (_, index) => `-A FORWARD -s 10.20.${from + (index >> 6)}.${index & 63} -p tcp -m tcp --dport ${port} -j ACCEPT`,
      );
    const { changes, notes } = compare(
      filter(...hosts(0, 300, '25')),
      filter(...hosts(2, 300, '25'), ...hosts(40, 300, '465:587')),
    );
    expect(notes).toEqual([]);
    expect(changes.length).toBeLessThan(12);
    expect(changes.every(({ row }) => row.rules.length === 20 || row.rules[0]?.line === 2)).toBe(true);
  });

  it('of hundreds of flows lists some and does not judge the others, unless the policy wants them', () => {
    const flows = Array.from(
      { length: 116 },
      (_, index) => `-A FORWARD -s 10.20.0.${index} -d 198.51.100.${index * 2} -p tcp -m tcp --dport 25 -j ACCEPT`,
    );
    const { changes, problem } = compare(filter(), filter(...flows));
    expect(changes.length).toBe(100);
    expect(problem).toMatch(
      /^16 further rows of what is newly allowed from workstations by IPv4, and the policy denies, are not listed\. They are not judged/,
    );
    const closed = compare(filter(...flows), filter());
    expect([closed.problem, closed.notes]).toEqual([
      null,
      ['16 further rows of what is newly blocked from workstations by IPv4, and the policy denies, are not listed.'],
    ]);
  });

  it('is not worked out beyond the budget, and says so', () => {
    const policy = policyOf(POLICY);
    const [firewall] = policy.firewalls;
    if (firewall === undefined) throw new Error('no firewall');
    const [before, after] = [read(filter(), 'before'), read(filter(ACCEPT_587), 'after')];
    const { changes, problem } = differences({ policy, firewall, before, after, hook: 'forward', budget: 40 });
    expect(changes).toEqual([]);
    expect(problem).toMatch(/^The two versions of edge could not be compared: more than 40 nodes\. /);
  });
});

describe('the id of a change', () => {
  const ids = (before: readonly string[], after: readonly string[]): readonly string[] =>
    compare(before, after).changes.map(({ id }) => id);

  it('stays where lines move, and differs for each row and for another line', () => {
    const log = '-A FORWARD -j LOG';
    const first = ids(filter(), filter(ACCEPT_587));
    expect(first.every((id) => /^[0-9a-f]{12}$/.test(id))).toBe(true);
    expect(new Set(first).size).toBe(2);
    expect(ids(filter(log), filter(log, log, ACCEPT_587))).toEqual(first);
    const other = ids(filter(), filter(ACCEPT_587.replace('10.20.0.0/16', '10.20.0.0/17')));
    expect(other.some((id) => first.includes(id))).toBe(false);
  });
});
