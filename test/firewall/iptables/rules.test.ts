import { describe, expect, it } from 'vitest';
import { showChain } from '../show.ts';
import { fileOf, parse, rulesOf, warningsOf } from './file.ts';
import {
  ADDRESSES,
  COUNTING,
  FLAGS,
  FUNCTIONAL,
  INTERFACES,
  MARKS,
  NAT_TABLE,
  ORDERS,
  OWNERS,
  PORTS,
  PROTOCOLS,
  STATES,
  WITH_NAT,
} from './match.cases.ts';
import { CONTINUING, TARGET_CASES } from './target.cases.ts';

const GROUPS = {
  PROTOCOLS,
  ADDRESSES,
  INTERFACES,
  PORTS,
  FLAGS,
  STATES,
  OWNERS,
  FUNCTIONAL,
  COUNTING,
  ORDERS,
  TARGETS: TARGET_CASES,
};

describe.each(Object.entries(GROUPS))('a rule of iptables: %s', (_, cases) => {
  it.each(cases)('$title: $rule', ({ rule, is, ...small }) => {
    expect(rulesOf(rule, small)).toEqual([is]);
  });
});

describe('a rule of iptables: MARKS', () => {
  it.each(MARKS)('$title: $rule', ({ rule, is }) => expect(rulesOf(rule)).toEqual([is]));

  const SETTING = '*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n';

  it('keeps a mark open that another table sets, as one question', () => {
    const { chains, assumptions } = parse(
      `${SETTING}${fileOf('-A OUTPUT -m mark ! --mark 1/255\n-A OUTPUT -m mark --mark 0x1/0xff')}`,
    );
    const question = '"filter -m mark --mark 0x1/0xff"';
    expect(showChain(chains.get('ip filter/OUTPUT') ?? never()).slice(0, 2)).toEqual([
      `!(${question}) → next`,
      `${question} → next`,
    ]);
    expect(assumptions).toContain(
      'Rules set marks: what a match on marks finds is not worked out, and what hangs on it is conditional.',
    );
  });

  it.each([
    ['-j DSCP --set-dscp 0', '-m dscp --dscp 0x2e'],
    ['--jump TTL --ttl-set 64', '-m ttl --ttl-eq 64'],
    ['-j TCPMSS --set-mss 1400', '-m tcpmss --mss 1400'],
    ['-j TCPOPTSTRIP --strip-options 8', '-m tcp --tcp-option 8'],
    ['-m connlabel --label web --set', '-m connlabel --label web'],
  ])('asks anew for what %s changes', (writes, asks) => {
    const shown = rulesOf(`-A POSTROUTING -p tcp ${asks} -j DROP\n-A POSTROUTING -p tcp ${writes}`, { table: 'mangle' });
    expect(shown[0]).toContain(`?"ip mangle/POSTROUTING: ${asks} #1"`);
    expect(rulesOf(`-A POSTROUTING -p tcp ${asks} -j DROP`, { table: 'mangle' })[0]).toContain(`"${asks}"`);
    expect(rulesOf(`-A POSTROUTING -p tcp ${asks} -j DROP`, { table: 'mangle' })[0]).not.toContain('?');
  });

  it('asks anew for a mark in the table that sets it, because it may change in between', () => {
    const { chains } = parse(SETTING.replace('COMMIT', '-A PREROUTING -m mark --mark 1\n-A PREROUTING -m mark --mark 1\nCOMMIT'));
    expect(showChain(chains.get('ip mangle/PREROUTING') ?? never())).toEqual([
      'always → next',
      '?"ip mangle/PREROUTING: -m mark --mark 0x1 #1" → next',
      '?"ip mangle/PREROUTING: -m mark --mark 0x1 #2" → next',
    ]);
  });

  it.each([
    '-j CONNMARK --restore-mark',
    '-j SET --map-set x src --map-mark',
    '-p tcp -j TPROXY --on-port 1 --tproxy-mark 1',
    '-m socket --restore-skmark',
    '-j HMARK --hmark-tuple src --hmark-mod 5',
    '-j FOO',
  ])('takes marks for unknown beside %s', (setter) => {
    const text = `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${setter}\nCOMMIT\n${fileOf('-A OUTPUT -m mark --mark 1')}`;
    expect(showChain(parse(text).chains.get('ip filter/OUTPUT') ?? never())[0]).toBe('"filter -m mark --mark 0x1" → next');
  });

  it('tells the mark of a packet from that of its connection', () => {
    const { chains } = parse(`${SETTING}${fileOf('-A OUTPUT -m connmark --mark 1')}`);
    expect(showChain(chains.get('ip filter/OUTPUT') ?? never())[0]).toBe('"-m connmark --mark 0x1" → next');
  });

  it('says that packets may come with marks', () => {
    expect(parse(fileOf('-A OUTPUT -m mark --mark 1')).assumptions).toContain(
      'No rule sets marks, but packets may come with them (tc, sockets, eBPF): what hangs on marks is conditional.',
    );
  });
});

