import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTree } from '../../scripts/documents/command-tree.ts';
import { documents } from '../../scripts/documents/documents.ts';
import { builtInPolicies } from '../../src/policy.ts';

let folder = '';
const pages = await commandTree();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-completion-'));
  for (const [name, text] of Object.entries(await documents({ version: '0', date: '2026-11-21' }))) {
    writeFileSync(join(folder, name), text);
  }
  for (const name of ['edge rules.nft', 'edge.json', 'office.jsonl']) writeFileSync(join(folder, name), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash offers for each of these lines; the last word of each is the one that the cursor is in. */
function bash(...lines: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const tries = lines.map(
    (words) => `COMP_WORDS=(postern ${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length}; _postern
printf '%s\\n' "\${COMPREPLY[@]}"; echo --`,
  );
  const script = ['set -u', 'source ./postern.bash', ...tries].join('\n');
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('--\n')
    .slice(0, -1)
    .map((block) => block.split('\n').filter((line) => line !== ''));
}

describe('completion in bash', () => {
  it('offers every command', () => {
    const [all, some, none] = bash([''], ['re'], ['nothing']);
    expect(all).toEqual([...pages.map(({ name }) => name), '--help', '--version']);
    expect(some).toEqual(pages.map(({ name }) => name).filter((name) => name.startsWith('re')));
    expect(none).toEqual([]);
  });

  it('offers every option of every command', () => {
    const offered = bash(...pages.map(({ name }) => [name, '--']));
    for (const [index, { name, options }] of pages.entries()) {
      expect([name, offered[index]]).toEqual([name, [...options.map((option) => `--${option.name}`), '--help']]);
    }
  });

  it('offers the words that an option or an operand takes', () => {
    const [failOn, glued, begun, apart, action, code] = bash(
      ['audit', '--fail-on', ''],
      ['audit', '--fail-on', '='],
      ['audit', '--fail-on', '=', 'h'],
      ['audit', '--fail-on=h'],
      ['policy', ''],
      ['explain', 'config-l'],
    );
    expect([failOn, glued, begun]).toEqual([['low', 'medium', 'high', 'critical'], failOn, ['high']]);
    // Where "=" parts no words.
    expect(apart).toEqual(['--fail-on=high']);
    expect([action, code]).toEqual([['lint', 'explain', 'init'], ['config-live-mismatch']]);
  });

  it('offers files where a file is wanted, also after FORMAT=', () => {
    const edge = ['edge rules.nft', 'edge.json'];
    const found = bash(
      ['check', '--config', 'ed'],
      ['check', '--config', '=', 'ed'],
      ['check', '--config', 'main', ':', 'ed'],
      ['audit', '--format', 'json', '=', 'ed'],
      ['audit', '--format', '=', 'json', '=', 'ed'],
      ['compare', 'postern.yaml', 'of'],
    );
    expect(found.map((files) => [...files].sort())).toEqual([edge, edge, edge, edge, edge, ['office.jsonl']]);
  });

  it('offers a policy once, built-in or a file, and nothing for a number', () => {
    const [first, second, afterValue, number] = bash(
      ['audit', 'l'],
      ['audit', 'a.yaml', ''],
      ['audit', '--rate', '5', 'l'],
      ['audit', '--rate', ''],
    );
    expect([first, second, afterValue, number]).toEqual([
      builtInPolicies().filter((name) => name.startsWith('l')),
      [],
      first,
      [],
    ]);
  });

  it('offers the latest run or a file where a run is wanted', () => {
    const found = bash(['report', ''], ['diff', 'la'], ['diff', 'latest', 'of']);
    expect(found.map((words) => words.filter((word) => /^(latest|office\.jsonl)$/.test(word)).sort())).toEqual([
      ['latest', 'office.jsonl'],
      ['latest'],
      ['office.jsonl'],
    ]);
  });
});

describe.each([
  ['zsh', ['-n', '_postern']],
  ['fish', ['--no-execute', 'postern.fish']],
  ['mandoc', ['-T', 'lint', 'postern.1']],
])('%s', (tool, args) => {
  const here = spawnSync(tool, ['--version']).error === undefined;
  const wanted = (process.env.CI ?? '') !== '';

  it.skipIf(!here && !wanted)(
    `has nothing to say against what is made for it${here ? '' : ` (${tool} is not installed)`}`,
    () => {
      const { status, stdout, stderr } = spawnSync(tool, args, { cwd: folder, encoding: 'utf8' });
      expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
    },
  );
});
