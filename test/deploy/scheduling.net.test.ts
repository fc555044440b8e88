import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith } from '../support/cli.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEPLOY = join(ROOT, 'deploy');
const UNITS = ['postern-audit.service', 'postern-audit.timer'];

/** Nothing is sent: arguments are understood before the policy is read. */
const BROKEN = 'version: 1\nnmae: elsewhere\n';

function text(name: string): string {
  return readFileSync(join(DEPLOY, name), 'utf8');
}

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, { cwd: DEPLOY, encoding: 'utf8', env: { ...process.env, SYSTEMD_COLORS: '0' } });
}

const hasSystemd = analyze('--version').status === 0;
if (!hasSystemd && process.env.CI === 'true') it('needs systemd-analyze', () => expect.fail('systemd-analyze is missing'));

describe.skipIf(!hasSystemd)('the units', () => {
  it('are what systemd understands, without a warning', () => {
    const { status, stderr } = analyze('verify', ...UNITS.map((name) => join(DEPLOY, name)));
    // Where Postern is not installed the program is missing; nothing else may be wrong.
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.includes('/usr/bin/node'));
    expect(lines).toEqual([]);
    expect([0, 1]).toContain(status);
  });

  it.each([
    ['postern-audit.service', 1.2],
    ['postern-sentinel.service', 1.6],
  ])('%s is exposed no more than %d', (unit, most) => {
    const { stdout } = analyze('security', '--offline=true', '--no-pager', join(DEPLOY, unit));
    expect(Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1])).toBeLessThanOrEqual(most);
  });

  it("start the audit every hour, at a moment that is the host's own", () => {
    const { status, stdout } = analyze(
      'calendar',
      '--iterations=2',
      /^OnCalendar=(.*)$/m.exec(text('postern-audit.timer'))?.[1] ?? '',
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('Normalized form: *-*-* *:00:00')]);
    expect(text('postern-audit.timer')).toMatch(/^FixedRandomDelay=yes$/m);
  });
});

/** What comes after `postern.js`, for the shell or for systemd. */
function commandsIn(name: string): string[] {
  const joined = text(name).replaceAll(/\\\n#?/g, '');
  return [...joined.matchAll(/^#?(?:ExecStart=|\d+ \* \* \* \* \w+ ).*postern\.js (.*)$/gm)].map(([, args = '']) => args);
}

describe('what is scheduled', () => {
  it.each([
    ['postern-audit.service', 2],
    ['postern-audit.cron', 1],
  ])('%s has commands that Postern knows, with state where it may write', (name, count) => {
    const commands = commandsIn(name);
    expect(commands.length).toBe(count);
    for (const command of commands) {
      const folder = folderWith(BROKEN);
      const state = mkdtempSync(join(tmpdir(), 'postern-state-'));
      onTestFinished(() => rmSync(state, { recursive: true }));
      const args = command
        .replaceAll('/etc/postern/postern.yaml', 'postern.yaml')
        .replaceAll('/var/lib/postern-audit', state)
        .replace('--jitter 10m', '--jitter 1ms')
        .replace(/ --ping .*$/, '')
        .trim()
        .split(/\s+/);
      const ran = spawnSync(process.execPath, [join(ROOT, 'dist/postern.js'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', STATE_DIRECTORY: state },
      });
      expect([ran.status, ran.stderr]).toEqual([2, '']);
      expect(ran.stdout).toMatch(/^postern: FAILED \(exit code 2\) - audit postern.yaml on /);
      expect(readdirSync(state)).toContain('cron.json');
    }
  });

  it('secrets come as files that systemd hands over', () => {
    const [, second] = commandsIn('postern-audit.service');
    expect(second).toContain('--ping @%d/ping-url --webhook @%d/webhook-url --webhook-key %d/webhook-key');
    for (const name of ['ping-url', 'webhook-url', 'webhook-key']) {
      expect(text('postern-audit.service')).toContain(`#LoadCredential=${name}:/etc/postern/${name}\n`);
    }
  });
});
