import type { Requirements } from '../model/policy.ts';

/** What a rule asks of a connection, a few words each; empty where it asks nothing. */
export function requirementWords(require: Requirements): readonly string[] {
  const tls = { starttls: 'STARTTLS', implicit: 'implicit TLS', any: 'TLS (STARTTLS or implicit)' };
  const words = [
    require.tls === null ? null : tls[require.tls],
    require.tlsVersion === null ? null : `TLS ${require.tlsVersion} or newer`,
    require.certificateValid ? 'valid certificate' : null,
    require.authRequired ? 'authentication required' : null,
    require.authBeforeTlsForbidden ? 'no clear-text authentication before TLS' : null,
  ];
  return words.filter((word) => word !== null);
}
