/** The connect stage of a scan over the sweep's targets: Postern's own pool, dial and classification. Prints one line of JSON. */
import { resourceUsage, stdout } from 'node:process';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import { parseAddress } from '../../src/model/address.ts';
import { runPool } from '../../src/scan/pool.ts';
import { connectOnly } from '../../src/scan/probe.ts';
import { PORT, RETRIES, SOCKETS, TIMEOUT_MS, targets } from './sweep.ts';

const startedAt = performance.now();
const states: Record<string, number> = {};
const controller = new AbortController();
const context = {
  dial: createDial(systemClock),
  clock: systemClock,
  signal: controller.signal,
  retries: RETRIES,
  limits: { connectMs: TIMEOUT_MS, greetingMs: 1, replyMs: 1, tlsMs: 1, targetMs: 60_000 },
};
await runPool(
  targets(),
  async (text) => {
    const address = parseAddress(text);
    if (address === null) throw new TypeError(text);
    const { outcome } = await connectOnly({ address, port: PORT, source: null }, context);
    const state = outcome === 'dropped' ? 'silent' : outcome === 'open-silent' ? 'open' : outcome;
    states[state] = (states[state] ?? 0) + 1;
  },
  { concurrency: SOCKETS, signal: controller.signal, targetOf: (address) => address, perTarget: 2 },
);
stdout.write(
  `${JSON.stringify({ elapsedMs: performance.now() - startedAt, maxRssMb: resourceUsage().maxRSS / 1024, states })}\n`,
);
