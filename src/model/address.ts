/**
 * IP addresses and networks as values: parsing, the canonical text, and the order in which they sort.
 *
 * An address is kept as its canonical text (a brand), since that is what evidence, results and people use; its number is
 * worked out where sets need it. IPv4-mapped IPv6 (`::ffff:192.0.2.1`) stays IPv6: on the wire it never is one.
 *
 * @see RFC 4291 section 2.2 (IPv6 text), RFC 5952 (its canonical form)
 */

export type Family = 'ipv4' | 'ipv6';

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** Canonical text of an IPv4 or IPv6 address, without brackets, zone or prefix length. */
export type Address = string & { readonly __brand: 'Address' };

/** Inclusive range of addresses of one family; a network when it is a power of two, aligned. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const BITS: Record<Family, number> = { ipv4: 32, ipv6: 128 };

/** The address that a text writes, in canonical form; null where it is none (zones and prefix lengths included). */
export function parseAddress(text: string): Address | null {
  // What is taken as IPv4 is canonical as it stands.
  if (!text.includes(':')) return parseIpv4(text) === null ? null : (text as Address);
  const number = parseIpv6(text);
  return number === null ? null : formatAddress('ipv6', number);
}

/** The canonical text of a number: dotted quad for IPv4, RFC 5952 for IPv6. */
export function formatAddress(family: Family, number: bigint): Address {
  return (family === 'ipv4' ? formatIpv4(number) : formatIpv6(number)) as Address;
}

/** By the text alone, which a brand has made canonical. */
export function familyOf(address: Address): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** 32 bits for IPv4, 128 for IPv6. */
export function numberOf(address: Address): bigint {
  const value = parseValue(address);
  if (value === null) throw new TypeError(`not an address: ${address}`);
  return value.number;
}

/** The same of any text, in whatever form; null where it is no address of that family. */
export function parseNumber(text: string, family: Family): bigint | null {
  const value = parseValue(text);
  return value?.family === family ? value.number : null;
}

/** As people write it: `IPv4`, `IPv6`. */
export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === 'ipv4' ? 'IPv4' : 'IPv6';
}

/** `mx.example.org:25`, `198.51.100.7:25`, `[2001:db8::1]:25`: a host (name or address) and a port. */
export function endpointText(host: string, port: number): string {
  return `${bracketed(host)}:${port}`;
}

/** `198.51.100.7` and `[2001:db8::1]`: as an address is written before a colon and a port; a name stays as it is. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** IPv4 before IPv6, then by number: the order of every table of ours. */
export function compareAddresses(a: Address, b: Address): number {
  const [familyA, familyB] = [familyOf(a), familyOf(b)];
  if (familyA !== familyB) return familyA === 'ipv4' ? -1 : 1;
  const [numberA, numberB] = [numberOf(a), numberOf(b)];
  return numberA < numberB ? -1 : numberA > numberB ? 1 : 0;
}

export type NetworkProblem = 'syntax' | 'prefix-length' | 'host-bits';

/**
 * The network that a text writes: `10.0.0.0/8`, `2001:db8::/32`, or one address.
 *
 * @returns the range, or why it is none; with `host-bits` also the network that was probably meant.
 */
export function parseNetwork(
  text: string,
): { readonly range: AddressRange } | { readonly problem: NetworkProblem; readonly meant: string | null } {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const value = rest.length > 0 ? null : parseValue(addressText);
  if (value === null) return { problem: 'syntax', meant: null };
  const bits = BITS[value.family];
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return { problem: 'prefix-length', meant: null };
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return { problem: 'prefix-length', meant: null };
  const hostMask = (1n << BigInt(bits - prefix)) - 1n;
  const first = value.number & ~hostMask;
  if (first !== value.number) {
    return { problem: 'host-bits', meant: `${formatAddress(value.family, first)}/${prefix}` };
  }
  return { range: { family: value.family, first, last: first | hostMask } };
}

/** The networks (CIDR) that together are exactly the range, smallest addresses first. @see RFC 4632 section 3.1 */
export function networksOf(range: AddressRange): string[] {
  const bits = BITS[range.family];
  const networks: string[] = [];
  let first = range.first;
  // Sizes grow and then shrink, so that each is looked for from the one before.
  let size = 0;
  while (first <= range.last) {
    while (size < bits && fits(first, size + 1, range.last)) size++;
    while (!fits(first, size, range.last)) size--;
    const text = formatAddress(range.family, first);
    networks.push(size === 0 ? text : `${text}/${bits - size}`);
    first += (HOST_BITS[size] ?? 0n) + 1n;
  }
  return networks;
}

/** Whether 2 to the power of `size` addresses from `first` on are a network, and end by `last`. */
function fits(first: bigint, size: number, last: bigint): boolean {
  const hosts = HOST_BITS[size] ?? 0n;
  return (first & hosts) === 0n && (first | hosts) <= last;
}

/** By their number, the lowest bits of an address: lists of networks are long. */
const HOST_BITS: readonly bigint[] = Array.from({ length: BITS.ipv6 + 1 }, (_, size) => (1n << BigInt(size)) - 1n);

function parseValue(text: string): { family: Family; number: bigint } | null {
  if (text.includes(':')) {
    const number = parseIpv6(text);
    return number === null ? null : { family: 'ipv6', number };
  }
  const number = parseIpv4(text);
  return number === null ? null : { family: 'ipv4', number: BigInt(number) };
}

/** Four decimal parts and nothing else: `010.0.0.1`, which some tools read as octal, is refused. By characters: files hold thousands of them. */
function parseIpv4(text: string): number | null {
  let [number, part, digits, dots] = [0, 0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT && digits > 0 && dots < 3) {
      number = number * 256 + part;
      part = 0;
      digits = 0;
      dots++;
    } else if (code >= ZERO && code <= NINE && (digits === 0 || part > 0)) {
      part = part * 10 + code - ZERO;
      digits++;
      if (part > 255) return null;
    } else return null;
  }
  return dots === 3 && digits > 0 ? number * 256 + part : null;
}

const [DOT, ZERO, NINE] = [46, 48, 57];

/** By way of 32 hexadecimal digits, which become one number at once. */
function parseIpv6(text: string): bigint | null {
  const halves = text.split('::');
  const [before = '', after = null] = halves;
  const head = hexOf(before, after === null);
  const tail = after === null ? '' : hexOf(after, true);
  if (halves.length > 2 || head === null || tail === null) return null;
  const missing = 32 - head.length - tail.length;
  if (after === null ? missing !== 0 : missing < 4) return null;
  return BigInt(`0x${head}${'0'.repeat(missing)}${tail}`);
}

/** The groups of one side of `::`, of four digits each; a dotted quad may stand for the last two where the text ends there. */
function hexOf(text: string, last: boolean): string | null {
  if (text === '') return '';
  const parts = text.split(':');
  let hex = '';
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const quad = last && index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : null;
    if (quad !== null) hex += quad.toString(16).padStart(8, '0');
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) hex += part.padStart(4, '0');
    else return null;
  }
  return hex;
}

function formatIpv4(number: bigint): string {
  const value = Number(number);
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIpv6(number: bigint): string {
  const hex = number.toString(16).padStart(32, '0');
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(hex.slice(4 * index, 4 * index + 4), 16));
  const zeros = longestZeros(groups);
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return text(groups);
  return `${text(groups.slice(0, zeros.start))}::${text(groups.slice(zeros.start + zeros.length))}`;
}

/** The first of the longest runs of zero groups: what `::` replaces. @see RFC 5952 section 4.2.3 */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
