// Builds dist/: the command (postern.js, with chunks that each command loads on its own), the library, the lab's servers;
// and where a package is made of it the types, the manual and the completions.
// It is made beside the old one and then takes its place, so that what runs meanwhile never finds half of it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noticesOf, packagesIn, settings } from './bundling.mjs';
import { makeDocuments } from './documents.mjs';
import { buildDate } from './release-date.mjs';
import { ensureInstalled, root } from './set-up.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const dist = join(root, 'dist');
const fresh = join(root, `dist.building-${process.pid}`);
const old = join(root, `dist.old-${process.pid}`);

try {
  const { metafile } = await build({
    ...settings,
    entryPoints: { postern: 'cmd/main.ts', index: 'src/index.ts', 'lab-serve': 'src/lab/serve.ts' },
    outdir: fresh,
    splitting: true,
  });
  writeFileSync(join(fresh, 'THIRD-PARTY-LICENSES'), noticesOf(packagesIn(metafile)));
  chmodSync(join(fresh, 'postern.js'), 0o755);
  if (!process.argv.includes('--no-types')) {
    buildTypes();
    await writeDocuments(join(fresh, 'share'));
  }
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}

/** The manual and the completions. */
async function writeDocuments(folder) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const documents = await makeDocuments({ version, date: buildDate().toISOString().slice(0, 10) });
  mkdirSync(folder);
  for (const [name, text] of Object.entries(documents)) writeFileSync(join(folder, name), text);
}

function buildTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['-p', 'tsconfig.build.json', '--outDir', join(fresh, 'types')];
  const { status } = spawnSync(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the types do not build');
}
