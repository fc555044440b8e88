import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import type { Ruleset } from '../../../src/firewall/ruleset.ts';
import { configurationText } from '../fixtures.ts';
import { showChain } from '../show.ts';

function read(name: string): Ruleset {
  return readConfiguration([{ file: name, text: configurationText(`iptables/${name}.rules`), format: null }]);
}

/** Chains with rules, and the policy of each base chain that drops. */
function shown({ chains, bases }: Ruleset): Record<string, string[] | string> {
  const rules = [...chains]
    .filter(([, chain]) => chain.rules.length > 0)
    .map(([id, chain]): [string, string[]] => [id, showChain(chain)]);
  const drops = bases
    .filter(({ policy }) => policy === 'drop')
    .map(({ chain }): [string, string] => [`policy of ${chain}`, 'drop']);
  return Object.fromEntries<string[] | string>([...rules, ...drops]);
}

describe('what is easily read wrongly', () => {
  it('a match after the target narrows the rule', () => {
    expect(shown(read('1-match-after-target'))).toEqual({
      'ip filter/OUTPUT': ['proto 6 & user 105 & dport 25 → accept'],
      'policy of ip filter/OUTPUT': 'drop',
    });
  });

  it('a goto is no jump', () => {
    const rest = { 'ip filter/mail': ['proto 6 & dport 25 → return'] };
    expect(shown(read('2-goto'))).toEqual({ 'ip filter/OUTPUT': ['proto 6 → goto ip filter/mail', 'always → drop'], ...rest });
    expect(shown(read('2-jump'))).toEqual({ 'ip filter/OUTPUT': ['proto 6 → jump ip filter/mail', 'always → drop'], ...rest });
  });

  it('negated ports stay with their protocol', () => {
    expect(shown(read('3-negated-ports'))).toEqual({
      'ip filter/OUTPUT': ['proto 6 & !(dport 25,465) → accept'],
      'policy of ip filter/OUTPUT': 'drop',
    });
  });

  it('a limit is a question of its own, for accept and drop alike', () => {
    expect(shown(read('4-limit'))).toEqual({
      'ip filter/OUTPUT': ['proto 6 & ?"ip filter/OUTPUT: -m limit --limit 1/sec #1" & dport 25 → drop'],
    });
  });

  it('a prefix of interfaces is not an interface', () => {
    expect(shown(read('5-interfaces'))).toEqual({
      'ip filter/FORWARD': ['proto 6 & in eth0 & dport 25 → accept', 'proto 6 & in eth+ & dport 25 → drop'],
    });
  });

  it('a redirect comes before the filter', () => {
    const ruleset = read('6-redirect');
    expect(shown(ruleset)).toEqual({
      'ip nat/OUTPUT': ['proto 6 & dport 25 → redirect 7f000001 2525'],
      'ip filter/OUTPUT': ['proto 6 & dport 25 → drop'],
    });
    expect(ruleset.bases.filter(({ hook }) => hook === 'output').map(({ chain }) => chain)).toEqual([
      'ip nat/OUTPUT',
      'ip filter/OUTPUT',
    ]);
  });
});
