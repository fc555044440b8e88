import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { blocksOf, DEMONSTRATED, deskIn, PAGES, shows } from '../support/manual.ts';
import { mistakesIn, nameOf } from '../support/manual-page.ts';
import { UNRUN } from '../support/manual-unrun.ts';

const ROOT = join(import.meta.dirname, '../..');
const REVIEW = Object.fromEntries(
  ['postern.yaml', 'before.nft', 'after.nft'].map((name) => [name, readFileSync(join(ROOT, 'fixtures/review', name), 'utf8')]),
);
const ALL = PAGES.flatMap(blocksOf);

describe('every command of the manual', () => {
  it.each(PAGES.filter((page) => page !== 'README.md' && !DEMONSTRATED.includes(page)))(
    '%s does what it says',
    { timeout: 120_000 },
    (page) => {
      const desk = deskIn(REVIEW);
      onTestFinished(() => desk.clear());
      expect(mistakesIn(page, desk)).toEqual([]);
    },
  );

  it('README.md does what it says', { timeout: 120_000 }, () => {
    const desk = deskIn({});
    onTestFinished(() => desk.clear());
    desk.run(`mkdir fixtures && cp -r '${join(ROOT, 'fixtures/review')}' fixtures/`);
    expect(mistakesIn('README.md', desk)).toEqual([]);
  });

  it('is run, or has a reason why not', () => {
    const names = ALL.filter(({ kind }) => kind === 'commands').map(nameOf);
    expect(Object.keys(UNRUN).filter((name) => !names.includes(name))).toEqual([]);
    expect(DEMONSTRATED.filter((page) => !PAGES.includes(page))).toEqual([]);
  });

  it('names only commands and options that there are', { timeout: 120_000 }, () => {
    expect(
      ALL.flatMap((block) => (block.kind === 'commands' ? block.commands : [])).flatMap(({ text }) => strangers(text)),
    ).toEqual([]);
  });
});

describe('what a page shows', () => {
  it('is compared line by line, with … for what may be otherwise', () => {
    expect(shows('a\nb 17\nc\n', ['a', 'b …', '…'])).toBe(true);
    expect(shows('a\nb 17\nc\n', ['a', 'b …'])).toBe(false);
    expect(shows('a (b)\n', ['a (c)'])).toBe(false);
    expect(shows('a\n\n\nc\n', ['…', 'c'])).toBe(true);
  });
});

describe('links of the manual', () => {
  it.each(PAGES)('%s leads to files and headings that there are', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    expect(targets.filter((target) => !/^https?:/.test(target) && !leads(page, target))).toEqual([]);
  });
});

/** Options of a `postern` command line that its help does not have. */
function strangers(text: string): readonly string[] {
  return text
    .split(/&&|\||;/)
    .map((part) => part.replace(/#.*$/s, '').trim())
    .filter((part) => part.startsWith('postern '))
    .flatMap((part) => {
      const [name = '', second = ''] = part.split(/\s+/).slice(1);
      const options = part.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
      const help = helpOf(name === 'policy' ? [name, second] : [name]);
      return options.filter((option) => !new RegExp(`${option}(?![a-z-])`).test(help)).map((option) => `${part}: ${option}`);
    });
}

const helps = new Map<string, string>();

function helpOf(words: readonly string[]): string {
  const key = words.join(' ');
  const known = helps.get(key);
  if (known !== undefined) return known;
  const args = [join(ROOT, 'dist/postern.js'), ...words.filter((word) => !word.startsWith('-')), '--help'];
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  helps.set(key, stdout);
  return stdout;
}

function leads(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || headingsOf(file).includes(anchor);
}

/** As GitHub makes anchors of them. */
function headingsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
