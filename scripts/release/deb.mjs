// The Debian package, by dpkg-deb alone: files, modes and times are all set here, so that two builds are the same byte by byte. It has no
// maintainer scripts: nothing runs when it is installed. It carries the program in pieces, of which a command loads only its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import { noticesOf, packagesIn, settings } from '../bundling.mjs';
import { root } from '../set-up.mjs';
import { changelogText } from './changelog.mjs';

const MAINTAINER = 'The Postern authors <authors@postern.invalid>';
const PROGRAM = 'usr/share/postern';
const DOC = 'usr/share/doc/postern';
/** What the files of deploy/ run, where Postern was put by hand. */
const BY_HAND = '/opt/postern/dist/postern.js';

/** Where a file of deploy/ belongs, by its ending; the rest are recipes for other places than a host's /etc. */
const DEPLOY = {
  '.service': (name) => `usr/lib/systemd/system/${name}`,
  '.timer': (name) => `usr/lib/systemd/system/${name}`,
  '.logrotate': (name) => `etc/logrotate.d/${basename(name, '.logrotate')}`,
  '.cron': (name) => `${DOC}/examples/${name}`,
};
/** What the manual leads to or tries things with, beside that. */
const EXAMPLES = {
  'deploy/gitlab/postern.yml': 'gitlab/postern.yml',
  ...Object.fromEntries(['postern.yaml', 'before.nft', 'after.nft'].map((name) => [`fixtures/review/${name}`, `review/${name}`])),
};

/** Lays everything out in `stage`, which has to be empty, and packs it. */
export async function makeDeb({ stage, outfile, manifest, documents, date }) {
  const metafile = await bundle(join(stage, PROGRAM));
  for (const [path, content] of layout({ manifest, documents, date, notices: noticesOf(packagesIn(metafile)) })) {
    mkdirSync(dirname(join(stage, path)), { recursive: true });
    writeFileSync(join(stage, path), content);
  }
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync('../share/postern/postern.mjs', join(stage, 'usr/bin/postern'));
  describe(stage, manifest);
  settle(stage, date);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(date.getTime() / 1_000) };
  const args = ['--root-owner-group', '--threads-max=1', '-Zxz', '--build', stage, outfile];
  const { status, stderr, error } = spawnSync('dpkg-deb', args, { env, encoding: 'utf8' });
  if (error !== undefined)
    throw new Error('dpkg-deb is missing (package dpkg); without it: npm run release -- --without-deb', { cause: error });
  if (status !== 0) throw new Error(`dpkg-deb failed:\n${stderr}`);
  return metafile;
}

async function bundle(outdir) {
  const { build } = await import('esbuild');
  const outExtension = { '.js': '.mjs' };
  const { metafile } = await build({
    ...settings,
    entryPoints: { postern: 'cmd/main.ts' },
    outdir,
    outExtension,
    splitting: true,
  });
  return metafile;
}

/** Paths in the package, with what stands there; without the program. */
export function* layout({ manifest, documents, date, notices }) {
  for (const name of readdirSync(join(root, 'policies'))) yield [`${PROGRAM}/policies/${name}`, text(`policies/${name}`)];
  yield ['usr/share/man/man1/postern.1.gz', zipped(documents['postern.1'])];
  yield ['usr/share/bash-completion/completions/postern', documents['postern.bash']];
  yield ['usr/share/zsh/vendor-completions/_postern', documents._postern];
  yield ['usr/share/fish/vendor_completions.d/postern.fish', documents['postern.fish']];
  yield [`${DOC}/copyright`, copyright(notices)];
  yield [`${DOC}/changelog.gz`, zipped(changelogText(text('CHANGELOG.md'), manifest, MAINTAINER, date))];
  for (const [from, to] of Object.entries(EXAMPLES)) yield [`${DOC}/examples/${to}`, text(from)];
  yield* deployed();
  yield* manual();
}

