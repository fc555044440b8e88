// `npm run release`: makes release/ anew: the npm package, the command as one file, the Debian package, the bill of materials, and
// SHA256SUMS. Two builds of one commit are the same, byte by byte: the only time in it is that of the commit, or SOURCE_DATE_EPOCH.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packagesIn } from './bundling.mjs';
import { makeDocuments } from './documents.mjs';
import { makeDeb } from './release/deb.mjs';
import { makeOneFile } from './release/one-file.mjs';
import { makeSbom } from './release/sbom.mjs';
import { isDirty, releaseDate } from './release-date.mjs';
import { ensureInstalled, root, run, say } from './set-up.mjs';

// npm pack keeps the modes that files have here.
process.umask(0o022);
ensureInstalled();
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const date = releaseDate();
const release = join(root, 'release');
const fresh = join(root, `release.building-${process.pid}`);
const stage = join(root, `release.stage-${process.pid}`);
const { name, version } = manifest;

try {
  mkdirSync(fresh);
  if (isDirty()) say('The working tree has changes: what is made of it is of no commit, whatever its date says.');
  // What others have built may be newer or older than the sources.
  run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', fresh], { stdio: ['ignore', 'ignore', 'inherit'] });
  const metafile = await makeOneFile(join(fresh, 'postern.mjs'));
  if (!process.argv.includes('--without-deb')) {
    const documents = await makeDocuments({ version, date: date.toISOString().slice(0, 10) });
    mkdirSync(stage);
    await makeDeb({ stage, outfile: join(fresh, `${name}_${version}_all.deb`), manifest, documents, date });
  }
  writeFileSync(join(fresh, `${name}-${version}.cdx.json`), makeSbom(manifest, packagesIn(metafile), date));
  const sums = readdirSync(fresh)
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(join(fresh, file)))
          .digest('hex')}  ${file}\n`,
    );
  writeFileSync(join(fresh, 'SHA256SUMS'), sums.join(''));
  for (const file of readdirSync(fresh)) chmodSync(join(fresh, file), file === 'postern.mjs' ? 0o755 : 0o644);
  rmSync(release, { recursive: true, force: true });
  renameSync(fresh, release);
  say(`Made release/, dated ${date.toISOString()}:\n${sums.join('').trimEnd()}`);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(stage, { recursive: true, force: true });
}
