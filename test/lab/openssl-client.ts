/** What OpenSSL's own tools say of a server: s_client for the handshake, x509 for the certificate. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Ran } from '../../src/lab/sandbox.ts';
import type { Certificate, CertificateProblem } from '../../src/model/dialogue.ts';
import { root } from './postern.ts';

/** Runs a command to its end, on this machine or in a sandbox. */
export type Run = (command: readonly string[], stdin: string) => Promise<Ran>;

export interface OpensslTarget {
  readonly address: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit';
  /** SNI, and the name that the certificate must be for; null: the address. */
  readonly serverName: string | null;
}

export type OpensslAnswer =
  | {
      readonly kind: 'secure';
      readonly session: { readonly version: string; readonly cipher: string; readonly certificate: Certificate };
      /** Each once, sorted. */
      readonly problems: readonly CertificateProblem['code'][];
      /** What `-verify_return_error` made of it. */
      readonly accepted: boolean;
    }
  /** `alert`: its description with hyphens, as in RFC 8446 section 6; null: it failed in another way. */
  | { readonly kind: 'failed'; readonly alert: string | null; readonly words: string };

const AUTHORITY = join(root, 'fixtures/certificates/ca.pem');
const NAMES = ['-nameopt', 'sep_comma_plus_space,sname'];

/** X509_V_ERR_…; one certificate may have several. @see openssl-verification-options(1) */
const PROBLEMS: ReadonlyMap<number, CertificateProblem['code']> = new Map([
  // No issuer, no way up to an anchor, an issuer that must not be one, too many of them, a purpose or name that it must not have.
  ...[2, 19, 20, 21, 24, 25, 26, 34, 47, 79].map((number) => [number, 'untrusted'] as const),
  [9, 'not-yet-valid'],
  [10, 'expired'],
  [18, 'self-signed'],
  [62, 'wrong-name'],
  [64, 'wrong-name'],
]);

export async function askOpenssl(target: OpensslTarget, run: Run): Promise<OpensslAnswer> {
  const shaken = await run(clientCommand(target, []), '');
  const text = `${shaken.stdout}\n${shaken.stderr}`;
  const [leaf] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text) ?? [];
  const name = /^New, (\S+), Cipher is (?!\(NONE\))(\S+)$/m.exec(text);
  // A certificate may have come before the alert did.
  if (shaken.code !== 0 || leaf === undefined || name === null) return { kind: 'failed', alert: alertOf(text), words: text };
  const [, fallback = '', cipher = ''] = name;
  const numbers = [...text.matchAll(/verify error:num=(\d+):/g)].map(([, number]) => Number(number));
  const strict = await run(clientCommand(target, ['-verify_return_error']), '');
  return {
    kind: 'secure',
    session: {
      // For TLS 1.3 it is printed only when a ticket comes; for older ones "New" names the cipher's own version.
      version: /^ *Protocol *: (\S+)$/m.exec(text)?.[1] ?? fallback,
      cipher: await standardName(cipher, run),
      certificate: await describe(leaf, text, run),
    },
    problems: [...new Set(numbers.map(problemOf))].sort(),
    accepted: strict.code === 0,
  };
}

export const runHere: Run = (command, stdin) =>
  new Promise((resolve, reject) => {
    const child = spawn(command[0] ?? '', command.slice(1));
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });

/** As lenient as the probe: every version and cipher that OpenSSL still has. */
function clientCommand({ address, port, tls, serverName }: OpensslTarget, more: readonly string[]): string[] {
  const connect = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return [
    ...['timeout', '20', 'openssl', 's_client', '-connect', connect, '-showcerts', '-CAfile', AUTHORITY, ...NAMES],
    ...['-min_protocol', 'TLSv1', '-cipher', 'DEFAULT:@SECLEVEL=0', '-no-CApath', '-no-CAstore'],
    ...(tls === 'starttls' ? ['-starttls', 'smtp', '-name', 'audit.example.com'] : []),
    ...(serverName === null
      ? ['-noservername', '-verify_ip', address]
      : ['-servername', serverName, '-verify_hostname', serverName]),
    ...more,
  ];
}

function alertOf(text: string): string | null {
  const [, alert] = /:(?:ssl\/tls|sslv3|tlsv13?) (?:alert )?([a-z][a-z0-9 ]*[a-z0-9])(?:$|:)/m.exec(text) ?? [];
  return alert?.replaceAll(' ', '-') ?? null;
}

function problemOf(number: number): CertificateProblem['code'] {
  const code = PROBLEMS.get(number);
  if (code === undefined) throw new Error(`an error of OpenSSL that this table does not know: ${number}`);
  return code;
}

/** `ECDHE-RSA-AES128-SHA` → `TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA`. */
async function standardName(cipher: string, run: Run): Promise<string> {
  const { stdout } = await run(['openssl', 'ciphers', '-stdname', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'], '');
  const row = stdout
    .split('\n')
    .map((line) => line.split(/\s+/))
    .find((words) => words[2] === cipher);
  return row?.[0] ?? `no standard name for ${cipher}`;
}

async function describe(leaf: string, text: string, run: Run): Promise<Certificate> {
  const flags = ['-subject', '-issuer', '-dates', '-dateopt', 'iso_8601', '-fingerprint', '-sha256', '-ext', 'subjectAltName'];
  const { stdout } = await run(['openssl', 'x509', '-noout', ...NAMES, ...flags], leaf);
  const pin = await run(['sh', '-c', PIN], leaf);
  const field = (name: RegExp): string => name.exec(stdout)?.[1] ?? '';
  return {
    subject: field(/^subject=(.*)$/m),
    issuer: field(/^issuer=(.*)$/m),
    names: [...stdout.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name),
    notBefore: iso(field(/^notBefore=(.*)$/m)),
    notAfter: iso(field(/^notAfter=(.*)$/m)),
    fingerprint: field(/fingerprint=(.*)$/im)
      .replaceAll(':', '')
      .toLowerCase(),
    pin: `sha256/${pin.stdout.trim()}`,
    chain: pathOf(text),
  };
}

const PIN = 'openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64';

/** `2015-01-01 00:00:00Z` → `2015-01-01T00:00:00.000Z`. */
function iso(text: string): string {
  return text.replace(' ', 'T').replace('Z', '.000Z');
}

/** Subjects of the path that was verified, from the leaf's issuer up: `depth=1 CN=…`. */
function pathOf(text: string): string[] {
  const subjects = new Map<number, string>();
  for (const [, depth = '', subject = ''] of text.matchAll(/^depth=(\d+) (.*)$/gm)) subjects.set(Number(depth), subject);
  return [...subjects]
    .filter(([depth]) => depth > 0)
    .sort(([a], [b]) => a - b)
    .map(([, subject]) => subject);
}
