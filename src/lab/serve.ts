/**
 * The lab's server process, a file of its own in dist/ because it runs inside the sandbox: reads its listeners as one line of
 * JSON from stdin, says `ready` with the ports, and ends when stdin does.
 */
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import type { Listener } from './behaviour.ts';
import { serve } from './servers.ts';

const lines = createInterface({ input: stdin });
let running: { close(): void } | null = null;

lines.once('line', async (line) => {
  const listeners: readonly Listener[] = JSON.parse(line);
  const started = await serve(listeners);
  running = started;
  stdout.write(`ready ${JSON.stringify(started.ports)}\n`);
});
lines.once('close', () => running?.close());
