/**
 * A server's certificate as evidence: what it says, and everything that is wrong with it.
 *
 * OpenSSL names one error of a chain; an expired certificate of an unknown authority for another name has three. So OpenSSL's
 * verdict is taken where it says "authorised" or names a fault of the path, and dates, name, pin, and the path behind a
 * fault of dates are judged here.
 *
 * @see RFC 5280 section 6 (path validation), RFC 6125 (names), RFC 7469 section 2.4 (pin of a SubjectPublicKeyInfo)
 */
import { createHash, X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Certificate, CertificateProblem } from '../model/dialogue.ts';
import type { TlsOptions } from '../model/outside.ts';
import { printable } from '../model/printable.ts';

export interface CertificateSetup {
  readonly options: TlsOptions;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly now: number;
  /** The trust anchors; worked out only where they are needed. */
  readonly anchors: () => readonly X509Certificate[];
}

/** A path longer than this is not followed further. */
const MAX_PATH = 10;
const DATE_ERRORS: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** Describes the certificate of a finished handshake, and every problem of it: name, dates, path, pin, in this order. */
export function inspectCertificate(
  socket: TLSSocket,
  setup: CertificateSetup,
): { readonly certificate: Certificate | null; readonly problems: readonly CertificateProblem[] } {
  const chain = chainOf(socket);
  const [leaf, ...issuers] = chain;
  if (leaf === undefined) {
    return { certificate: null, problems: [{ code: 'missing', message: 'The server presented no certificate.' }] };
  }
  const certificate = describe(leaf, issuers);
  const problems = [
    ...nameProblems(leaf, certificate, setup.options),
    ...dateProblems(chain, setup.now),
    ...pathProblems(chain, String(socket.authorizationError ?? ''), setup.anchors),
    ...pinProblems(certificate, setup.options.trust.pins),
  ];
  return { certificate, problems };
}

/** Leaf first. Node links a self-signed certificate to itself, or to a copy of itself. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let peer: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (peer?.raw !== undefined && chain.length < MAX_PATH) {
    const certificate = new X509Certificate(peer.raw);
    if (chain.some((known) => known.fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
    peer = peer.issuerCertificate;
  }
  return chain;
}

function describe(leaf: X509Certificate, issuers: readonly X509Certificate[]): Certificate {
  return {
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    names: namesOf(leaf),
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    pin: pinOf(leaf),
    chain: issuers.map((issuer) => oneLine(issuer.subject)),
  };
}

/** `CN=mail.example.net, O=Example`: OpenSSL writes one attribute a line. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).map(printable).join(', ');
}

/** `DNS:a.example, IP Address:192.0.2.1`; entries that Node had to quote keep their quotes. */
function namesOf(leaf: X509Certificate): string[] {
  return (leaf.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:') || entry.startsWith('IP Address:'))
    .map((entry) => printable(entry.slice(entry.indexOf(':') + 1)));
}

function pinOf(leaf: X509Certificate): string {
  const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(spki).digest('base64')}`;
}

function nameProblems(leaf: X509Certificate, certificate: Certificate, options: TlsOptions): CertificateProblem[] {
  const wanted = options.serverName ?? options.address;
  const match =
    options.serverName === null ? leaf.checkIP(options.address) : leaf.checkHost(options.serverName, { partialWildcards: false });
  if (match !== undefined) return [];
  const names = certificate.names.length > 0 ? certificate.names.join(', ') : certificate.subject;
  return [{ code: 'wrong-name', message: `The certificate is for ${names}, not for ${wanted}.` }];
}

function dateProblems(chain: readonly X509Certificate[], now: number): CertificateProblem[] {
  return chain.flatMap((certificate, index): CertificateProblem[] => {
    const what = index === 0 ? 'The certificate' : `The issuer's certificate ${oneLine(certificate.subject)}`;
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
    if (to.getTime() < now) return [{ code: 'expired', message: `${what} expired on ${to.toISOString()}.` }];
    if (from.getTime() > now) return [{ code: 'not-yet-valid', message: `${what} is valid only from ${from.toISOString()}.` }];
    return [];
  });
}

/** Whether a trusted authority vouches for it; of OpenSSL's error only a date's can hide another. */
function pathProblems(
  chain: readonly X509Certificate[],
  error: string,
  anchors: () => readonly X509Certificate[],
): CertificateProblem[] {
  const [leaf] = chain;
  if (error === '' || leaf === undefined) return [];
  if (DATE_ERRORS.has(error) && reachesAnchor(chain, anchors())) return [];
  // Not checkIssued(): it also asks for a key usage that such certificates seldom state.
  if (leaf.subject === leaf.issuer && leaf.verify(leaf.publicKey)) {
    return [{ code: 'self-signed', message: `The certificate is signed by itself (${oneLine(leaf.subject)}).` }];
  }
  const issuer = oneLine(chain.at(-1)?.issuer);
  const why = DATE_ERRORS.has(error) ? 'no path to a trust anchor' : error;
  return [{ code: 'untrusted', message: `No trust anchor vouches for the certificate: issuer ${issuer} (${why}).` }];
}

/** A path of signatures from the leaf to an anchor, whatever the dates; names and signatures are both checked. */
function reachesAnchor(chain: readonly X509Certificate[], anchors: readonly X509Certificate[]): boolean {
  const trusted = new Set(anchors.map((anchor) => anchor.fingerprint256));
  let [current] = chain;
  for (let length = 0; current !== undefined && length < MAX_PATH; length++) {
    if (trusted.has(current.fingerprint256)) return true;
    const subject: X509Certificate = current;
    const issued = (issuer: X509Certificate): boolean =>
      issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
    if (anchors.some(issued)) return true;
    current = chain.find((candidate) => candidate !== subject && issued(candidate));
  }
  return false;
}

/** Only the leaf's own key counts: a server can send any certificate along with it. */
function pinProblems(certificate: Certificate, pins: readonly string[]): CertificateProblem[] {
  if (pins.length === 0 || pins.includes(certificate.pin)) return [];
  return [{ code: 'pin-mismatch', message: `The key's pin is ${certificate.pin}; it is not among those asked for.` }];
}
