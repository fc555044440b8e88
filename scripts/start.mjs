// `npm start`: sets up what is missing, then the demonstration. Arguments go to it: `npm start -- --format json`.
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
ensureBuilt();
run(process.execPath, [join(root, 'dist', 'postern.js'), 'demo', ...process.argv.slice(2)]);
