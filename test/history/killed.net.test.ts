/** Processes that are killed while they keep runs, on a real file system. A hundred of them with POSTERN_HISTORY_FULL=1. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHistory } from '../../src/history/store.ts';
import { systemStateFiles } from '../../src/host/state-files.ts';
import { randomFrom } from '../support/hourly-runs.ts';

const kills = process.env.POSTERN_HISTORY_FULL === '1' ? 100 : 12;

describe('a state folder whose writers are killed', () => {
  it(`loses no run that was acknowledged, and nothing in it is corrupt: ${kills} kills`, {
    timeout: 20_000 + kills * 3000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-killed-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = join(folder, 'appender.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'appender.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    });
    const random = randomFrom(Number(process.env.POSTERN_SEED ?? 1));
    const state = join(folder, 'state');
    const acknowledged: string[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      acknowledged.push(...(await killedAfter(program, [state, `${kill}`], Math.floor(random() * 5), random() * 60)));
      const store = openHistory(systemStateFiles(state), 'read');
      const { problems, prunedThrough } = store.verify();
      expect(problems).toEqual([]);
      const there = store.entries.map(({ id }) => id);
      const lost = acknowledged.filter((id) => !there.includes(id));
      // Pruned runs are the oldest; of those that were killed between writing and saying so, some are there besides.
      expect(lost.length).toBeLessThanOrEqual(prunedThrough);
      expect(acknowledged.slice(lost.length)).toEqual(there.filter((id) => acknowledged.includes(id)));
    }
    const store = openHistory(systemStateFiles(state), 'write');
    expect([store.problems, store.verify().problems]).toEqual([[], []]);
    expect(
      systemStateFiles(state)
        .list('runs')
        .filter((name) => !name.endsWith('.run')),
    ).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(kills);
  });
});

/**
 * Ids of the runs that it said were kept.
 *
 * @param runs     so many of them it may keep in peace.
 * @param delayMs  from then on.
 */
async function killedAfter(
  program: string,
  settings: readonly string[],
  runs: number,
  delayMs: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, ...settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  let doomed = false;
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (doomed || said.split('\n').length - 2 < runs) return;
      doomed = true;
      // The moment is what is random here; nothing waits for it.
      setTimeout(() => child.kill('SIGKILL'), delayMs);
    });
    child.on('close', () => resolve());
  });
  return said.split('\n').slice(1, -1);
}
