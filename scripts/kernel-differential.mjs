// `node scripts/kernel-differential.mjs [--format iptables] [--count 500] [--connections 200] [--seed 1] [--lanes 4]`: random rulesets in a kernel (in
// namespaces of its own) beside what Postern says of them. Needs Linux, nft, iptables and ipset.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const folder = mkdtempSync(join(tmpdir(), 'postern-kernel-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['main', 'agent'].map((name) => `test/lab/kernel/${name}.ts`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
  });
  run(process.execPath, [join(folder, 'main.mjs'), join(folder, 'agent.mjs'), ...process.argv.slice(2)]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
