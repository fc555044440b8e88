/** Who the servers of the relay bench are, for those who run them and those who count. */
export const SERVERS = 512;

/** Milliseconds between a command and its reply: a server on the next continent. */
export const ROUND_TRIP_MS = 50;

export function serverAddress(index: number): string {
  return `127.1.${index >> 8}.${index & 255}`;
}

/** One in sixteen relays for everybody, one in sixteen says yes to everything, the others refuse. */
export function characterOf(index: number): 'relay' | 'accept-all' | 'closed' {
  return index % 16 === 3 ? 'relay' : index % 16 === 11 ? 'accept-all' : 'closed';
}
