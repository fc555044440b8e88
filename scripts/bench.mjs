// `npm run bench [-- --without-nmap]`: builds the measuring programs beside the product, then measures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
ensureBuilt();
const { build } = await import('esbuild');
const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ['main', 'sweep-postern', 'sweep-node', 'relay-servers'].map((name) => `test/bench/${name}.ts`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
  });
  run(process.execPath, [join(folder, 'main.mjs'), root, folder, ...process.argv.slice(2)]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
