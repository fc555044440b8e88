import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderWith, postern } from '../support/cli.ts';
import { RESULTS } from '../support/results.ts';

const saved = (name: string): string => join(RESULTS, name);

describe('postern report', () => {
  it.each(['violations.1.json', 'inconclusive.3.json', 'compliant.0.json'])(
    'renders %s as text and exits 0, whatever the verdict',
    async (name) => {
      const { status, stdout, stderr } = await postern(folderWith(''), 'report', saved(name));
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toBe(readFileSync(saved(name.replace(/\.\d\.json$/, '.txt')), 'utf8'));
    },
  );

  it('writes several formats in one go, and the one that is asked for to stdout', async () => {
    const folder = folderWith('');
    const files = { junit: 'xml', sarif: 'sarif', prometheus: 'prom', github: 'github' };
    const flags = Object.entries(files).flatMap(([format, extension]) => ['--format', `${format}=out.${extension}`]);
    const { status, stdout } = await postern(folder, 'report', saved('review.1.json'), '--format', 'markdown', ...flags);
    expect([status, stdout]).toEqual([0, readFileSync(saved('review.md'), 'utf8')]);
    for (const extension of Object.values(files)) {
      expect(readFileSync(join(folder, `out.${extension}`), 'utf8')).toBe(readFileSync(saved(`review.${extension}`), 'utf8'));
    }
  });

  it('gives back as JSON the very document that it read', async () => {
    const { stdout } = await postern(folderWith(''), 'report', saved('check.1.json'), '--format', 'json');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(saved('check.1.json'), 'utf8')));
  });

  it.each([
    [['report'], 'Name the result: postern report RESULT.json'],
    [['report', 'no.json'], 'no.json'],
    [['report', 'postern.yaml'], 'error result-syntax: this is not JSON'],
    [
      ['report', saved('review.1.json'), '--format', 'xml'],
      'the formats are text, json, markdown, sarif, junit, prometheus, github, html',
    ],
    [['report', saved('review.1.json'), '--output', saved('review.1.json')], 'would be the result and the text document at once'],
  ])('exits 2 for %j', async (args, message) => {
    const { status, stdout, stderr } = await postern(folderWith('version: 1\n'), ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
