import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import type { RelayCheck, Result } from '../../src/model/result.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { start as startSentinel } from '../sentinel/start.ts';
import { KEY } from '../sentinel/talk.ts';
import { type Ended, folderWith, postern, start } from '../support/cli.ts';
import { closedPort, listen, onLines, type TestServer } from '../support/server.ts';

/** What it says to RCPT, or to everything. */
type Manners = 'closed' | 'open' | 'auth' | 'accept-all' | 'hostile';

function replyTo(manners: Manners, line: string): string {
  const verb = line.split(' ')[0]?.toUpperCase() ?? '';
  if (manners === 'accept-all') return '250 OK';
  if (verb === 'EHLO') return '250-mail.example.com\r\n250 SIZE 1000';
  if (verb === 'MAIL' || verb === 'RSET') return '250 2.0.0 Ok';
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  if (verb !== 'RCPT') return '502 5.5.2 Error: command not recognized';
  if (line.includes('@@')) return '501 5.1.3 Bad recipient address syntax';
  if (line.includes('<postmaster@example.com>')) return '250 2.1.5 Ok';
  if (/<postern-[0-9a-f]+@(?:example\.com|mail\.example\.com|\[)/.test(line)) return '550 5.1.1 User unknown';
  if (manners === 'open') return '250 2.1.5 Ok';
  if (manners === 'auth') return '530 5.7.0 Authentication required';
  return manners === 'hostile' ? '554 5.7.1 \x1b[2J\x07\u009bRelay \xff\xfe denied' : '554 5.7.1 Relay access denied';
}

interface MailServer extends TestServer {
  /** Every line that clients said. */
  readonly said: readonly string[];
}

/**
 * Connections to all servers together, now and at most. One is over with its QUIT: the client closes it after the reply to that, and connects
 * again only then. What the kernel tells of the end may reach this process in one batch with the next connection, in either order.
 */
interface Tally {
  open: number;
  peak: number;
}

async function mailServer(manners: Manners, host = '127.0.0.1', tally: Tally = { open: 0, peak: 0 }): Promise<MailServer> {
  const said: string[] = [];
  const server = await listen((socket) => {
    let left = false;
    tally.open++;
    tally.peak = Math.max(tally.peak, tally.open);
    const leave = (): void => {
      if (!left) tally.open--;
      left = true;
    };
    socket.on('close', leave);
    onLines(socket, (line) => {
      said.push(line);
      if (line === 'QUIT') leave();
      socket.write(`${replyTo(manners, line)}\r\n`, 'latin1');
      if (line === 'QUIT') socket.end();
    });
    socket.write('220 mail.example.com ESMTP\r\n');
  }, host);
  return { ...server, said };
}

const CONSENT = ['--authorised-by', 'own server', '--pause', '1ms'];

function run(target: string | readonly string[], ...flags: readonly string[]): Promise<Ended> {
  return postern(folderWith(''), 'relay', ...[target].flat(), ...CONSENT, ...flags);
}

function resultOf({ stdout }: Ended): Result {
  return JSON.parse(stdout) as Result;
}

function tests(result: Result): RelayCheck[] {
  return result.checks.filter((check) => check.kind === 'relay');
}

describe('postern relay', () => {
  it('exits 0 where a server refuses, and says how it was told', async () => {
    const { port, said } = await mailServer('closed');
    const ended = await run(`127.0.0.1:${port}`, '--hosted-domain', 'example.com', '--format', 'json');
    const result = resultOf(ended);
    expect([ended.status, ended.stderr, result.run.command, result.summary.verdict]).toEqual([0, '', 'relay', 'compliant']);
    expect(tests(result).map(({ id, server, outcome, verdict, proof }) => [id, server, outcome, verdict, proof])).toEqual([
      [`relay:127.0.0.1/[127.0.0.1]:${port}`, '127.0.0.1', 'rejected', 'compliant', 'proven'],
    ]);
    expect(result.scope.notes[0]).toBe('These servers were named on the command line. Authorised by: own server');
    expect(said.some((line) => /^DATA|^BDAT|^AUTH|^VRFY|^EXPN/i.test(line))).toBe(false);
  });

  it('exits 1 where one relays, with what it accepted and said', async () => {
    const { port } = await mailServer('open');
    const ended = await run(`127.0.0.1:${port}`, '--format', 'json');
    const { findings } = resultOf(ended);
    expect([ended.status, findings.map(({ code, severity, server, location }) => [code, severity, server, location])]).toEqual([
      1,
      [['open-relay', 'critical', '127.0.0.1', null]],
    ]);
    expect(JSON.stringify(findings[0]?.evidence)).toContain('"authorisedBy":"own server"');
    expect(JSON.stringify(findings[0]?.evidence)).toContain('S: 250 2.1.5 Ok');
    expect((await run(`127.0.0.1:${port}`, '--expect', 'internal')).status).toBe(0);
  });

  it('exits 0 where a server asks for a password, and 3 where it accepts nonsense', async () => {
    const [auth, all] = [await mailServer('auth'), await mailServer('accept-all')];
    const asked = await run(`127.0.0.1:${auth.port}`, '--format', 'json');
    expect([asked.status, tests(resultOf(asked)).map(({ outcome }) => outcome)]).toEqual([0, ['auth-required']]);
    const taken = await run(`127.0.0.1:${all.port}`, '--format', 'json');
    expect([taken.status, tests(resultOf(taken)).map(({ outcome }) => outcome)]).toEqual([3, ['accept-all']]);
  });

  it('exits 3 where nobody listens, and says why', async () => {
    const port = await closedPort();
    const ended = await run(`127.0.0.1:${port}`, '--format', 'json');
    expect(ended.status).toBe(3);
    expect(tests(resultOf(ended))[0]?.reason).toMatch(/refused the connection/);
  });

  it('speaks IPv6 to an IPv6 address', async () => {
    const { port, said } = await mailServer('open', '::1');
    const ended = await run(`[::1]:${port}`, '--format', 'json');
    const [check] = tests(resultOf(ended));
    expect([ended.status, check?.family, check?.source, check?.address]).toEqual([1, 'ipv6', '::1', '::1']);
    expect(said).toContain('EHLO [IPv6:::1]');
  });

  it('tests several servers, each address and port on its own, and never one address twice at once', async () => {
    const tally = { open: 0, peak: 0 };
    const manners = ['closed', 'open', 'closed'] as const;
    const servers = await Promise.all(manners.map((one) => mailServer(one, '127.0.0.1', tally)));
    const ports = servers.map(({ port }) => port);
    const folder = folderWith('');
    writeFileSync(join(folder, 'servers.txt'), `# ours\n127.0.0.1:${ports[1]},${ports[2]}\n`);
    const flags = ['--targets', 'servers.txt', '--concurrency', '16', '--format', 'json', '--hosted-domain', 'example.com'];
    const ended = await postern(folder, 'relay', `127.0.0.1:${ports[0]}`, ...CONSENT, ...flags);
    const found = tests(resultOf(ended)).map(({ port, outcome }) => [port, outcome]);
    const want = [...ports].sort((a, b) => a - b).map((port) => [port, port === ports[1] ? 'relay-accepted' : 'rejected']);
    expect([ended.status, found]).toEqual([1, want]);
    expect(tally.peak).toBe(1);
  });

  it('keeps evidence that reads back, with the authorisation in every record', async () => {
    const { port } = await mailServer('closed');
    const folder = folderWith('');
    await postern(folder, 'relay', `127.0.0.1:${port}`, ...CONSENT, '--evidence', 'e.jsonl', '--reference', 'CHG-1');
    const { header, records, trailer } = decodeEvidence(readFileSync(join(folder, 'e.jsonl'), 'utf8'), 'e.jsonl');
    expect([header.settings.relay, header.reference, trailer?.interrupted]).toEqual(['core', 'CHG-1', false]);
    expect(
      records.map((record) => (record.type === 'relay' ? [record.authorisedBy, record.segment, record.failure] : record.type)),
    ).toEqual([['own server', 'here', null]]);
  });

  it('shows every shape in text, and nothing that a terminal would act on', async () => {
    const { port } = await mailServer('hostile');
    const ended = await run(`127.0.0.1:${port}`, '--hosted-domain', 'example.com');
    expect(ended.stdout).toContain('B02   rejected      plain relay: <u@R>');
    expect(ended.stdout).toContain('\\x1b[2J\\x07\\x9bRelay');
    expect(ended.stdout).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  });

  it('with --dry-run sends nothing', async () => {
    const { port, sockets } = await mailServer('closed');
    const { status, stdout } = await run(`127.0.0.1:${port}`, '--dry-run');
    expect([status, sockets.length]).toEqual([0, 0]);
    expect(stdout).toContain(`here 127.0.0.1 -> 127.0.0.1:${port} (127.0.0.1): EHLO `);
  });

  it('sends DATA only where it is asked to and a recipient was accepted, and never its end', async () => {
    const { port, said } = await mailServer('open');
    await run(`127.0.0.1:${port}`, '--relay-data-abort');
    expect(said).toContain('DATA');
    expect(said).not.toContain('.');
  });

  it('stopped with Ctrl-C exits 130 where nothing was judged', async () => {
    let reached: (() => void) | null = null;
    const connected = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const silent = createServer(() => reached?.());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const bound = silent.address();
    const port = bound === null || typeof bound === 'string' ? 0 : bound.port;
    const { child, ended } = start(folderWith(''), 'relay', `127.0.0.1:${port}`, ...CONSENT, '--format', 'json');
    await connected;
    child.kill('SIGINT');
    const done = await ended;
    silent.close();
    expect([done.status, resultOf(done).run.interrupted]).toEqual([130, true]);
  });
});

/** A relay that takes what it is given, and hands it to the sentinel at that port. */
async function relayTo(sentinel: number): Promise<MailServer> {
  const said: string[] = [];
  const server = await listen((socket) => {
    let rcpt = '';
    let message = false;
    onLines(socket, (line) => {
      said.push(line);
      if (message && line !== '.') return;
      if (/^RCPT/i.test(line)) rcpt = line;
      if (line === '.') void handOver(sentinel, rcpt);
      message = line === 'DATA';
      socket.write(message ? '354 Go ahead\r\n' : line === '.' ? '250 2.0.0 Queued\r\n' : `${replyTo('open', line)}\r\n`);
      if (line === 'QUIT') socket.end();
    });
    socket.write('220 mail.example.com ESMTP\r\n');
  });
  return { ...server, said };
}

function handOver(port: number, rcpt: string): Promise<void> {
  const lines = ['EHLO mail.example.com', 'MAIL FROM:<>', rcpt, 'DATA', 'Subject: test\r\n\r\ntest\r\n.', 'QUIT'];
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    onLines(socket, (reply) => {
      if (/^\d{3} /.test(reply)) socket.write(`${lines.shift() ?? 'NOOP'}\r\n`);
    });
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
}

describe('postern relay --relay-confirm', () => {
  const flagsFor = (port: number): string[] => [
    ...['--relay-confirm', '--probe-domain', 'relaytest.example.net', '--sink', `127.0.0.1:${port}`],
    ...['--sink-key', KEY.publicKey.text, '--format', 'json'],
  ];

  it('sends one message, and proves the relay by the receipt of the sink', async () => {
    const { port } = await startSentinel({ sink: 'relaytest.example.net' });
    const relay = await relayTo(port);
    const ended = await run(`127.0.0.1:${relay.port}`, ...flagsFor(port));
    const [check] = tests(resultOf(ended));
    expect([ended.status, check?.outcome, check?.proof]).toEqual([1, 'relay-confirmed', 'proven']);
    expect(check?.reason).toContain('The message arrived at relaytest.example.net at ');
    expect(relay.said.filter((line) => line === 'DATA')).toHaveLength(1);
  });

  it('sends none where the sink takes mail for another domain', async () => {
    const { port } = await startSentinel({ sink: 'other.example.net' });
    const relay = await relayTo(port);
    const { status, stderr } = await run(`127.0.0.1:${relay.port}`, ...flagsFor(port));
    expect([status, relay.sockets.length]).toEqual([2, 0]);
    expect(stderr).toContain('takes mail for other.example.net, not for relaytest.example.net');
  });
});

describe('postern audit of own servers', () => {
  const policy = (port: number): string => `version: 1
name: here
segments: { here: { networks: [127.0.0.1] } }
rules: []
servers: [{ name: hub, host: 127.0.0.1, ports: [${port}], relay: none, hosted-domain: example.com }]
audit: { ports: [25], probe-domain: relaytest.example.net }
`;

  it('exits 1 where one relays, and tests none with --relay none', async () => {
    const { port, said } = await mailServer('open');
    const folder = folderWith(policy(port));
    const audited = await postern(folder, 'audit', '--format', 'json', '--evidence', 'e.jsonl');
    const { findings, checks } = resultOf(audited);
    expect([
      audited.status,
      findings.filter(({ severity }) => severity === 'critical').map(({ code, server }) => [code, server]),
    ]).toEqual([1, [['open-relay', 'hub']]]);
    const compared = resultOf(await postern(folder, 'compare', 'e.jsonl', '--format', 'json'));
    expect(compared.checks).toEqual(checks);
    const before = said.length;
    const without = resultOf(await postern(folder, 'audit', '--relay', 'none', '--format', 'json'));
    expect([tests(without), said.length]).toEqual([[], before]);
    expect(without.scope.notes.join(' ')).toContain('(--relay none)');
    expect((await postern(folder, 'audit', '--relay', 'some')).stderr).toContain('--relay takes core, all or none, not "some".');
  });
});

describe('postern relay refuses', () => {
  it.each([
    ['without authorisation', ['127.0.0.1:1'], '--authorised-by TEXT is required'],
    ['with an empty one', ['127.0.0.1:1', '--authorised-by', ' '], '--authorised-by TEXT is required'],
    ['without a server', CONSENT, 'Name the server to test'],
    ['what is no server', ['10.0.0.0/8', ...CONSENT], 'is a network'],
    ['every text that is no server at once', ['1.2.3', 'a b', ...CONSENT], 'holds a space'],
    [
      'a probe domain that is none',
      ['127.0.0.1:1', ...CONSENT, '--probe-domain', '192.0.2.1'],
      '--probe-domain takes a domain name',
    ],
    ['two ways to send DATA', ['127.0.0.1:1', ...CONSENT, '--relay-data-abort', '--relay-confirm'], 'choose'],
    ['a message without a sink', ['127.0.0.1:1', ...CONSENT, '--relay-confirm'], 'only to a domain that is proven to be yours'],
    ['a sink without a message', ['127.0.0.1:1', ...CONSENT, '--sink', '127.0.0.1'], 'belong to --relay-confirm'],
    [
      'an expectation that there is not',
      ['127.0.0.1:1', ...CONSENT, '--expect', 'all'],
      '--expect takes none, authenticated, internal',
    ],
    ['a source that is not local', ['127.0.0.1:1', ...CONSENT, '--source', '192.0.2.1'], 'is no address of this host'],
    ['another format for the plan', ['127.0.0.1:1', ...CONSENT, '--dry-run', '--format', 'json'], 'has no json document'],
    [
      'a probe domain that the server hosts',
      ['127.0.0.1:1', ...CONSENT, '--probe-domain', 'Example.com', '--hosted-domain', 'example.com'],
      '--probe-domain and --hosted-domain are both example.com',
    ],
    ['targets that are not there', ['--targets', 'none.txt', ...CONSENT], 'cannot be read'],
    ['a misspelt flag', ['127.0.0.1:1', ...CONSENT, '--hosted-domian', 'example.com'], 'hosted-domain'],
  ])('%s, with exit code 2', async (_what, args, message) => {
    const { status, stdout, stderr } = await postern(folderWith(''), 'relay', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('to send a message where the sink signs with another key than the one given, and says that the key may be wrong', async () => {
    const target = await mailServer('open');
    const { port } = await startSentinel({ sink: 'relaytest.example.net' });
    const other = generateSigningKey().publicKey;
    const { status, stderr } = await run(
      `127.0.0.1:${target.port}`,
      ...['--relay-confirm', '--probe-domain', 'relaytest.example.net'],
      ...['--sink', `127.0.0.1:${port}`, '--sink-key', other.text],
    );
    expect([status, target.sockets.length]).toEqual([2, 0]);
    expect(stderr).toContain(`it signed nothing for the key ${other.id}, which may be another sentinel's. `);
  });

  it('to send a message where the sink does not prove to be the own one', async () => {
    const [target, sink] = [await mailServer('open'), await mailServer('closed')];
    const key = `ed25519:${Buffer.alloc(32, 7).toString('base64')}`;
    const flags = [
      '--relay-confirm',
      '--probe-domain',
      'relaytest.example.net',
      '--sink',
      `127.0.0.1:${sink.port}`,
      '--sink-key',
      key,
    ];
    const { status, stderr } = await run(`127.0.0.1:${target.port}`, ...flags);
    expect([status, target.sockets.length]).toEqual([2, 0]);
    const contacted = sink.sockets.length;
    expect(stderr).toMatch(/did not prove that it is yours: [^\n]*[^.]\. Give the address of your sentinel and its public key/);
    const plan = await run(`127.0.0.1:${target.port}`, ...flags, '--dry-run');
    expect(
      plan.stdout,
    ).toContain(`Your sink (first, to prove that it is yours; then every 3 s for up to a minute after each message):
  127.0.0.1:${sink.port} (127.0.0.1): TLS from the first byte, EHLO [127.0.0.1], NOOP for receipts, QUIT
`);
    expect([plan.status, target.sockets.length, sink.sockets.length]).toEqual([0, 0, contacted]);
  });
});
