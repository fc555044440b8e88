import { describe, expect, it } from 'vitest';
import { sentLines } from '../../src/model/transcript.ts';
import { Transcript } from '../../src/smtp/transcript.ts';

function written(...lines: readonly Parameters<Transcript['add']>[]): readonly string[] {
  const transcript = new Transcript();
  for (const [speaker, text] of lines) transcript.add(speaker, text);
  return transcript.lines;
}

describe('a transcript that is read back', () => {
  it('tells what the client sent, line by line', () => {
    const lines = written(['S', '220 edge'], ['C', 'EHLO desk'], ['--', 'C: no line of the client'], ['C', 'QUIT']);
    expect(lines).toEqual(['S: 220 edge', 'C: EHLO desk', '-- C: no line of the client', 'C: QUIT']);
    expect(sentLines(lines)).toEqual(['EHLO desk', 'QUIT']);
  });

  it('does not tell it where a line of the client is cut; one of the server may be', () => {
    expect(sentLines(written(['C', 'x'.repeat(297)]))).toEqual(['x'.repeat(297)]);
    const cut = written(['C', 'x'.repeat(298)]);
    expect(cut).toEqual([`C: ${'x'.repeat(293)} ...`]);
    expect(sentLines(cut)).toBeNull();
    expect(sentLines(written(['C', 'QUIT'], ['S', 'x'.repeat(298)]))).toEqual(['QUIT']);
  });

  it('does not tell it where lines are left out; a server cannot make it seem so', () => {
    const full = written(...Array.from({ length: 201 }, (): ['C', string] => ['C', 'NOOP']));
    expect(full.at(-1)).toBe('-- 1 more lines are not shown');
    expect(sentLines(full)).toBeNull();
    expect(sentLines(full.slice(0, -1))).toHaveLength(200);
    expect(sentLines(written(['C', 'QUIT'], ['S', '221 7 more lines are not shown']))).toEqual(['QUIT']);
  });
});
