import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialogue } from '../../src/model/dialogue.ts';
import type { Observation } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import type { Result } from '../../src/model/result.ts';
import { askOpenssl, type OpensslAnswer } from './openssl-client.ts';
import { resultOf } from './postern.ts';
import { type RealServer, SERVERS, type Software } from './real-servers.cases.ts';
import { describeRealServers, openRealServers, type RealField } from './real-servers.ts';
import { dialoguesOf } from './server-log.ts';

const SOFTWARE: readonly Software[] = ['postfix', 'exim', 'opensmtpd'];
/** What a server logs of a client that it has to complain about. */
const COMPLAINTS =
  /lost connection|timeout after|improper command|pregreet|hangup|bare newline|non-smtp|command (?:pipelining|time|count|length)|too many|limit exceeded|synchronization error|syntax error|protocol error|unexpected disconnection|reason="?(?!quit)/i;
/** What it logs of mail. */
const MAIL = /\bDATA\b|BDAT|queued as|message-id|<= |=> |delivered/;
/** STARTTLS is asked for where it is not offered, in case a device took the offer out, and an own server is sent one unknown verb. Exim's words. */
const ACCEPTED = /STARTTLS command used when not advertised|SMTP syntax error in "XPSTRN[0-9A-F]{8}"/;
/** Debian 12's OpenSMTPD breaks its own handshakes off. */
const ITS_OWN = /reason="io-error: error:\w+:SSL routines::EVP lib"/;

const ENDPOINTS = SERVERS.flatMap((server) => server.addresses.map((address) => ({ server, address })));
const TITLES = ENDPOINTS.map(
  (endpoint) => [`${endpoint.server.is}, ${endpoint.address}:${endpoint.server.port}`, endpoint] as const,
);

describeRealServers('Postfix, Exim and OpenSMTPD', () => {
  let field: RealField;
  let observations: readonly Observation[];
  let result: Result;
  const logs = new Map<Software, string>();

  beforeAll(async () => {
    field = await openRealServers();
    const file = join(field.folder, 'evidence.jsonl');
    const ran = await field.run('auditor', [
      'scan',
      field.policyFile,
      '--output',
      file,
      '--quiet',
      '--concurrency',
      '40',
      '--relay',
      'none',
    ]);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    const { records } = decodeEvidence(readFileSync(file, 'utf8'), file);
    observations = records.filter((record) => record.type === 'observation');
    for (const software of SOFTWARE) logs.set(software, await settledLog(field, software));
    result = resultOf(await field.run('auditor', ['compare', field.policyFile, file, '--format', 'json']));
  }, 120_000);
  afterAll(() => field?.lab.close());

  const observationOf = (address: string, port: number): Observation => {
    const [seen, ...more] = observations.filter((each) => each.address === address && each.port === port);
    expect(more).toEqual([]);
    if (seen === undefined) throw new Error(`${address}:${port} was not probed`);
    return seen;
  };

  describe('are seen as they are configured', () => {
    it.each(TITLES)('%s', async (_, { server, address }) => {
      const seen = observationOf(address, server.port);
      const tls = await shakeHands(field, server, address);
      // Debian 12's OpenSMTPD cannot sign with OpenSSL 3: no client gets through to it by TLS.
      if (tls?.kind === 'failed') {
        expect(server.software, tls.words).toBe('opensmtpd');
        expect(summary(seen)).toMatchObject(brokenTls(server, tls.alert));
        expect(codesFor(result, server)).toEqual([brokenCode(server)]);
      } else {
        expect(summary(seen)).toEqual(configured(server));
        expect(codesFor(result, server)).toEqual([...server.findings].sort());
        if (tls !== null) expect(seen.dialogue?.tls).toMatchObject(tls.session);
      }
    });
  });

  describe('logged the same dialogues as the probe', () => {
    it.each(SOFTWARE)('%s, line by line', (software) => {
      const logged = dialoguesOf(software, logs.get(software) ?? '').map(withoutLostQuit);
      const said = observations
        .filter(({ address }) => ENDPOINTS.some((each) => each.address === address && isLogged(each.server, software)))
        .flatMap(({ dialogue }) => (dialogue === null ? [] : [spoken(dialogue)]));
      expect(said.length).toBeGreaterThan(5);
      expect(ordered(logged)).toEqual(ordered(said));
    });

    it.each(SOFTWARE)('%s, and nothing to complain about: no mail, no lost connection, no limit', (software) => {
      const lines = (logs.get(software) ?? '').split('\n').filter((line) => !ITS_OWN.test(line));
      const complaints = lines.filter((line) => COMPLAINTS.test(line) || MAIL.test(line));
      expect(complaints.filter((line) => !ACCEPTED.test(line))).toEqual([]);
      expect(complaints).toHaveLength(software === 'exim' ? 2 : 0);
    });

    it('postscreen let the client pass every test of its', () => {
      const lines = (logs.get('postfix') ?? '').split('\n').filter((line) => line.includes('postscreen['));
      expect(lines.map((line) => line.replace(/^.*postscreen\[\d+\]: /, ''))).toEqual([
        expect.stringMatching(/^CONNECT from \[10\.20\.0\.5\]/),
        expect.stringMatching(/^DISCONNECT \[10\.20\.0\.5\]/),
      ]);
    });
  });
});

