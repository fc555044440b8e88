/** Puts a scenario up: the network where it has one, then its servers. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { openSandbox, type Sandbox } from './sandbox.ts';
import type { Scenario } from './scenario.ts';
import { type RunningServers, startServers } from './start-servers.ts';
import { buildNetwork } from './topology.ts';

export interface Lab {
  /** Ports by host, in the order of the listeners. */
  readonly ports: Readonly<Record<string, readonly number[]>>;
  /** Null where everything is on this machine. */
  readonly sandbox: Sandbox | null;
  /** Starts a command on a host of the scenario. */
  spawn(host: string, command: readonly string[]): ChildProcessWithoutNullStreams;
  close(): Promise<void>;
}

/**
 * @param serveCommand  runs the lab's server process.
 * @throws {LabError} with what failed; nothing is left running then.
 */
export async function openLab(scenario: Scenario, serveCommand: readonly string[]): Promise<Lab> {
  const sandbox = scenario.topology === null ? null : await openSandbox();
  const running: RunningServers[] = [];
  const local = new Set<ChildProcessWithoutNullStreams>();
  const close = async (): Promise<void> => {
    for (const child of local) child.kill();
    await Promise.all(running.map((servers) => servers.stop()));
    await sandbox?.close();
  };
  try {
    if (sandbox !== null && scenario.topology !== null) await buildNetwork(sandbox, scenario.topology);
    const ports: Record<string, readonly number[]> = {};
    for (const [host, listeners] of Object.entries(scenario.servers)) {
      const servers = await startServers(sandbox === null ? 'this machine' : { sandbox, host }, serveCommand, listeners);
      running.push(servers);
      ports[host] = servers.ports;
    }
    return {
      ports,
      sandbox,
      spawn: (host, command) => (sandbox === null ? spawnHere(command, local) : sandbox.spawn(host, command)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a sandbox would end with itself is remembered here, so that it can be ended. */
function spawnHere(
  [file = '', ...args]: readonly string[],
  local: Set<ChildProcessWithoutNullStreams>,
): ChildProcessWithoutNullStreams {
  const child = spawn(file, args);
  local.add(child);
  child.once('close', () => local.delete(child));
  return child;
}
