import { describe, expect, it } from 'vitest';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError, type Problem } from '../../../src/model/problem.ts';
import { LOADED, REFUSED } from './loading.cases.ts';

function errorsOf(text: string): readonly Problem[] {
  try {
    parseNft(text, 'x');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.filter(({ severity }) => severity === 'error');
  }
}

describe('a file that nft refuses', () => {
  it.each(REFUSED)('is refused: $text', ({ text, at }) => {
    expect(errorsOf(text).map(({ location, code }) => `${location?.line}:${location?.column} ${code}`)).toEqual(at);
  });
});

describe('a file that nft loads', () => {
  it.each(LOADED)('is read: %s', (text) => {
    expect(errorsOf(text)).toEqual([]);
  });

  it('has the priorities that nft reads', () => {
    const read = (priority: string): number | undefined =>
      parseNft(`table ip t { chain c { type filter hook output priority ${priority}; }; }\n`, 'x').bases[0]?.priority;
    expect(['-0010', '0x10', 'filter + 010', '- 10', 'dstnat -5'].map(read)).toEqual([-8, 16, 8, -10, -105]);
  });
});

describe('a refusal says what to do', () => {
  it.each([
    [
      'table ip t { chain c { accept }\n}\n',
      'nft refuses this file: it wants a new line or ; before this brace, at the end of the chain c.',
    ],
    ['table ip t { } table ip u { }\n', 'nft refuses this file: it wants a new line or ; behind the table t, before this.'],
    [
      'flush ruleset table ip t { }\n',
      'nft refuses this file: table is no family. Behind flush ruleset stands one, or a new line.',
    ],
    ['table ip t { chain c { tcp dport { 25 587 } drop; }; }\n', 'nft refuses this file: it wants a comma between 25 and 587.'],
    [
      'table ip t { chain c { tcp dport 25, 587 drop; }; }\n',
      'nft refuses this file: several values stand in braces. Write tcp dport { 25, 587 }.',
    ],
    ['table ip t { chain c { tcp dport drop; }; }\n', 'nft refuses this file: a value is missing between tcp dport and drop.'],
    [
      'table ip t { chain c { tcp dport ! 25 drop; }; }\n',
      'nft refuses this file: ! does not stand behind tcp dport. Write tcp dport != 25.',
    ],
    [
      'table ip t { chain c { tcp dport 25 udp sport 25 drop; }; }\n',
      'nft refuses this file: udp sport stands in a rule of tcp, and no packet is of both. Write a rule for each.',
    ],
    [
      'table ip t { chain c { ip6 saddr ::1 drop; }; }\n',
      'nft refuses this file: ip6 saddr stands in a rule of ip, and no packet is of both. Put it into a table of the family inet.',
    ],
    [
      'table ip t { set s { type inet_service; flags interval; elements = { 25-30, 28 }; }; }\n',
      'nft refuses this file: 25-30 and 28 in the set s overlap. Take one of them out, or write auto-merge; in the set s.',
    ],
    [
      'table ip t { chain c { udp dport 25 reject with tcp reset; }; }\n',
      'nft refuses this file: packets of a rule of udp are not rejected with tcp. Write reject alone.',
    ],
    [
      'table ip t { chain c { type nat hook output priority 0; redirect to :2525; }; }\n',
      'nft refuses this file: redirect has a port, and no protocol stands before it. Write tcp dport, or meta l4proto tcp, before it.',
    ],
    [
      'table ip t { chain c { tcp 25 drop; }; }\n',
      'nft refuses this file: it wants a field behind tcp, before 25, such as tcp dport.',
    ],
    [
      'table ip t { }\ndelete chain ip t x\n',
      'nft refuses this file: the chain ip t x was not made before. Put add chain before this, or take it out.',
    ],
  ])('%j', (text, message) => {
    expect(errorsOf(text).map((one) => one.message)).toEqual([message]);
  });

  it('of what may be there before a script, that it is taken to be there', () => {
    const { assumptions } = parseNft('flush table ip t\ntable ip t { chain c { accept; }; }\n', 'x');
    expect(assumptions).toContain(
      'The table ip t is emptied and was not made before: nft loads the file only where it is there already.',
    );
  });
});
