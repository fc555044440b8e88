/** What an operator's shell, cron or typo does to a command: it ends with the right code, in words, and destroys nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { folderWith, postern, start } from '../support/cli.ts';
import { listen, speakSmtp, type TestServer } from '../support/server.ts';

const CLI = join(import.meta.dirname, '../../dist/postern.js');
const ANSWERS = { EHLO: '250-mail.example.net\r\n250 SIZE\r\n', STARTTLS: '502 5.5.1 no\r\n', QUIT: '221 bye\r\n' };

function mailServer(): Promise<TestServer> {
  return listen((socket) => speakSmtp(socket, '220 mail.example.net ESMTP\r\n', ANSWERS));
}

function policyFor(port: number): string {
  return `version: 1
name: here
segments: { here: { networks: [127.0.0.1] } }
destinations: { mail: { hosts: [127.0.0.1], listening: [${port}] } }
rules: [{ name: r, from: here, to: mail, ports: [${port}] }]
audit: { ports: [${port}] }
`;
}

/** Runs `postern ARGUMENTS` with the shell's redirections. */
function shell(folder: string, line: string): { status: number | null; stdout: string; stderr: string } {
  const script = line.replaceAll('postern ', `"${process.execPath}" "${CLI}" `);
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr };
}

describe('arguments', () => {
  const folder = (): string => folderWith(policyFor(2525));

  it.each([
    [['audit', '--timeout'], '--timeout takes a value.'],
    [['audit', '--format'], '--format takes a value.'],
    [['policy'], 'postern policy lint, explain or init'],
    [
      [],
      'Name a command: audit, scan, compare, reconcile, policy, relay, check, review, trace, history, diff, report, explain, sentinel, demo.',
    ],
    [['audit', ''], 'POLICY is empty'],
    [['policy', 'lint', '-'], '/dev/stdin'],
    [['audit', '--log-file', ''], '--log-file takes the name of a file.'],
    [['audit', '--log-file', 'no/run.log'], '--log-file no/run.log cannot be written: there is no folder no.'],
    [['audit', '--dry-run', '--format', 'json'], 'has no json document'],
    [['audit', '--dry-run=yes'], '--dry-run is there or not; it takes no value such as "yes".'],
    [['audit', '-q=1'], 'takes no value'],
    [['demo', '--keep', ''], '--keep takes the name of a folder.'],
  ])('%j are refused in words, with exit code 2', async (args, words) => {
    const { status, stdout, stderr } = await postern(folder(), ...args);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('behind "--" are names, never ignored: a policy is that policy, and what looks like a flag is no flag', async () => {
    const here = folder();
    const named = await postern(here, 'policy', '--', 'explain', 'least-privilege');
    expect([named.status, named.stdout]).toEqual([0, expect.stringContaining('least-privilege')]);
    const dashed = await postern(here, 'audit', '--', '--dry-run');
    expect([dashed.status, dashed.stderr]).toEqual([2, expect.stringContaining('There is no policy ./--dry-run')]);
  });
});

describe('files', () => {
  it.each([
    ['audit --output postern.yaml', 'postern.yaml would be the policy and the text document at once'],
    ['audit --format json=./postern.yaml', './postern.yaml would be the policy and the json document at once'],
    ['audit --evidence e.jsonl --output e.jsonl', 'e.jsonl would be the evidence and the text document at once'],
    ['audit --evidence e.jsonl --log-file e.jsonl', 'e.jsonl would be the evidence and the log at once'],
    ['scan --output postern.yaml --overwrite', 'postern.yaml would be the policy and the evidence at once'],
    ['policy lint --output postern.yaml', 'postern.yaml would be the policy and the text document at once'],
    ['compare old.jsonl --format json=old.jsonl', 'old.jsonl would be evidence and the json document at once'],
  ])('%s is refused, and the file is as it was', async (line, words) => {
    const policy = policyFor(2525);
    const folder = folderWith(policy);
    writeFileSync(join(folder, 'old.jsonl'), 'precious\n');
    const { status, stderr } = await postern(folder, ...line.split(' '));
    expect(stderr).toContain(words);
    expect(status).toBe(2);
    expect(readFileSync(join(folder, 'postern.yaml'), 'utf8')).toBe(policy);
    expect(readFileSync(join(folder, 'old.jsonl'), 'utf8')).toBe('precious\n');
    expect(readdirSync(folder).sort()).toEqual(['old.jsonl', 'postern.yaml']);
  });

  it('policy init leaves a pipe a pipe, also with --force', () => {
    const folder = folderWith(policyFor(2525));
    const { status, stderr } = shell(folder, 'mkfifo pipe; postern policy init pipe --force; c=$?; test -p pipe && exit $c');
    expect([status, stderr]).toEqual([2, expect.stringContaining('no regular file')]);
  });

  it('scan --resume leaves a file alone that never was evidence', async () => {
    const { port } = await mailServer();
    const folder = folderWith(policyFor(port));
    writeFileSync(join(folder, 'token.txt'), 'secret without a line feed');
    const { status, stderr } = await postern(folder, 'scan', '--resume', 'token.txt');
    expect([status, stderr]).toEqual([2, expect.stringContaining('token.txt is no evidence')]);
    expect(readFileSync(join(folder, 'token.txt'), 'utf8')).toBe('secret without a line feed');
    writeFileSync(join(folder, 'torn.jsonl'), '{"type":"he');
    expect((await postern(folder, 'scan', '--resume', 'torn.jsonl')).status).toBe(0);
  });

  it('a run whose evidence another run replaces ends in words, not in a mixture of both', async () => {
    const silent = await listen(() => undefined);
    const folder = folderWith(policyFor(silent.port));
    const { child, ended } = start(folder, 'scan', '--output', 'e.jsonl', '--greeting-timeout', '1s');
    await vi.waitFor(() => expect(readFileSync(join(folder, 'e.jsonl'), 'utf8')).toContain('"control"'), 10_000);
    writeFileSync(join(folder, 'e.jsonl'), 'of another run\n');
    const { status, stderr } = await ended;
    expect([child.signalCode, status, stderr]).toEqual([null, 2, expect.stringContaining('error evidence-shared')]);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(readFileSync(join(folder, 'e.jsonl'), 'utf8')).toBe('of another run\n');
  });

  it('--dry-run writes its plan where --output says', async () => {
    const folder = folderWith(policyFor(2525));
    const { status, stdout } = await postern(folder, 'audit', '--dry-run', '--output', 'plan.txt');
    expect([status, stdout]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'plan.txt'), 'utf8')).toContain('1 connection to probe');
  });

  it('a folder is no place for evidence', async () => {
    const folder = folderWith(policyFor(2525));
    mkdirSync(join(folder, 'kept'));
    const { status, stderr } = await postern(folder, 'audit', '--evidence', 'kept');
    expect([status, stderr]).toEqual([2, expect.stringContaining('kept is a folder; name a file.')]);
  });
});

