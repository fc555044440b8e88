import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Ended, folderWith, postern, start } from '../support/cli.ts';
import { listen, speakSmtp, type TestServer } from '../support/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEY = '0123456789abcdef0123456789abcdef';
const ANSWERS = { EHLO: '250-mail.example.net\r\n250 SIZE\r\n', STARTTLS: '502 5.5.1 no\r\n', QUIT: '221 bye\r\n' };

/** Speaks as a mail server while it is told to, and else hangs up. */
async function mailServer(speaks: () => boolean = () => true): Promise<TestServer> {
  return listen((socket) => {
    if (speaks()) speakSmtp(socket, '220 mail.example.net ESMTP\r\n', ANSWERS);
    else socket.resetAndDestroy();
  });
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

async function folderWithHole(): Promise<string> {
  const [allowed, open] = [await mailServer(), await mailServer()];
  return folderWith(policyFor(allowed.port, open.port));
}

function outcomes(runs: readonly Ended[]): [number | null, string, string][] {
  return runs.map(({ status, stdout, stderr }) => [status, stdout.split('\n')[0] ?? '', stderr]);
}

function isValid(schema: string, document: unknown): boolean {
  const read = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(ROOT, 'policies', name), 'utf8'));
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
  const valid = ajv.compile(read(schema))(document);
  expect(ajv.errors ?? []).toEqual([]);
  return valid;
}

describe('postern audit --state', () => {
  it('keeps the run, and tells since when a finding is open', async () => {
    const folder = await folderWithHole();
    const first = await postern(folder, 'audit', '--state', 'runs-of-mine', '--format', 'json');
    const second = await postern(folder, 'audit', '--state', 'runs-of-mine', '--format', 'json');
    const [before, after] = [JSON.parse(first.stdout), JSON.parse(second.stdout)];
    expect([first.status, second.status, first.stderr, second.stderr]).toEqual([1, 1, '', '']);
    expect(after.findings.map(({ since }: { since: string }) => since)).toEqual([before.run.startedAt]);
    expect(readdirSync(join(folder, 'runs-of-mine', 'runs')).length).toBe(2);
    expect(isValid('result.schema.json', after)).toBe(true);
  });

  it('as HTML tells the runs before it, and so does a report of it later', async () => {
    const folder = await folderWithHole();
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    for (const file of ['first.html', 'second.html'])
      await postern(folder, 'audit', '--state', 's', '--format', 'json=last.json', '--format', `html=${file}`);
    expect(read('first.html')).not.toContain('id="history"');
    expect(read('second.html')).toContain('2 runs, the last one on the right is this one');
    expect(read('second.html')).toMatch(/<dt>Since<\/dt><dd>the run of /);
    const later = await postern(folder, 'report', 'latest', '--state', 's', '--format', 'html');
    expect([later.status, later.stdout]).toEqual([0, read('second.html')]);
    const earlier = await postern(folder, 'report', '#1', '--state', 's', '--format', 'html');
    expect([earlier.status, earlier.stdout]).toEqual([0, read('first.html')]);
    const saved = await postern(folder, 'report', 'last.json', '--format', 'html');
    expect(saved.stdout).not.toContain('id="history"');
    expect(saved.stdout).toMatch(/<dt>Since<\/dt><dd>the run of /);
  });

  it('with a baseline fails only of what is new', async () => {
    const [allowed, open, other] = [await mailServer(), await mailServer(), await mailServer()];
    const folder = folderWith(policyFor(allowed.port, open.port));
    await postern(folder, 'audit', '--format', 'json=accepted.json');
    expect((await postern(folder, 'audit', '--baseline', 'accepted.json')).status).toBe(0);
    writeFileSync(join(folder, 'postern.yaml'), policyFor(allowed.port, open.port, other.port));
    const { status, stdout } = await postern(folder, 'audit', '--baseline', 'accepted.json', '--format', 'json');
    const known = JSON.parse(stdout).findings.map((finding: { port: number; known: boolean }) => [finding.port, finding.known]);
    expect(status).toBe(1);
    expect(known.sort()).toEqual(
      [
        [open.port, true],
        [other.port, false],
      ].sort(),
    );
  });
});

