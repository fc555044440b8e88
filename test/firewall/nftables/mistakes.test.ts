import { describe, expect, it } from 'vitest';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';

function fileOf(rules: string, further = ''): string {
  return `flush ruleset\ntable inet edge { chain out { type filter hook output priority 0; policy drop;\n${rules}\n}\n${further} }\n`;
}

function toldOf(text: string): readonly string[] {
  try {
    return parseNft(text, 'x').problems.map(({ code, location, message }) => `${location?.line} ${code}: ${message}`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ code, location, message }) => `${location?.line} ${code}: ${message}`);
  }
}

describe('a misspelt word', () => {
  it('of a field is told with the one that was meant, once for each place', () => {
    expect(toldOf(fileOf('tcp dprot 443-993 accept\nip sadr 10.20.0.0/16 accept\ntcp dport 25 accept'))).toEqual([
      '3 misspelt: tcp dprot is not understood: what hangs on it is conditional. "dprot" is not known here: did you mean dport? nft -c -f FILE tells whether the file can be loaded.',
      '4 misspelt: ip sadr is not understood: what hangs on it is conditional. "sadr" is not known here: did you mean saddr? nft -c -f FILE tells whether the file can be loaded.',
    ]);
  });

  it('at the beginning of a match, or in the place of a verdict, too', () => {
    expect(toldOf(fileOf('iifnam "eth0" accept\ntcp dport 25 acept'))).toEqual([
      expect.stringMatching(/^3 not-understood: .* "iifnam" is not known here: did you mean iifname\?/),
      expect.stringMatching(/^4 not-understood: .* "acept" is not known here: did you mean accept\?/),
    ]);
  });
});

describe('a chain', () => {
  it.each(['jump', 'goto'])('needs a name behind %s', (verdict) => {
    expect(toldOf(fileOf(verdict))).toEqual([
      `3 unknown-chain: ${verdict} needs the name of a chain of this table behind it: ${verdict} NAME.`,
    ]);
  });

  it('whose name is a word of nft is warned of', () => {
    expect(toldOf(fileOf('tcp dport 25 drop', 'chain fwd { tcp dport 25 accept; }'))).toEqual([
      '5 reserved-name: nft takes fwd for a word of its own and refuses a file with a chain of that name: it may not be what is loaded. Name the chain otherwise.',
    ]);
    expect(toldOf(fileOf('tcp dport 25 drop', 'chain forward { tcp dport 25 accept; }'))).toEqual([]);
  });
});
