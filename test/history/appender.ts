/** A process that keeps runs until it is killed, and says of each when it is acknowledged. Argument: the state folder, then a seed. */
import { openHistory } from '../../src/history/store.ts';
import { systemStateFiles } from '../../src/host/state-files.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const [, , folder = '', seed = '0'] = process.argv;
const store = openHistory(systemStateFiles(folder), 'write');
process.stdout.write('open\n');
for (const result of hourlyRuns({ checks: 40, seed: Number(seed), unrest: 0.1, restless: 2 })) {
  store.append(result);
  process.stdout.write(`${result.run.id}\n`);
  if (store.entries.length % 40 === 0) store.prune({ keepMs: null, keepLast: 30 }, 0);
}
