import type { ProbeTarget } from './target.ts';

/** What a server would hear of a probe, in words. */
export function saidTo({ mode, ehlo, mail, rcpt, verb, receipts }: ProbeTarget): string {
  return [
    mode === 'implicit' ? 'TLS from the first byte' : 'clear text, STARTTLS',
    `EHLO ${ehlo}`,
    ...(verb === null || mode === 'implicit' ? [] : ['an unknown verb']),
    ...(receipts === null ? [] : ['NOOP for receipts']),
    ...(mail === null ? [] : [`MAIL FROM:<${mail}>`]),
    ...(rcpt === null ? [] : [`RCPT TO:<${rcpt}>`]),
    'QUIT',
  ].join(', ');
}
