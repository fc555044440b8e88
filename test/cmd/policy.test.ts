import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '../../dist/postern.js');
const INVALID = join(import.meta.dirname, '../../fixtures/policies/invalid');
const folder = mkdtempSync(join(tmpdir(), 'postern-policy-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function postern(args: readonly string[], env: Readonly<Record<string, string>> = { LANG: 'C.UTF-8' }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'policy', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  writeFileSync(join(folder, 'clean.yaml'), CLEAN);
  writeFileSync(join(folder, 'wrong.yaml'), readFileSync(join(INVALID, 'ten-mistakes.yaml')));
});

const CLEAN = `version: 1
name: clean
segments: { staff: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public], probes: [{ host: mx.example.org, listening: [25] }] } }
rules: []
audit: { ports: [25], controls: [{ host: www.example.net, port: 443 }] }
`;

test('without a policy lint says what to run, exit 2', () => {
  const { status, stdout, stderr } = postern(['lint']);
  expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
  expect(stdout).toContain('postern policy init');
});

test('init, lint, explain: the first three minutes', () => {
  const { status, stdout } = postern(['init', 'mine.yaml']);
  expect(status).toBe(0);
  expect(stdout).toContain('postern policy lint mine.yaml');
  expect(postern(['lint', 'mine.yaml'])).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('no errors, 1 hint'),
  });
  expect(postern(['explain', 'mine.yaml'])).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('from workstations'),
  });
});

test('init names the way for saved rules, and its commented firewalls are a policy', () => {
  const { stdout } = postern(['init', 'walls.yaml']);
  expect(stdout).toMatch(/ {2}postern check walls\.yaml .*--config FILE.*sends nothing/);
  const template = readFileSync(join(folder, 'walls.yaml'), 'utf8');
  expect(template).toContain('postern check ');
  const [block = ''] = /^# firewalls:\n(?:# {2,}.*\n)+/m.exec(template) ?? [];
  const files = { 'edge.v4': '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n', 'edge.v6': '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'walls.yaml'), template.replace(block, block.replace(/^# /gm, '')));
  expect(postern(['lint', 'walls.yaml'])).toMatchObject({ status: 0, stdout: expect.stringContaining('no errors, 1 hint') });
});

test('init never overwrites without --force', () => {
  const first = postern(['init', 'twice.yaml']);
  const second = postern(['init', 'twice.yaml']);
  expect([first.status, second.status]).toEqual([0, 2]);
  expect(second).toMatchObject({ stdout: '', stderr: expect.stringContaining('twice.yaml is there already') });
  expect(postern(['init', 'twice.yaml', '--force']).status).toBe(0);
});

test('lint says of a clean policy so, in one line with counts', () => {
  expect(postern(['lint', 'clean.yaml'])).toEqual({
    status: 0,
    stderr: '',
    stdout: '✓ clean.yaml (clean): 1 segment, 1 destination and 0 rules · nothing to complain of.\n',
  });
});

test('lint prints every error on stdout with its place, exit 2', () => {
  const { status, stdout, stderr } = postern(['lint', 'wrong.yaml']);
  expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
  expect(stdout).toContain('wrong.yaml:16:11 error unknown-name\n');
  expect(stdout).toMatch(/✗ wrong\.yaml: \d\d errors; it cannot be used until the errors are gone\.\n$/);
});

test('lint as JSON holds the same, also where there are errors', () => {
  const { status, stdout } = postern(['lint', 'wrong.yaml', '--format', 'json']);
  const report: unknown = JSON.parse(stdout);
  expect(status).toBe(2);
  expect(report).toMatchObject({
    schema: 'postern.lint/1',
    path: 'wrong.yaml',
    policy: null,
    summary: { warnings: 0, hints: 0 },
    problems: expect.arrayContaining([
      expect.objectContaining({ severity: 'error', code: 'unknown-key', location: { file: 'wrong.yaml', line: 2, column: 1 } }),
    ]),
  });
  expect(JSON.parse(postern(['lint', 'clean.yaml', '--format', 'json']).stdout)).toMatchObject({
    policy: { name: 'clean', segments: 1, destinations: 1, rules: 0, digest: expect.stringMatching(/^sha256:/) },
    problems: [],
  });
});

test('other commands print the same errors on stderr', () => {
  const { status, stdout, stderr } = postern(['explain', 'wrong.yaml']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(
    'wrong.yaml:16:11 error unknown-name: There is no segment "workstatons". Did you mean "workstations"?',
  );
});

test('explain prints the matrix, and as JSON a document with a schema', () => {
  const { stdout } = postern(['explain', 'clean.yaml']);
  expect(stdout).toMatch(/from staff {2}10\.20\.0\.0\/16\n {2}to {8}25\n {2}internet {2}deny\n/);
  expect(JSON.parse(postern(['explain', 'clean.yaml', '--format', 'json']).stdout)).toMatchObject({
    schema: 'postern.expectations/1',
    cells: [{ segment: 'staff', destination: 'internet', port: 25, expect: 'deny', asked: ['mx.example.org'], missing: null }],
  });
});

test('explain fits a matrix of many ports into the width, and into ASCII', () => {
  const ports = Array.from({ length: 40 }, (_, index) => 2000 + index);
  writeFileSync(join(folder, 'wide.yaml'), CLEAN.replace('ports: [25]', `ports: [${ports.join(', ')}]`));
  const { stdout } = postern(['explain', 'wide.yaml'], {});
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
  expect(ports.every((port) => stdout.includes(String(port)))).toBe(true);
});

test('a built-in policy goes by its name', () => {
  expect(postern(['explain', 'deny-all'])).toMatchObject({ status: 0, stdout: expect.stringContaining('built-in:deny-all') });
});

test('words carry what colours show', () => {
  const plain = postern(['explain', 'clean.yaml', '--color', 'never']).stdout;
  const coloured = postern(['explain', 'clean.yaml', '--color', 'always']).stdout;
  expect(coloured).toContain('\u001b[');
  expect(stripVTControlCharacters(coloured)).toBe(plain);
});

test.each([
  [['lnt'], /did you mean lint\?/],
  [['frobnicate'], /it can lint, explain and init/],
  [[], /postern policy lint, explain or init/],
  [['lint', '--force'], /--force belongs to policy init/],
  [['init', '--format', 'json'], /policy init writes a policy and nothing else/],
  [['lint', 'a.yaml', 'b.yaml'], /Unknown argument/],
  [['lint', '--fromat', 'json'], /^postern: Unknown argument: fromat\. Did you mean --format\?\n/],
  [
    ['lint', '--log-fiel', 'x', '--fo-rmat', 'json'],
    /^postern: Unknown arguments: log-fiel, fo-rmat\. Did you mean --format\?\n/,
  ],
])('%j is a usage error', (args, message) => {
  const { status, stdout, stderr } = postern(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('help names the actions, examples and exit codes', () => {
  const { status, stdout } = postern(['--help']);
  expect(status).toBe(0);
  for (const part of ['policy lint [POLICY]', 'policy explain [POLICY]', 'policy init [FILE]', 'Examples:', 'Exit codes: 0']) {
    expect(stdout).toContain(part);
  }
});
