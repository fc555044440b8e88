import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '../..');

function run(
  command: string,
  args: readonly string[],
  cwd: string,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', LANG: 'C.UTF-8' };
  return spawnSync(command, [...args], { cwd, env, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

describe('the npm package', () => {
  const packed = run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], root);
  const listed: readonly { readonly files: readonly { readonly path: string; readonly mode: number }[] }[] = JSON.parse(
    packed.stdout,
  );
  const files = listed.flatMap((entry) => entry.files);
  const paths = files.map(({ path }) => path);

  it('holds the program, its types and documents, the manual, schemas, policies and units, and nothing else', () => {
    const built = /^dist\/(?:chunks\/[\w.-]+\.js|types\/(?:src|cmd)\/.+\.d\.ts|share\/(?:postern\.(?:1|bash|fish)|_postern))$/;
    const deployed = readdirSync(join(root, 'deploy'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(root, 'deploy', path)).isFile(),
    );
    expect(paths.filter((path) => !built.test(path)).sort()).toEqual(
      [
        ...[
          'CHANGELOG.md',
          'LICENSE',
          'README.md',
          'package.json',
          'dist/THIRD-PARTY-LICENSES',
          'dist/index.js',
          'dist/postern.js',
        ],
        ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
        ...readdirSync(join(root, 'policies')).map((name) => `policies/${name}`),
        ...deployed.map((path) => `deploy/${path}`),
      ].sort(),
    );
  });

  it('can be run, and is told of by its exports', () => {
    expect(files.find(({ path }) => path === manifest.bin.postern)?.mode).toBe(0o755);
    expect(readFileSync(join(root, manifest.bin.postern), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const schemas = readdirSync(join(root, 'policies')).filter((name) => name.endsWith('.schema.json'));
    const { '.': entry, './package.json': own, ...others } = manifest.exports;
    expect([entry.default, own]).toEqual(['./dist/index.js', './package.json']);
    expect(others).toEqual(Object.fromEntries(schemas.map((name) => [`./${name}`, `./policies/${name}`])));
  });

  it('names its manual page in a list: npm links no page that is named alone', () => {
    expect(manifest.man).toEqual(['./dist/share/postern.1']);
    expect(paths).toContain('dist/share/postern.1');
  });

  it('needs no other package, no script and no compiler', () => {
    for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'gypfile']) {
      expect([field, field in manifest]).toEqual([field, false]);
    }
    expect(Object.keys(manifest.scripts).filter((name) => /^(?:pre|post)?(?:install|prepare)$/.test(name))).toEqual([]);
  });

  it('names the licence of everything that is bundled', () => {
    const notices = readFileSync(join(root, 'dist/THIRD-PARTY-LICENSES'), 'utf8');
    for (const name of ['ajv', 'js-yaml', 'p-limit', 'pino', 'yargs'])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
  });
});

describe('the Debian package', () => {
  const script = `import manifest from './package.json' with { type: 'json' };
import { layout } from './scripts/release/deb.mjs';
const documents = { 'postern.1': '', 'postern.bash': '', _postern: '', 'postern.fish': '' };
const laid = layout({ manifest, documents, date: new Date(0), notices: '' });
console.log(JSON.stringify([...laid].map(([path, content]) => ['/' + path, path.endsWith('.md') ? content : ''])));`;
  const made = run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], root);
  const files = new Map<string, string>(JSON.parse(made.stdout || '[]'));
  const pages = [...files].filter(([path]) => path.endsWith('.md'));

  it('has the manual whole', () => {
    expect(made.stderr).toBe('');
    const docs = readdirSync(join(root, 'docs')).map((name) => `/usr/share/doc/postern/docs/${name}`);
    expect(pages.map(([path]) => path).sort()).toEqual(['/usr/share/doc/postern/README.md', ...docs].sort());
  });

  it('has pages that lead to what the package has', () => {
    const links = pages.flatMap(([page, text]) =>
      [...text.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/\]\(([^)#\s]+)/g)].map(([, to = '']) => [page, to] as const),
    );
    const inside = links.filter(([, to]) => !/^https?:/.test(to));
    expect(inside.filter(([page, to]) => !files.has(join(dirname(page), to)))).toEqual([]);
    expect(inside).toContainEqual(['/usr/share/doc/postern/README.md', 'docs/tutorial.md']);
    expect(inside).toContainEqual(['/usr/share/doc/postern/README.md', 'examples/postern-audit.cron']);
    expect(inside).toContainEqual(['/usr/share/doc/postern/README.md', '../../../lib/systemd/system/postern-audit.timer']);
  });

  it('has what the manual tries things with', () => {
    const examples = [...files.keys()].filter((path) => path.startsWith('/usr/share/doc/postern/examples/review/'));
    expect(examples.map((path) => basename(path)).sort()).toEqual(['after.nft', 'before.nft', 'postern.yaml']);
  });
});

describe('the command as one file', () => {
  let folder = '';
  const postern = (...args: readonly string[]): ReturnType<typeof run> => run(process.execPath, ['postern.mjs', ...args], folder);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-one-file-'));
    const script = `import { makeOneFile } from './scripts/release/one-file.mjs'; await makeOneFile(process.argv[1]);`;
    const made = run(process.execPath, ['--input-type=module', '-e', script, join(folder, 'postern.mjs')], root);
    expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('knows its version and its policies in an empty folder', () => {
    expect(postern('--version')).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(postern('policy', 'explain', 'least-privilege')).toMatchObject({ status: 0, stderr: '' });
    expect(postern('policy', 'init')).toMatchObject({ status: 0 });
    expect(postern('policy', 'lint')).toMatchObject({ status: 0 });
  });

  it('plays the demonstration, with servers and scans that are itself', () => {
    expect(postern('demo', '--loopback', '--keep', 'demo')).toMatchObject({ status: 0 });
    expect(readdirSync(join(folder, 'demo')).sort()).toEqual(['ca.pem', 'postern.yaml', 'workstations.jsonl']);
  });

  it('says nothing of where it was made', () => {
    expect(readFileSync(join(folder, 'postern.mjs'), 'utf8').includes(root)).toBe(false);
  });
});
