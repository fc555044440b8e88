/** The built command as a user runs it, beside servers that the test itself plays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const CLI = join(import.meta.dirname, '../../dist/postern.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A folder of its own with this policy in it, gone when the test is over. */
export function folderWith(policy: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-cli-'));
  writeFileSync(join(folder, 'postern.yaml'), policy);
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function start(folder: string, ...args: readonly string[]): Running {
  const env = { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8' };
  const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { child, ended };
}

export function postern(folder: string, ...args: readonly string[]): Promise<Ended> {
  return start(folder, ...args).ended;
}
