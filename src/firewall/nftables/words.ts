/** Words of nftables that several of its readers must know, and how it reads numbers. */

/** What begins a verdict, or a statement that ends like one. */
export const VERDICTS: ReadonlySet<string> = new Set([
  ...['accept', 'drop', 'reject', 'return', 'continue', 'jump', 'goto', 'queue'],
  ...['dnat', 'snat', 'masquerade', 'redirect', 'tproxy', 'synproxy', 'fwd'],
]);

/** Headers of a packet, as one finds them named before a field of theirs. */
export const HEADERS: ReadonlySet<string> = new Set([
  ...['ether', 'vlan', 'arp', 'ip', 'ip6', 'icmp', 'icmpv6', 'igmp', 'tcp', 'udp', 'udplite', 'sctp', 'dccp', 'th'],
  ...['ah', 'esp', 'comp'],
]);

/** Bytes of the packet from the beginning of one of its layers: `@th,0,16`. */
export const LAYERS: ReadonlySet<string> = new Set(['ll', 'nh', 'th', 'ih']);

/** What stands without `meta`. @see nftables, src/meta.c, meta_key_is_unqualified() */
export const UNQUALIFIED: ReadonlySet<string> = new Set(['iif', 'oif', 'iifname', 'oifname', 'iifgroup', 'oifgroup']);

/** A number in decimal, whatever it was written in; another word as it stands. */
export function numberText(text: string): string {
  return String(numberIn(text) ?? text);
}

/** As nft reads a number: hexadecimal behind 0x, octal behind 0. Null of anything else. @see nftables, src/scanner.l, decimalstring */
export function numberIn(text: string): number | null {
  if (/^0[0-7]{1,15}$/.test(text)) return Number.parseInt(text, 8);
  return /^(0x[\da-f]{1,12}|0|[1-9]\d{0,14})$/i.test(text) ? Number(text) : null;
}
