/** Random rulesets in a kernel, beside what the interpreter says of the same connections. The long one: scripts/kernel-differential.mjs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeServers } from '../debian-servers.ts';
import { root } from '../postern.ts';
import { buildAgent } from './build-agent.ts';
import { differential, type Options } from './differential.ts';
import { countsOf, troubleIn } from './words.ts';

/** Another one may be given, to look at what a run has found. */
const SEED = Number(process.env['POSTERN_SEED'] ?? 1);
const [RULESETS, CONNECTIONS] = [40, 200];

/** @param tools  programs that have to be there; each with `--version`. */
export function compareWithKernel(title: string, tools: readonly string[], how: Pick<Options, 'generate' | 'backends'>): void {
  describeServers(missing(tools), title, () => {
    it(`does with connections what the interpreter says (seed ${SEED})`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'postern-kernel-'));
      try {
        const agent = await buildAgent(root, folder);
        const found = await differential({ ...how, agent, seed: SEED, rulesets: RULESETS, connections: CONNECTIONS });
        const counts = countsOf(found);
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        // A kernel may lack a module. Which one, the long comparison says.
        expect(found.flatMap((one) => (one.refused === null ? troubleIn(one) : []))).toEqual([]);
        // A comparison of nothing would be green as well.
        expect(total).toBeGreaterThan(RULESETS * CONNECTIONS * 0.9);
        for (const verdict of ['accept', 'drop', 'reject', 'redirect']) expect(counts[verdict] ?? 0).toBeGreaterThan(100);
        expect((counts['conditional'] ?? 0) / total).toBeLessThan(0.15);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
}

function missing(tools: readonly string[]): string | null {
  if (userInfo().uid !== 0) return 'connections of several users need root';
  const lacking = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return lacking.length === 0 ? null : `${lacking.join(', ')} not installed (packages iptables, ipset and nftables)`;
}
