import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressLine } from '../../cmd/progress.ts';

function terminal(env: Readonly<Record<string, string>> = {}, isTTY = true, flags = {}) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 40 });
  let time = 0;
  const line = progressLine(flags, { stderr, env }, () => time);
  return { line, at: (ms: number) => (time = ms), written: (): string => String(stderr.read() ?? '') };
}

describe('the progress line', () => {
  it('is drawn ten times a second at most, at once when the phase changes, and wiped at the end', () => {
    const { line, at, written } = terminal();
    line.show({ phase: 'scan', done: 1, total: 9 });
    at(50);
    line.show({ phase: 'scan', done: 2, total: 9 });
    at(100);
    line.show({ phase: 'scan', done: 3, total: 9 });
    line.show({ phase: 'confirm', done: 0, total: 4 });
    line.end();
    line.end();
    expect(written().split('\r\u001b[2K')).toEqual([
      '',
      'Probing: 1 of 9',
      'Probing: 3 of 9',
      'Confirming what was blocked, at a pace:',
      '',
    ]);
  });

  it.each([
    ['no terminal', terminal({}, false)],
    ['continuous integration', terminal({ CI: 'true' })],
    ['a terminal that knows no escape codes', terminal({ TERM: 'dumb' })],
    ['--quiet', terminal({}, true, { quiet: true })],
  ])('is not there with %s', (_name, { line, written }) => {
    line.show({ phase: 'scan', done: 1, total: 9 });
    line.end();
    expect(written()).toBe('');
  });
});
