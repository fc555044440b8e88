/** Ports that count as SMTP egress where a policy names none. @see RFC 5321 (25), RFC 8314 (465, 587); 2525 is a habit of providers */
export const DEFAULT_AUDIT_PORTS: readonly number[] = [25, 465, 587, 2525];

/** Ports without repetition, in order. */
export function ascending(ports: Iterable<number>): number[] {
  return [...new Set(ports)].sort((a, b) => a - b);
}
