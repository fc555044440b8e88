import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import type { Case, Chain, Ruleset } from '../../src/firewall/ruleset.ts';
import { agreementOf } from './agreement.ts';
import { generateIptables } from './generate/iptables.ts';
import { generate } from './generate/nftables.ts';
import { edgesOf, packetsAt } from './generate/packets.ts';
import { Random } from './generate/random.ts';
import type { Generated } from './generate/world.ts';

/**
 * Rulesets of each format, from 0 on. More of them: `POSTERN_AGREEMENT=5000 npx vitest run --project unit test/firewall/agreement.test.ts`.
 */
const RULESETS = Number(process.env['POSTERN_AGREEMENT'] ?? 20);
const PACKETS_EACH = 40;

/** An hour: nobody waits for it but who asked for more. */
const LONG_MS = 3_600_000;

describe.each([
  ['nftables', generate],
  ['iptables', generateIptables],
])('random rulesets of %s', (_, make) => {
  it('are the same to the interpreter and to packet sets, at the edges of all that they mention', { timeout: LONG_MS }, () => {
    const counts: Record<string, number> = {};
    for (let seed = 0; seed < RULESETS; seed++) {
      const found = agreementWithin(make(seed), seed);
      expect(found.disagreements, `seed ${seed}`).toEqual([]);
      for (const [verdict, count] of Object.entries(found.counts)) counts[verdict] = (counts[verdict] ?? 0) + count;
    }
    // Or else they test little.
    for (const verdict of ['accept', 'drop', 'reject', 'redirect', 'conditional'])
      expect(counts[verdict] ?? 0, verdict).toBeGreaterThan((RULESETS * PACKETS_EACH) / 200);
  });
});

describe.each([
  ['nftables', generate],
  ['iptables', generateIptables],
])('random rulesets of %s with targets that are not known', (_, make) => {
  it('are the same to the interpreter and to packet sets', { timeout: LONG_MS }, () => {
    const counts: Record<string, number> = {};
    for (let seed = 0; seed < RULESETS; seed++) {
      const { files, hook } = make(seed);
      const whole = readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
      const ruleset = withLost(whole, new Random(seed));
      const found = agreementOf(ruleset, hook, packetsAt(edgesOf([ruleset]), hook, PACKETS_EACH, new Random(seed)));
      expect(found.disagreements, `seed ${seed}`).toEqual([]);
      for (const [verdict, count] of Object.entries(found.counts)) counts[verdict] = (counts[verdict] ?? 0) + count;
    }
    expect(counts['conditional'] ?? 0).toBeGreaterThan((RULESETS * PACKETS_EACH) / 200);
  });
});

/** Every eighth verdict or so is one of which nobody knows what becomes of the packet. */
function withLost(ruleset: Ruleset, random: Random): Ruleset {
  let count = 0;
  const lost = (one: Case): Case => {
    count += 1;
    const key = `lost ${count}`;
    return random.chance(1 / 8) ? { ...one, verdict: { kind: 'lost', key, text: key } } : one;
  };
  const chains = [...ruleset.chains].map(([id, chain]): [string, Chain] => [
    id,
    { ...chain, rules: chain.rules.map((rule) => ({ ...rule, cases: rule.cases.map(lost) })) },
  ]);
  return { ...ruleset, chains: new Map(chains) };
}

function agreementWithin({ files, hook }: Generated, seed: number): ReturnType<typeof agreementOf> {
  const ruleset = readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
  return agreementOf(ruleset, hook, packetsAt(edgesOf([ruleset]), hook, PACKETS_EACH, new Random(seed)));
}
