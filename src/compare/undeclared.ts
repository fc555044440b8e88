/** Probes that could not arrive: of an audited port on which the sentinel does not listen. They show a hole where something answers, and else nothing. */
import { endpointText } from '../model/address.ts';
import { listText } from '../model/list-text.ts';
import { ascending } from '../model/ports.ts';
import type { Arrivals } from './arrivals.ts';
import type { LogAuthor } from './log-sentinel.ts';
import type { LogWatch } from './log-watch.ts';
import type { Try } from './tries.ts';

/**
 * Neither the policy nor the log has the sentinel listen there, and nobody answered. Whoever completed a handshake there is one whom
 * the log cannot explain, and stays.
 */
export function isUndeclared(
  { sentinel }: LogAuthor,
  { arrivals, watch }: { readonly arrivals: Arrivals; readonly watch: LogWatch },
  { record, port, state }: Try,
): boolean {
  if (record.type !== 'observation' || state === 'heard' || state === 'connected' || sentinel.ports.includes(port)) return false;
  const listened = watch.watched.some(({ ports }) => ports.includes(port));
  return !listened && !arrivals.connections.some((arrival) => arrival.port === port);
}

/** Empty where there are none. */
export function undeclaredNotes({ sentinel: { name, host } }: LogAuthor, undeclared: readonly Try[]): string[] {
  if (undeclared.length === 0) return [];
  const ports = ascending(undeclared.map(({ port }) => port));
  const where = listText(ports.map((port) => endpointText(host, port)));
  const [probes, are] = undeclared.length === 1 ? ['probe', 'is'] : ['probes', 'are'];
  return [
    `${undeclared.length} ${probes} of ${where} ${are} left out: ${name} does not listen there, by its \`ports\` in the policy and by its log, and nothing answered.`,
  ];
}
