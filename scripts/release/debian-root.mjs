// A Debian 13 of its own for the Debian package: made by mmdebstrap from the mirror that this machine itself uses, entered by namespaces
// that see nothing of this machine's files, and without a network but its own loopback; gone afterwards.
// It has no /etc/hosts, as nobody has installed it: the demonstration has to do without.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure, expectRun, proofsOf } from './proofs.mjs';

const SUITE = 'trixie';
/** What the demonstration, the manual and the completion need there; the package itself asks for less. */
const BESIDE = ['bash-completion', 'iproute2', 'man-db', 'nftables'];

/** Why it cannot be made here; null where it can. */
export function whyNoDebian() {
  if (process.platform !== 'linux') return `it takes Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'it takes root';
  for (const [tool, name] of [
    ['mmdebstrap', 'mmdebstrap'],
    ['unshare', 'util-linux'],
  ]) {
    if (spawnSync(tool, ['--version']).error !== undefined) return `${tool} is not installed (package ${name})`;
  }
  return mirror() === null ? 'apt on this machine has no mirror of Debian' : null;
}

/** Makes it, installs the package with apt, hands `use` a function that runs commands in it, and takes it away. */
export function withDebian({ deb, folders }, use) {
  const place = mkdtempSync(join(tmpdir(), 'postern-debian-'));
  try {
    make(place, deb);
    for (const [name, folder] of Object.entries(folders))
      cpSync(folder, join(place, 'srv', name), { recursive: true, verbatimSymlinks: true });
    use(({ command, cwd = '/' }) => enter(place, ['sh', '-c', 'cd "$1"; shift; exec "$@"', 'sh', cwd, ...command]));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** `debian` runs a command there. */
export function debianProofs({ debian, version }) {
  const shell =
    (script, wanted = {}) =>
    () =>
      expectRun(debian, { command: ['bash', '-c', script] }, wanted);
  return [
    [
      'is installed by apt, whole',
      shell('dpkg --verify postern && dpkg --status postern', { pattern: /Status: install ok installed/ }),
    ],
    [
      'brings a Node of Debian',
      shell('command -v node; dpkg-query -W nodejs', { pattern: /^\/usr\/bin\/node\nnodejs\t(?:2\d|[3-9]\d)\./ }),
    ],
    ...proofsOf({ command: ['postern'], folder: '/srv/file', version, demo: null, spawn: debian }),
    ['demo finds what it planted, behind a real firewall', shell('postern demo 2>&1', { pattern: DEMO })],
    ['runs for everybody', shell("su -s /bin/sh nobody -c 'postern explain egress-open'", { pattern: /egress-open/ })],
    ['man finds its page', shell('man --where postern', { pattern: /^\/usr\/share\/man\/man1\/postern\.1\.gz$/m })],
    ['man shows it', shell('man postern | cat', { pattern: /postern tells|EXIT STATUS/i })],
    ['its manual leads to what is there', shell(MANUAL, { pattern: /^[1-9]\d* links$/m })],
    ['bash-completion finds its script', shell(COMPLETE, { pattern: /^policy$/m })],
    ['units run what is there', shell(UNITS)],
    ['is purged without a trace', shell('dpkg --purge postern && ! find /usr /etc -iname "*postern*" | grep .')],
  ];
}

/** In namespaces, and not on loopback for want of them. */
const DEMO = /each in its own namespace.*exactly what was planted/s;

/** Its own loader has had another name since 2.12. */
const COMPLETE = `source /usr/share/bash-completion/bash_completion
_comp_load postern 2>/dev/null || _completion_loader postern
COMP_WORDS=(postern poli) COMP_CWORD=1
_postern
printf '%s\\n' "\${COMPREPLY[@]}"`;

const MANUAL = `cd /usr/share/doc/postern
links=0
for page in README.md docs/*.md; do
  for to in $(sed '/^ *\`\`\`/,/^ *\`\`\`/d' "$page" | grep -oE '\\]\\([^)#]+' | cut -c 3- | grep -vE '^https?:'); do
    test -e "$(dirname "$page")/$to" || { echo "$page leads to $to"; exit 1; }
    links=$((links + 1))
  done
done
echo "$links links"`;

const UNITS = `for unit in /usr/lib/systemd/system/postern-*.service; do
  set -- $(sed -n 's/^ExecStart=//p' "$unit" | head -n 1)
  test -x "$1" && test -f "$2" || { echo "$unit: $1 $2"; exit 1; }
done`;

function make(place, deb) {
  const options = ['--quiet', '--variant=minbase', `--include=${BESIDE.join(',')}`];
  const hooks = [
    `--customize-hook=upload ${quoted(deb)} /tmp/postern.deb`,
    '--customize-hook=chroot "$1" apt-get install --yes --no-install-recommends /tmp/postern.deb',
    '--customize-hook=rm "$1/tmp/postern.deb"',
  ];
  const args = [...options, ...hooks, SUITE, place, mirror()];
  const { status, stdout, stderr } = spawnSync('mmdebstrap', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  ensure(status === 0, `mmdebstrap could not make a ${SUITE}:\n${stdout}${stderr}`);
}

/** Where this machine's own apt has Debian from; null where it has none. */
function mirror() {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages', 'Label: Debian'], {
    encoding: 'utf8',
  });
  return stdout?.split('\n').find((line) => line !== '') ?? null;
}

/** pivot_root and not chroot: in a chroot nobody can change how mounts propagate, which the demonstration does. */
const ENTER = `set -e
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /dev dev
mount -t sysfs sysfs sys
mount -t tmpfs tmpfs run
pivot_root . mnt
cd /
umount -l /mnt
ip link set lo up
shift
exec "$@"`;

function enter(place, command) {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
  const args = ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, 'sh', place, ...command];
  return spawnSync('unshare', args, { env, encoding: 'utf8', timeout: 300_000 });
}

function quoted(path) {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
