import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const CLI = join(import.meta.dirname, '../../dist/postern.js');
const folder = mkdtempSync(join(tmpdir(), 'postern-explain-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function postern(args: readonly string[], env: Readonly<Record<string, string>> = { LANG: 'C.UTF-8' }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { status, stdout, stderr };
}

test('explain CODE prints the page on stdout and nothing on stderr', () => {
  const { status, stdout, stderr } = postern(['explain', 'starttls-stripped']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^starttls-stripped · critical\nSTARTTLS is removed on the way\n/);
  expect(stdout).toContain('RFC 3207 section 6');
});

test('without a UTF-8 locale, and with --ascii, the page is ASCII', () => {
  for (const { stdout } of [postern(['explain', 'intercepted'], {}), postern(['explain', 'intercepted', '--ascii'])]) {
    expect(stdout).toMatch(/^[\x20-\x7e\n]+$/);
  }
});

test('explain without a code lists all codes', () => {
  const { status, stdout } = postern(['explain']);
  expect(status).toBe(0);
  expect(stdout.split('\n').filter((line) => /^[a-z0-9-]+ +(?:critical|high|medium|low|info) /.test(line))).toHaveLength(22);
});

test('a misspelt code is an error with the nearest name, exit 2, and stdout stays empty', () => {
  const { status, stdout, stderr } = postern(['explain', 'egress-oepn']);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain('did you mean egress-open?');
});

test('documents go where --format and --output say', () => {
  const { status, stdout } = postern(['explain', 'not-judged', '--output', 'page.txt', '--format', 'json=page.json']);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  expect(readFileSync(join(folder, 'page.txt'), 'utf8')).toContain('Not enough evidence for a verdict');
  expect(JSON.parse(readFileSync(join(folder, 'page.json'), 'utf8'))).toMatchObject({ pages: [{ code: 'not-judged' }] });
});

test.each([
  [['explain', 'intercepted', '--format', 'xml'], /there is no format "xml"; the formats are text, json/],
  [['explain', 'intercepted', '--format', 'text', '--format', 'json'], /stdout carries one document/],
  [['explain', 'intercepted', 'egress-open'], /Unknown argument/],
  [['explain', 'intercepted', '--colour', 'never'], /Unknown argument/],
])('%j is a usage error', (args, message) => {
  const { status, stdout, stderr } = postern(args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).toContain('postern explain --help');
});

test('colour comes only when asked for, or from a terminal', () => {
  expect(postern(['explain']).stdout).not.toContain('\u001b');
  expect(postern(['explain', '--color', 'always']).stdout).toContain('\u001b[1m');
  expect(postern(['explain', '--no-color'], { FORCE_COLOR: '1' }).stdout).not.toContain('\u001b');
});
