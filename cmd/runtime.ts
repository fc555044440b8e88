/**
 * The only reader of `process.*`: arguments, environment, streams, signals and exit code as one value, so that a command is
 * a function from it to an exit code, and a test can be its terminal.
 */
import type { Readable, Writable } from 'node:stream';
import manifest from '../package.json' with { type: 'json' };
import { isJournal, journalStream } from './journal.ts';

export interface Runtime {
  /** Arguments after the program's name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Opened when it is asked for: a command that does not read it leaves it alone. */
  stdin(): Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Which of the two systemd's journal reads line by line. */
  readonly journal: { readonly stdout: boolean; readonly stderr: boolean };
  readonly tool: { readonly name: string; readonly version: string };
  /** Command that runs this very program again: the lab starts it in its namespaces. */
  readonly self: readonly string[];
  /**
   * Aborted by the first SIGINT or SIGTERM; the second ends the process. Until a command asks for it the first one does: a policy that is
   * a pipe without a writer keeps the process in a call that no handler interrupts.
   */
  readonly interrupt: AbortSignal;
  /** SIGHUP, each time: read again what may have changed. Until a command asks for it, it ends the process as usual. */
  onHangup(callback: () => void): void;
  /** Memory of this process that lies in RAM. */
  residentBytes(): number;
}

/** Reads the process once. */
export function processRuntime(): Runtime {
  // Whoever writes hears of a failure by the write itself. Of stderr nobody does: there is nobody left to tell.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let interrupt: AbortSignal | null = null;
  const stream = process.env.JOURNAL_STREAM;
  const journal = { stdout: isJournal(1, stream), stderr: isJournal(2, stream) };
  return {
    args: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: journal.stderr ? journalStream(process.stderr) : process.stderr,
    journal,
    tool: { name: 'postern', version: manifest.version },
    self: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    get interrupt() {
      interrupt ??= interruptSignal();
      return interrupt;
    },
    onHangup: (callback) => void process.on('SIGHUP', callback),
    residentBytes: () => process.memoryUsage.rss(),
  };
}

/**
 * V8 of Node 20 optimises functions after a few calls, and a command that is over in a second or two does not get that time back: with thrice the
 * budget a check of 5,000 rules takes a sixth less time, and a quarter less of the processor. Later versions have a compiler in between, and no need.
 *
 * @see V8 flag `--interrupt-budget`, 132 KiB of executed bytecode by default
 */
export async function optimiseLate(): Promise<void> {
  if (!process.versions.v8.startsWith('11.')) return;
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--interrupt-budget=400000');
}

/** Never `process.exit`: what was written to a pipe would be cut off after 64 KiB. */
export function finish(exitCode: number): void {
  process.exitCode = exitCode;
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(name));
  }
  return controller.signal;
}
