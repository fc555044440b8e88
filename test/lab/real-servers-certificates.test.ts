import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../src/lab/servers.ts';
import { LOOPBACK, probeOf } from '../scan/loopback.ts';
import { askOpenssl, runHere } from './openssl-client.ts';
import { certificate } from './postern.ts';

interface Odd {
  readonly title: string;
  /** As `openssl req -subj` takes it. */
  readonly subject: string;
  /** X.509 extensions as `-addext` takes them. */
  readonly extensions: readonly string[];
  /** Other flags of `openssl req -x509`. */
  readonly flags?: readonly string[];
  /** `by`: signed by the certificate of that title, which is sent along. */
  readonly by?: string;
  /** Names asked for; null: the address. */
  readonly names: readonly (string | null)[];
  /** The probe refuses a name that OpenSSL's client takes: `m*.example.net` is for nobody (RFC 9525 section 6.3). */
  readonly stricter?: true;
  /** The server has to be lenient itself to have such a certificate, which it is with old versions. */
  readonly newestTls?: 'TLSv1.1';
}

/** For a busy machine. */
const PATIENT = { connectMs: 5_000, greetingMs: 10_000, replyMs: 10_000, tlsMs: 10_000, targetMs: 30_000 };
const SERVER = 'mail.example.net';
const NAMED = `subjectAltName=DNS:${SERVER}`;
const CA = 'basicConstraints=critical,CA:TRUE';

const ODD: readonly Odd[] = [
  {
    title: 'a wildcard',
    subject: '/CN=x',
    extensions: ['subjectAltName=DNS:*.example.net'],
    names: [SERVER, 'a.mail.example.net', 'example.net', 'MAIL.example.NET'],
  },
  {
    title: 'part of a label as a wildcard',
    subject: '/CN=x',
    extensions: ['subjectAltName=DNS:m*.example.net,DNS:*l.example.net'],
    names: [SERVER],
    stricter: true,
  },
  { title: 'a wildcard for a whole domain', subject: '/CN=x', extensions: ['subjectAltName=DNS:*.net'], names: ['example.net'] },
  { title: 'a wildcard inside', subject: '/CN=x', extensions: ['subjectAltName=DNS:mail.*.net'], names: [SERVER] },
  { title: 'no alternative name, only a common one', subject: `/CN=${SERVER}`, extensions: [], names: [SERVER, 'x.example.net'] },
  {
    title: 'a common name beside others',
    subject: `/CN=${SERVER}`,
    extensions: ['subjectAltName=DNS:other.example.net'],
    names: [SERVER],
  },
  {
    title: 'a common name beside an address',
    subject: `/CN=${SERVER}`,
    extensions: ['subjectAltName=IP:127.0.0.1'],
    names: [SERVER, null],
  },
  {
    title: 'a common name beside a mail address',
    subject: `/CN=${SERVER}`,
    extensions: ['subjectAltName=email:a@example.net'],
    names: [SERVER],
  },
  { title: 'capitals', subject: '/CN=x', extensions: ['subjectAltName=DNS:MAIL.Example.NET'], names: [SERVER] },
  { title: 'an address as a name', subject: '/CN=127.0.0.1', extensions: ['subjectAltName=DNS:127.0.0.1'], names: [null] },
  { title: 'a longer name', subject: '/CN=x', extensions: ['subjectAltName=DNS:mail.example.net.example.org'], names: [SERVER] },
  {
    title: 'other kinds of names',
    subject: '/CN=x',
    extensions: [`${NAMED},URI:https://example.net/a,email:a@example.net,RID:1.2.3.4`],
    names: [SERVER],
  },
  {
    title: 'a long subject',
    subject: '/C=DE/ST=Sachsen/L=Dresden/O=Example/OU=Mail/OU=Edge/CN=mx',
    extensions: [NAMED],
    names: [SERVER],
  },
  { title: 'no subject', subject: '/', extensions: [NAMED], names: [SERVER] },
  { title: 'a key for clients', subject: '/CN=x', extensions: [NAMED, 'extendedKeyUsage=clientAuth'], names: [SERVER] },
  { title: 'a key for servers', subject: '/CN=x', extensions: [NAMED, 'extendedKeyUsage=serverAuth'], names: [SERVER] },
  {
    title: 'a signature with SHA-1',
    subject: '/CN=x',
    extensions: [NAMED],
    flags: ['-sha1'],
    newestTls: 'TLSv1.1',
    names: [SERVER],
  },
  {
    title: 'an unknown critical extension',
    subject: '/CN=x',
    extensions: [NAMED, '1.2.3.4=critical,ASN1:UTF8String:x'],
    names: [SERVER],
  },
  { title: 'an authority as a server', subject: '/CN=x', extensions: [NAMED, CA], names: [SERVER] },
  { title: 'an intermediate', subject: '/CN=Between', extensions: [CA], names: [] },
  {
    title: 'signed by an intermediate',
    subject: '/CN=x',
    extensions: [NAMED],
    by: 'an intermediate',
    names: [SERVER, 'x.example.net'],
  },
  {
    title: 'an intermediate that is none',
    subject: '/CN=No authority',
    extensions: ['basicConstraints=critical,CA:FALSE'],
    names: [],
  },
  {
    title: 'signed by one that is none',
    subject: '/CN=x',
    extensions: [NAMED],
    by: 'an intermediate that is none',
    names: [SERVER],
  },
  {
    title: 'an intermediate for others',
    subject: '/CN=Narrow',
    extensions: [CA, 'nameConstraints=critical,permitted;DNS:example.org'],
    names: [],
  },
  { title: 'signed by one for others', subject: '/CN=x', extensions: [NAMED], by: 'an intermediate for others', names: [SERVER] },
  { title: 'an intermediate for the last in line', subject: '/CN=Short', extensions: [`${CA},pathlen:0`], names: [] },
  {
    title: 'an intermediate too many',
    subject: '/CN=Long',
    extensions: [CA],
    by: 'an intermediate for the last in line',
    names: [],
  },
  { title: 'a path that is too long', subject: '/CN=x', extensions: [NAMED], by: 'an intermediate too many', names: [SERVER] },
];

