import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { holderText, takeLock } from '../../src/host/lock.ts';

const NOW = Date.parse('2026-11-21T20:38:00.000Z');
const SETTINGS = { command: 'audit', now: NOW };

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'postern-lock-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** Another process that takes the lock, says so, and then waits. Node runs the bundled module: it cannot read TypeScript everywhere. */
async function otherProcess(at: string) {
  const { build } = await import('esbuild');
  const script = join(at, 'hold.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../../src/host/lock.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(at, 'lock.mjs'),
    logLevel: 'error',
  });
  writeFileSync(
    script,
    `import { takeLock } from './lock.mjs';
const lock = await takeLock(process.argv[2], { command: 'audit', now: ${NOW} });
console.log(lock.kind);
if (lock.kind === 'taken') setInterval(() => undefined, 1000);`,
  );
  return (state: string) => {
    const child = spawn(process.execPath, [script, state], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, said, ended };
  };
}

describe.skipIf(process.platform !== 'linux')('the lock of a state folder', () => {
  it('is held by one process, and free at once after it was killed', async () => {
    const [scripts, state] = [folder(), folder()];
    const run = await otherProcess(scripts);
    const first = run(state);
    expect(await first.said).toBe('taken\n');
    const second = run(state);
    expect([await second.said, await second.ended]).toEqual(['held\n', 0]);
    expect(await takeLock(state, SETTINGS)).toMatchObject({
      kind: 'held',
      holder: { pid: first.child.pid, since: '2026-11-21T20:38:00.000Z', command: 'audit' },
    });
    first.child.kill('SIGKILL');
    await first.ended;
    expect((await takeLock(state, SETTINGS)).kind).toBe('taken');
  });

  it('is the same by whatever path, and another one for another folder', async () => {
    const [state, other] = [folder(), folder()];
    const link = join(other, 'link');
    symlinkSync(state, link);
    const lock = await takeLock(state, SETTINGS);
    expect((await takeLock(link, SETTINGS)).kind).toBe('held');
    expect((await takeLock(other, SETTINGS)).kind).toBe('taken');
    if (lock.kind === 'taken') await lock.release();
    expect((await takeLock(link, SETTINGS)).kind).toBe('taken');
  });

  it('holds across network namespaces, by the process that the words name', async () => {
    const [scripts, state] = [folder(), folder()];
    const first = (await otherProcess(scripts))(state);
    await first.said;
    // As from another namespace: the socket is free there, the words are not.
    const words = JSON.parse(await import('node:fs').then(({ readFileSync }) => readFileSync(join(state, 'lock.json'), 'utf8')));
    const elsewhere = folder();
    writeFileSync(join(elsewhere, 'lock.json'), JSON.stringify(words));
    expect((await takeLock(elsewhere, SETTINGS)).kind).toBe('held');
    writeFileSync(join(elsewhere, 'lock.json'), JSON.stringify({ ...words, started: '1' }));
    expect((await takeLock(elsewhere, SETTINGS)).kind).toBe('taken');
  });

  it('cannot be kept by whoever knows only where the folder is', async () => {
    const state = folder();
    const squatters = [state, realpathSync(state)].map((path) => {
      const name = `\0postern-${createHash('sha256').update(path).digest('hex')}`;
      return new Promise<Server>((resolve, reject) => {
        const server = createServer();
        server.once('error', reject).listen({ path: name }, () => resolve(server));
        onTestFinished(() => void server.close());
      }).catch(() => null);
    });
    await Promise.all(squatters);
    expect((await takeLock(state, SETTINGS)).kind).toBe('taken');
    expect(statSync(join(state, 'lock-name')).mode & 0o777).toBe(0o600);
    const copy = folder();
    copyFileSync(join(state, 'lock-name'), join(copy, 'lock-name'));
    expect((await takeLock(copy, SETTINGS)).kind).toBe('taken');
    expect(readdirSync(state).sort()).toEqual(['lock-name', 'lock.json']);
  });

  it('holds without its words, and by a name that is made anew where it was damaged', async () => {
    const state = folder();
    mkdirSync(join(state, 'lock.json'));
    writeFileSync(join(state, 'lock-name'), '');
    const lock = await takeLock(state, SETTINGS);
    expect(lock.kind).toBe('taken');
    expect(await takeLock(state, SETTINGS)).toEqual({ kind: 'held', holder: null });
    expect(readFileSync(join(state, 'lock-name'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('that cannot have a name is refused in words', async () => {
    const state = folder();
    mkdirSync(join(state, 'lock-name'));
    await expect(takeLock(state, SETTINGS)).rejects.toThrow('lock-name cannot be used: it is a folder, not a file.');
  });

  it('takes no harm from words that are none', async () => {
    const state = folder();
    writeFileSync(join(state, 'lock.json'), '{"pid": 1');
    expect((await takeLock(state, SETTINGS)).kind).toBe('taken');
  });
});

describe('where there are no abstract sockets', () => {
  const settings = { ...SETTINGS, platform: 'darwin' };

  it('the lock is a file with a pid, taken over from a process that is gone', async () => {
    const state = folder();
    writeFileSync(join(state, 'lock'), '999999999\n');
    const lock = await takeLock(state, settings);
    expect(lock.kind).toBe('taken');
    expect((await takeLock(state, settings)).kind).toBe('held');
    if (lock.kind === 'taken') await lock.release();
    expect((await takeLock(state, settings)).kind).toBe('taken');
  });
});

describe('who holds it', () => {
  it('is told in words', () => {
    expect(holderText({ pid: 4711, since: '2026-11-21T20:38:00.000Z', command: 'audit' })).toBe(
      'pid 4711 since 2026-11-21T20:38:00.000Z (audit)',
    );
    expect(holderText(null)).toBe('another process');
  });
});
