import type { Reply } from '../model/dialogue.ts';

/**
 * The name that a server gives itself in its reply to EHLO: the first word, where it is a full domain name that no device has masked. Inspecting
 * devices overwrite letters with `*`, and words they do not know with `XXXX`; an address, or one label, is no name to build addresses of.
 *
 * @see RFC 5321 section 4.1.1.1 (the reply's first line begins with the server's domain), section 2.3.5
 */
export function serverNameOf(ehlo: Reply): string | null {
  const name = (ehlo.lines[0] ?? '').trim().split(' ')[0] ?? '';
  const labels = name.split('.');
  const isName =
    name.length <= 253 && labels.length >= 2 && labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
  const isAddress = /^\d+$/.test(labels.at(-1) ?? '');
  return isName && !isAddress && !labels.some(isMasked) ? name : null;
}

/** `XXXXXXXA`: a masked word keeps its last letter on some devices. */
function isMasked(label: string): boolean {
  return /^X{4,}[A-Z0-9]?$/.test(label);
}
