import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { folderWith, postern, start } from '../support/cli.ts';
import { listen, speakSmtp, type TestServer } from '../support/server.ts';

const ANSWERS = { EHLO: '250-mail.example.net\r\n250 SIZE\r\n', STARTTLS: '502 5.5.1 no\r\n', QUIT: '221 bye\r\n' };

function mailServer(): Promise<TestServer> {
  return listen((socket) => speakSmtp(socket, '220 mail.example.net ESMTP\r\n', ANSWERS));
}

function policyFor(...ports: readonly number[]): string {
  return `version: 1
name: here
segments: { here: { networks: [127.0.0.1] } }
destinations: { mail: { hosts: [127.0.0.1], listening: [${ports.join(', ')}] } }
rules: [{ name: r, from: here, to: mail, ports: [${ports.join(', ')}] }]
audit: { ports: [${ports.join(', ')}], ehlo: audit.example.com }
`;
}

describe('postern scan', () => {
  it('writes evidence to stdout and nothing else', async () => {
    const { port } = await mailServer();
    const { status, stdout, stderr } = await postern(folderWith(policyFor(port)), 'scan');
    const { records, trailer } = decodeEvidence(stdout, 'stdout');
    expect(records.filter(({ type }) => type === 'observation')).toMatchObject([{ port, outcome: 'open-smtp' }]);
    expect([status, trailer?.interrupted, stderr]).toEqual([0, false, '1 observation.\n']);
  });

  it('with --dry-run prints every connection and makes none', async () => {
    const server = await mailServer();
    const { status, stdout } = await postern(folderWith(policyFor(server.port)), 'scan', '--dry-run');
    expect(stdout).toContain(
      `here 127.0.0.1 -> 127.0.0.1:${server.port} (mail; allow by r): clear text, STARTTLS, EHLO audit.example.com, QUIT`,
    );
    expect([status, server.sockets.length]).toEqual([0, 0]);
  });

  it('with --output keeps a file, never overwrites it unasked, and replaces it with --overwrite', async () => {
    const { port } = await mailServer();
    const folder = folderWith(policyFor(port));
    const first = await postern(folder, 'scan', '--output', 'e.jsonl', '--operator', 'Jörg', '--reference', 'CHG-1', '--quiet');
    expect(first).toEqual({ status: 0, stdout: '', stderr: '' });
    const text = readFileSync(join(folder, 'e.jsonl'), 'utf8');
    expect(decodeEvidence(text, 'e.jsonl').header).toMatchObject({ operator: 'Jörg', reference: 'CHG-1' });
    const second = await postern(folder, 'scan', '--output', 'e.jsonl');
    expect(second.status).toBe(2);
    expect(second.stderr).toContain('error evidence-exists');
    expect(readFileSync(join(folder, 'e.jsonl'), 'utf8')).toBe(text);
    expect((await postern(folder, 'scan', '--output', 'e.jsonl', '--overwrite')).status).toBe(0);
  });

  it('killed in mid-run leaves a file that --resume completes, without asking again what was answered', async () => {
    const first = await mailServer();
    let waiting: ((socket: Socket) => void) | null = null;
    const reached = new Promise<Socket>((resolve) => {
      waiting = resolve;
    });
    // Silent until the first run is dead: the probe of this port is what it hangs in.
    let alive = true;
    const second = await listen((socket) => {
      if (alive) socket.once('end', () => undefined);
      else speakSmtp(socket, '220 mail.example.net ESMTP\r\n', ANSWERS);
      // The controls close at once; the probe is what stays open after them.
      if (alive && second.sockets.length === 2) waiting?.(socket);
    });
    const folder = folderWith(policyFor(first.port, second.port));
    const { child, ended } = start(folder, 'scan', '--output', 'e.jsonl', '--concurrency', '1');
    await reached;
    child.kill('SIGKILL');
    await ended;
    alive = false;
    const cut = decodeEvidence(readFileSync(join(folder, 'e.jsonl'), 'utf8'), 'e.jsonl');
    expect(cut.trailer).toBeNull();
    const { status } = await postern(folder, 'scan', '--resume', 'e.jsonl');
    const whole = decodeEvidence(readFileSync(join(folder, 'e.jsonl'), 'utf8'), 'e.jsonl');
    const outcomes = whole.records.flatMap((record) =>
      record.type === 'observation' ? [`${record.port} ${record.outcome}`] : [],
    );
    expect(outcomes.toSorted()).toEqual([`${first.port} open-smtp`, `${second.port} open-smtp`].toSorted());
    expect([status, whole.trailer?.count]).toEqual([0, whole.records.length]);
    expect(whole.header).toEqual(cut.header);
  });

  it('stopped with Ctrl-C before anything was answered exits 130, with a trailer that says so', async () => {
    let reached: (() => void) | null = null;
    const connected = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const silent = await listen((socket) => {
      socket.once('data', () => undefined);
      if (silent.sockets.length === 2) reached?.();
    });
    const folder = folderWith(policyFor(silent.port));
    const { child, ended } = start(folder, 'scan', '--output', 'e.jsonl');
    await connected;
    child.kill('SIGINT');
    expect((await ended).status).toBe(130);
    const { records, trailer } = decodeEvidence(readFileSync(join(folder, 'e.jsonl'), 'utf8'), 'e.jsonl');
    expect(trailer?.interrupted).toBe(true);
    expect(records.filter(({ type }) => type === 'observation')).toMatchObject([{ outcome: 'aborted' }]);
  });

  it('out of time exits 3', async () => {
    const silent = await listen(() => undefined);
    const { status, stdout } = await postern(folderWith(policyFor(silent.port)), 'scan', '--deadline', '500ms');
    expect(status).toBe(3);
    expect(stdout).toContain('The time of the run (500 ms) was over before this question was answered.');
  });

  it('logs JSON lines to a file', async () => {
    const { port } = await mailServer();
    const folder = folderWith(policyFor(port));
    await postern(folder, 'scan', '--log-file', 'run.log', '--log-level', 'debug', '--output', 'e.jsonl');
    const lines = readFileSync(join(folder, 'run.log'), 'utf8').trim().split('\n');
    const messages = lines.map((line): unknown => JSON.parse(line).msg);
    expect(messages).toContain('scan starts');
    expect(messages).toContain('probed');
    expect(messages.at(-1)).toBe('scan ended');
  });

  it.each([
    [['--timeout', '8'], '--timeout takes a duration with its unit'],
    [['--concurrency', '0'], '--concurrency takes a whole number from 1 to 10000'],
    [['--source', 'here'], '--source takes an IP address of this host, not "here".'],
    [['--source', '192.0.2.77'], 'error source-not-local'],
    [['--from', 'her'], 'Did you mean "here"?'],
    [['--resume', 'nothing.jsonl'], 'there is no such file'],
    [['--resume', 'a', '--output', 'b'], 'mutually exclusive'],
    [['--log-level', 'loud'], '--log-level takes debug, info, warn, error'],
    [['--rate', 'fast'], '--rate takes a whole number'],
  ])('refuses %j with exit code 2', async (flags, message) => {
    const { status, stdout, stderr } = await postern(folderWith(policyFor(2525)), 'scan', ...flags);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('on a host in no segment exits 2 and lists its addresses and the segments', async () => {
    const folder = folderWith(policyFor(2525).replace('networks: [127.0.0.1]', 'networks: [203.0.113.0/24]'));
    const { status, stderr } = await postern(folder, 'scan');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /no-segment: This host belongs to no segment of postern\.yaml\. Its addresses: 127\.0\.0\.1.*here \(203\.0\.113\.0\/24\)/,
    );
  });
});
