// Builds dist/: the command (postern.js, with chunks that each command loads on its own), the library, the lab's servers, the types.
// It is made beside the old one and then takes its place, so that what runs meanwhile never finds half of it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const fresh = join(root, `dist.building-${process.pid}`);
const old = join(root, `dist.old-${process.pid}`);

try {
  await build({
    absWorkingDir: root,
    entryPoints: { postern: 'cmd/main.ts', index: 'src/index.ts', 'lab-serve': 'src/lab/serve.ts' },
    outdir: fresh,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    chunkNames: 'chunks/[name]-[hash]',
    // Not the usual name: yargs imports `createRequire` itself, and two of them are a syntax error.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  chmodSync(join(fresh, 'postern.js'), 0o755);
  if (!process.argv.includes('--no-types')) buildTypes();
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}

function buildTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = ['-p', 'tsconfig.build.json', '--outDir', join(fresh, 'types')];
  const { status } = spawnSync(process.execPath, [tsc, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the types do not build');
}
