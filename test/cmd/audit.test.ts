import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { folderWith, postern, start } from '../support/cli.ts';
import { listen, speakSmtp, type TestServer } from '../support/server.ts';

const ANSWERS = { EHLO: '250-mail.example.net\r\n250 SIZE\r\n', STARTTLS: '502 5.5.1 no\r\n', QUIT: '221 bye\r\n' };

function mailServer(): Promise<TestServer> {
  return listen((socket) => speakSmtp(socket, '220 mail.example.net ESMTP\r\n', ANSWERS));
}

function policyFor(allowed: number, ...denied: readonly number[]): string {
  const ports = [allowed, ...denied].join(', ');
  return `version: 1
name: here
segments: { here: { networks: [127.0.0.1] } }
destinations: { mail: { hosts: [127.0.0.1], listening: [${ports}] } }
rules: [{ name: r, from: here, to: mail, ports: [${allowed}] }]
audit: { ports: [${ports}] }
`;
}

function resultOf(text: string): Result {
  return JSON.parse(text) as Result;
}

describe('postern audit', () => {
  it('exits 0 where everything complies', async () => {
    const { port } = await mailServer();
    const { status, stdout, stderr } = await postern(folderWith(policyFor(port)), 'audit', '--format', 'json');
    const { summary, run, schema } = resultOf(stdout);
    expect([status, stderr, schema, run.command, summary.verdict]).toEqual([0, '', 'postern.result/1', 'audit', 'compliant']);
  });

  it('exits 1 where a denied flow gets through, and shows what the server said', async () => {
    const [allowed, open] = [await mailServer(), await mailServer()];
    const folder = folderWith(policyFor(allowed.port, open.port));
    const { status, stdout } = await postern(folder, 'audit', '--format', 'json=result.json');
    const { findings } = resultOf(readFileSync(join(folder, 'result.json'), 'utf8'));
    expect(findings.map(({ code, port }) => [code, port])).toEqual([['egress-open', open.port]]);
    expect(JSON.stringify(findings[0]?.evidence)).toContain('220 mail.example.net ESMTP');
    expect(status).toBe(1);
    expect(stdout).toContain(`${open.port}`);
    expect((await postern(folder, 'audit', '--fail-on', 'critical')).status).toBe(0);
  });

  it('keeps evidence that compare judges the same', async () => {
    const [allowed, open] = [await mailServer(), await mailServer()];
    const folder = folderWith(policyFor(allowed.port, open.port));
    const audited = await postern(folder, 'audit', '--evidence', 'e.jsonl', '--format', 'json');
    const compared = await postern(folder, 'compare', 'e.jsonl', '--format', 'json');
    const essence = ({ checks, findings, summary }: Result): unknown => ({ checks, findings, summary });
    expect(essence(resultOf(compared.stdout))).toEqual(essence(resultOf(audited.stdout)));
    expect(compared.status).toBe(audited.status);
  });

  it('stopped with Ctrl-C judges what was seen: 130 where that is nothing', async () => {
    let reached: (() => void) | null = null;
    const connected = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const silent = await listen(() => {
      if (silent.sockets.length === 2) reached?.();
    });
    const { child, ended } = start(folderWith(policyFor(silent.port)), 'audit', '--format', 'json');
    await connected;
    child.kill('SIGINT');
    const { status, stdout } = await ended;
    expect([status, resultOf(stdout).run.interrupted]).toEqual([130, true]);
  });

  it('with --dry-run sends nothing', async () => {
    const server = await mailServer();
    const { status, stdout } = await postern(folderWith(policyFor(server.port)), 'audit', '--dry-run');
    expect([status, server.sockets.length]).toEqual([0, 0]);
    expect(stdout).toContain('1 connection to probe, 0 controls.');
  });

  it.each([
    [['--format', 'text', '--format', 'json'], '--format was given 2 times without a file'],
    [['--format', 'jsn'], 'Did you mean json?'],
    [['--fail-on', 'often'], '--fail-on takes low, medium, high, critical'],
    [['--evidence', 'no/such/e.jsonl'], 'there is no folder'],
    [['--timeot', '8s'], 'timeot'],
  ])('refuses %j with exit code 2, before anything is sent', async (flags, message) => {
    const server = await mailServer();
    const { status, stderr, stdout } = await postern(folderWith(policyFor(server.port)), 'audit', ...flags);
    expect(stderr).toContain(message);
    expect([status, stdout, server.sockets.length]).toEqual([2, '', 0]);
  });
});
