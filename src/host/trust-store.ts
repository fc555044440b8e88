/** Trust anchors, parsed once: a context with the usual 140 roots costs milliseconds and megabytes, a sweep needs thousands. */
import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { remembered } from '../model/remembered.ts';

export interface TrustStore {
  /** The context to shake hands with; `null`: the anchors that come with Node. */
  context(anchors: readonly string[] | null): SecureContext;
  /** The anchors themselves, for a path of our own. */
  anchors(anchors: readonly string[] | null): readonly X509Certificate[];
}

/**
 * An empty list trusts nobody. Every protocol version and cipher that OpenSSL still has is offered: a server that only
 * speaks TLS 1.0 shall be seen as outdated, not as broken.
 *
 * @see RFC 8996 (TLS 1.0 and 1.1 are deprecated), OpenSSL SSL_CTX_set_security_level(3)
 */
export function createTrustStore(): TrustStore {
  const contexts = new Map<string, SecureContext>();
  const parsed = new Map<string, readonly X509Certificate[]>();
  return {
    context: (anchors) => remembered(contexts, keyOf(anchors), () => createContext(anchors)),
    anchors: (anchors) =>
      remembered(parsed, keyOf(anchors), () =>
        (anchors ?? rootCertificates).flatMap(splitPem).map((pem) => new X509Certificate(pem)),
      ),
  };
}

function createContext(anchors: readonly string[] | null): SecureContext {
  return createSecureContext({
    ...(anchors === null ? {} : { ca: [...anchors] }),
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
}

/** A file of anchors may hold several certificates. */
function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function keyOf(anchors: readonly string[] | null): string {
  return anchors === null ? 'usual' : `own\n${anchors.join('\n')}`;
}
