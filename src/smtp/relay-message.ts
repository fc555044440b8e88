/** The one message that a relay test may send: to the user's own sink, saying what it is. Lines without CRLF, below 78 characters where they can be. */

export interface RelayMessage {
  /** Part of its address, and what the sink knows it by. */
  readonly nonce: string;
  readonly domain: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
}

/** @see RFC 5322 section 3.6: Date and From are obligatory */
export function relayMessage({ nonce, domain, at }: RelayMessage): readonly string[] {
  const address = `postern-${nonce}@${domain}`;
  return [
    `Date: ${new Date(at).toUTCString().replace(/GMT$/, '+0000')}`,
    `From: <${address}>`,
    `To: <${address}>`,
    `Message-ID: <${address}>`,
    'Subject: Postern relay test',
    'Auto-Submitted: auto-generated',
    `X-Postern-Nonce: ${nonce}`,
    '',
    'A relay test of a mail server, by the people in charge of it.',
    'No answer is needed.',
  ];
}
