// What `npm start` and `npm test` need on a fresh clone: the packages, and a build that is newer than its sources. Node alone runs it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs `npm ci` where node_modules is missing or older than the lock file. */
export function ensureInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && modified(installed) >= modified(join(root, 'package-lock.json'))) return;
  say('Installing the packages of package-lock.json (npm ci) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Builds dist/ where it is missing or older than what it is built from. */
export function ensureBuilt() {
  const built = join(root, 'dist', 'postern.js');
  if (existsSync(built) && modified(built) >= newestSource()) return;
  say('Building dist/ …');
  run(process.execPath, [join(root, 'scripts', 'build.mjs'), '--no-types']);
}

/** Runs a command with this terminal; its failure is ours. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Progress belongs to stderr: stdout carries the document. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

function newestSource() {
  const files = ['package.json', 'package-lock.json', 'scripts/build.mjs', 'scripts/bundling.mjs'].map((file) =>
    modified(join(root, file)),
  );
  return Math.max(...files, ...['cmd', 'src', 'policies'].map((folder) => newestIn(join(root, folder))));
}

function newestIn(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, modified(join(entry.parentPath ?? entry.path, entry.name))), 0);
}

function modified(file) {
  return statSync(file).mtimeMs;
}
