import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemStateFiles } from '../../src/host/state-files.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'postern-state-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

describe('the files of a state folder', () => {
  it('are made, read, appended to, renamed, listed and removed', () => {
    const files = systemStateFiles(join(folder(), 'a', 'state'));
    expect([files.list('runs'), files.read('index.jsonl')]).toEqual([[], null]);
    files.makeFolder('runs');
    files.makeFolder('runs');
    files.create('runs/b.tmp', bytes('one'));
    files.rename('runs/b.tmp', 'runs/b');
    files.create('runs/a', bytes('two'));
    files.append('index.jsonl', bytes('1\n'));
    files.append('index.jsonl', bytes('2\n'));
    files.syncFolder('runs');
    expect([files.list('runs'), files.list('')]).toEqual([['a', 'b'], ['index.jsonl']]);
    expect([files.read('runs/b'), files.read('index.jsonl')].map(String)).toEqual(['one', '1\n2\n']);
    files.remove('runs/a');
    files.remove('runs/a');
    expect(files.list('runs')).toEqual(['b']);
  });

  it('are not written over by a new one of the same name', () => {
    const files = systemStateFiles(folder());
    files.create('a', bytes('one'));
    expect(refusal(() => files.create('a', bytes('two')))).toMatch(
      /^error state-unwritable: .*\/a cannot be written: there is something else of that name\.$/,
    );
    expect(String(files.read('a'))).toBe('one');
  });

  it('that cannot be used are told in words', () => {
    const root = folder();
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'index.jsonl'));
    const files = systemStateFiles(root);
    expect(refusal(() => files.read('index.jsonl'))).toBe(
      `error state-unreadable: ${root}/index.jsonl cannot be read: it is a folder, not a file.`,
    );
    expect(refusal(() => files.append('none/x', bytes('')))).toBe(
      `error state-unwritable: ${root}/none/x cannot be written: there is no folder ${root}/none.`,
    );
    expect(refusal(() => systemStateFiles(join(root, 'file')).makeFolder('runs'))).toBe(
      `error state-unwritable: ${root}/file/runs cannot be written: a part of its path is no folder.`,
    );
  });
});
