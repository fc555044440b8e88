/** The agent as a program that Node runs: on a host of the lab nothing else is at hand. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** @returns the file, in the folder. */
export async function buildAgent(root: string, folder: string): Promise<string> {
  const outfile = join(folder, 'agent.mjs');
  const entry = join(root, 'test/lab/kernel/agent.ts');
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  });
  return outfile;
}
