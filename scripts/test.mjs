// `npm test`: sets up what is missing, then every test. Arguments go to vitest: `npm test -- --project unit`.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
ensureBuilt();
run(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)]);
