import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { inspect } from '../../src/firewall/inspect.ts';
import { type Packet, traceOf } from '../../src/firewall/interpret.ts';
import { hasSide } from '../../src/firewall/region.ts';
import type { Chain, Hook, Place, Rule, Ruleset } from '../../src/firewall/ruleset.ts';
import { FAMILIES } from '../../src/model/address.ts';
import { ANY } from '../../src/model/address-set.ts';
import type { ConfigurationLine, DeadLine } from '../../src/model/configuration.ts';
import { generateIptables } from './generate/iptables.ts';
import { generate } from './generate/nftables.ts';
import { edgesOf, packetsAt } from './generate/packets.ts';
import { Random } from './generate/random.ts';

/** Rulesets of each format, from 0 on. More of them: `POSTERN_ANSWERS=2000 npx vitest run --project unit test/firewall/blockers-random.test.ts`. */
const RULESETS = Number(process.env['POSTERN_ANSWERS'] ?? 12);
const PACKETS_EACH = 150;
const PORTS = [25, 465, 587];

/** An hour: nobody waits for it but who asked for more. */
const LONG_MS = 3_600_000;

describe.each([
  ['iptables', generateIptables],
  ['nftables', generate],
])('lines that take the packets of a dead line, of random rulesets of %s', (_, make) => {
  it('are met by every packet that the dead line would match', { timeout: LONG_MS }, () => {
    let asked = 0;
    for (let seed = 0; seed < RULESETS; seed++) {
      const { files, hook } = make(seed);
      const ruleset = readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
      const { dead } = inspect(ruleset, questions(), { hook, budget: 4_000_000, interfaces: [] });
      const shadowed = dead.filter(({ why, furtherBy }) => why === 'shadowed' && furtherBy === 0);
      const packets = wholePackets(ruleset, hook, seed);
      for (const line of shadowed) {
        const alone = onlyTo(ruleset, line);
        for (const packet of packets) {
          const would = traceOf(alone, packet, hook);
          if (would.worlds !== 1 || would.verdict !== 'drop') continue;
          const does = traceOf(ruleset, packet, hook);
          if (does.worlds !== 1) continue;
          asked++;
          // Where a policy is what takes them, no rule is.
          const met = [...does.rules, ...(does.decision === null ? [] : [does.decision])];
          const named = met.some((place) => line.by.some((by) => isAt(place, by)));
          expect(named, `seed ${seed}: ${line.line.file}:${line.line.line} and ${JSON.stringify(packet, text)}`).toBe(true);
        }
      }
    }
    expect(asked).toBeGreaterThan(0);
  });
});

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value;
}

function isAt(place: Place, { file, line }: ConfigurationLine): boolean {
  return place.file === file && place.line === line;
}

/** The same with no rules but those that lead to the line, and come back from where they lead, and the line, which drops: nothing else does. */
function onlyTo(ruleset: Ruleset, { line, chain: own }: DeadLine): Ruleset {
  const leading = new Set([own]);
  const calls = (rule: Rule): Rule['cases'] =>
    rule.cases.flatMap(({ condition, verdict }) =>
      (verdict.kind === 'jump' || verdict.kind === 'goto') && leading.has(verdict.chain)
        ? [{ condition, verdict: { kind: 'jump', chain: verdict.chain } }]
        : [],
    );
  for (let size = 0; size < leading.size; ) {
    size = leading.size;
    for (const { id, rules } of ruleset.chains.values()) if (rules.some((rule) => calls(rule).length > 0)) leading.add(id);
  }
  const rulesOf = ({ id, rules }: Chain): readonly Rule[] =>
    rules.flatMap((rule) => {
      const led = calls(rule);
      if (id === own && isAt(rule.place, line))
        return [{ ...rule, cases: rule.cases.map(({ condition }) => ({ condition, verdict: { kind: 'drop' } })) }];
      return led.length === 0 ? [] : [{ ...rule, cases: led }];
    });
  return {
    ...ruleset,
    chains: new Map([...ruleset.chains].map(([id, chain]) => [id, { ...chain, rules: rulesOf(chain) }])),
    bases: ruleset.bases.map((base) => ({ ...base, policy: 'accept' })),
  };
}

function questions(): Parameters<typeof inspect>[1] {
  return FAMILIES.flatMap((family) =>
    PORTS.map((port) => ({
      id: `${port}/${family}`,
      firewall: 'edge',
      segment: 'all',
      destination: '*',
      port,
      family,
      expect: 'deny' as const,
      rules: [],
      sources: ANY[family],
      destinations: ANY[family],
      names: [],
      in: null,
      out: null,
    })),
  );
}

/** With a source port, and an interface on each side that they have; whose they are nobody says. */
function wholePackets(ruleset: Ruleset, hook: Hook, seed: number): readonly Packet[] {
  return packetsAt(edgesOf([ruleset]), hook, PACKETS_EACH, new Random(seed))
    .filter(({ port, in: comes, out: leaves }) => PORTS.includes(port) && comes !== 'lo' && leaves !== 'lo')
    .map(({ in: comes, out: leaves, sourcePort = 49_152, user: _user, group: _group, ...packet }) => ({
      ...packet,
      sourcePort,
      ...(hasSide(hook, 'in') ? { in: comes ?? 'strange0' } : {}),
      ...(hasSide(hook, 'out') ? { out: leaves ?? 'strange1' } : {}),
    }));
}
