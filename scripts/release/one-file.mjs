// postern.mjs: the whole command as one file, for wherever Node is and nothing else can be installed.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { noticesOf, packagesIn, settings } from '../bundling.mjs';

/** @returns the metafile: what is in it. */
export async function makeOneFile(outfile) {
  const { build } = await import('esbuild');
  const { metafile } = await build({ ...settings, entryPoints: ['cmd/main.ts'], outfile });
  // A notice may hold what would end a comment of several lines; it cannot hold a line break within a line.
  const notices = noticesOf(packagesIn(metafile)).replace(/^/gm, '// ').replace(/ +$/gm, '');
  writeFileSync(outfile, `${readFileSync(outfile, 'utf8')}${notices}\n`);
  chmodSync(outfile, 0o755);
  return metafile;
}
