import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { isReview } from '../../src/report/changes.ts';
import { plain } from '../../src/report/markdown-text.ts';
import { type Format, render } from '../../src/report/report.ts';
import { commandsIn, textOf } from '../support/github-commands.ts';
import { samplesIn } from '../support/prometheus-text.ts';
import { hostileResults, PLAIN } from '../support/results.ts';
import { elementsIn, parseXml } from '../support/xml.ts';

/** Every line of these is read by a machine, or lands on the stdout of a job. */
const FORMATS: readonly Format[] = ['text', 'markdown', 'sarif', 'junit', 'prometheus', 'github'];

/** More of them: `POSTERN_RUNS=2000 npx vitest run --project unit test/report/hostile-formats.test.ts`. */
const RUNS = { numRuns: Number(process.env['POSTERN_RUNS'] ?? 40) };

function each(format: Format, check: (document: string, result: Result) => void): void {
  fc.assert(
    fc.property(hostileResults, (result) => {
      check(render(format, result, PLAIN), result);
    }),
    RUNS,
  );
}

test.each(FORMATS)('%s: no control, bidirectional or unpaired character but the line feed', (format) => {
  each(format, (document) => expect(document).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u));
});

test.each(FORMATS.filter((format) => format !== 'github'))('%s: no line that a GitHub runner takes for a command', (format) => {
  each(format, (document) => expect(document.split('\n').filter((line) => line.trimStart().startsWith('::'))).toEqual([]));
});

test('JUnit is XML whose counts are those of its cases, and every case of a suite has a name of its own', () => {
  each('junit', (document, result) => {
    const root = parseXml(document);
    const cases = elementsIn(root, 'testcase');
    expect(root.attributes.tests).toBe(String(cases.length));
    expect(cases.length).toBeGreaterThanOrEqual(result.checks.length);
    const states = ['failure', 'error'].map((name) =>
      cases.filter(({ children }) => children.some((child) => child.name === name)),
    );
    expect([root.attributes.failures, root.attributes.errors]).toEqual(states.map((all) => String(all.length)));
    expect(new Set(cases.map(({ attributes }) => `${attributes.classname} ${attributes.name}`)).size).toBe(cases.length);
  });
});

test('Prometheus: each line is a comment or a sample of a metric that was announced, and no series comes twice', () => {
  each('prometheus', (document) => {
    const samples = samplesIn(document);
    expect(new Set(samples.map(({ series }) => series)).size).toBe(samples.length);
    expect(samples.every(({ labels }) => 'policy' in labels && 'command' in labels && 'vantage' in labels)).toBe(true);
  });
});

test('GitHub: one command for the verdict and at most nine for the findings of each level, and each says what it was given', () => {
  each('github', (document, result) => {
    const commands = commandsIn(document);
    const inForce = result.findings.filter(({ waiver }) => waiver === null);
    const warnings = inForce.filter(
      ({ code, severity }) => code === 'not-judged' || severity === 'low' || severity === 'info',
    ).length;
    const levels = [inForce.length - warnings, warnings];
    const most = levels.reduce((sum, number) => sum + Math.min(number, 9), 1);
    // Rows of a change that have one cause are one command.
    const least = isReview(result) ? levels.filter((number) => number > 0).length + 1 : most;
    expect(commands.length).toBeGreaterThanOrEqual(least);
    expect(commands.length).toBeLessThanOrEqual(most);
    expect(
      commands.every(({ properties }) =>
        Object.keys(properties).every((name) => ['file', 'line', 'col', 'title'].includes(name)),
      ),
    ).toBe(true);
    const [, first] = commands;
    const gravest = inForce.find(({ code, severity }) => code !== 'not-judged' && severity !== 'low' && severity !== 'info');
    if (gravest !== undefined && gravest.title.length < 100)
      expect(first?.properties.title).toBe(`Postern: ${textOf(gravest.title)}`);
  });
});

