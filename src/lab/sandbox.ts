/**
 * A sandbox: private network, mount and process namespaces, in which the lab builds its hosts. Nothing in it touches the
 * machine, and everything in it ends with its holder: the first process of the process namespace is a `cat` on a pipe from
 * here, so that it ends when this process does, however that comes about, and the kernel then kills the rest.
 *
 * Root needs no more; everybody else gets a user namespace around it, in which they are root.
 *
 * @see unshare(1), nsenter(1), pid_namespaces(7), user_namespaces(7)
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { quote, WITH_SBIN } from './shell.ts';

export interface Sandbox {
  /** Starts a command on a host of the lab; null is the place in which the hosts are built. */
  spawn(host: string | null, command: readonly string[], options?: { readonly cwd?: string }): ChildProcessWithoutNullStreams;
  /** Runs it to its end. Never rejects for an exit code. */
  run(host: string | null, command: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs a POSIX sh script, stopped by its first failing command. @throws {LabError} with what that command said. */
  script(host: string | null, text: string): Promise<string>;
  /** Ends everything in it. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly stdin?: string;
}

export interface Ran {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The miniature network cannot be built, or something in it broke. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** @throws {LabError} where the kernel or the machine does not allow it, with the words of the tool that failed. */
export async function openSandbox(): Promise<Sandbox> {
  const failures: string[] = [];
  for (const owned of userInfo().uid === 0 ? [false, true] : [true]) {
    const opened = await startHolder(owned);
    if (typeof opened !== 'string') return opened;
    failures.push(opened);
  }
  throw new LabError([...new Set(failures)].join('; '));
}

const HOLD = `${WITH_SBIN}
mount -t tmpfs postern-lab /run
mkdir -p /run/netns /run/lab
read -r pid rest </proc/self/stat
echo "ready $pid"
exec cat >/dev/null`;

/** The sandbox, or why there is none. `/proc` stays the machine's, so that the process id read from it is valid out here. */
async function startHolder(owned: boolean): Promise<Sandbox | string> {
  const user = owned ? ['--user', '--map-root-user'] : [];
  const holder = spawn('unshare', [...user, '--net', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-e', '-c', HOLD]);
  let complaint = '';
  holder.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes.toString()}`.slice(0, 2_000);
  });
  const failed = new Promise<string>((resolve) => {
    holder.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? 'unshare is not installed (package util-linux)' : error.message);
    });
    holder.once('close', () => resolve(complaint.trim() || 'unshare ended without a word'));
  });
  const ready = new Promise<number>((resolve) => {
    createInterface({ input: holder.stdout }).on('line', (line) => {
      const pid = /^ready (\d+)$/.exec(line)?.[1];
      if (pid !== undefined) resolve(Number(pid));
    });
  });
  // Writing to a holder that has ended is no news: its end is.
  holder.stdin.on('error', () => undefined);
  const first = await Promise.race([failed, ready]);
  return typeof first === 'string' ? first : sandboxOf(holder, first, owned);
}

function sandboxOf(holder: ChildProcessWithoutNullStreams, pid: number, owned: boolean): Sandbox {
  const enter = [`--target=${pid}`, ...(owned ? ['--user', '--preserve-credentials'] : []), '--net', '--mount', '--pid'];
  const start: Sandbox['spawn'] = (host, command, options = {}) => {
    const folder = options.cwd === undefined ? '' : `cd ${quote(options.cwd)}; `;
    // Not `ip netns exec`: that mounts a new /sys, which the kernel refuses to many containers.
    const into = host === null ? [] : ['nsenter', `--net=/run/netns/${host}`];
    const inner = `${WITH_SBIN}; ${folder}exec ${[...into, ...command].map(quote).join(' ')}`;
    return spawn('nsenter', [...enter, 'sh', '-e', '-c', inner]);
  };
  const run: Sandbox['run'] = async (host, command, options = {}) => {
    const { stdin = '', ...rest } = options;
    return await collect(start(host, command, rest), stdin);
  };
  return {
    spawn: start,
    run,
    async script(host, text) {
      const { code, stdout, stderr } = await run(host, ['sh', '-e'], { stdin: text });
      if (code !== 0) throw new LabError(`${host ?? 'the sandbox'}: ${(stderr || stdout).trim() || `sh ended with ${code}`}`);
      return stdout;
    },
    async close() {
      if (holder.exitCode !== null || holder.signalCode !== null) return;
      const ended = once(holder, 'close');
      holder.stdin.end();
      await ended;
    },
  };
}

async function collect(child: ChildProcessWithoutNullStreams, stdin: string): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A command that ends without reading all of its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}
