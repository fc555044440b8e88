import { parseAddress, parseNetwork } from '../model/address.ts';
import { printable } from '../model/printable.ts';

/** An address in canonical form, or a name in lower case without a trailing dot: both mean the same as written. */
export function canonicalHost(text: string): string {
  return parseAddress(text) ?? text.toLowerCase().replace(/\.$/, '');
}

/**
 * Why a text is neither a host name nor an address, and what to write instead; null where it is one. Underscores are let
 * through: servers have them in their names, whatever RFC 1123 section 2.1 says.
 */
export function hostProblem(text: string): string | null {
  if (parseAddress(text) !== null) return null;
  return wrapping(text) ?? wrongAddress(text) ?? nameProblem(text);
}

/** As `hostProblem`, for what must be a name (a mail domain, a name for EHLO). */
export function domainProblem(text: string): string | null {
  if (parseAddress(text.replace(/^\[|\]$/g, '')) !== null) return `"${text}" is an address; write a name such as example.org.`;
  if (text.includes('@'))
    return `"${printable(text)}" is a mail address; write its domain: ${printable(text.slice(text.lastIndexOf('@') + 1))}.`;
  return hostProblem(text);
}

/** Things round a host that do not belong to it: scheme, port, brackets, prefix length. */
function wrapping(text: string): string | null {
  const quoted = `"${printable(text)}"`;
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(text);
  if (url !== null) return `${quoted} is a URL; write the host alone: ${printable(bare(url[1] ?? ''))}.`;
  if ('range' in parseNetwork(text)) return `${quoted} is a network; networks belong in "networks".`;
  const port = /^(.+?):(\d*)$/.exec(text);
  if (port !== null && !(port[1] ?? '').slice(0, -1).includes(':')) {
    return `${quoted} holds a port; write the host alone, ${printable(bare(port[1] ?? ''))}, and the port in a key of its own.`;
  }
  if (/^\[.*\]$/.test(text)) return `${quoted} stands in brackets; write the address alone: ${printable(bare(text))}.`;
  if (/^\[.*\]:\d*$/.test(text)) return `${quoted} holds brackets and a port; write the address alone: ${printable(bare(text))}.`;
  if (text.includes('/')) return `${quoted} holds a "/"; write a host name or an address alone.`;
  return null;
}

function bare(text: string): string {
  return text.replace(/:\d*$/, (port) => (text.startsWith('[') && !text.includes(']:') ? port : '')).replace(/^\[|\]$/g, '');
}

function wrongAddress(text: string): string | null {
  const quoted = `"${printable(text)}"`;
  if (/%/.test(text) && text.includes(':')) return `${quoted} has a zone; link-local addresses mean nothing in a policy.`;
  if (text.includes(':')) return `${quoted} is no valid IPv6 address.`;
  if (/^[\d.]+$/.test(text)) return `${quoted} is no valid IPv4 address: four numbers from 0 to 255 without leading zeros.`;
  return null;
}

/** @see RFC 1035 section 2.3.4 (sizes), RFC 1123 section 2.1 (letters, digits, hyphens) */
function nameProblem(text: string): string | null {
  const quoted = `"${printable(text.slice(0, 80))}"`;
  const name = text.replace(/\.$/, '');
  if (name === '') return 'A host name is missing here.';
  if (text.startsWith('*.')) return `${quoted}: wildcards cannot be probed; name the servers, or their networks.`;
  if (/[^\x20-\x7e]/.test(text)) return `${quoted} holds characters beyond ASCII; write the name in its xn-- form (RFC 5891).`;
  if (/\s/.test(text)) return `${quoted} holds a space; write one host.`;
  if (name.length > 253) return `${quoted} is ${name.length} characters long; a host name has at most 253.`;
  for (const label of name.split('.')) {
    if (label === '') return `${quoted} has two dots in a row, or one at its beginning.`;
    if (label.length > 63) return `${quoted} has a part of ${label.length} characters; at most 63 are allowed.`;
    const bad = /[^A-Za-z0-9_-]/.exec(label);
    if (bad !== null) return `${quoted} holds "${bad[0]}", which host names cannot.`;
    if (/^-|-$/.test(label)) return `${quoted} has a part that begins or ends with a hyphen.`;
  }
  return null;
}
