/** The flags of a run that is kept and scheduled, shared by the commands that have results; and how such a command runs with them. */
import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { type ExitOptions, exitCodeOf } from '../src/compare.ts';
import { readTextFile } from '../src/host/files.ts';
import type { KeepSettings, KeptWork } from '../src/kept-run.ts';
import { sha256 } from '../src/model/digest.ts';
import { inputError } from '../src/model/problem.ts';
import type { Result } from '../src/model/result.ts';
import { type EvidenceFile, type Format, render } from '../src/report/report.ts';
import { booleanFlag, durationFlag, type Flags, fileFlag, numberFlag, textFlag, UsageError } from './command.ts';
import { journalDocument } from './journal.ts';
import { checkOutputs, type Output, refuseReplacing, writeOutputs } from './output.ts';
import type { OwnFile } from './own-files.ts';
import type { Runtime } from './runtime.ts';
import { writeStream } from './stream.ts';

/** A key that somebody could guess signs nothing. */
const MIN_KEY_CHARACTERS = 16;
const MAX_SECRET_BYTES = 65_536;
const MOST_KEPT = 1_000_000;

const value = { string: true, requiresArg: true } as const;

/** `--state` alone: where a command reads earlier runs. */
export function stateFlag(yargs: Argv, describe: string): Argv {
  return yargs.option('state', {
    ...value,
    group: 'History:',
    describe,
    defaultDescription: '$STATE_DIRECTORY, or postern in $XDG_STATE_HOME or ~/.local/state',
  });
}

/** Everything, in the groups "History" and "Schedule". */
export function keepFlags(yargs: Argv): Argv {
  const history = 'History:';
  return scheduleFlags(
    yargs
      .option('state', {
        ...value,
        group: history,
        describe: 'keep the run in this folder, and tell since when each finding is open',
        defaultDescription: 'not kept; with --cron as postern history',
      })
      .option('baseline', {
        ...value,
        group: history,
        describe: 'a run (id, #12, latest, 2026-11-21) or a result (FILE.json): what it has does not count for the exit code',
      })
      .option('keep', {
        ...value,
        group: history,
        describe: 'remove runs that are older, such as 90d',
        defaultDescription: 'all',
      })
      .option('keep-last', { ...value, group: history, describe: 'keep as many whatever their age', defaultDescription: 'all' }),
  );
}

function scheduleFlags(yargs: Argv): Argv {
  const group = 'Schedule:';
  return yargs
    .option('cron', {
      group,
      boolean: true,
      describe:
        'silent, unless two runs agree that something changed, the run failed, or a reminder is due; then a mail on stdout',
    })
    .option('remind', { ...value, group, describe: 'with --cron: what is still open, at most so often, such as 24h' })
    .option('jitter', { ...value, group, describe: 'wait before the run, up to so long: always as long on one host' })
    .option('webhook', {
      ...value,
      group,
      describe: 'POST what changed as JSON to this URL; tried again at later runs, for 7 days',
    })
    .option('webhook-key', { ...value, group, describe: 'sign it with the key in this file (HMAC-SHA256)' })
    .option('ping', {
      ...value,
      group,
      describe: 'GET URL/start before the run and URL/EXITCODE after it; or @FILE with the URL',
    });
}

/**
 * As `checkOutputs`, beside the files of these flags. With `--cron` a folder that is missing is no reason to judge nothing: the run tells of it.
 *
 * @throws {UsageError} for a document in the place of a file that is read, or in the state folder.
 * @throws {InputError} as `checkOutputs`.
 */
export async function checkKeptOutputs(
  outputs: readonly Output<Format>[],
  { flags, runtime }: Pick<KeptCommand, 'flags' | 'runtime'>,
  own: readonly OwnFile[],
): Promise<void> {
  const all = [...own, ...keptFiles(flags, runtime)];
  if (booleanFlag(flags, 'cron')) refuseReplacing(outputs, runtime, all);
  else await checkOutputs(outputs, runtime, all);
}

function keptFiles(flags: Flags, runtime: Runtime): readonly OwnFile[] {
  const kept = booleanFlag(flags, 'cron') || textFlag(flags, 'state') !== null;
  const named = ['webhook', 'ping'].map((name) => {
    const text = textFlag(flags, name) ?? '';
    return { role: `the file of --${name}`, file: text.startsWith('@') ? text.slice(1) : null };
  });
  return [
    ...named,
    { role: 'the key of --webhook-key', file: fileFlag(flags, 'webhook-key') },
    { role: 'the baseline', file: fileFlag(flags, 'baseline') },
    { role: 'the state folder', file: kept ? stateFolder(flags, runtime) : null, folder: true },
  ];
}

export interface KeptCommand {
  readonly command: string;
  /** What makes it another job than others, beside the flags: the policy as given. */
  readonly reference: string | null;
  readonly flags: Flags;
  readonly runtime: Runtime;
  readonly outputs: readonly Output<Format>[];
  readonly exit: ExitOptions;
  readonly work: () => Promise<Result>;
  /** What the work read, for a report that names it; filled while it works. */
  readonly evidence?: readonly EvidenceFile[];
}

/** Runs it as the flags say; without any of them the work is done, reported, and that is all. */
export async function runKept(given: KeptCommand): Promise<number> {
  const { flags, runtime, outputs, exit, work, command, evidence = [] } = given;
  const settings = keepSettings(given);
  const written = settings.cron ? outputs.filter(({ file }) => file !== null) : outputs;
  const steps: KeptWork = {
    work,
    report: (result, history) =>
      writeOutputs({
        outputs: written,
        flags,
        runtime,
        render: (format, options) => render(format, result, options, { history, evidence }),
      }),
    exitCode: (result) => exitCodeOf(result, exit),
    say: async (text) =>
      void (await writeStream(runtime.stdout, runtime.journal.stdout ? journalDocument(text, 'warning') : text)),
    warn: (sentence) => void runtime.stderr.write(`postern ${command}: warning: ${sentence}\n`),
  };
  if (isPlain(settings)) {
    const result = await work();
    await steps.report(result, []);
    return steps.exitCode(result);
  }
  const { keepRun, systemOutside } = await import('../src/kept-run.ts');
  // Asked for only where something waits: who asks takes Ctrl-C over.
  return keepRun(settings, steps, systemOutside(settings.jitterMs === null ? new AbortController().signal : runtime.interrupt));
}