describe('a hole that reaches more than it did', () => {
  const review = (file: string): string => readFileSync(join(ROOT, 'fixtures/review', file), 'utf8');
  const grown = (text: string): string => /^ {3}grown {2}(?<words>.*)/m.exec(text)?.groups?.words ?? '';

  it('says so beyond the baseline, and when a second run confirms it beyond the runs before', async () => {
    const folder = folderWith(review('postern.yaml'));
    const check = (...args: readonly string[]): Promise<Ended> =>
      postern(folder, 'check', '--config', 'edge.nft', '--state', 's', ...args);
    writeFileSync(join(folder, 'edge.nft'), review('after.nft').replace('saddr 10.20.0.0/16 accept', 'saddr 10.20.0.5 accept'));
    const narrow = [await check('--format', 'json=base.json'), await check()];
    writeFileSync(join(folder, 'edge.nft'), review('after.nft'));
    const wide = [await check('--baseline', 'base.json'), await check('--format', 'json=last.json')];
    expect([...narrow, ...wide].map(({ status, stdout }) => [status, grown(stdout)])).toEqual([
      [1, ''],
      [1, ''],
      [1, expect.stringMatching(/^The baseline has it, but not as far\. /)],
      [1, expect.stringMatching(/^It reaches more than before: from 10\./)],
    ]);
    const last = JSON.parse(readFileSync(join(folder, 'last.json'), 'utf8'));
    expect(isValid('result.schema.json', last)).toBe(true);
    const reports = [
      await postern(folder, 'report', '#3', '--state', 's'),
      await postern(folder, 'report', '#4', '--state', 's'),
    ];
    expect(reports.map(({ stdout }) => grown(stdout) !== '')).toEqual([false, true]);
    expect((await postern(folder, 'report', 'last.json', '--format', 'html')).stdout).toContain('<dt>Grown</dt>');
  });
});

describe('a document', () => {
  const wall = `${policyFor(25, 26)}firewalls: { edge: { format: nftables, files: [edge.nft] } }\n`;

  it('replaces nothing that the command reads or keeps, by whatever path', async () => {
    const folder = folderWith(wall);
    const files = ['edge.nft', 'key', 'base.json', 'ping'];
    for (const name of files) writeFileSync(join(folder, name), `${name} ${'x'.repeat(32)}\n`);
    mkdirSync(join(folder, 's'));
    symlinkSync(folder, join(folder, 'here'));
    const kept = ['--state', 's', '--webhook', 'http://127.0.0.1:9/', '--webhook-key', 'key', '--ping', '@ping'];
    const refused: [string, string][] = [
      ['edge.nft', 'edge.nft would be a configuration of the firewall edge and the json document at once; name a file for each.'],
      ['here/key', 'here/key would be the key of --webhook-key and the json document at once; name a file for each.'],
      ['base.json', 'base.json would be the baseline and the json document at once; name a file for each.'],
      ['ping', 'ping would be the file of --ping and the json document at once; name a file for each.'],
      [
        'here/s/state.json',
        "here/s/state.json lies in the state folder, which is Postern's alone; write the json document elsewhere.",
      ],
    ];
    writeFileSync(join(folder, 'ping'), 'http://127.0.0.1:9/\n');
    for (const [file, words] of refused) {
      const baseline = file === 'base.json' ? ['--baseline', 'base.json'] : [];
      const before = files.map((name) => readFileSync(join(folder, name), 'utf8'));
      const { status, stderr } = await postern(folder, 'check', ...kept, ...baseline, '--format', `json=${file}`);
      expect([status, stderr.split('\n').find((line) => line.startsWith('postern: '))]).toEqual([2, `postern: ${words}`]);
      expect(files.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(before);
    }
  });

  it('that cannot be written is told in the mail of --cron, and the run is kept', async () => {
    const folder = await folderWithHole();
    const runs: Ended[] = [];
    const args = ['audit', '--cron', '--state', 's', '--format', 'prometheus=missing/p.prom'];
    for (let count = 0; count < 3; count++) runs.push(await postern(folder, ...args));
    expect(outcomes(runs).map(([status, line, stderr]) => [status, line.split(' - ')[0], stderr])).toEqual([
      [2, 'postern: a document is NOT WRITTEN', ''],
      [2, 'postern: 1 opened (high), a document is NOT WRITTEN', ''],
      [2, '', ''],
    ]);
    expect(runs[0]?.stdout.replace(/\s+/g, ' ')).toContain('p.prom cannot be written: there is no folder');
    expect(readdirSync(join(folder, 's', 'runs')).length).toBe(3);
  });
});

describe('a URL that is a secret', () => {
  it('is refused with a user and password in it, and not printed', async () => {
    const folder = await folderWithHole();
    writeFileSync(join(folder, 'url'), 'https://user:PW@hooks.example.net/TOKEN\n');
    for (const flag of ['--webhook', '--ping']) {
      const { status, stdout, stderr } = await postern(folder, 'audit', '--state', 's', flag, '@url');
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain(`${flag} takes a URL without user and password before the host`);
      expect(stderr).not.toMatch(/PW|TOKEN/);
    }
  });
});

describe('postern audit --cron', () => {
  it('is silent until two runs agree, and then again', async () => {
    const folder = await folderWithHole();
    const runs: Ended[] = [];
    for (let count = 0; count < 3; count++) runs.push(await postern(folder, 'audit', '--cron', '--state', 's'));
    expect(outcomes(runs).map(([status, line, stderr]) => [status, line.split(' - ')[0], stderr])).toEqual([
      [1, '', ''],
      [1, 'postern: 1 opened (high)', ''],
      [1, '', ''],
    ]);
  });

  it('tells a policy that cannot be read once, and that it is there again', async () => {
    const folder = await folderWithHole();
    const policy = readFileSync(join(folder, 'postern.yaml'), 'utf8');
    writeFileSync(join(folder, 'postern.yaml'), 'version: 1\nnmae: here\n');
    const failed = [
      await postern(folder, 'audit', '--cron', '--state', 's'),
      await postern(folder, 'audit', '--cron', '--state', 's'),
    ];
    writeFileSync(join(folder, 'postern.yaml'), policy);
    const works = await postern(folder, 'audit', '--cron', '--state', 's');
    expect(outcomes([...failed, works]).map(([status, line, stderr]) => [status, line.split(' - ')[0], stderr])).toEqual([
      [2, 'postern: FAILED (exit code 2)', ''],
      [2, '', ''],
      [1, 'postern: works again', ''],
    ]);
    expect(failed[0]?.stdout).toContain('postern.yaml:2:1 error unknown-key');
  });

  it('writes the documents that go to files', async () => {
    const folder = await folderWithHole();
    await postern(folder, 'audit', '--cron', '--state', 's', '--format', 'json=out.json');
    expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).run.command).toBe('audit');
  });

  it.each([
    [['--remind', '24h'], '--remind needs --cron'],
    [['--keep', '90d'], '--keep needs --state'],
    [['--webhook', 'https://hooks.example.net/'], '--webhook needs --state'],
    [['--state', 's', '--webhook', 'http://hooks.example.net/'], '--webhook takes an https URL'],
    [['--webhook-key', 'k'], '--webhook-key needs --webhook'],
    [['--ping', 'ftp://hc.example.net/'], '--ping takes an http or https URL'],
    [['--cron', '--state', 's', '--format', 'json'], 'With --cron stdout is the mail'],
    [['--state', ''], '--state takes the name of a file'],
    [['--jitter', '5'], '--jitter takes a duration with its unit'],
    [['--baseline', 'latest'], 'name that with --state'],
    [['--baseline', 'none.json'], 'none.json cannot be read'],
  ])('refuses %j with exit code 2, before anything is sent', async (flags, message) => {
    const server = await mailServer();
    const { status, stderr } = await postern(folderWith(policyFor(server.port)), 'audit', ...flags);
    expect(stderr).toContain(message);
    expect([status, server.sockets.length]).toEqual([2, 0]);
  });
});

