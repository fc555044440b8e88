import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../src/firewall/configuration.ts';
import { inspect } from '../src/firewall/inspect.ts';
import { configurationQuestions } from '../src/model/configuration-question.ts';
import type { ConfigurationFormat } from '../src/model/policy.ts';
import { unaskedOf } from '../src/unasked.ts';
import { policyOf } from './support/policy.ts';

interface Asking {
  /** Of the policy, from `firewalls:` on. */
  readonly firewalls?: string;
  readonly from?: readonly string[];
  readonly budget?: number;
}

/** What is told beside the answers, without what is told of the firewall's own mail. */
function notes(policy: string, lines: readonly string[], format: ConfigurationFormat, asking: Asking = {}): readonly string[] {
  return allNotes(policy, lines, format, asking).filter((note) => !note.startsWith('Not asked: mail that the firewall itself'));
}

function allNotes(text: string, lines: readonly string[], format: ConfigurationFormat, asking: Asking = {}): readonly string[] {
  const { firewalls = 'firewalls: { edge: { files: [fw.v4] } }', from = [], budget = 1_000_000 } = asking;
  const policy = policyOf(`${text}\n${firewalls}\n`);
  const [firewall] = policy.firewalls;
  if (firewall === undefined) throw new Error('no firewall');
  const ruleset = readConfiguration([{ file: 'fw.v4', text: [...lines, ''].join('\n'), format }]);
  const questions = configurationQuestions(policy, firewall).filter(({ segment }) => from.length === 0 || from.includes(segment));
  const interfaces = [...firewall.interfaces.values()].flat();
  const unasked = unaskedOf(policy, firewall, from);
  return inspect(ruleset, questions, { hook: firewall.hook, budget, interfaces, unasked }).notes;
}

const UPLINK = `
version: 1
name: r
segments: { servers: { networks: [172.20.16.0/24] }, office: { networks: [172.20.17.0/24] } }
destinations: { internet: { networks: [any] } }
rules: []
audit: { ports: [25] }`;

const TO_PPP0: Asking = { firewalls: 'firewalls: { edge: { files: [fw.v4], interfaces: { internet: ppp0 } } }' };
const MAPPED: Asking = {
  firewalls: 'firewalls: { edge: { files: [fw.v4], interfaces: { servers: eth1, office: eth2, internet: ppp0 } } }',
};

function filter(...rules: readonly string[]): readonly string[] {
  return ['*filter', ':FORWARD DROP [0:0]', ':OUTPUT DROP [0:0]', ...rules, 'COMMIT'];
}

function saved(...rules: readonly string[]): (asking: Asking) => readonly string[] {
  return (asking) => notes(UPLINK, filter(...rules), 'iptables-save', asking);
}

describe('a destination with interfaces', () => {
  it('is told of where denied mail to it leaves by another', () => {
    const found = saved(
      '-A FORWARD -s 172.20.16.0/24 -o wwan0 -j ACCEPT',
      '-A FORWARD -s 172.20.16.0/24 -o ppp0 -p tcp --dport 443 -j ACCEPT',
    )(TO_PPP0);
    expect(found).toEqual([
      'internet was asked about leaving by ppp0 only; the configuration lets denied mail to it out by other interfaces: wwan0 by fw.v4:4 (-A FORWARD -s 172.20.16.0/24 -o wwan0 -j ACCEPT). Harmless where no route to it leads there (narrow the line, and this is not said); where one does, list them: internet: [ppp0, wwan0].',
    ]);
  });

  it('is not told of what its own interface lets out as well: of that there is a row', () => {
    expect(saved('-A FORWARD -s 172.20.16.0/24 -p tcp --dport 25 -j ACCEPT')(TO_PPP0)).toEqual([]);
  });

  it('is not told of where nothing else leads out, and not where it may be anywhere', () => {
    expect(saved('-A FORWARD -s 172.20.16.0/24 -o wwan0 -p tcp --dport 443 -j ACCEPT')(TO_PPP0)).toEqual([]);
    expect(saved('-A FORWARD -s 172.20.16.0/24 -o wwan0 -j ACCEPT')({})).toEqual([]);
  });

  it('says that it may be so where it hangs on what nobody knows', () => {
    const [found] = saved('-A FORWARD -s 172.20.16.0/24 -o wwan0 -m mark --mark 0x7 -j ACCEPT')(TO_PPP0);
    expect(found).toContain('the configuration may let denied mail to it out by other interfaces: wwan0 by fw.v4:4');
  });

  it('names few lines, and few interfaces', () => {
    const found = saved(
      ...[0, 1, 2, 3, 4].map((number) => `-A FORWARD -s 172.20.16.${number} -o wwan${number} -j ACCEPT`),
      '-A FORWARD -s 172.20.16.9 ! -o ppp0 -j ACCEPT',
    )(TO_PPP0);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain('any other by fw.v4:9 (-A FORWARD -s 172.20.16.9 ! -o ppp0 -j ACCEPT); ');
    expect(found[0]).toMatch(/; and 3 more lines\. Harmless .*; where one does, leave internet out of interfaces: then every/);
  });
});

