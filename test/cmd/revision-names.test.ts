import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { folderWith, postern } from '../support/cli.ts';
import { git, repositoryIn } from '../support/repository.ts';
import { BEFORE, POLICY } from '../support/review-example.ts';

/** A repository whose policy names a folder with one configuration that complies. */
function repository(): string {
  const folder = folderWith('');
  repositoryIn(folder, { 'postern.yaml': `${POLICY}\nfirewalls: { edge: { files: [fw] } }\n`, 'fw/edge.nft': BEFORE });
  return folder;
}

/** The same with a submodule in that folder, since the tag `before`. */
function withSubmodule(): string {
  const folder = repository();
  const commit = git(folder, 'rev-parse', 'HEAD').trim();
  git(folder, 'update-index', '--add', '--cacheinfo', `160000,${commit},fw/shared`);
  git(folder, 'commit', '-qm', 'shared');
  return folder;
}

describe('what names no revision', () => {
  it.each([
    ['main...HEAD', 'where it begins is "$(git merge-base main HEAD)", where it ends HEAD.'],
    ['main...', 'where it begins is "$(git merge-base main HEAD)", where it ends HEAD.'],
    ['main..HEAD', 'where it begins is main, where it ends HEAD.'],
    ['main...HEAD:fw', 'where it begins is "$(git merge-base main HEAD)", where it ends HEAD.'],
  ])('%s is told to be a range', async (name, says) => {
    const { status, stderr } = await postern(repository(), 'review', '--before', name);
    const range = name.replace(/:.*/, '');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`${range} is a range of revisions, and one revision is asked for: ${says}`),
    ]);
  });

  it('is told to be a submodule', async () => {
    const folder = withSubmodule();
    const { status, stderr } = await postern(folder, 'review', '--before', 'HEAD:fw/shared/open.nft');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('HEAD:fw/shared is a submodule: its files are in another repository'),
    ]);
  });
});

describe('a submodule in a folder of configurations', () => {
  const inconclusive = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const { status, stdout } = await postern(withSubmodule(), ...args, '--format', 'json');
    const { checks } = JSON.parse(stdout) as Result;
    return [status, ...checks.filter(({ verdict }) => verdict === 'inconclusive').map(({ reason }) => reason)];
  };

  it('is a row of check', async () => {
    const said = expect.stringMatching(/^HEAD:fw\/shared lies in the folder of this firewall/);
    expect(await inconclusive('check', '--config', 'HEAD:fw')).toEqual([3, said]);
  });

  it('is a row of review where the change touches it', async () => {
    const said = expect.stringMatching(/^The change touches shared in the folder of this firewall/);
    expect(await inconclusive('review', '--before', 'before', '--after', 'HEAD')).toEqual([3, said]);
  });
});
