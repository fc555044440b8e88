/** `postern sentinel` as an operator runs it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { generateSigningKey, type PublicKey, parsePublicKey, parseSigningKey } from '../../src/receipt/keys.ts';
import { openReceipt, type ReceiptBody } from '../../src/receipt/receipt.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';
import { TestClient } from '../sentinel/client.ts';
import { folderWith, postern, type Running, start } from '../support/cli.ts';
import { closedPort, fixture, listen } from '../support/server.ts';

/** A folder with a key of mode 0600 in key.pem, and a certificate. */
function furnished(): { readonly folder: string; readonly publicKey: PublicKey } {
  const folder = folderWith('');
  const { pem, publicKey } = generateSigningKey();
  writeFileSync(join(folder, 'key.pem'), pem, { mode: 0o600 });
  writeFileSync(join(folder, 'tls.pem'), fixture('good.pem'));
  writeFileSync(join(folder, 'tls-key.pem'), fixture('good-key.pem'));
  return { folder, publicKey };
}

const TLS = ['--certificate', 'tls.pem', '--certificate-key', 'tls-key.pem'];
const HERE = ['--key', 'key.pem', '--address', '127.0.0.1', '--name', 'sentinel.example.net'];

interface Listening extends Running {
  readonly ports: readonly number[];
  /** The next line of its log, or of stderr, that says this. */
  line(pattern: RegExp): Promise<string>;
}

/** Runs it until it says that it listens; its log may be a file. */
async function run(folder: string, flags: readonly string[], log: string | null = null): Promise<Listening> {
  const running = start(folder, 'sentinel', ...HERE, ...flags, ...(log === null ? [] : ['--log-file', log]));
  const text = { stdout: '', stderr: '' };
  running.child.stdout?.on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  running.child.stderr?.on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  const taken = new Set<string>();
  const line = async (pattern: RegExp): Promise<string> => {
    for (let tries = 0; tries < 2_000; tries++) {
      const written = log === null || !existsSync(join(folder, log)) ? '' : readFileSync(join(folder, log), 'utf8');
      const lines = `${text.stdout}${text.stderr}${written}`.split('\n');
      const found = lines.find((one) => pattern.test(one) && !taken.has(one));
      if (found !== undefined) {
        taken.add(found);
        return found;
      }
      await setTimeout(10);
    }
    throw new Error(`nothing says ${pattern}: ${text.stdout}${text.stderr}`);
  };
  const { ports } = JSON.parse(await line(/"event":"listening"/));
  return { ...running, ports, line };
}

async function ask(client: TestClient, publicKey: PublicKey): Promise<ReceiptBody> {
  const { texts } = await client.say(`NOOP ${receiptArgument(publicKey, newNonce())}`);
  const opened = openReceipt(texts.slice(1).join(''), publicKey);
  if (opened.kind !== 'genuine') throw new Error(opened.message);
  return opened.body;
}

async function greeted(port: number): Promise<TestClient> {
  const client = await TestClient.dial(port);
  expect((await client.reply()).texts).toEqual(['sentinel.example.net ESMTP']);
  return client;
}

