// The one time that a build may show: of the commit, or what SOURCE_DATE_EPOCH says, so that every machine makes the same of it.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './set-up.mjs';

/** Of what is handed out. @see https://reproducible-builds.org/specs/source-date-epoch/ */
export function releaseDate() {
  const date = knownDate();
  if (date === null) throw new Error('there is no commit to take the time of: set SOURCE_DATE_EPOCH, in seconds');
  return date;
}

/** Of what is built for oneself, also where git knows nothing of the folder. */
export function buildDate() {
  return knownDate() ?? statSync(join(root, 'package.json')).mtime;
}

function knownDate() {
  const seconds = process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct');
  return /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000) : null;
}

/** Whether there is what no commit has. */
export function isDirty() {
  return git('status', '--porcelain') !== '';
}

function git(...args) {
  return spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
}