const rows = ODD.flatMap((odd) => odd.names.map((name) => ({ odd, name })));

describe('the probe and OpenSSL agree on a certificate with', () => {
  let folder: string;
  let running: Awaited<ReturnType<typeof serve>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'postern-certificates-'));
    for (const [index, odd] of ODD.entries()) await make(folder, index, odd);
    running = await serve(
      rows.map(({ odd }) => ({
        address: LOOPBACK,
        port: 0,
        behaviour: {
          kind: 'mail',
          name: SERVER,
          tls: 'starttls',
          auth: 'never',
          certificate: filesOf(folder, ODD.indexOf(odd)),
          ...(odd.newestTls === undefined ? {} : { newestTls: odd.newestTls }),
        },
      })),
    );
  });
  afterAll(() => {
    running?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(rows.map((row) => [row.odd.title, row.name ?? 'the address', row] as const))(
    '%s, asked for %s',
    async (_odd, _name, row) => {
      const port = running.ports[rows.indexOf(row)] ?? 0;
      const openssl = await askOpenssl({ address: LOOPBACK, port, tls: 'starttls', serverName: row.name }, runHere);
      if (openssl.kind === 'failed') throw new Error(openssl.words);
      const probe = await probeOf({ port, serverName: row.name }, { limits: PATIENT });
      expect(probe.dialogue?.tls).toMatchObject(openssl.session);
      expect([...new Set(probe.dialogue?.tls?.problems.map(({ code }) => code))].sort()).toEqual(
        row.odd.stricter === true ? ['wrong-name'] : openssl.problems,
      );
      expect(openssl.accepted).toBe(openssl.problems.length === 0);
    },
  );
});

function filesOf(folder: string, index: number): { readonly certificate: string; readonly key: string } {
  return { certificate: join(folder, `${index}.pem`), key: join(folder, `${index}-key.pem`) };
}

/** Writes the certificate, those of its issuers behind it. */
async function make(folder: string, index: number, { subject, extensions, flags = [], by }: Odd): Promise<void> {
  const { certificate: file, key } = filesOf(folder, index);
  const issuer =
    by === undefined
      ? certificate('ca')
      : filesOf(
          folder,
          ODD.findIndex(({ title }) => title === by),
        );
  const { code, stderr } = await runHere(
    [
      ...[
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        key,
        '-out',
        file,
      ],
      ...['-config', '/dev/null', '-days', '30', '-utf8', '-subj', subject, '-CA', issuer.certificate, '-CAkey', issuer.key],
      ...extensions.flatMap((extension) => ['-addext', extension]),
      ...flags,
    ],
    '',
  );
  if (code !== 0) throw new Error(stderr);
  if (by !== undefined) writeFileSync(file, `${readFileSync(file, 'utf8')}${readFileSync(issuer.certificate, 'utf8')}`);
}
