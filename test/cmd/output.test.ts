import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Flags, UsageError } from '../../cmd/command.ts';
import { checkOutputs, type Output, planOutputs, renderOptions, writeOutputs } from '../../cmd/output.ts';
import { InputError } from '../../src/model/problem.ts';

const FORMATS = ['text', 'json'] as const;

class Terminal extends Writable {
  readonly chunks: string[] = [];
  readonly failure: NodeJS.ErrnoException | null;
  readonly isTTY: boolean;
  readonly columns: number;

  constructor(given: { failure?: string; isTTY?: boolean; columns?: number } = {}) {
    super();
    this.failure = given.failure === undefined ? null : Object.assign(new Error(given.failure), { code: given.failure });
    this.isTTY = given.isTTY ?? false;
    this.columns = given.columns ?? 80;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.chunks.push(chunk.toString('utf8'));
    done(this.failure);
  }
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-output-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('which documents go where', () => {
  test.each<[string, Flags, readonly Output<string>[]]>([
    ['text to stdout by default', {}, [{ format: 'text', file: null }]],
    ['a bare format', { format: ['json'] }, [{ format: 'json', file: null }]],
    ['--output takes the document from stdout', { format: 'json', output: 'a' }, [{ format: 'json', file: 'a' }]],
    ['--output - is stdout', { output: '-' }, [{ format: 'text', file: null }]],
    [
      'further documents come after',
      { format: ['json=a.json', 'text=b=c.txt'] },
      [
        { format: 'text', file: null },
        { format: 'json', file: 'a.json' },
        { format: 'text', file: 'b=c.txt' },
      ],
    ],
  ])('%s', (_, flags, outputs) => {
    expect(planOutputs(flags, FORMATS)).toEqual(outputs);
  });

  test.each<[string, Flags, RegExp]>([
    ['a second bare format', { format: ['text', 'json'] }, /2 times without a file \(text, json\).*--format json=FILE/],
    ['an unknown format', { format: 'jsno' }, /no format "jsno"; the formats are text, json\. Did you mean json\?/],
    ['an unknown format with a file', { format: 'yaml=a' }, /no format "yaml"; the formats are text, json\.$/],
    ['a format without its file', { format: 'json=' }, /json=out\.json/],
    ['two documents in one file', { format: 'json=./a', output: 'a' }, /Two documents would be written to \.\/a/],
    ['--output without a name', { output: '' }, /--output takes the name/],
    ['--output twice', { output: ['a', 'b'] }, /--output was given 2 times/],
  ])('%s is an error', (_, flags, message) => {
    expect(() => planOutputs(flags, FORMATS)).toThrow(UsageError);
    expect(() => planOutputs(flags, FORMATS)).toThrow(message);
  });
});

describe('writing', () => {
  const write = (flags: Flags, stdout = new Terminal()): Promise<void> =>
    writeOutputs({
      outputs: planOutputs(flags, FORMATS),
      render: (format) => `as ${format}\n`,
      flags,
      runtime: { cwd: folder, env: {}, stdout },
    });

  test('stdout gets one document, files the others, and nothing is left behind', async () => {
    const stdout = new Terminal();
    await write({ format: ['json', 'text=out.txt'] }, stdout);
    expect(stdout.chunks.join('')).toBe('as json\n');
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('as text\n');
    expect(readdirSync(folder)).toEqual(['out.txt']);
  });

  test('a reader that has gone away is no error', async () => {
    await expect(write({}, new Terminal({ failure: 'EPIPE' }))).resolves.toBeUndefined();
  });

  test('every document that cannot be written is named, the others are written', async () => {
    const failing = write({ format: ['json=missing/a.json', 'text=out.txt'] }, new Terminal({ failure: 'ENOSPC' }));
    await expect(failing).rejects.toThrow(InputError);
    await expect(failing).rejects.toThrow(/stdout cannot be written \(ENOSPC\)[\s\S]*missing\/a\.json/);
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('as text\n');
  });

  test('what cannot be written is known beforehand; a device is no file', async () => {
    const runtime = { cwd: folder };
    await expect(checkOutputs(planOutputs({ output: 'a.txt' }, FORMATS), runtime)).resolves.toBeUndefined();
    await expect(checkOutputs(planOutputs({ output: 'missing/a.txt' }, FORMATS), runtime)).rejects.toThrow(/missing\/a\.txt/);
    await expect(checkOutputs(planOutputs({ output: '/dev/null' }, FORMATS), runtime)).rejects.toThrow(/no regular file/);
    await expect(checkOutputs(planOutputs({ output: folder }, FORMATS), runtime)).rejects.toThrow(/no regular file/);
  });
});

describe('how a document is drawn', () => {
  const drawn = (flags: Flags, env: Record<string, string>, stdout = new Terminal({ isTTY: true, columns: 90 })) =>
    renderOptions({ env, stdout }, flags);

  test.each<[string, Flags, Record<string, string>, boolean]>([
    ['a terminal has colour', {}, {}, true],
    ['NO_COLOR takes it away', {}, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR does not', {}, { NO_COLOR: '' }, true],
    ['FORCE_COLOR=0 takes it away', {}, { FORCE_COLOR: '0' }, false],
    ['a dumb terminal has none', {}, { TERM: 'dumb' }, false],
    ['--color always outranks NO_COLOR', { color: 'always' }, { NO_COLOR: '1' }, true],
    ['--color never outranks FORCE_COLOR', { color: 'never' }, { FORCE_COLOR: '1' }, false],
  ])('%s', (_, flags, env, color) => {
    expect(drawn(flags, env).color).toBe(color);
  });

  test('a pipe has no colour unless it is forced', () => {
    expect(drawn({}, {}, new Terminal()).color).toBe(false);
    expect(drawn({}, { FORCE_COLOR: '1' }, new Terminal()).color).toBe(true);
  });

  test('an unknown choice of colour is an error', () => {
    expect(() => drawn({ color: 'blue' }, {})).toThrow(/--color takes auto, always, never, not "blue"/);
  });

  test.each<[Record<string, string>, Flags, boolean]>([
    [{}, {}, false],
    [{ LANG: 'en_GB.UTF-8' }, {}, true],
    [{ LANG: 'en_GB.utf8' }, {}, true],
    [{ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }, {}, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, {}, true],
    [{ LANG: 'en_GB.UTF-8' }, { ascii: true }, false],
  ])('the locale %j with flags %j decides on Unicode: %s', (env, flags, unicode) => {
    expect(drawn(flags, env).unicode).toBe(unicode);
  });

  test('a terminal gives the width within bounds, everything else has 100 columns', () => {
    expect(drawn({}, {}).width).toBe(90);
    expect(drawn({}, {}, new Terminal({ isTTY: true, columns: 400 })).width).toBe(120);
    expect(drawn({}, {}, new Terminal({ isTTY: true, columns: 10 })).width).toBe(40);
    expect(drawn({}, {}, new Terminal({ columns: 60 })).width).toBe(100);
    expect(renderOptions({ env: {}, stdout: new Terminal({ isTTY: true, columns: 60 }) }, {}, 'a.txt')).toMatchObject({
      width: 100,
      color: false,
    });
  });
});
