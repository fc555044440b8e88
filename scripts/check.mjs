// `npm run check`: generated files up to date, types, format and lint, and a build with its types.
import { join } from 'node:path';
import { ensureInstalled, root, run } from './set-up.mjs';

ensureInstalled();
run(process.execPath, [join(root, 'scripts', 'generate.mjs'), '--check']);
run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '--noEmit', '-p', '.']);
run(process.execPath, [join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.']);
run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
