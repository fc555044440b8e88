// How the program is bundled, wherever to; and whose packages are then in it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './set-up.mjs';

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

/** Of esbuild. */
export const settings = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  chunkNames: 'chunks/[name]-[hash]',
  // Not the usual name: yargs imports `createRequire` itself, and two of them are a syntax error.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  plugins: [narrowWidth],
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** The packages that a bundle holds a part of: `{ name, version, license, folder }`, by name. */
export function packagesIn({ inputs }) {
  const paths = Object.keys(inputs).flatMap((path) => [path, ...bundledBefore(path)]);
  const folders = new Set(paths.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []));
  return [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { name, version, license, folder };
  });
}

/** A generated module is itself a bundle, with parts of Ajv in it: esbuild writes above each part where it is from. */
function bundledBefore(path) {
  if (!path.includes('/generated/')) return [];
  return readFileSync(join(root, path), 'utf8').match(/(?<=^\/\/ )node_modules\/.+$/gm) ?? [];
}

/** What their licences ask for: the notices of each, as it has them. */
export function noticesOf(packages) {
  const notices = packages.map(({ name, version, license, folder }) => {
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} has no licence text: ${folder}`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  return `Postern contains parts of these packages.\n\n${notices.join(`\n${'-'.repeat(72)}\n\n`)}`;
}
