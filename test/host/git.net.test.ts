import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRevision, openRevision } from '../../src/host/git.ts';
import { InputError } from '../../src/model/problem.ts';
import { git as gitIn } from '../support/repository.ts';

const LIMIT = 1_000;
let root = '';
let repository = '';

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'postern-git-')));
  repository = join(root, 'repository');
  mkdirSync(join(repository, 'fw/zones'), { recursive: true });
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository, 'fw/edge.nft'), 'first\n');
  writeFileSync(join(repository, 'fw/zones/-a b.nft'), 'zone\n');
  writeFileSync(join(repository, 'fw/large.nft'), 'x'.repeat(LIMIT + 1));
  writeFileSync(join(repository, 'fw/latin.nft'), Buffer.from([0x23, 0xe9]));
  symlinkSync('fw/edge.nft', join(repository, 'current.nft'));
  symlinkSync('/etc/passwd', join(repository, 'absolute.nft'));
  symlinkSync('circle.nft', join(repository, 'circle.nft'));
  writeFileSync(join(repository, '.gitattributes'), '*.nft text eol=crlf\n');
  git('add', '.');
  git('commit', '-qm', 'first');
  git('tag', 'v1');
  writeFileSync(join(repository, 'fw/edge.nft'), 'second\n');
  git('commit', '-qam', 'second');
});

afterAll(() => rmSync(root, { recursive: true }));

function git(...args: readonly string[]): string {
  return gitIn(repository, ...args);
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'nothing was thrown';
}

describe('a revision of a repository', () => {
  it('has its files as they were committed, whatever lies in the working tree', () => {
    writeFileSync(join(repository, 'fw/edge.nft'), 'not committed\n');
    expect(['v1', 'HEAD', 'HEAD~1', 'main'].map((name) => openRevision(repository, name).read('fw/edge.nft', LIMIT))).toEqual([
      'first\n',
      'second\n',
      'first\n',
      'second\n',
    ]);
  });

  it('keeps to the commit that it was opened at', () => {
    const revision = openRevision(repository, 'HEAD');
    expect(revision.commit).toBe(git('rev-parse', 'HEAD').trim());
    git('commit', '-q', '--allow-empty', '-m', 'third');
    expect(revision.commit).not.toBe(git('rev-parse', 'HEAD').trim());
    expect(revision.read('fw/edge.nft', LIMIT)).toBe('second\n');
  });

  it('counts paths from the root, from wherever it is asked, and knows where that is', () => {
    const revision = openRevision(join(repository, 'fw'), 'v1');
    expect([revision.top, revision.prefix, revision.nameOf('fw/edge.nft')]).toEqual([repository, 'fw/', 'v1:fw/edge.nft']);
    expect([revision.read('fw/edge.nft', LIMIT), revision.kindOf('edge.nft')]).toEqual(['first\n', null]);
  });

  it('lists a folder in order, folders with a slash, and reads names that look like flags', () => {
    const revision = openRevision(repository, 'v1');
    expect(revision.list('fw')).toEqual(['edge.nft', 'large.nft', 'latin.nft', 'zones/']);
    expect(revision.list('')).toEqual(['.gitattributes', 'absolute.nft', 'circle.nft', 'current.nft', 'fw/']);
    expect([revision.list('fw/zones/'), revision.read('fw/zones/-a b.nft', LIMIT)]).toEqual([['-a b.nft'], 'zone\n']);
  });

  it('follows links inside itself, and none that lead out', () => {
    const revision = openRevision(repository, 'v1');
    expect(revision.read('current.nft', LIMIT)).toBe('first\n');
    expect(['absolute.nft', 'circle.nft', '../x', 'fw/../../x', 'no/such'].map((path) => revision.kindOf(path))).toEqual(
      Array(5).fill(null),
    );
    expect(revision.kindOf('fw/../current.nft')).toBe('file');
  });

  it.each([
    ['fw/none.nft', 'v1:fw/none.nft cannot be read: there is no such file in that revision.'],
    ['fw', 'v1:fw cannot be read: it is a folder, not a file.'],
    ['fw/large.nft', 'v1:fw/large.nft is larger than 1000 bytes.'],
    ['fw/latin.nft', 'v1:fw/latin.nft is not UTF-8 text.'],
  ])('says why %s cannot be read', (path, message) => {
    expect(messageOf(() => openRevision(repository, 'v1').read(path, LIMIT))).toContain(message);
  });

  it.each([
    ['mian', 'There is no revision mian in this repository. Did you mean main?'],
    ['--upload-pack=touch x', '" is no name of a revision.'],
    ['', '"" is no name of a revision.'],
    ['HEAD:fw', 'There is no revision HEAD:fw in this repository.'],
  ])('refuses the name %s', (name, message) => {
    expect(messageOf(() => openRevision(repository, name))).toContain(message);
    expect(isRevision(repository, name)).toBe(false);
  });

  it('says where there is no repository', () => {
    expect(messageOf(() => openRevision(root, 'main'))).toContain(
      'The revision main cannot be read: this folder is in no git repository.',
    );
    expect(isRevision(root, 'main')).toBe(false);
  });

  it('reads a bare repository, which has no working tree', () => {
    git('clone', '-q', '--bare', repository, join(root, 'bare.git'));
    const revision = openRevision(join(root, 'bare.git'), 'v1');
    expect([revision.top, revision.prefix, revision.read('fw/edge.nft', LIMIT)]).toEqual([null, '', 'first\n']);
  });

  it('tells of a clone that holds the latest commits only', () => {
    git('clone', '-q', '--depth', '1', `file://${repository}`, join(root, 'shallow'));
    expect(messageOf(() => openRevision(join(root, 'shallow'), 'v1'))).toContain('This clone is shallow');
  });

  it('writes nothing', () => {
    const before = [git('status', '--porcelain'), readdirSync(join(repository, '.git')).sort()];
    const revision = openRevision(repository, 'v1');
    revision.read('fw/edge.nft', LIMIT);
    revision.list('fw');
    expect([git('status', '--porcelain'), readdirSync(join(repository, '.git')).sort()]).toEqual(before);
  });
});
