import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';

const WORDS =
  'table chain set inet ip edge out { } { } ; \n tcp dport 25 587 , . - : / @ $x @mail != == < & | ( ) [ ] vmap map accept drop jump goto reject with tcp reset dnat to redirect ip saddr 10.0.0.0/8 ip6 daddr 2001:db8::1 meta skuid mark set limit counter log prefix "a" * elements = type filter hook output priority 0 policy add rule element flush ruleset define x flags timeout'.split(
    ' ',
  );

describe('any words of nftables', () => {
  it('are a ruleset or refused with a place, never a crash', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), fc.boolean(), (words, inRule) => {
        const text = inRule ? `table inet edge {\nset mail { }\nchain out {\n${words.join(' ')}\n}\n}` : words.join(' ');
        try {
          expect(parseNft(text, 'edge.nft').chains.size).toBeGreaterThanOrEqual(0);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          expect(error.problems.some(({ severity, location }) => severity === 'error' && location !== null)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
