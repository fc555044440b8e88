/**
 * One run at a time in a state folder. On Linux the lock is an abstract Unix socket: the kernel takes it back with the process, however that
 * ends, so that no lock outlives a kill -9 and none has to be broken. `lock.json` beside says in words who holds it.
 *
 * Everybody on the host may bind an abstract socket, and would stop every run by one whose name can be guessed. So the name hangs on a secret in the
 * folder (`lock-name`, mode 0600), and on which folder that is: a copy of it has a lock of its own.
 *
 * Abstract sockets belong to a network namespace. Runs in two of them see each other by `lock.json`, which names process, boot and start of the
 * process; that is looked at after the socket is taken, and is no proof against two that begin in the same instant.
 *
 * Elsewhere the lock is a file with the holder's pid, taken over where there is no such process any more.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { sha256 } from '../model/digest.ts';
import { inputError } from '../model/problem.ts';
import { fileErrorText } from './files.ts';
import { HOST_PLATFORM } from './network.ts';

export type Lock =
  | { readonly kind: 'taken'; readonly release: () => Promise<void> }
  /** `holder`: null where nobody has written down who it is. */
  | { readonly kind: 'held'; readonly holder: LockHolder | null };

export interface LockHolder {
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly command: string;
}

export interface LockSettings {
  /** For the words of whoever comes second. */
  readonly command: string;
  readonly now: number;
  readonly platform?: string;
}

const WORDS_FILE = 'lock.json';
const NAME_FILE = 'lock-name';
const SECRET = /^[0-9a-f]{64}\n$/;
/** Of systems without abstract sockets. */
const PID_FILE = 'lock';

/**
 * Takes the lock of a folder, which is made where there is none. Returns at once in either case.
 *
 * @throws {InputError} `state-unwritable`.
 */
export async function takeLock(folder: string, settings: LockSettings): Promise<Lock> {
  const place = realPlace(folder);
  const abstract = (settings.platform ?? HOST_PLATFORM) === 'linux';
  const free = abstract ? await bindNamed(place) : claimFile(join(place, PID_FILE));
  if (free === null) return { kind: 'held', holder: unlessGone(holderOf(place)) };
  const holder = abstract ? holderOf(place) : null;
  if (holder !== null && isAlive(holder)) {
    await free();
    return { kind: 'held', holder };
  }
  writeWords(place, settings);
  return {
    kind: 'taken',
    release: () => {
      attempt(() => rmSync(join(place, WORDS_FILE), { force: true }));
      return free();
    },
  };
}

/** `pid 4711 since 2026-11-21T20:38:00.000Z (audit)`. */
export function holderText(holder: LockHolder | null): string {
  return holder === null ? 'another process' : `pid ${holder.pid} since ${holder.since} (${holder.command})`;
}

function realPlace(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    return realpathSync(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** Where another run put a new name in the place of a damaged one meanwhile, it is that one which counts. */
async function bindNamed(place: string): Promise<(() => Promise<void>) | null> {
  for (;;) {
    const name = socketName(place);
    const free = await bind(name);
    if (free === null || name === socketName(place)) return free;
    await free();
  }
}

/** 73 of the 108 bytes that an address has. @see unix(7), "Abstract sockets" */
function socketName(place: string): string {
  const { dev, ino } = statSync(place, { bigint: true });
  return `\0postern-${sha256(`${secretOf(place)}${dev} ${ino}`)}`;
}

function secretOf(place: string): string {
  const path = join(place, NAME_FILE);
  try {
    const found = readIfThere(path);
    if (found !== null && SECRET.test(found)) return found;
    const fresh = join(place, `.${NAME_FILE}.${randomBytes(6).toString('hex')}`);
    try {
      writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { flag: 'wx', mode: 0o600, flush: true });
      // Of two that make one at once the first has it; what is no name is replaced.
      if (found !== null) renameSync(fresh, path);
      else putIfNone(fresh, path);
    } finally {
      rmSync(fresh, { force: true });
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unwritable(path, error);
  }
}

function putIfNone(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    // File systems without links.
    if (!isCode(error, 'EPERM') && !isCode(error, 'ENOTSUP') && !isCode(error, 'ENOSYS')) throw error;
    renameSync(from, to);
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** What frees it again; null where it is taken. Whoever connects is sent away: nothing is said there. */
async function bind(name: string): Promise<(() => Promise<void>) | null> {
  const server = createServer((socket) => socket.destroy());
  const bound = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ path: name, exclusive: true }, () => resolve(true));
  });
  if (!bound) return null;
  server.unref();
  return () => closed(server);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function claimFile(path: string): (() => Promise<void>) | null {
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(path, `${pid}\n`, { flag: 'wx', mode: 0o640 });
      return async () => rmSync(path, { force: true });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw unwritable(path, error);
      const other = Number(textOf(path));
      if (Number.isSafeInteger(other) && other > 0 && exists(other)) return null;
      rmSync(path, { force: true });
    }
  }
  return null;
}

interface Words extends LockHolder {
  readonly boot: string | null;
  readonly started: string | null;
}

/** Only words: the lock holds without them, on a disk that is full or read-only too. */
function writeWords(place: string, { command, now }: LockSettings): void {
  const words: Words = { pid, since: new Date(now).toISOString(), command, boot: bootId(), started: startOf(pid) };
  attempt(() => writeFileSync(join(place, WORDS_FILE), `${JSON.stringify(words)}\n`, { mode: 0o640 }));
}

function attempt(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (fileErrorText(error) === null) throw error;
  }
}

function holderOf(place: string): Words | null {
  try {
    const value: unknown = JSON.parse(textOf(join(place, WORDS_FILE)));
    if (typeof value !== 'object' || value === null) return null;
    if (!('pid' in value && typeof value.pid === 'number' && 'since' in value && typeof value.since === 'string')) return null;
    const text = (name: 'boot' | 'started' | 'command'): string | null => {
      const found: unknown = name in value ? Reflect.get(value, name) : null;
      return typeof found === 'string' ? found : null;
    };
    const command = text('command') ?? 'postern';
    return { pid: value.pid, since: value.since, command, boot: text('boot'), started: text('started') };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Words outlive a process that was killed, and whoever holds the lock now may have had no place for its own. */
function unlessGone(words: Words | null): Words | null {
  if (words === null || words.boot !== bootId() || !exists(words.pid)) return null;
  const started = startOf(words.pid);
  return started === null || started === words.started ? words : null;
}

/** This very process of this very boot, and another one than we are: numbers of processes come again. */
function isAlive({ pid: other, boot, started }: Words): boolean {
  return other !== pid && boot !== null && started !== null && boot === bootId() && started === startOf(other);
}

function bootId(): string | null {
  return textOf('/proc/sys/kernel/random/boot_id').trim() || null;
}

/** Clock ticks since the boot. @see proc(5): the 22nd field; the second one may contain blanks and brackets. */
function startOf(process: number): string | null {
  const stat = textOf(`/proc/${process}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function exists(process: number): boolean {
  try {
    return kill(process, 0);
  } catch (error) {
    // Somebody else's, whom we may not signal.
    return isCode(error, 'EPERM');
  }
}

/** Empty where it cannot be read: what it would say is only words, or about a process that is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (fileErrorText(error) !== null) return '';
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function unwritable(path: string, error: unknown): unknown {
  const words = fileErrorText(error);
  return words === null ? error : inputError('state-unwritable', `${path} cannot be used: ${words}.`, { cause: error });
}
