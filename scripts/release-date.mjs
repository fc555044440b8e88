// The one time that a build may show: of the commit, or what SOURCE_DATE_EPOCH says, so that every machine makes the same of it.
import { spawnSync } from 'node:child_process';
import { root } from './set-up.mjs';

/** @see https://reproducible-builds.org/specs/source-date-epoch/ */
export function releaseDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  const seconds = given ?? spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  if (/^\d{1,11}$/.test(seconds)) return new Date(Number(seconds) * 1_000);
  throw new Error('there is no commit to take the time of: set SOURCE_DATE_EPOCH, in seconds');
}
