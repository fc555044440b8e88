// Builds dist/: the command (postern.js, with chunks that each command loads on its own), the library, the lab's servers, the types.
// It is made beside the old one and then takes its place, so that what runs meanwhile never finds half of it.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './set-up.mjs';

ensureInstalled();
const { build } = await import('esbuild');
const dist = join(root, 'dist');
const fresh = join(root, `dist.building-${process.pid}`);
const old = join(root, `dist.old-${process.pid}`);

/**
 * yargs measures the columns of its help with string-width, which builds three Intl.Segmenter at every start: a fifth of the
 * time of a short command. Our help is text without wide characters, for which length is width.
 */
const narrowWidth = {
  name: 'narrow-width',
  setup(bundler) {
    bundler.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'narrow-width' }));
    bundler.onLoad({ filter: /.*/, namespace: 'narrow-width' }, () => ({
      contents:
        "import { stripVTControlCharacters } from 'node:util';\nexport default (text) => stripVTControlCharacters(text).length;",
    }));
  },
};

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
    plugins: [narrowWidth],
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
