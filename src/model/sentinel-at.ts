import type { Policy, Sentinel } from './policy.ts';

/** The sentinel that a policy names at a host. One host may stand for several, each with ports of its own; on a port that none names, the first. */
export function sentinelAt({ sentinels }: Policy, host: string, port: number): Sentinel | null {
  const here = sentinels.filter((sentinel) => sentinel.host === host);
  return here.find(({ ports }) => ports.includes(port)) ?? here[0] ?? null;
}
