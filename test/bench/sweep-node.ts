/** The baseline: the same sweep with nothing but node:net and timers. Prints one line of JSON. */
import { connect } from 'node:net';
import { resourceUsage, stdout } from 'node:process';
import { PORT, RETRIES, SOCKETS, TIMEOUT_MS, targets } from './sweep.ts';

const startedAt = performance.now();
const states: Record<string, number> = {};
const queue = targets()[Symbol.iterator]();

function attempt(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: PORT, family: 4, autoSelectFamily: false });
    const end = (state: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(state);
    };
    const timer = setTimeout(end, TIMEOUT_MS, 'silent');
    socket.once('connect', () => end('open'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED' ? 'refused' : String(error.code)));
  });
}

async function work(): Promise<void> {
  for (const host of queue) {
    let state = await attempt(host);
    for (let retry = 0; state === 'silent' && retry < RETRIES; retry++) state = await attempt(host);
    states[state] = (states[state] ?? 0) + 1;
  }
}

await Promise.all(Array.from({ length: SOCKETS }, work));
stdout.write(
  `${JSON.stringify({ elapsedMs: performance.now() - startedAt, maxRssMb: resourceUsage().maxRSS / 1024, states })}\n`,
);