/** Not compressed: its pages lead to each other by their names. */
function* manual() {
  yield [`${DOC}/README.md`, linked('README.md', text('README.md'))];
  for (const name of readdirSync(join(root, 'docs')).sort())
    yield [`${DOC}/docs/${name}`, linked(`docs/${name}`, text(`docs/${name}`))];
}

/** A page whose links lead to where things are here. What the package leaves out is named without a link. */
function linked(page, content) {
  return content.replaceAll(/\[([^\]]*)\]\((?!https?:)([^()#\s]+)(#[^()\s]*)?\)/g, (_, label, target, anchor = '') => {
    const place = placeOf(posix.normalize(posix.join(dirname(page), target)));
    return place === null ? label : `[${label}](${posix.relative(dirname(`${DOC}/${page}`), place)}${anchor})`;
  });
}

/** Where a file of the repository is in the package; null: nowhere. */
function placeOf(path) {
  if (path === 'README.md' || /^docs\/[^/]+$/.test(path)) return `${DOC}/${path}`;
  if (path === 'CHANGELOG.md') return `${DOC}/changelog.gz`;
  if (path in EXAMPLES) return `${DOC}/examples/${EXAMPLES[path]}`;
  return /^deploy\/[^/]+$/.test(path) ? (placeOfDeployed(basename(path)) ?? null) : null;
}

function* deployed() {
  if (!existsSync(join(root, 'deploy'))) return;
  for (const name of readdirSync(join(root, 'deploy')).sort()) {
    const place = placeOfDeployed(name);
    if (place !== undefined) yield [place, text(`deploy/${name}`).replaceAll(BY_HAND, `/${PROGRAM}/postern.mjs`)];
  }
}

function placeOfDeployed(name) {
  return DEPLOY[/\.[a-z]+$/.exec(name)?.[0] ?? '']?.(name);
}

/** @see https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ */
function copyright(notices) {
  const body = notices
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? ' .' : ` ${line}`))
    .join('\n');
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: postern

Files: *
Copyright: The Postern authors
License: Apache-2.0
Comment:
${body}

License: Apache-2.0
 On Debian systems the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
`;
}

function describe(stage, manifest) {
  const files = filesIn(stage).filter((path) => lstatSync(join(stage, path)).isFile());
  const size = files.reduce((sum, path) => sum + Math.ceil(lstatSync(join(stage, path)).size / 1_024), 0);
  mkdirSync(join(stage, 'DEBIAN'));
  const write = (name, content) => writeFileSync(join(stage, 'DEBIAN', name), content);
  write(
    'md5sums',
    files
      .map(
        (path) =>
          `${createHash('md5')
            .update(readFileSync(join(stage, path)))
            .digest('hex')}  ${path}\n`,
      )
      .join(''),
  );
  const conffiles = files.filter((path) => path.startsWith('etc/'));
  if (conffiles.length > 0) write('conffiles', conffiles.map((path) => `/${path}\n`).join(''));
  write(
    'control',
    `Package: ${manifest.name}
Version: ${manifest.version}
Architecture: all
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: nodejs (>= 20.19)
Recommends: iproute2
Suggests: nftables
Section: net
Priority: optional
Description: audits how mail can leave a network
 ${manifest.description.replace(/^Tells/, 'Postern tells')}
 It probes from the host it runs on, speaks SMTP with what answers, reads the
 configurations of firewalls, and judges every flow by a policy: allowed,
 blocked, or not known. It never takes silence for proof.
`,
  );
}

/** Modes and times that depend on nobody's umask and clock. */
function settle(stage, date) {
  for (const path of [...filesIn(stage), '.']) {
    const full = join(stage, path);
    const found = lstatSync(full);
    if (!found.isSymbolicLink()) chmodSync(full, found.isDirectory() || path === `${PROGRAM}/postern.mjs` ? 0o755 : 0o644);
    lutimesSync(full, date, date);
  }
}

/** Every file and folder, what is deeper first. */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true }).sort().reverse();
}

/** Without a name and a time in its header. */
function zipped(content) {
  return gzipSync(content, { level: 9 });
}

function text(path) {
  return readFileSync(join(root, path), 'utf8');
}
