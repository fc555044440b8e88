/** A firewall whose files were named on the command line; two of them may be two firewalls. */
export const GIVEN = 'given';

/** How a sentence names a firewall: that of the command line has no name. */
export function firewallText(firewall: string): string {
  return firewall === GIVEN ? 'the configuration' : firewall;
}

/** At the beginning of a sentence. A name stays as it is written. */
export function firewallFirst(firewall: string): string {
  return firewall === GIVEN ? 'The configuration' : firewall;
}