describe('a segment with interfaces', () => {
  it('is told of where denied mail of its addresses comes in by one that nobody has, once for all that this is so of', () => {
    const docker = '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT';
    expect(saved(docker)(MAPPED)).toEqual([
      `servers was asked about coming in by eth1 only; the configuration lets denied mail from its addresses in by other interfaces: docker0 by fw.v4:4 (${docker}). Harmless where none of these addresses comes in there (narrow the line to the networks behind it, and this is not said); where one does, list them: servers: [eth1, docker0].`,
      `office was asked about coming in by eth2 only; the configuration lets denied mail from its addresses in by other interfaces: docker0 by fw.v4:4 (${docker}). Harmless where none of these addresses comes in there (narrow the line to the networks behind it, and this is not said); where one does, list them: office: [eth2, docker0].`,
      `Senders in no segment were not asked about; the configuration lets some of them send mail that no rule permits: lines that name no sender, such as fw.v4:4 (${docker}), let any through. Give them a segment, or narrow the line.`,
    ]);
    const together = MAPPED.firewalls?.replace('eth2', 'eth1') ?? '';
    expect(saved(docker)({ firewalls: together })[0]).toMatch(
      /^servers and office were asked .* list them: \[eth1, docker0\]\.$/,
    );
  });

  it('is not told of wrong addresses at the interface of another segment, nor of what comes in to a segment', () => {
    expect(saved('-A FORWARD -s 172.20.16.0/24 -i eth2 -o ppp0 -j ACCEPT')(MAPPED)).toEqual([]);
    expect(saved('-A FORWARD -i wwan0 -d 172.20.17.9 -p tcp --dport 25 -j ACCEPT')(MAPPED)).toEqual([]);
  });
});

const OFFICE = `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25, "2001:db8:1::25"] }
destinations:
  provider: { networks: [192.0.2.0/24] }
  internet: { networks: [public] }
rules:
  - { name: submit, from: workstations, to: provider, ports: [465, 587] }
  - { name: deliver, from: relays, to: any, ports: [25] }`;

function nftables(...rules: readonly string[]): readonly string[] {
  return [
    'flush ruleset',
    'table inet filter {',
    'chain forward { type filter hook forward priority filter; policy drop;',
    ...rules,
    '}; }',
  ];
}

