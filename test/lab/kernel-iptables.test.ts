/** Random rulesets of iptables in a kernel, beside what the interpreter says of the same connections. The long one: scripts/kernel-differential.mjs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateIptables } from '../firewall/generate/iptables.ts';
import { describeServers } from './debian-servers.ts';
import { buildAgent } from './kernel/build-agent.ts';
import { differential } from './kernel/differential.ts';
import { countsOf, troubleIn } from './kernel/words.ts';
import { root } from './postern.ts';

/** Another one may be given, to look at what a run has found. */
const SEED = Number(process.env.POSTERN_SEED ?? 1);
const RULESETS = 40;

function missing(): string | null {
  if (userInfo().uid !== 0) return 'connections of several users need root';
  const tools = [
    'iptables-nft-restore',
    'ip6tables-nft-restore',
    'iptables-legacy-restore',
    'ip6tables-legacy-restore',
    'ipset',
    'nft',
  ];
  const lacking = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return lacking.length === 0 ? null : `${lacking.join(', ')} not installed (packages iptables, ipset and nftables)`;
}

describeServers(missing(), 'a kernel with iptables', () => {
  it(`does with connections what the interpreter says (seed ${SEED})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-kernel-'));
    try {
      const agent = await buildAgent(root, folder);
      const backends = ['nft', 'legacy', 'nft', 'legacy'] as const;
      const found = await differential({
        agent,
        generate: generateIptables,
        backends,
        seed: SEED,
        rulesets: RULESETS,
        connections: 200,
      });
      const counts = countsOf(found);
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      expect(found.flatMap((one) => (one.refused === null ? troubleIn(one) : []))).toEqual([]);
      // A comparison of nothing would be green as well.
      expect(total).toBeGreaterThan(RULESETS * 200 * 0.9);
      for (const verdict of ['accept', 'drop', 'reject', 'redirect']) expect(counts[verdict] ?? 0).toBeGreaterThan(100);
      expect((counts['conditional'] ?? 0) / total).toBeLessThan(0.1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
