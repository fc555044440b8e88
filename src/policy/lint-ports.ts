/** Ports that look like a slip of the finger: `5870` is a port, and no server takes mail there. */
import { listText } from '../model/list-text.ts';
import { nearest } from '../model/nearest.ts';
import type { Policy } from '../model/policy.ts';
import { DEFAULT_AUDIT_PORTS, SUBMISSION_PORTS } from '../model/ports.ts';
import type { Problem } from '../model/problem.ts';

const USUAL: readonly string[] = [...new Set([...DEFAULT_AUDIT_PORTS, ...SUBMISSION_PORTS])].map(String);

/** Of a rule: the port that was meant stays denied, and is judged so. A port that the policy's servers have is meant. */
export function oddPorts({ rules, servers, destinations }: Policy): Problem[] {
  const known = new Set([...servers.flatMap(({ ports }) => ports), ...destinations.flatMap(({ listening }) => listening ?? [])]);
  return rules.flatMap(({ name, ports, location }) =>
    ports.flatMap((port): Problem[] => {
      const meant = USUAL.includes(String(port)) || known.has(port) ? null : nearest(String(port), USUAL);
      if (meant === null) return [];
      const message = `"${name}" allows ${port}, which is no usual mail port (${listText(DEFAULT_AUDIT_PORTS)}): did you mean ${meant}?`;
      return [{ severity: 'hint', code: 'odd-port', message, location, frame: null }];
    }),
  );
}
