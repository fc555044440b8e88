import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Who may import what: the data flows one way through the folders. Each list also contains the folder itself. */
const ALLOWED: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  'src/model': ['node:crypto'],
  'src/policy': ['src/model', 'js-yaml', 'ajv'],
  'src/catalogue': ['src/model'],
  'src/smtp': ['src/model'],
  'src/receipt': ['src/model', 'node:crypto'],
  'src/scan': ['src/model', 'src/smtp', 'src/receipt', 'p-limit'],
  'src/sentinel': ['src/model', 'src/smtp', 'src/receipt', /^node:/],
  'src/firewall': ['src/model'],
  'src/compare': ['src/model', 'src/catalogue', 'src/receipt'],
  'src/report': ['src/model', 'src/catalogue', 'node:util'],
  'src/host': ['src/model', /^node:/],
  'src/history': ['src/model', 'src/host/state-files.ts', 'node:zlib'],
  'src/lab': ['src/model', 'src/host', /^node:/],
  'src/<command>.ts': [/^src\//, /^node:/],
  cmd: [/^src\/[^/]+\.ts$/, 'src/report', 'src/model', 'src/host/files.ts', 'yargs', 'pino', 'package.json', /^node:/],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export) [^;]*? from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm)].map(
    ([, named, bare, lazy]) => {
      const target = named ?? bare ?? lazy ?? '';
      return { file, from: placeOf(file), target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target };
    },
  );
}

function placeOf(file: string): string {
  if (file.startsWith('cmd/')) return 'cmd';
  return /^src\/[^/]+\.ts$/.test(file) ? 'src/<command>.ts' : file.split('/').slice(0, 2).join('/');
}

function isAllowed({ from, target }: Import): boolean {
  if (target.startsWith(`${from}/`)) return true;
  return (ALLOWED[from] ?? []).some((rule) =>
    typeof rule === 'string' ? target === rule || target.startsWith(`${rule}/`) : rule.test(target),
  );
}

const files = [...sources('src'), ...sources('cmd')];

describe('the import table', () => {
  it('knows every folder', () => {
    expect([...new Set(files.map(placeOf))].filter((place) => !(place in ALLOWED))).toEqual([]);
  });

  it('is kept by every file', () => {
    const broken = files.flatMap(importsOf).filter((found) => !isAllowed(found));
    expect(broken.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  it('keeps what is concluded from runs apart from where they lie', () => {
    const pure = [
      'absence',
      'baseline',
      'diff',
      'drift',
      'extent',
      'fault-news',
      'memory',
      'notice',
      'outcome-news',
      'select',
      'transition',
    ].map((name) => `src/history/${name}.ts`);
    const targets = pure.flatMap(importsOf).map(({ target }) => target);
    expect(targets.filter((target) => !target.startsWith('src/model/') && !pure.includes(target))).toEqual([]);
  });

  it('would notice a wrong import', () => {
    expect(isAllowed({ file: 'src/compare/x.ts', from: 'src/compare', target: 'src/scan/probe.ts' })).toBe(false);
    expect(isAllowed({ file: 'src/model/x.ts', from: 'src/model', target: 'node:fs' })).toBe(false);
    expect(isAllowed({ file: 'cmd/x.ts', from: 'cmd', target: 'src/scan/probe.ts' })).toBe(false);
  });

  it('leaves process.* to cmd/runtime.ts, apart from programs of their own', () => {
    const own = ['cmd/runtime.ts', 'src/lab/serve.ts'];
    const readers = files.filter((file) => !own.includes(file) && /\bprocess\.\w/.test(code(file)));
    expect(readers).toEqual([]);
  });
});

/** Without comments and strings: they may speak of anything. */
function code(file: string): string {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '');
}
