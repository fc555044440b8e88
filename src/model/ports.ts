/** Ports that count as SMTP egress where a policy names none. @see RFC 5321 (25), RFC 8314 (465, 587); 2525 is a habit of providers */
export const DEFAULT_AUDIT_PORTS: readonly number[] = [25, 465, 587, 2525];

/** Where mail is handed in, with AUTH. @see RFC 6409, RFC 8314 section 3.3; 2465 and 2587 as some providers serve them beside */
export const SUBMISSION_PORTS: readonly number[] = [465, 587, 2465, 2587];

/** Ports without repetition, in order. */
export function ascending(ports: Iterable<number>): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
