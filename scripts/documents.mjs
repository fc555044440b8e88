// The manual and the shell completions, from the commands themselves.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { settings } from './bundling.mjs';

/** Their texts by file name. `edition` is `{ version, date }`, as the manual names them. */
export async function makeDocuments(edition) {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'postern-documents-'));
  try {
    const outfile = join(folder, 'documents.mjs');
    await build({ ...settings, entryPoints: ['scripts/documents/documents.ts'], outfile });
    const { documents } = await import(pathToFileURL(outfile).href);
    return await documents(edition);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