/** Servers log a little later than they speak. */
async function settledLog(field: RealField, software: Software): Promise<string> {
  const [begun, ended] = ENDS[software];
  for (let tries = 0; tries < 50; tries++) {
    const log = await field.log(software);
    const count = (pattern: RegExp): number => log.match(pattern)?.length ?? 0;
    if (count(begun) > 0 && count(begun) === count(ended)) return log;
    await field.sandbox.run(null, ['sleep', '0.1']);
  }
  throw new Error(`${software} has begun more dialogues than it has ended`);
}

const ENDS: Readonly<Record<Software, readonly [RegExp, RegExp]>> = {
  postfix: [/\]: (?:connect|CONNECT) from /g, /\]: (?:disconnect from|DISCONNECT) /g],
  exim: [/is handling incoming connection/g, /\(daemon-accept\) terminating/g],
  opensmtpd: [/ smtp connected /g, / smtp disconnected /g],
};

function summary({ outcome, detail, dialogue }: Observation): Readonly<Record<string, unknown>> {
  if (dialogue === null) return { outcome, detail };
  const { mode, greeting, starttls, tls, keywords, keywordsTls, mail, rcpt, failure, injected, transcript } = dialogue;
  return {
    outcome,
    detail,
    mode,
    greeting: greeting?.code,
    starttls: starttls?.offered ?? false,
    tls: tls?.version ?? null,
    problems: tls?.problems ?? [],
    authBefore: keywords.filter((keyword) => keyword.startsWith('AUTH')),
    authInside: keywordsTls.filter((keyword) => keyword.startsWith('AUTH')),
    size: [...keywords, ...keywordsTls].filter((keyword) => keyword.startsWith('SIZE')),
    mail: mail?.code ?? null,
    rcpt: rcpt?.code ?? null,
    failure: failure?.kind ?? null,
    injected,
    quit: transcript.some((line) => line.startsWith('S: 221')),
  };
}

const SIZES: Readonly<Record<Software, string>> = { postfix: 'SIZE 12345678', exim: 'SIZE 23456789', opensmtpd: 'SIZE 34567890' };

function configured(server: RealServer): Readonly<Record<string, unknown>> {
  const { outcome, greeting, tls, auth, mail, rcpt, software } = server;
  const offer = ['AUTH PLAIN LOGIN'];
  const replies = outcome === 'open-smtp' ? (tls === 'starttls' ? 2 : 1) : 0;
  return {
    outcome,
    detail: null,
    mode: tls === 'implicit' ? 'implicit' : 'clear',
    greeting,
    starttls: tls === 'starttls',
    tls: tls === 'none' ? null : (server.newestTls ?? 'TLSv1.3'),
    problems: [],
    authBefore: auth === 'always' ? offer : [],
    authInside: auth === 'never' ? [] : offer,
    size: Array(replies).fill(SIZES[software]),
    mail,
    rcpt,
    failure: outcome === 'open-smtp' ? null : 'refused',
    injected: null,
    quit: server.staysForQuit,
  };
}

/** By OpenSSL's client, from the same host; null: the server has no TLS. */
async function shakeHands(field: RealField, { name, port, tls }: RealServer, address: string): Promise<OpensslAnswer | null> {
  if (tls === 'none') return null;
  return await askOpenssl({ address, port, tls, serverName: name }, (command, stdin) =>
    field.sandbox.run('auditor', command, { stdin }),
  );
}

function brokenTls(server: RealServer, alert: string | null): Readonly<Record<string, unknown>> {
  const common = { detail: `tls-alert:${alert}`, tls: null, failure: 'tls', mail: null, rcpt: null };
  if (server.tls === 'implicit') return { ...common, outcome: 'open-other', mode: 'implicit' };
  return { ...common, outcome: 'open-smtp', greeting: 220, starttls: true, authBefore: [] };
}

function brokenCode({ tls }: RealServer): string {
  return tls === 'implicit' ? 'unexpected-service' : 'starttls-missing';
}

function codesFor({ findings }: Result, { name, port }: RealServer): string[] {
  return [...new Set(findings.filter((each) => each.host === name && each.port === port).map(({ code }) => code))].sort();
}

/** Postscreen and its helpers log no lines of a dialogue. */
function isLogged({ software, is }: RealServer, wanted: Software): boolean {
  return software === wanted && !is.includes('postscreen');
}

function spoken({ transcript }: Dialogue): readonly string[] {
  return withoutLostQuit(transcript.filter((line) => /^[CS]: /.test(line)));
}

/** A server that hangs up after its greeting may or may not have heard it. */
function withoutLostQuit(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === 'C: QUIT' ? lines.slice(0, -1) : lines;
}

function ordered(dialogues: readonly (readonly string[])[]): readonly string[] {
  return dialogues.map((lines) => lines.join('\n')).sort();
}
