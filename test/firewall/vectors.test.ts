import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { traceOf } from '../../src/firewall/interpret.ts';
import { agreementOf } from './agreement.ts';
import { IPTABLES_FLOW } from './vectors/iptables-flow.cases.ts';
import { IPTABLES_MATCHES } from './vectors/iptables-matches.cases.ts';
import { NFTABLES_FLOW } from './vectors/nftables-flow.cases.ts';
import { NFTABLES_MATCHES } from './vectors/nftables-matches.cases.ts';
import { packetOf, type Vector } from './vectors/vector.ts';

/** Packet sets have to say the same as the interpreter, and both what is written down. */
function decided({ files, hook, verdicts }: Vector): Record<string, string> {
  const ruleset = readConfiguration(files.map(({ format, text }) => ({ file: format, format, text })));
  const packets = Object.keys(verdicts).map(packetOf);
  expect(agreementOf(ruleset, hook, packets).disagreements).toEqual([]);
  return Object.fromEntries(Object.keys(verdicts).map((words) => [words, traceOf(ruleset, packetOf(words), hook).verdict]));
}

describe('iptables: chains, targets and hooks', () => {
  it.each(IPTABLES_FLOW)('$title', (vector) => {
    expect(decided(vector)).toEqual(vector.verdicts);
  });
});

describe('iptables: matches', () => {
  it.each(IPTABLES_MATCHES)('$title', (vector) => {
    expect(decided(vector)).toEqual(vector.verdicts);
  });
});

describe('nftables: chains, verdicts and hooks', () => {
  it.each(NFTABLES_FLOW)('$title', (vector) => {
    expect(decided(vector)).toEqual(vector.verdicts);
  });
});

describe('nftables: matches', () => {
  it.each(NFTABLES_MATCHES)('$title', (vector) => {
    expect(decided(vector)).toEqual(vector.verdicts);
  });
});
