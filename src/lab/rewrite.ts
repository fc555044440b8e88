/** What devices do to an SMTP dialogue that they let through. */
import { type Rewriting, UNCHANGED } from './splice-replies.ts';

/** Takes the offer of STARTTLS out of the reply to EHLO. Whoever asks for it all the same gets it. */
export function stripping(): Rewriting {
  return {
    ...UNCHANGED,
    down: (verb, _code, texts) => (verb === 'EHLO' ? texts.filter((text) => text.toUpperCase() !== 'STARTTLS') : texts),
  };
}

/** @see Cisco ASA Series Command Reference, `inspect esmtp` (commands that pass), `match ehlo-reply-parameter` (keywords that do) */
const VERBS: ReadonlySet<string> = new Set(
  'AUTH DATA EHLO ETRN HELO HELP MAIL NOOP QUIT RCPT RSET SAML SEND SOML VRFY'.split(' '),
);
const KEYWORDS: ReadonlySet<string> = new Set(
  '8BITMIME AUTH BINARYMIME CHECKPOINT DSN ENHANCEDSTATUSCODES ETRN PIPELINING SIZE VRFY'.split(' '),
);

/** The default map of a Cisco ASA: `mask-banner`, `no allow-tls`, `match ehlo-reply-parameter others mask`. Lengths stay as they were. */
export function inspecting(): Rewriting {
  let masked = 0;
  return {
    up: (line) => (VERBS.has((line.split(' ')[0] ?? '').toUpperCase()) ? line : line.replaceAll(/./g, 'X')),
    down: (verb, code, texts) => {
      if (verb === '') return texts.map((text) => text.replaceAll(/[^20 ]/g, '*'));
      if (verb !== 'EHLO' || code !== '250') return texts;
      return texts.map((text, index) => {
        if (index === 0 || KEYWORDS.has((text.split(' ')[0] ?? '').toUpperCase())) return text;
        return overwritten(text, masked++);
      });
    },
  };
}

/** `STARTTLS` → `XXXXXXXA`, the next one ends in B. */
function overwritten(text: string, nth: number): string {
  return `${'X'.repeat(text.length - 1)}${String.fromCharCode(65 + (nth % 26))}`;
}
