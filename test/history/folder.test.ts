/** What a state folder does with what it did not write, on a real file system. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openHistory } from '../../src/history/store.ts';
import { systemStateFiles } from '../../src/host/state-files.ts';
import { hourlyRuns } from '../support/hourly-runs.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'runs'));
  mkdirSync(join(folder, 'outbox'));
  return folder;
}

function keep(folder: string, count: number): void {
  const store = openHistory(systemStateFiles(folder), 'write');
  let left = count;
  for (const result of hourlyRuns({ checks: 4, seed: 2 })) {
    if (left-- === 0) break;
    store.append(result);
  }
}

describe('a state folder with files of somebody else', () => {
  it('removes only temporary files whose names are its own', () => {
    const folder = newFolder();
    const foreign = ['thesis.tmp', '.tmp', 'state.json.bak.tmp', 'runs/notes.tmp', 'runs/00000001.tmp', 'outbox/draft.tmp'];
    const own = [
      ...['index.jsonl.tmp', 'transitions.jsonl.tmp', 'state.json.tmp', 'pruned.json.tmp', 'cron.json.tmp', 'webhook.json.tmp'],
      'runs/00000009-20260101T000000Z-0a0a0a0a.run.tmp',
      'outbox/00001767225600000-0a0a.json.tmp',
    ];
    for (const name of [...foreign, ...own]) writeFileSync(join(folder, name), 'somebody');
    openHistory(systemStateFiles(folder), 'write');
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'));
    expect(left.sort()).toEqual([...foreign].sort());
  });

  it('keeps runs where a folder has the ending, or the name, of a file of its own', () => {
    const folder = newFolder();
    const names = [
      'x.tmp',
      'runs/y.tmp',
      'runs/00000001-20260101T000000Z-0a0a0a0a.run',
      'runs/00000002-20260101T000000Z-0a0a0a0a.run.tmp',
    ];
    for (const name of names) mkdirSync(join(folder, name));
    keep(folder, 2);
    const store = openHistory(systemStateFiles(folder), 'write');
    expect([store.entries.length, store.problems, store.verify().problems]).toEqual([2, [], []]);
  });
});