describe('postern sentinel keygen', () => {
  it('writes a private key for its owner alone, and prints the line for the policy', async () => {
    const folder = folderWith('');
    const { status, stdout, stderr } = await postern(folder, 'sentinel', 'keygen');
    const file = join(folder, 'sentinel-key.pem');
    expect(stdout).toMatch(/^public-key: "ed25519:[A-Za-z0-9+/]{43}="\nkey id: [0-9a-f]{16}\nprivate key: sentinel-key\.pem\n$/);
    expect([status, statSync(file).mode & 0o777]).toEqual([0, 0o600]);
    expect(stderr).toContain('postern sentinel --key sentinel-key.pem');
    expect(stdout + stderr).not.toContain('PRIVATE KEY-----');
    const again = await postern(folder, 'sentinel', 'keygen');
    expect([again.status, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toContain('it is there already, and may be a key in use');
  });

  it('leaves no half of a key where it cannot be written to its end', () => {
    const folder = folderWith('');
    const command = join(import.meta.dirname, '../../dist/postern.js');
    const limited = 'ulimit -f 0; exec "$0" "$1" sentinel keygen';
    const { status, stderr } = spawnSync('bash', ['-c', limited, process.execPath, command], { cwd: folder, encoding: 'utf8' });
    expect([status, existsSync(join(folder, 'sentinel-key.pem'))]).toEqual([2, false]);
    expect(stderr).toContain('sentinel-key.pem cannot be written');
  });

  it('takes no flag of the listener', async () => {
    const folder = folderWith('');
    const { status, stderr } = await postern(folder, 'sentinel', 'keygen', '--name', 'edge.example.com');
    expect([status, existsSync(join(folder, 'sentinel-key.pem'))]).toEqual([2, false]);
    expect(stderr).toContain('--name belongs to the listener; keygen takes --output alone.');
  });

  it('makes keys that OpenSSL reads', async () => {
    const folder = folderWith('');
    const { stdout } = await postern(folder, 'sentinel', 'keygen', '--output', 'key.pem');
    const publicKey = parsePublicKey(/"(ed25519:.+)"/.exec(stdout)?.[1] ?? '');
    const der = spawnSync('openssl', ['pkey', '-in', 'key.pem', '-pubout', '-outform', 'DER'], { cwd: folder }).stdout;
    expect(der.subarray(-32)).toEqual(Buffer.from(publicKey?.bytes ?? []));
  });
});

describe('postern sentinel', () => {
  it.each([
    [['--key', 'absent.pem'], 'absent.pem cannot be read: there is no such file.'],
    [['--listen', '465'], 'Port 465 speaks TLS from the first byte, which takes --certificate and --certificate-key.'],
    [['--listen', '2525', '--tls-port', '8465'], 'Port 8465 speaks TLS from the first byte'],
    [['--listen', 'smtp'], '--listen takes a port from 1 to 65535, not "smtp".'],
    [['--address', 'localhost'], '--address takes an IP address of this host, not "localhost".'],
    [['--certificate', 'tls.pem'], '--certificate and --certificate-key belong together; give both.'],
    [['--name', 'a b'], '--name takes a host name, such as sentinel.example.com, not "a b".'],
    [['--sink', 'x@example.com'], '--sink takes a host name'],
    [['--metrics', '9725'], '--metrics takes an address and a port, such as 127.0.0.1:9725, not "9725".'],
    [['--output', 'x'], '--output belongs to sentinel keygen'],
    [['--state', 'tls.pem'], 'tls.pem is no state of a sentinel, and is left as it is; name another file with --state.'],
    [['--log-file', 'key.pem'], 'would be a key and the log at once'],
    [['--key', 'key.pem'], 'key.pem was given as a key twice; give each file once.'],
    [['keygn'], 'did you mean keygen?'],
    [['--listen', '2525', '--address', '192.0.2.1'], '192.0.2.1:2525 cannot be opened: this host has no such address'],
  ])('%j is refused in words, with exit code 2', async (flags, words) => {
    const { folder } = furnished();
    const { status, stderr } = await postern(folder, 'sentinel', '--key', 'key.pem', ...flags);
    expect(stderr).toContain(words);
    expect([status, /\n {4}at /.test(stderr)]).toEqual([2, false]);
  });

  it.each([
    ['--key', 'pipe'],
    ['--state', 'pipe'],
    ['--certificate', 'pipe', '--certificate-key', 'tls-key.pem'],
  ])('%s of a pipe without a writer is refused, and does not hold it up', async (...flags) => {
    const { folder } = furnished();
    spawnSync('mkfifo', ['-m', '600', 'pipe'], { cwd: folder });
    const { status, stderr } = await postern(folder, 'sentinel', '--key', 'key.pem', '--listen', '2525', ...flags);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/pipe is no regular file; name one\.$/m)]);
  });

  it('refuses a key that others may read, and says what to run', async () => {
    const { folder } = furnished();
    chmodSync(join(folder, 'key.pem'), 0o644);
    const { status, stdout, stderr } = await postern(folder, 'sentinel', ...HERE);
    expect(stderr).toContain('can be used by others (mode 0644), who could then sign receipts: chmod 600 ');
    expect([status, stdout]).toEqual([2, '']);
  });

  it('says which port is taken, and opens none of the others', async () => {
    const { folder } = furnished();
    const { port } = await listen(() => undefined);
    const { status, stderr } = await postern(folder, 'sentinel', ...HERE, '--listen', `${port},0`);
    expect(stderr).toContain(`127.0.0.1:${port} cannot be opened: something else listens there (ss -ltnp shows what).`);
    expect(status).toBe(2);
  });

  it('logs JSON lines to stdout, signs receipts, and ends with 0 on SIGTERM', async () => {
    const { folder, publicKey } = furnished();
    const tls = await closedPort();
    const { ports, child, ended } = await run(folder, [...TLS, '--listen', '0', '--tls-port', String(tls)]);
    const [port = 0] = ports.filter((one) => one !== tls);
    const clear = await greeted(port);
    expect(await ask(clear, publicKey)).toMatchObject({ port, name: 'sentinel.example.net', exporter: null, listening: [] });
    const secure = await TestClient.dialTls(tls);
    await secure.reply();
    expect(await ask(secure, publicKey)).toMatchObject({ port: tls, exporter: expect.stringMatching(/^[0-9a-f]{64}$/) });
    child.kill('SIGTERM');
    const { status, stdout, stderr } = await ended;
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text).event);
    expect(events.sort()).toEqual(['closed', 'closed', 'connected', 'connected', 'listening', 'receipt', 'receipt', 'stopped']);
    expect([status, stderr]).toEqual([0, '']);
  });

  it('without a certificate offers no TLS, and says so', async () => {
    const { folder } = furnished();
    const { ports, line, child, ended } = await run(folder, ['--listen', '0']);
    expect(await line(/^postern sentinel: /)).toContain(
      'No certificate: STARTTLS is not offered. Receipts then cannot show who ends TLS.',
    );
    const client = await greeted(ports[0] ?? 0);
    expect((await client.say('EHLO x')).texts).not.toContain('STARTTLS');
    child.kill('SIGINT');
    expect((await ended).status).toBe(0);
  });

  it('reads keys and certificate again on SIGHUP, and goes on with the old ones where the new cannot be used', async () => {
    const { folder, publicKey } = furnished();
    const { ports, child, line } = await run(folder, [...TLS, '--listen', '0']);
    const client = await greeted(ports[0] ?? 0);
    writeFileSync(join(folder, 'key.pem'), 'no key');
    child.kill('SIGHUP');
    expect(await line(/^postern sentinel: /)).toContain('Everything stays as it was: ');
    expect((await ask(client, publicKey)).key).toBe(publicKey.id);
    await postern(folder, 'sentinel', 'keygen', '--output', 'next.pem');
    const { publicKey: next } = parseSigningKey(readFileSync(join(folder, 'next.pem'), 'utf8')) ?? { publicKey };
    writeFileSync(join(folder, 'key.pem'), readFileSync(join(folder, 'next.pem')));
    child.kill('SIGHUP');
    expect(await line(/^postern sentinel: Read again/)).toBe(`postern sentinel: Read again: key ${next.id}, certificate.`);
    expect((await ask(client, next)).key).toBe(next.id);
    expect((await client.say(`NOOP ${receiptArgument(publicKey, newNonce())}`)).texts).toEqual(['2.0.0 OK']);
  });

  it('adds to its log file, and opens it anew on SIGHUP, as logrotate wants it', async () => {
    const { folder } = furnished();
    const log = join(folder, 'sentinel.log');
    writeFileSync(log, '{"earlier":true}\n');
    const { ports, child, line, ended } = await run(folder, ['--listen', '0'], 'sentinel.log');
    renameSync(log, `${log}.1`);
    child.kill('SIGHUP');
    await line(/Read again/);
    const client = await greeted(ports[0] ?? 0);
    await client.say('QUIT');
    child.kill('SIGTERM');
    const { stdout } = await ended;
    const events = (file: string): string[] =>
      readFileSync(file, 'utf8')
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text).event ?? 'other');
    expect(stdout).toBe('');
    expect(events(`${log}.1`)).toEqual(['other', 'other', 'listening']);
    expect(events(log)).toEqual(['other', 'connected', 'closed', 'stopped']);
  });

  it('keeps from run to run when which port was reached', async () => {
    const { folder, publicKey } = furnished();
    const port = String(await closedPort());
    const flags = ['--listen', port, '--state', 'state.json'];
    const first = await run(folder, [...flags, '--count-loopback']);
    (await greeted(first.ports[0] ?? 0)).close();
    await first.line(/"event":"connected"/);
    first.child.kill('SIGTERM');
    await first.ended;
    const second = await run(folder, flags);
    const { listening } = await ask(await greeted(second.ports[0] ?? 0), publicKey);
    expect(listening).toEqual([{ port: Number(port), family: 'ipv4', at: expect.any(String) }]);
  });

  it('says at once where it cannot keep its state', async () => {
    const { folder } = furnished();
    const { line, child, ended } = await run(folder, [...TLS, '--listen', '0', '--state', 'absent/state.json']);
    expect(await line(/^postern sentinel: /)).toContain('absent/state.json cannot be written: there is no folder');
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
  });

  it('counts for Prometheus', async () => {
    const { folder, publicKey } = furnished();
    const metrics = await closedPort();
    const { ports, line } = await run(folder, ['--listen', '0', '--metrics', `127.0.0.1:${metrics}`]);
    const client = await greeted(ports[0] ?? 0);
    await ask(client, publicKey);
    await client.say('QUIT');
    await line(/"event":"closed"/);
    const response = await fetch(`http://127.0.0.1:${metrics}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const sample of [
      `connections_total{port="${ports[0]}",family="ipv4"} 1`,
      'receipts_total 1',
      'closed_total{why="quit"} 1',
      `bytes_total{direction="received"} ${client.bytesSent}`,
      `bytes_total{direction="sent"} ${client.bytesReceived}`,
    ]) {
      expect(text.split('\n')).toContain(`postern_sentinel_${sample}`);
    }
    expect(text).toMatch(/^postern_sentinel_resident_bytes [1-9]\d{7,}$/m);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[^}]+\})? \d+(?:\.\d+)?)$/);
    expect((await fetch(`http://127.0.0.1:${metrics}/`)).status).toBe(404);
  });

  it('goes on where nobody reads its log any more', async () => {
    const { folder, publicKey } = furnished();
    const { ports, child, line } = await run(folder, ['--listen', '0']);
    child.stdout?.destroy();
    const client = await greeted(ports[0] ?? 0);
    await ask(client, publicKey);
    expect(await line(/the log cannot be written/)).toContain('the sentinel goes on without it.');
    await ask(await greeted(ports[0] ?? 0), publicKey);
  });
});
