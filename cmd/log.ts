/** Logs: JSON lines of pino's, only where they are asked for, on stderr or in a file. */
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { writeErrorText } from '../src/host/files.ts';
import type { EvidenceRecord } from '../src/model/evidence.ts';
import { classOf } from '../src/model/outcome.ts';
import { inputError } from '../src/model/problem.ts';
import { type Flags, fileFlag, textFlag, UsageError } from './command.ts';
import type { Runtime } from './runtime.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface Log {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** `--log-file` and `--log-level`, in the group "Log". */
export function logFlags(yargs: Argv): Argv {
  const group = 'Log:';
  return yargs
    .option('log-file', { group, string: true, requiresArg: true, describe: 'write logs (JSON lines) to this file' })
    .option('log-level', {
      group,
      string: true,
      requiresArg: true,
      describe: `write logs of this level and above: ${LEVELS.join(', ')}; without --log-file to stderr`,
      defaultDescription: 'info with --log-file, else none',
    });
}

/** Written synchronously: what was logged is there, however the process ends. A log that fails in mid-run does not end the run. */
export async function openLog(flags: Flags, runtime: Pick<Runtime, 'cwd' | 'tool' | 'stderr'>): Promise<Log> {
  const file = fileFlag(flags, 'log-file');
  const level = textFlag(flags, 'log-level');
  if (level !== null && !LEVELS.some((known) => known === level)) {
    throw new UsageError(`--log-level takes ${LEVELS.join(', ')}, not "${level}".`);
  }
  if (file === null && level === null) return SILENT;
  const { default: pino } = await import('pino');
  try {
    const destination = pino.destination({ dest: file === null ? 2 : resolve(runtime.cwd, file), sync: true });
    let failed = false;
    destination.on('error', (error: Error) => {
      if (!failed) runtime.stderr.write(`postern: the log cannot be written (${error.message}); the run goes on without it.\n`);
      failed = true;
    });
    const log = pino({ level: level ?? 'info', base: { tool: runtime.tool.name, version: runtime.tool.version } }, destination);
    return {
      debug: (fields, message) => log.debug(fields, message),
      info: (fields, message) => log.info(fields, message),
      warn: (fields, message) => log.warn(fields, message),
    };
  } catch (error) {
    const words = file === null ? null : writeErrorText(file, error);
    if (words === null) throw error;
    throw inputError('log-unwritable', `--log-file ${file} cannot be written: ${words}.`, { cause: error });
  }
}

/** Observations are details; a control that fails is what somebody should see, and an answer where nobody can be. */
export function logRecord(log: Log, record: EvidenceRecord): void {
  if (record.type === 'resolution') {
    const { lookup, name, addresses, exchangers, error } = record;
    if (error === null) log.debug({ lookup, name, addresses, exchangers }, 'name resolved');
    else log.warn({ lookup, name, error }, 'name not resolved');
  } else if (record.type === 'control') {
    const { phase, segment, host, address, port, outcome, named, elapsedMs } = record;
    const fields = { phase, segment, host, address, port, outcome, named, elapsedMs };
    if (classOf(outcome) === 'open') log.info(fields, 'control answered');
    else log.warn(fields, 'control did not answer');
  } else if (record.type === 'observation') {
    const { id, pass, outcome, detail, elapsedMs, error } = record;
    log.debug({ id, pass, outcome, detail, elapsedMs, error }, 'probed');
  } else if (record.type === 'relay') {
    const { id, connections, elapsedMs, failure } = record;
    log.debug({ id, attempts: record.attempts.length, connections, elapsedMs, failure }, 'tested for relaying');
  } else if (record.type === 'attestation') {
    const { sentinel, segment, address, port, outcome, detail, elapsedMs, error } = record;
    const signed = record.dialogue?.receipts.some(({ receipt }) => receipt !== null) ?? false;
    const fields = { sentinel, segment, address, port, outcome, detail, signed, elapsedMs, error };
    log.debug(fields, 'sentinel asked to attest');
  } else if (record.type === 'firewall') {
    const { firewall, files, hook, families, dead } = record;
    log.info({ firewall, files: files.map(({ file }) => file), hook, families, dead: dead.length }, 'configuration read');
  } else if (record.type === 'unread-firewall') {
    const { firewall, why } = record;
    log.warn({ firewall, why }, 'configuration not read');
  } else if (record.type === 'configuration') {
    const { id, outcome, rows, problem } = record;
    log.debug({ id, outcome, rows: rows.length, problem }, 'asked of the configuration');
  } else {
    const { segment, address, port, outcome, detail, elapsedMs, error } = record;
    const fields = { segment, address, port, outcome, detail, elapsedMs, error };
    if (classOf(outcome) === 'open') log.warn(fields, 'something answers at an address that nobody can have');
    else log.debug(fields, 'documentation address did not answer');
  }
}
