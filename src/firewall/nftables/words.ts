/** Words of nftables that several of its readers must know. */

/** What begins a verdict, or a statement that ends like one. */
export const VERDICTS: ReadonlySet<string> = new Set([
  ...['accept', 'drop', 'reject', 'return', 'continue', 'jump', 'goto', 'queue'],
  ...['dnat', 'snat', 'masquerade', 'redirect', 'tproxy', 'synproxy', 'fwd'],
]);