describe('a rule of iptables: tracking', () => {
  it.each(WITH_NAT)('$title: $rule', ({ rule, is }) => {
    expect(showChain(parse(`${NAT_TABLE}${fileOf(rule)}`).chains.get('ip filter/OUTPUT') ?? never())[0]).toBe(is);
  });

  const RAW =
    '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 80 -j CT --notrack\n-A PREROUTING -p udp -j NOTRACK\nCOMMIT\n';
  const OPEN = 'proto 6 & dport 80 & "the packet is not tracked (NOTRACK)"';

  it('keeps the state of packets open that a rule may have taken out of tracking, and of no others', () => {
    const { chains } = parse(
      `${RAW}${fileOf('-A OUTPUT -m state --state NEW\n-A OUTPUT -m state --state UNTRACKED\n-A OUTPUT -m state --state NEW,UNTRACKED')}`,
    );
    expect(showChain(chains.get('ip filter/OUTPUT') ?? never()).slice(0, 3)).toEqual([
      `state new & !(${OPEN}) → next`,
      `state untracked | (${OPEN}) → next`,
      'state new,untracked → next',
    ]);
  });

  it('lets such packets pass the table nat by', () => {
    const { chains } = parse(`${RAW}${NAT_TABLE}`);
    expect(showChain(chains.get('ip nat/PREROUTING') ?? never())).toEqual([
      `${OPEN} → accept`,
      'proto 6 & dport 80 → redirect 0-ffffffff 8080',
    ]);
  });

  it('does not care where only other protocols are taken out', () => {
    const { chains } = parse(`${RAW.replace(/^.*notrack\n/m, '')}${fileOf('-A OUTPUT -m state --state NEW')}`);
    expect(showChain(chains.get('ip filter/OUTPUT') ?? never())[0]).toBe('state new → next');
  });
});

describe('a target that leaves the verdict to the next rule', () => {
  it.each(CONTINUING)('%s', (target) => {
    const table = /^(CT|TTL|HL|TOS|DSCP|ECN)/.test(target) ? 'mangle' : 'filter';
    expect(rulesOf(`-A user -j ${target}`, { table })).toEqual(['always → next']);
  });
});

describe('names of what may differ each time', () => {
  it('counts a text in its chain, whatever stands between', () => {
    const lines =
      '-A user -m limit --limit 1/s\n-A user -m limit --limit 2/s\n-A user -m limit --limit 1/sec -j DROP\n-A OUTPUT -m limit --limit 1/s';
    expect(rulesOf(lines, {}, 'user')).toEqual([
      '?"ip filter/user: -m limit --limit 1/sec #1" → next',
      '?"ip filter/user: -m limit --limit 2/sec #1" → next',
      '?"ip filter/user: -m limit --limit 1/sec #2" → drop',
    ]);
    expect(rulesOf(lines, {}, 'OUTPUT')).toEqual(['?"ip filter/OUTPUT: -m limit --limit 1/sec #1" → next']);
  });

  it('counts them as they stand at the end, not as they were written', () => {
    expect(rulesOf('-A user -m limit --limit 1/s -j DROP\n-I user -m limit --limit 1/s -j ACCEPT', {}, 'user')).toEqual([
      '?"ip filter/user: -m limit --limit 1/sec #1" → accept',
      '?"ip filter/user: -m limit --limit 1/sec #2" → drop',
    ]);
  });
});

describe('warnings about rules', () => {
  it.each([
    ['an unknown match', '-A OUTPUT -m foo --bar', ['4 unknown-match']],
    ['an unknown option of a match that is not read', '-A OUTPUT -m time --newer 5', ['4 unknown-option']],
    ['an unknown target', '-A OUTPUT -j FOO', ['4 unknown-target']],
    ['an odd interface', '-A OUTPUT -o !eth0', ['4 odd-interface']],
    ['an owner where there is none', '-A INPUT -m owner --uid-owner 5', ['4 chain-undeclared', '4 wrong-chain']],
    ['nothing', '-A OUTPUT -j DROP', []],
  ])('%s: %s', (_, lines, warnings) => {
    expect(warningsOf(fileOf(lines))).toEqual(warnings);
  });
});

function never(): never {
  throw new Error('no such chain');
}
