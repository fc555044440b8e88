/** The time from dialling to a receipt, of a sentinel alone and of one in a crowd that only wants to be in the way. */
import { join } from 'node:path';
import { gather, startGuarded, timeToReceipt, whyNoCrowd } from '../sentinel/crowd.ts';

const IDLE = 2_000;
const STUTTERING = 2_000;
/** An odd number: its median is one of them. */
const PROBES = 15;

export async function benchSentinel(root: string, say: (line: string) => void): Promise<void> {
  say(`\nsentinel: dialling to receipt, alone and among ${IDLE} idle and ${STUTTERING} stuttering clients; median of ${PROBES}`);
  const hindrance = whyNoCrowd();
  if (hindrance !== null) {
    say(`  not measured: ${hindrance}`);
    return;
  }
  const { alone, crowded, residentMb } = await measure(root);
  say(
    `  alone ${alone.toFixed(1)} ms, in the crowd ${crowded.toFixed(1)} ms: ${(crowded / alone).toFixed(2)} ×; ${residentMb.toFixed(0)} MB`,
  );
}

async function measure(root: string): Promise<{ readonly alone: number; readonly crowded: number; readonly residentMb: number }> {
  const sentinel = await startGuarded(join(root, 'dist', 'postern.js'));
  const probe = async (): Promise<number> => {
    const times: number[] = [];
    for (let count = 0; count < PROBES; count++) times.push(await timeToReceipt(sentinel));
    return times.sort((a, b) => a - b)[PROBES >> 1] ?? Number.NaN;
  };
  try {
    // The first ones also pay for code that is not compiled yet.
    await probe();
    const alone = await probe();
    const crowd = await gather(sentinel.port, 0, IDLE, STUTTERING);
    const crowded = await probe();
    const residentMb = sentinel.residentMb();
    crowd.leave();
    return { alone, crowded, residentMb };
  } finally {
    await sentinel.stop();
  }
}
