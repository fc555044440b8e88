// `npm run format`: formats every file, and mends what lint can mend.
import { join } from 'node:path';
import { ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
run(process.execPath, [join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '--write', '.']);
