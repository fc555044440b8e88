/**
 * The pages of the manual as what they tell a reader to do. A ```console block has commands behind a prompt and, below each, what it prints:
 * `…` stands for anything, on a line of its own for any lines, and a command below which nothing stands may print anything. `# exit code 1`
 * behind a command says how it ends; else it ends with 0. A block whose first line has `file=NAME` is a file that the reader makes.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** Those that begin with the demonstration: they are run where it can be, in the lab. */
export const DEMONSTRATED: readonly string[] = ['docs/tutorial.md', 'docs/auditor.md'];

export interface Command {
  /** As the page has it, with what stands behind `#`. */
  readonly text: string;
  readonly output: readonly string[];
  readonly status: number;
}

export type Block = { readonly page: string; readonly line: number } & (
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'commands'; readonly commands: readonly Command[] }
);

const PROMPT = /^(?:[a-z]+)?[$#] +(.*)$/;

export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^ *```$/gm)].flatMap((found): Block[] => {
    const [, indent = '', info = '', body = ''] = found;
    const line = text.slice(0, found.index).split('\n').length;
    const lines = body.split('\n').slice(0, -1);
    const inside = lines.map((one) => (one.startsWith(indent) ? one.slice(indent.length) : one));
    const name = /\bfile=(\S+)/.exec(info)?.[1];
    if (name !== undefined) return [{ page, line, kind: 'file', name, text: `${inside.join('\n')}\n` }];
    return info === 'console' ? [{ page, line, kind: 'commands', commands: commandsOf(inside) }] : [];
  });
}

function commandsOf(lines: readonly string[]): readonly Command[] {
  const commands: { text: string; output: string[] }[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    const text = PROMPT.exec(line)?.[1];
    if (text !== undefined) commands.push({ text, output: [] });
    else if (last?.output.length === 0 && last.text.endsWith('\\')) last.text += `\n${line}`;
    else last?.output.push(line);
  }
  return commands.map((one) => ({ ...one, status: Number(/#.*\bexit code (\d+)/.exec(one.text)?.[1] ?? 0) }));
}

/** What a reader has before the first command: a folder, and `postern` on the path. */
export interface Desk {
  readonly folder: string;
  run(command: string): { readonly status: number | null; readonly output: string };
  /** Ends what was left in the background. */
  clear(): void;
}

export function deskIn(files: Readonly<Record<string, string>>): Desk {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'postern-manual-')));
  const folder = join(home, 'work');
  mkdirSync(join(home, 'bin'));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const program = join(home, 'bin/postern');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/postern.js')}' "$@"\n`);
  chmodSync(program, 0o755);
  const env = environmentOf(home);
  const [place, background] = [join(home, 'place'), join(home, 'background')];
  writeFileSync(place, folder);
  return {
    folder,
    run(command) {
      const script = [
        `cd "$(cat '${place}')"`,
        'exec 2>&1',
        command,
        'status=$?',
        `pwd >'${place}'`,
        `jobs -p >>'${background}'`,
        'exit $status',
      ].join('\n');
      const output = join(home, 'output');
      // Into a file: a pipe would be held open by what goes on in the background.
      const ran = spawnSync('bash', ['-c', `exec >'${output}'\n${script}`], { env, stdio: 'ignore', timeout: 120_000 });
      return { status: ran.status, output: readFileSync(output, 'utf8') };
    },
    clear() {
      spawnSync('bash', ['-c', `kill $(cat '${background}')`], { stdio: 'ignore' });
      spawnSync('rm', ['-rf', home]);
    },
  };
}

function environmentOf(home: string): Record<string, string> {
  const author = { GIT_AUTHOR_NAME: 'reader', GIT_AUTHOR_EMAIL: 'reader@example.com' };
  return {
    ...author,
    GIT_COMMITTER_NAME: 'reader',
    GIT_COMMITTER_EMAIL: 'reader@example.com',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    HOME: home,
    LANG: 'C.UTF-8',
    PATH: `${join(home, 'bin')}:${process.env.PATH ?? ''}`,
    TZ: 'UTC',
  };
}

/** Whether a command printed what the page shows. */
export function shows(output: string, shown: readonly string[]): boolean {
  if (shown.length === 0) return true;
  const pattern = shown.map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${patternOf(line)}\\n`)).join('');
  return new RegExp(`^${pattern}\\n*$`).test(`${output.trimEnd()}\n`);
}

function patternOf(line: string): string {
  return line
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'))
    .join('.*');
}