/** Nothing is kept, waited for or told elsewhere: what does that need not even be loaded. */
function isPlain({ folder, cron, jitterMs, baseline, webhook, ping }: KeepSettings): boolean {
  return !cron && [folder, jitterMs, baseline, webhook, ping].every((setting) => setting === null);
}

/** @throws {UsageError} for flags that need another one, or do not fit together. */
function keepSettings({ command, reference, flags, runtime, outputs }: KeptCommand): KeepSettings {
  const cron = booleanFlag(flags, 'cron');
  const folder = textFlag(flags, 'state') === null && !cron ? null : stateFolder(flags, runtime);
  refuseAlone(flags, folder, cron);
  if (cron) refuseStdout(flags, outputs);
  const keepLast = textFlag(flags, 'keep-last');
  const bounds = { min: 1, max: MOST_KEPT, default: 0 };
  return {
    command,
    subject: [command, reference ?? 'postern.yaml'].join(' '),
    // Arguments may hold secrets.
    job: sha256(JSON.stringify([runtime.cwd, ...runtime.args])).slice(0, 16),
    host: hostname(),
    cwd: runtime.cwd,
    folder,
    cron,
    remindMs: durationFlag(flags, 'remind'),
    jitterMs: durationFlag(flags, 'jitter'),
    baseline: fileFlag(flags, 'baseline'),
    retention: {
      keepMs: durationFlag(flags, 'keep'),
      keepLast: keepLast === null ? null : numberFlag(flags, 'keep-last', bounds),
    },
    webhook: webhookOf(flags, runtime),
    ping: urlFlag(flags, 'ping', { cwd: runtime.cwd, clear: true }),
  };
}

/** What `--state` names, or where the system wants such folders. @see XDG Base Directory Specification; systemd.exec(5), StateDirectory= */
export function stateFolder(flags: Flags, { env, cwd }: Pick<Runtime, 'env' | 'cwd'>): string {
  const given = fileFlag(flags, 'state');
  if (given !== null) return resolve(cwd, given);
  const [unit = ''] = (env.STATE_DIRECTORY ?? '').split(':');
  if (unit !== '') return unit;
  const xdg = env.XDG_STATE_HOME ?? '';
  if (isAbsolute(xdg)) return join(xdg, 'postern');
  const home = env.HOME ?? '';
  if (isAbsolute(home)) return join(home, '.local/state/postern');
  throw new UsageError('There is no home folder to keep runs in: name a folder with --state.');
}

function refuseAlone(flags: Flags, folder: string | null, cron: boolean): void {
  const given = (name: string): boolean => textFlag(flags, name) !== null;
  const stray = ['keep', 'keep-last', 'webhook'].find(given);
  if (folder === null && stray !== undefined) throw new UsageError(`--${stray} needs --state: a folder in which runs are kept.`);
  if (!cron && given('remind')) throw new UsageError('--remind needs --cron: it says how often a mail repeats what is open.');
  if (!given('webhook') && given('webhook-key')) throw new UsageError('--webhook-key needs --webhook.');
}

function refuseStdout(flags: Flags, [first]: readonly Output<Format>[]): void {
  if (first?.file !== null || textFlag(flags, 'format') === null || first.format === 'text') return;
  const { format } = first;
  throw new UsageError(`With --cron stdout is the mail; write the ${format} document to a file: --format ${format}=FILE.`);
}

function webhookOf(flags: Flags, { cwd }: Pick<Runtime, 'cwd'>): KeepSettings['webhook'] {
  const url = urlFlag(flags, 'webhook', { cwd, clear: false });
  if (url === null) return null;
  const file = fileFlag(flags, 'webhook-key');
  return { url, key: file === null ? null : readKey(resolve(cwd, file)) };
}

function readKey(path: string): string {
  const key = secretFrom('webhook-key', path);
  if (key.length >= MIN_KEY_CHARACTERS) return key;
  const why = `${path} holds ${key.length} characters; a key has ${MIN_KEY_CHARACTERS} or more`;
  throw inputError('weak-key', `${why}: openssl rand -hex 32 > ${path}`);
}

function secretFrom(name: string, path: string): string {
  return readTextFile(path, MAX_SECRET_BYTES, `--${name} ${path}`).trim();
}

/**
 * A URL, or `@FILE` with one: arguments are seen by everybody on the host, and some URLs are secrets.
 *
 * @param clear  whether it may go unencrypted to any host: a ping says only that something ran.
 */
function urlFlag(flags: Flags, name: string, { cwd, clear }: { readonly cwd: string; readonly clear: boolean }): string | null {
  const given = textFlag(flags, name);
  if (given === null) return null;
  const text = given.startsWith('@') ? secretFrom(name, resolve(cwd, given.slice(1))) : given;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && `${url.username}${url.password}` !== '') {
    throw new UsageError(`--${name} takes a URL without user and password before the host: Node sends nothing to such a URL.`);
  }
  const loopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && (clear || loopback))) return text;
  const wanted = clear ? 'an http or https URL' : 'an https URL, or http to this host itself';
  throw new UsageError(`--${name} takes ${wanted}, or @FILE with one in it.`);
}
