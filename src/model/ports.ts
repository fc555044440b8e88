/** Ports that count as SMTP egress where a policy names none. @see RFC 5321 (25), RFC 8314 (465, 587); 2525 is a habit of providers */
export const DEFAULT_AUDIT_PORTS: readonly number[] = [25, 465, 587, 2525];

/** Where mail is handed in, with AUTH. @see RFC 6409, RFC 8314 section 3.3; 2465 and 2587 as some providers serve them beside */
export const SUBMISSION_PORTS: readonly number[] = [465, 587, 2465, 2587];

/** Mail ports where TLS starts at the first byte. 465: RFC 8314 section 7.3; 2465: the same, as Amazon SES serves it */
export const IMPLICIT_TLS_PORTS: readonly number[] = [465, 2465];

/** Where a sentinel speaks TLS from the first byte unless it is told of more; 443, as everybody expects there. @see RFC 9110 section 4.2.2 */
export const SENTINEL_TLS_PORTS: readonly number[] = [443, ...IMPLICIT_TLS_PORTS];

/** Whether SMTP there begins in clear text or inside TLS, where nothing says otherwise. */
export function modeOn(port: number): 'clear' | 'implicit' {
  return IMPLICIT_TLS_PORTS.includes(port) ? 'implicit' : 'clear';
}

/**
 * The same on a port of a sentinel's own. One that is no mail port (outside `audit.ports`) is there to be reached where all mail ports are
 * closed: it takes TLS from the first byte as a web server does, so that what inspects the way sees nothing of SMTP. The sentinel's own side of it
 * is `SENTINEL_TLS_PORTS` and `--tls-port`; one that speaks clear text there all the same is found out by a second connection.
 */
export function sentinelModeOn(port: number, mailPorts: readonly number[]): 'clear' | 'implicit' {
  return mailPorts.includes(port) ? modeOn(port) : 'implicit';
}

/** Ports without repetition, in order. */
export function ascending(ports: Iterable<number>): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
