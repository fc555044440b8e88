import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cmd/commands.ts';
import { commandTree, pageOf } from '../../scripts/documents/command-tree.ts';
import { documents } from '../../scripts/documents/documents.ts';
import { ENVIRONMENT, manPage } from '../../scripts/documents/man-page.ts';
import { escapeRoff } from '../../scripts/documents/roff.ts';
import { CHOICES, FREE, valuesOf } from '../../scripts/documents/values.ts';
import { FORMAT_NAMES } from '../../src/report/report.ts';

const EDITION = { version: '1.2.3', date: '2026-11-21' };
const root = join(import.meta.dirname, '../..');
const pages = await commandTree();

describe('the commands as data', () => {
  it('are all of them, with what their help has', () => {
    expect(pages.map(({ name }) => name)).toEqual(Object.keys(COMMANDS));
    expect(pages.filter(({ usage, epilogue, examples }) => usage === '' || epilogue === '' || examples.length === 0)).toEqual([]);
  });

  it('have the words that a command takes first', () => {
    const actions = pages.filter((page) => page.actions.length > 0).map(({ name, actions: words }) => [name, words]);
    expect(actions).toEqual([
      ['policy', ['lint', 'explain', 'init']],
      ['sentinel', ['keygen']],
    ]);
  });

  it('leave out what is hidden', () => {
    expect(pages.find(({ name }) => name === 'demo')?.options.map(({ name }) => name)).not.toContain('serve');
  });

  it('refuse what no document would tell of', () => {
    expect(() => pageOf('x', '', { build: (yargs) => yargs.usage('x').conflicts('a', 'b') })).toThrow(/calls conflicts\(\)/);
  });
});

describe('the manual page', () => {
  const page = manPage(pages, EDITION);

  it('has every command, with its summary, and every option of each', () => {
    for (const command of pages) {
      const own = page.split(`.SH "POSTERN ${command.name.toUpperCase()}"`)[1]?.split('\n.SH ')[0] ?? '';
      const missing = command.options.filter(({ name }) => !own.includes(`\\fB${escapeRoff(`--${name}`)}\\fR`));
      expect([command.name, missing]).toEqual([command.name, []]);
      expect(page).toContain(`.TP\n\\fB${command.name}\\fR\n`);
    }
  });

  it('has every example as it is typed', () => {
    const calls = pages.flatMap(({ examples }) => examples.map(({ call }) => escapeRoff(call)));
    expect(calls.filter((call) => !page.includes(`\n${call}\n`))).toEqual([]);
  });

  it('says its version and its date', () => {
    expect(page.split('\n')[1]).toBe('.TH POSTERN 1 2026-11-21 "Postern 1.2.3" "User Commands"');
  });

  it('tells of every variable of the environment that a command reads', () => {
    const texts = readdirSync(join(root, 'cmd')).map((file) => readFileSync(join(root, 'cmd', file), 'utf8'));
    const read = texts.flatMap((text) => [...text.matchAll(/\benv\.([A-Z][A-Z_]+)/g)].map(([, name = '']) => name));
    const told = Object.keys(ENVIRONMENT).flatMap((names) => names.split(', '));
    expect([...new Set(read)].sort()).toEqual([...told].sort());
  });

  it('holds nothing of a text for a request', () => {
    expect(escapeRoff(".TH \\n 'tis --dry-run")).toBe('\\&.TH \\en \\(aqtis \\-\\-dry\\-run');
    expect(escapeRoff('segment × destination → port')).toBe('segment \\[u00D7] destination \\[u2192] port');
    expect(page.split('\n').filter((line) => /[^ -~]/.test(line))).toEqual([]);
  });
});

describe('what a shell offers', () => {
  const options = pages.flatMap((page) => page.options);

  it('after --format are the formats of that command', () => {
    const formats = (command: string): readonly string[] | undefined =>
      pages
        .find(({ name }) => name === command)
        ?.options.filter(({ name }) => name === 'format')
        .flatMap((option) => valuesOf(option).words);
    expect(formats('audit')).toEqual([...FORMAT_NAMES]);
    expect(formats('explain')).toEqual(['text', 'json']);
  });

  it('after an option with choices are words of its description', () => {
    const strange = options.flatMap(({ name, describe: text, default: value }) =>
      (CHOICES[name] ?? [])
        .filter((word) => !new RegExp(`\\b${word}\\b`).test(`${text} ${value}`))
        .map((word) => `--${name} ${word}`),
    );
    expect([...new Set(strange)]).toEqual([]);
  });

  it('is about options that there are', () => {
    const names = options.filter(({ takesValue }) => takesValue).map(({ name }) => name);
    expect([...Object.keys(CHOICES), ...FREE].filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('the documents', () => {
  it('are the same each time', async () => {
    expect(await documents(EDITION)).toEqual(await documents(EDITION));
  });
});