describe('senders in no segment', () => {
  const told = (rules: readonly string[], asking?: Asking): readonly string[] =>
    notes(OFFICE, nftables(...rules), 'nftables', asking);

  it('are told of by the line that names them, with what they may send', () => {
    expect(told(['ip saddr { 10.1.0.25, 192.168.0.0/16 } tcp dport 25 accept'])).toEqual([
      'Senders in no segment were not asked about; the configuration lets some of them send mail that no rule permits: 192.168.0.0/16 on 25 by fw.v4:4 (ip saddr { 10.1.0.25, 192.168.0.0/16 } tcp dport 25 accept). Give them a segment, or narrow the line.',
    ]);
  });

  it('are told of in one sentence where lines name no sender', () => {
    expect(told(['ip saddr 192.168.0.0/16 tcp dport 587 accept', 'tcp dport 25 accept'])).toEqual([
      'Senders in no segment were not asked about; the configuration lets some of them send mail that no rule permits: 192.168.0.0/16 on 587 by fw.v4:4 (ip saddr 192.168.0.0/16 tcp dport 587 accept); lines that name no sender, such as fw.v4:5 (tcp dport 25 accept), let any through. Give them a segment, or narrow the lines.',
    ]);
  });

  it('are not told of where nothing of theirs passes, where it comes in to a segment, and where only some segments are asked about', () => {
    expect(told(['ip saddr 10.1.0.25 tcp dport 25 accept', 'ip saddr 192.168.0.0/16 tcp dport 443 accept'])).toEqual([]);
    expect(told(['ip daddr 10.1.0.25 tcp dport 25 accept'])).toEqual([]);
    expect(told(['tcp dport 25 accept'], { from: ['relays'] })).toEqual([]);
  });

  it('may what every segment may that comes in where they do', () => {
    const at = (interfaces: string): Asking => ({
      firewalls: `firewalls: { edge: { files: [fw.v4], interfaces: ${interfaces} } }`,
    });
    const line = 'iifname "eth1" ip daddr 192.0.2.0/24 tcp dport { 465, 587 } accept';
    expect(told([line], at('{ workstations: eth1, relays: eth2 }'))).toEqual([]);
    expect(told([line], at('{ workstations: eth1, relays: eth1 }'))).toHaveLength(1);
    expect(told([line], at('{ workstations: eth1 }'))).toHaveLength(1);
  });

  it('are told of by examples where a firewall has many lines about others', () => {
    const others = Array.from(
      { length: 600 },
      (_, one) => `-A FORWARD -s 10.${30 + (one % 150)}.${one % 250}.9 -p tcp --dport 25 -j ACCEPT`,
    );
    const [found] = notes(OFFICE, filter(...others), 'iptables-save');
    expect(found).toMatch(
      /^Senders in no segment .* no rule permits: 10\.30\.0\.9 on 25 by fw\.v4:4 .*; these lines are examples\. Give/,
    );
    const any = notes(
      OFFICE,
      filter(...others, '-A FORWARD -s 0.0.0.0/1 -p tcp --dport 25 -j ACCEPT', '-A FORWARD -p tcp --dport 25 -j ACCEPT'),
      'iptables-save',
    );
    expect(any).toEqual([expect.stringMatching(/^Senders in no segment .*these lines are examples/)]);
  });
});

describe('mail of the firewall itself', () => {
  const OUTPUT = ['*filter', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]', 'COMMIT'];
  const told = (lines: readonly string[], asking?: Asking): readonly string[] => allNotes(UPLINK, lines, 'iptables-save', asking);

  it('is told of where it gets out and nobody asks', () => {
    expect(told(OUTPUT)).toEqual([
      'Not asked: mail that the firewall itself sends (hook output, policy accept, fw.v4:3). Add a firewall with the same files and hook: output to ask.',
    ]);
    const lines = ['*filter', ':FORWARD DROP [0:0]', ':OUTPUT DROP [0:0]', '-A OUTPUT -p tcp --dport 25 -j ACCEPT', 'COMMIT'];
    expect(told(lines)[0]).toContain('(hook output, its lines let some out, fw.v4:3)');
  });

  it('is not told of where none gets out, where no chain is about it, and where somebody asks', () => {
    expect(told(filter())).toEqual([]);
    expect(allNotes(OFFICE, nftables(), 'nftables')).toEqual([]);
    const asked = 'firewalls: { edge: { files: [fw.v4] }, own: { files: [./fw.v4], hook: output } }';
    expect(told(OUTPUT, { firewalls: asked })).toEqual([]);
    const others = 'firewalls: { edge: { files: [fw.v4] }, own: { files: [other.v4], hook: output } }';
    expect(told(OUTPUT, { firewalls: others })).toHaveLength(1);
  });
});

it('is said where that takes too much', () => {
  const lines = filter('-A FORWARD -s 172.20.16.0/24 -o wwan0 -j ACCEPT');
  expect(allNotes(UPLINK, lines, 'iptables-save', { ...TO_PPP0, budget: 100 })).toEqual([
    expect.stringMatching(
      /^What no question asks about \(other interfaces, other senders\) was not looked at in full\. .*--node-budget\.$/,
    ),
  ]);
});