describe('what an audit tells the outside', () => {
  it('is a ping before and after it, and what changed, signed, in between', async () => {
    const seen: string[] = [];
    const bodies: string[] = [];
    const server = createServer((message, answer) => {
      const signature = `${message.headers['postern-signature'] ?? ''}`;
      seen.push(`${message.method} ${message.url}`);
      let body = '';
      message.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      message.on('end', () => {
        const [, seconds = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
        const right = createHmac('sha256', KEY).update(`${seconds}.${body}`).digest('hex') === v1;
        if (message.method === 'POST') bodies.push(right ? body : 'not signed');
        answer.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const folder = await folderWithHole();
    writeFileSync(join(folder, 'key'), `${KEY}\n`);
    writeFileSync(join(folder, 'hook'), `${url}/hook\n`);
    const flags = ['--state', 's', '--ping', `${url}/ping`, '--webhook', '@hook', '--webhook-key', 'key'];
    for (let count = 0; count < 2; count++) expect((await postern(folder, 'audit', ...flags)).stderr).toBe('');
    expect(seen).toEqual(['GET /ping/start', 'GET /ping/1', 'GET /ping/start', 'GET /ping/1', 'POST /hook']);
    const event = JSON.parse(bodies[0] ?? '');
    expect(isValid('event.schema.json', event)).toBe(true);
    expect(event.subject).toMatch(/^postern: 1 opened \(high\) - audit here on /);
    expect(readdirSync(join(folder, 's', 'outbox'))).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('two runs at once', () => {
  it('one works, the other ends at once with exit code 75; killed, it leaves no lock', async () => {
    let reached: (() => void) | null = null;
    const connected = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const silent = await listen(() => reached?.());
    const folder = folderWith(policyFor(silent.port));
    const first = start(folder, 'audit', '--state', 's', '--evidence', 'first.jsonl');
    await connected;
    const second = await postern(folder, 'audit', '--state', 's', '--evidence', 'second.jsonl');
    expect([second.status, second.stdout]).toEqual([75, '']);
    expect(second.stderr).toMatch(
      new RegExp(
        `^postern audit: warning: another run holds .*/s: pid ${first.child.pid} since \\S+ \\(audit\\)\\. This one did nothing\\.\n$`,
      ),
    );
    expect(readdirSync(folder)).not.toContain('second.jsonl');
    first.child.kill('SIGKILL');
    await first.ended;
    const allowed = await mailServer();
    writeFileSync(join(folder, 'postern.yaml'), policyFor(allowed.port));
    expect((await postern(folder, 'audit', '--state', 's')).status).toBe(0);
  });
});

describe('under the journal of systemd', () => {
  it('lines of stderr and of the mail carry priorities', async () => {
    const folder = await folderWithHole();
    const log = join(mkdtempSync(join(tmpdir(), 'postern-journal-')), 'journal');
    onTestFinished(() => rmSync(join(log, '..'), { recursive: true }));
    const run = async (...args: readonly string[]): Promise<string> => {
      const file = openSync(log, 'w');
      const { dev, ino } = fstatSync(file, { bigint: true });
      const env = { PATH: process.env.PATH ?? '', JOURNAL_STREAM: `${dev}:${ino}` };
      const child = spawn(process.execPath, [join(ROOT, 'dist/postern.js'), ...args], {
        cwd: folder,
        env,
        stdio: ['ignore', file, file],
      });
      await new Promise((resolve) => child.on('close', resolve));
      closeSync(file);
      return readFileSync(log, 'utf8');
    };
    expect(await run('audit', '--remind', '24h')).toMatch(
      /^<3>postern: --remind needs --cron.*\n<6>See: postern audit --help\n$/,
    );
    await run('audit', '--cron', '--state', 's');
    const mail = await run('audit', '--cron', '--state', 's');
    expect(mail.split('\n').slice(0, 3)).toEqual([expect.stringMatching(/^<4>postern: 1 opened/), '', '<5>OPENED']);
    expect(await postern(folder, 'audit', '--remind', '24h')).toMatchObject({
      stderr: expect.stringMatching(/^postern: --remind/),
    });
  });
});

describe('postern history, diff and report', () => {
  it('show runs, what is open and what changed, as text and by the published schemas', async () => {
    let open = true;
    const [allowed, hole] = [await mailServer(), await mailServer(() => open)];
    const folder = folderWith(policyFor(allowed.port, hole.port));
    for (const speaks of [true, true, false, false]) {
      open = speaks;
      await postern(folder, 'audit', '--state', 's');
    }
    const text = await postern(folder, 'history', '--state', 's');
    expect(text.stdout.split('\n')[0]).toBe('audit here here');
    expect(text.stdout).toMatch(/#2 .*1 opened\n/);
    const { stdout } = await postern(
      folder,
      'history',
      '--state',
      's',
      '--findings',
      '--transitions',
      '--verify',
      '--format',
      'json',
    );
    const document = JSON.parse(stdout);
    expect(isValid('history.schema.json', document)).toBe(true);
    expect([document.total, document.runs.length, document.verification.problems]).toEqual([4, 4, []]);
    const last = JSON.parse((await postern(folder, 'report', 'latest', '--state', 's', '--format', 'json')).stdout);
    expect([last.run.id, (await postern(folder, 'report', '#1', '--state', 's', '--format', 'json')).status]).toEqual([
      document.runs[3].id,
      0,
    ]);
    const same = await postern(folder, 'diff', 'latest~1', 'latest', '--state', 's');
    expect([same.status, same.stdout.split('\n')[0]]).toEqual([0, 'Nothing changed.']);
    const other = await postern(folder, 'diff', '#1', '#4', '--state', 's', '--format', 'json');
    expect([other.status, isValid('diff.schema.json', JSON.parse(other.stdout))]).toEqual([1, true]);
  });

  it.each([
    [['history', '--state', 'nothing'], 'There is no run in'],
    [['history', '--last', '0'], '--last takes a whole number'],
    [['diff', 'latest', '--state', 'nothing'], 'Name two runs or results'],
    [['diff', 'a.json', 'b.json'], 'a.json cannot be read'],
    [['diff', 'latest~1', 'latest', '--state', 'nothing'], 'no-runs'],
    [['report', 'latest', '--state', 'nothing'], 'no-runs'],
  ])('refuse %j with exit code 2', async (args, message) => {
    const { status, stderr, stdout } = await postern(folderWith('version: 1\n'), ...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });
});
