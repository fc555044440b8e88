/** What a year costs: an audit of 1,000 checks every hour. All of it with POSTERN_HISTORY_FULL=1, which takes some ten minutes. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHistory } from '../../src/history/store.ts';
import { systemStateFiles } from '../../src/host/state-files.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

const full = process.env.POSTERN_HISTORY_FULL === '1';
const hours = full ? 365 * 24 : 24;
const YEAR_HOURS = 365 * 24;

describe('an audit of 1,000 checks every hour', () => {
  it(`takes less than 50 MB in a year: ${hours} of ${YEAR_HOURS} runs`, { timeout: full ? 3_600_000 : 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-year-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = systemStateFiles(folder);
    const store = openHistory(files, 'write');
    for (const result of hourlyRuns({ checks: 1000, restless: 1 })) {
      expect(store.append(result).problems).toEqual([]);
      if (store.entries.length === hours) break;
    }
    const named = [...files.list('runs').map((name) => `runs/${name}`), 'index.jsonl', 'transitions.jsonl'];
    const sizes = named.map((name) => statSync(join(folder, name)));
    const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
    const onDisk = sizes.reduce((sum, { blocks }) => sum + blocks * 512, 0);
    expect((bytes * YEAR_HOURS) / hours).toBeLessThan(50e6);
    // By blocks of the file system it is more: runs are about as large as one.
    expect((onDisk * YEAR_HOURS) / hours).toBeLessThan(75e6);
    if (full) expect(store.verify().problems).toEqual([]);
  });
});
