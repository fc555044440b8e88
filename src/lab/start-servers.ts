/** Starts the server process on a host of the lab, or on this machine. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Listener } from './behaviour.ts';
import { LabError, type Sandbox } from './sandbox.ts';

export interface RunningServers {
  /** In the order of the listeners. */
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

/**
 * @param command  runs the server process.
 * @throws {LabError} where it cannot listen, with its words.
 */
export async function startServers(
  place: { readonly sandbox: Sandbox; readonly host: string } | 'this machine',
  command: readonly string[],
  listeners: readonly Listener[],
): Promise<RunningServers> {
  const child = place === 'this machine' ? spawn(command[0] ?? '', command.slice(1)) : place.sandbox.spawn(place.host, command);
  const ports = await firstWord(child, listeners);
  return {
    ports,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
    },
  };
}

function firstWord(child: ChildProcessWithoutNullStreams, listeners: readonly Listener[]): Promise<readonly number[]> {
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes.toString()}`.slice(0, 4_000);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(`${JSON.stringify(listeners)}\n`);
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ready ')) resolve(JSON.parse(line.slice('ready '.length)));
    });
    child.once('error', (error) => reject(new LabError('the server process did not start', { cause: error })));
    child.once('close', (code) => reject(new LabError(`the server process ended with ${code}: ${complaint.trim()}`)));
  });
}
