import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTextFile, writeFileAtomic } from '../../src/host/files.ts';
import { InputError } from '../../src/model/problem.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('reading a text', () => {
  it('gives what was written', () => {
    writeFileSync(at('a'), '\ufeffgrüezi\r\n');
    expect(readTextFile(at('a'), 100)).toBe('\ufeffgrüezi\r\n');
  });

  it('gives nothing of an empty file', () => {
    writeFileSync(at('a'), '');
    expect(readTextFile(at('a'), 100)).toBe('');
  });

  it('takes a file of exactly the limit, and none of a byte more', () => {
    writeFileSync(at('a'), 'x'.repeat(100_000));
    expect(readTextFile(at('a'), 100_000)).toHaveLength(100_000);
    expect(() => readTextFile(at('a'), 99_999)).toThrow('is larger than 99999 bytes');
  });

  it('stops at the limit where a file has no end', () => {
    expect(() => readTextFile('/dev/zero', 10_000)).toThrow('is larger than 10000 bytes');
  });

  it.each([
    ['no such file', (): string => at('none'), 'there is no such file'],
    ['a folder', (): string => folder, 'it is a folder, not a file'],
    ['a path through a file', (): string => at('file/x'), 'a part of its path is no folder'],
    ['links in a circle', (): string => at('circle'), 'its links lead in a circle'],
  ])('says of %s what it is', (_, path, words) => {
    writeFileSync(at('file'), '');
    symlinkSync(at('circle'), at('circle'));
    expect(() => readTextFile(path(), 100)).toThrow(InputError);
    expect(() => readTextFile(path(), 100)).toThrow(words);
  });

  it('refuses bytes that are no UTF-8', () => {
    writeFileSync(at('a'), Buffer.from([0x66, 0xff, 0xfe]));
    expect(() => readTextFile(at('a'), 100)).toThrow('is not UTF-8 text');
  });
});

describe('writing atomically', () => {
  it('writes a new file, and leaves nothing else', async () => {
    await writeFileAtomic(at('a'), 'new');
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('replaces a file and keeps its permissions', async () => {
    writeFileSync(at('a'), 'old');
    chmodSync(at('a'), 0o640);
    await writeFileAtomic(at('a'), 'new');
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
    expect(statSync(at('a')).mode & 0o777).toBe(0o640);
  });

  it('never shows half a text: a reader sees the old one whole, or the new', async () => {
    writeFileSync(at('a'), 'old');
    const seen = new Set<string>();
    let writing = true;
    const written = writeFileAtomic(at('a'), 'n'.repeat(5_000_000)).finally(() => {
      writing = false;
    });
    while (writing) {
      seen.add(readFileSync(at('a'), 'utf8').slice(0, 1) + readFileSync(at('a'), 'utf8').length);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await written;
    expect([...seen].filter((text) => text !== 'o3' && text !== 'n5000000' && text !== 'o5000000')).toEqual([]);
  });

  it('says why it cannot, and leaves the old file and nothing else', async () => {
    mkdirSync(at('folder'));
    await expect(writeFileAtomic(at('folder'), 'x')).rejects.toThrow(InputError);
    await expect(writeFileAtomic(at('none/a'), 'x')).rejects.toThrow(`cannot be written: there is no folder ${at('none')}.`);
    expect(readdirSync(folder)).toEqual(['folder']);
  });

  it('puts no plain file in the place of a pipe or a device', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    await expect(writeFileAtomic(at('pipe'), 'x')).rejects.toThrow(/unwritable-file: .*pipe is no regular file/);
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });
});