test('SARIF: a result for each finding, each with a place and a fingerprint, and no link or argument in its words', () => {
  each('sarif', (document, result) => {
    const { runs }: { runs: [{ results: Record<string, unknown>[] }] } = JSON.parse(document);
    const { results } = runs[0];
    expect(results.length - result.findings.length).toBeOneOf([0, 1]);
    for (const one of results) {
      const { message, locations } = one as {
        message: { text: string };
        locations: [{ physicalLocation: { artifactLocation: { uri: string } } }];
      };
      expect(message.text).not.toMatch(/\]\(|\{\d+\}/);
      expect(() => new URL(locations[0].physicalLocation.artifactLocation.uri, 'file:///repository/')).not.toThrow();
    }
  });
});

test('Markdown: rows of a table have as many cells as its head, and there is no HTML but our own', () => {
  each('markdown', (document) => {
    const lines = document.split('\n');
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith('|')) continue;
      const before = lines[index - 1] ?? '';
      if (before.startsWith('|')) expect(cellsOf(line)).toBe(cellsOf(before));
    }
    const bare = withoutCode(document);
    expect(bare.match(/(?<!\\)<(?!br>|\/?details>|\/?summary>|!-- postern:[\w.-]*:[a-z]+ -->)/g)).toBeNull();
  });
});

test('Markdown: nothing that a host makes a mention, a reference, an emoji or a link of', () => {
  each('markdown', (document) => {
    const shown = shownBy(withoutCode(document).replace(/^<!-- .*$/m, ''));
    expect(shown).not.toMatch(/@\w|#\d|!\d|GH-\d|:(?!\d+:)[\w+-]+:|:(?:100|1234):|\w:\/\/|\bwww\./i);
  });
});

test('a backslash that is escaped escapes nothing behind it: this is no emoji', () => {
  expect(shownBy(plain('x:\\---a:'))).toBe('x:\\---a:');
});

test('Markdown: no line begins with a command of the host or with foreign text, and a comment takes all of it', () => {
  each('markdown', (document) => {
    const starts = document.split('\n').filter((line) => line !== '' && !/^(?:[<|#`_]|- |\d+\. )/.test(line));
    expect(starts.filter((line) => /^\s*\//.test(line))).toEqual([]);
    expect(document.length).toBeLessThanOrEqual(65_536);
  });
});

/** Unescaped pipes: a backslash before one escapes it, also in a code span. */
function cellsOf(row: string): number {
  return row.replace(/\\[\\|`]/g, '').split('|').length;
}

/** The text that is left after Markdown, of text without code. @see CommonMark 0.31, sections 2.4, 2.5 */
function shownBy(markdown: string): string {
  const text = markdown.replace(/&#(\d+);/g, (_, number: string) => String.fromCharCode(Number(number)));
  return text.replace(/\\([!-/:-@[-`{-~])/g, '$1');
}

/** Without code spans and blocks, where nothing is markup. @see CommonMark 0.31, sections 2.4, 6.1 */
function withoutCode(markdown: string): string {
  const text = markdown.replace(/^```\n[\s\S]*?^```$/gm, '');
  let kept = '';
  for (let at = 0; at < text.length; ) {
    const [run = ''] = /^`+/.exec(text.slice(at, at + 2_000)) ?? [];
    const end = run === '' ? -1 : closingOf(text, run, at + run.length);
    const next = end >= 0 ? end : at + (run === '' ? (text[at] === '\\' ? 2 : 1) : run.length);
    if (end < 0) kept += text.slice(at, next);
    at = next;
  }
  return kept;
}

/** Behind the next run of as many backticks; -1 where there is none in this line. */
function closingOf(text: string, run: string, from: number): number {
  const rest = text.slice(from, text.indexOf('\n', from));
  const found = [...rest.matchAll(/`+/g)].find(([candidate]) => candidate === run);
  return found === undefined ? -1 : from + found.index + run.length;
}