describe('streams', () => {
  it('a policy in a pipe that nobody writes is ended by a signal', () => {
    const { status } = shell(folderWith(''), 'mkfifo pipe; timeout 2 postern policy lint pipe');
    expect(status).toBe(124);
  });

  it.each(['--help', 'audit --help', '--version', 'explain'])('%s into a closed pipe is no error', (args) => {
    const { status, stderr } = shell(folderWith(''), `postern ${args} | true; exit $?`);
    expect([status, stderr]).toEqual([0, '']);
  });

  it.runIf(existsSync('/dev/full')).each(['--help', '--version', 'explain', 'audit --dry-run', 'scan', 'policy init new.yaml'])(
    '%s onto a full disk exits 2 and says so',
    (args) => {
      const { status, stderr } = shell(folderWith(policyFor(9)), `postern ${args} >/dev/full`);
      expect(stderr).toContain('error output-unwritable: stdout cannot be written (ENOSPC');
      expect(stderr).not.toMatch(/\n {4}at /);
      expect(status).toBe(2);
    },
  );

  it.runIf(existsSync('/dev/full'))('a log that cannot be written any more does not end the run', async () => {
    const { port } = await mailServer();
    const { status, stdout, stderr } = await postern(folderWith(policyFor(port)), 'audit', '--log-file', '/dev/full');
    expect(stderr).toMatch(/^postern: the log cannot be written \(ENOSPC.*the run goes on without it\.\n$/);
    expect([status, stdout]).toEqual([0, expect.stringContaining('COMPLIANT')]);
  });

  it.runIf(existsSync('/dev/full'))('a stderr that takes nothing changes no exit code', () => {
    expect(shell(folderWith(policyFor(9)), 'postern audit --timeot 8s 2>/dev/full').status).toBe(2);
  });
});
