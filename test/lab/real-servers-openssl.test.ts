import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailServer } from '../../src/lab/behaviour.ts';
import { serve } from '../../src/lab/servers.ts';
import type { ProbeReport } from '../../src/model/evidence.ts';
import { LOOPBACK, probeOf } from '../scan/loopback.ts';
import { askOpenssl, type OpensslAnswer, runHere } from './openssl-client.ts';
import { certificate } from './postern.ts';

const CERTIFICATES = [
  'good',
  'good-ec',
  'by-intermediate',
  'expired',
  'not-yet-valid',
  'wrong-name',
  'self-signed',
  'expired-self-signed',
  'untrusted',
  'untrusted-expired-wrong-name',
];
const VERSIONS = ['TLSv1.1', 'TLSv1.2', undefined] as const;
const MODES = ['starttls', 'implicit'] as const;
/** A name in the certificates, one that is in none, and the address alone. */
const NAMES = ['mail.example.net', 'nobody.example.net', null];
/** Fatal alerts as a TLS 1.2 record. @see RFC 8446 section 6 */
const ALERTS = [
  ['unexpected-message', 10],
  ['bad-record-mac', 20],
  ['record-overflow', 22],
  ['handshake-failure', 40],
  ['bad-certificate', 42],
  ['unsupported-certificate', 43],
  ['certificate-unknown', 46],
  ['illegal-parameter', 47],
  ['unknown-ca', 48],
  ['access-denied', 49],
  ['decode-error', 50],
  ['decrypt-error', 51],
  ['protocol-version', 70],
  ['insufficient-security', 71],
  ['internal-error', 80],
  ['inappropriate-fallback', 86],
  ['missing-extension', 109],
  ['unsupported-extension', 110],
  ['unrecognized-name', 112],
  ['bad-certificate-status-response', 113],
  ['unknown-psk-identity', 115],
  ['certificate-required', 116],
  ['no-application-protocol', 120],
] as const;
/** A machine with two cores shakes hands with all of these in seconds; the limits are for a busy one. */
const LIMITS = { connectMs: 5_000, greetingMs: 10_000, replyMs: 10_000, tlsMs: 10_000, targetMs: 30_000 };

interface Row {
  readonly title: string;
  readonly tls: (typeof MODES)[number];
  readonly serverName: string | null;
  readonly behaviour: MailServer;
}

const rows: readonly Row[] = [
  ...CERTIFICATES.flatMap((name) => MODES.flatMap((tls) => NAMES.map((serverName) => row(name, tls, serverName)))),
  ...VERSIONS.slice(0, 2).flatMap((newest) =>
    ['good', 'good-ec'].flatMap((name) => MODES.map((tls) => row(name, tls, 'mail.example.net', newest))),
  ),
];
const alerts: readonly Row[] = MODES.flatMap((tls) =>
  // Once in the other mode: the record is the same.
  (tls === 'starttls' ? ALERTS : ALERTS.slice(0, 1)).map(([alert, number]) => {
    const { behaviour, ...rest } = row('good', tls, 'mail.example.net');
    const answersHello = `\x15\x03\x03\x00\x02\x02${String.fromCharCode(number)}`;
    return { ...rest, title: alert, behaviour: { ...behaviour, answersHello } };
  }),
);

describe('the probe and OpenSSL agree', () => {
  const all = [...rows, ...alerts];
  let running: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    if (spawnSync('openssl', ['version']).status !== 0) throw new Error('openssl is not installed (package openssl)');
    running = await serve(all.map(({ behaviour }) => ({ address: LOOPBACK, port: 0, behaviour })));
  });
  afterAll(() => running?.close());

  const ask = async (asked: Row): Promise<{ readonly openssl: OpensslAnswer; readonly probe: ProbeReport }> => {
    const { tls, serverName } = asked;
    const port = running.ports[all.indexOf(asked)] ?? 0;
    const openssl = await askOpenssl({ address: LOOPBACK, port, tls, serverName }, runHere);
    const mode = tls === 'starttls' ? 'clear' : 'implicit';
    return { openssl, probe: await probeOf({ port, mode, serverName }, { limits: LIMITS }) };
  };

  it.each(rows.map((each) => [each.title, each] as const))('on %s', async (_, asked) => {
    const { openssl, probe } = await ask(asked);
    if (openssl.kind === 'failed') throw new Error(openssl.words);
    const session = probe.dialogue?.tls;
    expect(session).toMatchObject({ ...openssl.session, serverName: asked.serverName });
    expect(session?.problems.map(({ code }) => code).sort()).toEqual(openssl.problems);
    expect(openssl.accepted).toBe(session?.problems.length === 0);
    expect(probe).toMatchObject({ outcome: 'open-smtp', detail: null, dialogue: { failure: null } });
  });

  it.each(alerts.map((each) => [each.title, each.tls, each] as const))('on the alert %s, %s', async (_title, _tls, asked) => {
    const { openssl, probe } = await ask(asked);
    expect(openssl).toMatchObject({ kind: 'failed', alert: asked.title });
    expect(probe).toMatchObject({ detail: `tls-alert:${asked.title}`, dialogue: { failure: { stage: 'tls' } } });
  });
});

function row(name: string, tls: Row['tls'], serverName: string | null, newestTls?: 'TLSv1.1' | 'TLSv1.2'): Row {
  return {
    title: `${name}, ${tls}, ${newestTls ?? 'the newest TLS'}, asked for ${serverName ?? 'the address'}`,
    tls,
    serverName,
    behaviour: {
      kind: 'mail',
      name: 'mail.example.net',
      tls,
      auth: 'never',
      certificate: certificate(name),
      ...(newestTls === undefined ? {} : { newestTls }),
    },
  };
}
