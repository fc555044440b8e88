// `npm run release:check`: proves what is in release/ where the repository is not: the package and the file in empty folders, the Debian
// package in a Debian that has nothing else. What this machine cannot do is told; with CI=true it is a failure.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProofs, whyNoDebian, withDebian } from './release/debian-root.mjs';
import { ensure, packageProofs, proofsOf } from './release/proofs.mjs';
import { root, run, say } from './set-up.mjs';

const release = join(root, 'release');
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const tarball = join(release, `${name}-${version}.tgz`);
const deb = join(release, `${name}_${version}_all.deb`);
const scratch = mkdtempSync(join(tmpdir(), 'postern-release-'));
const [installed, alone] = ['package', 'file'].map((folder) => join(scratch, folder));

try {
  ensure(existsSync(release), 'there is no release/ to check; make it with: npm run release');
  run('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: release });
  say('checksums: as in SHA256SUMS');
  prove('package', packageProofs({ tarball, folder: installed, version }));
  mkdirSync(alone);
  cpSync(join(release, 'postern.mjs'), join(alone, 'postern.mjs'));
  prove(
    'one file',
    proofsOf({ command: [process.execPath, join(alone, 'postern.mjs')], folder: alone, version, demo: ['--loopback'] }),
  );
  proveDebian();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function proveDebian() {
  const reason = whyNoDebian();
  if (reason !== null) {
    say(`debian package: SKIPPED, ${reason}`);
    ensure((process.env.CI ?? '') === '', 'a check was skipped, which in CI is a failure');
    return;
  }
  say('debian package: making a Debian 13 to install it in, which takes minutes …');
  withDebian({ deb, folders: { package: installed, file: alone } }, (debian) => {
    prove('debian package', debianProofs({ debian, version }));
    const there = { command: ['node', '/srv/file/postern.mjs'], folder: '/srv/file', version, demo: null, spawn: debian };
    prove('one file, there', proofsOf(there));
    const command = ['node', `/srv/package/node_modules/${name}/dist/postern.js`];
    prove('package, there', proofsOf({ ...there, command, folder: '/srv/package' }));
  });
}

/** Each proof throws with what it saw instead. */
function prove(what, proofs) {
  for (const [claim, proof] of proofs) {
    try {
      proof();
    } catch (error) {
      say(`${what}: FAILED: ${claim}`);
      throw error;
    }
    say(`${what}: ${claim}`);
  }
}
