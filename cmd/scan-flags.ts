/** The flags of every command that probes: from where, how fast, how long, under whose name. */
import { dirname, resolve } from 'node:path';
import type { Argv } from 'yargs';
import { readTextFile } from '../src/host/files.ts';
import { parseAddress } from '../src/model/address.ts';
import type { Policy } from '../src/model/policy.ts';
import { DEFAULT_LIMITS, machine, type ProbeLimits, type ScanOptions } from '../src/scan.ts';
import { durationFlag, type Flags, listFlag, numberFlag, textFlag, UsageError } from './command.ts';
import type { Runtime } from './runtime.ts';

/** Bytes; a bundle of every public root is a quarter of it. */
const MAX_ANCHORS_BYTES = 1024 * 1024;

/** Milliseconds that a dialogue takes beside its greeting and its connects. */
const DIALOGUE_MS = 20_000;

/** In the groups "Vantage", "Pace", "Run" and "Record". */
export function scanFlags(yargs: Argv): Argv {
  const vantage = 'Vantage:';
  const pace = 'Pace:';
  const record = 'Record:';
  const text = { string: true, requiresArg: true } as const;
  return yargs
    .option('from', {
      ...text,
      group: vantage,
      describe: 'speak for this segment only (repeatable, or a list with commas)',
      defaultDescription: 'every segment that this host has an address in',
    })
    .option('source', {
      ...text,
      group: vantage,
      describe: 'address of this host to speak from; with --from it is taken to be of that segment',
    })
    .option('concurrency', {
      ...text,
      group: pace,
      describe: 'probes at once; never more than 2 to one address',
      defaultDescription: '32',
    })
    .option('rate', { ...text, group: pace, describe: 'probes started in a second', defaultDescription: 'no limit' })
    .option('timeout', {
      ...text,
      group: pace,
      describe: 'time for a TCP handshake; below 3.5s an absent host looks like silence',
      defaultDescription: '8s',
    })
    .option('greeting-timeout', { ...text, group: pace, describe: "time for a server's greeting", defaultDescription: '30s' })
    .option('retries', {
      ...text,
      group: pace,
      describe: 'more tries where a handshake was not answered; the kernel itself retransmits within each',
      defaultDescription: '0',
    })
    .option('deadline', {
      ...text,
      group: pace,
      describe: 'time for the whole run; what is not asked by then is inconclusive',
      defaultDescription: 'no end',
    })
    .option('relay', {
      ...text,
      group: 'Run:',
      describe: "test the policy's servers for relaying: core (some 15 recipients), all (some 40) or none; no message is sent",
      defaultDescription: 'core',
    })
    .option('dry-run', {
      group: 'Run:',
      boolean: true,
      describe: 'print every connection that would be made; send nothing but DNS queries',
    })
    .option('quiet', { group: 'Run:', boolean: true, alias: 'q', describe: 'no progress, no hints' })
    .option('operator', { ...text, group: record, describe: 'who runs this, for the evidence' })
    .option('reference', { ...text, group: record, describe: 'ticket or audit that this belongs to, for the evidence' });
}

export type ScanSettings = Omit<ScanOptions, 'append' | 'onRecord' | 'onProgress' | 'resume' | 'signal'>;

/** @throws {UsageError} for a flag that cannot be read. */
export function scanSettings(flags: Flags, runtime: Runtime, policy: Policy): ScanSettings {
  const retries = numberFlag(flags, 'retries', { min: 0, max: 5, default: 0 });
  const folder = dirname(resolve(runtime.cwd, policy.path));
  return {
    policy,
    tool: runtime.tool,
    from: listFlag(flags, 'from').flatMap((value) => value.split(',').map((name) => name.trim())),
    source: sourceFlag(flags),
    limits: limitsOf(flags, retries),
    concurrency: numberFlag(flags, 'concurrency', { min: 1, max: 10_000, default: 32 }),
    rate: textFlag(flags, 'rate') === null ? null : numberFlag(flags, 'rate', { min: 1, max: 100_000, default: 1 }),
    deadlineMs: durationFlag(flags, 'deadline'),
    relay: relayFlag(flags),
    operator: textFlag(flags, 'operator'),
    reference: textFlag(flags, 'reference'),
    host: machine({
      path: runtime.env.PATH ?? '',
      retries,
      readFile: (name) => readTextFile(resolve(folder, name), MAX_ANCHORS_BYTES),
    }),
  };
}

const BATTERIES: Readonly<Record<string, ScanOptions['relay']>> = { core: 'core', all: 'all', none: null };

function relayFlag(flags: Flags): ScanOptions['relay'] {
  const text = textFlag(flags, 'relay') ?? 'core';
  const battery = Object.hasOwn(BATTERIES, text) ? BATTERIES[text] : undefined;
  if (battery === undefined) throw new UsageError(`--relay takes core, all or none, not "${text}".`);
  return battery;
}

function sourceFlag(flags: Flags): ScanOptions['source'] {
  const text = textFlag(flags, 'source');
  if (text === null) return null;
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new UsageError(`--source takes an IP address of this host, not "${text}".`);
  return address;
}

function limitsOf(flags: Flags, retries: number): ProbeLimits {
  const connectMs = durationFlag(flags, 'timeout') ?? DEFAULT_LIMITS.connectMs;
  const greetingMs = durationFlag(flags, 'greeting-timeout') ?? DEFAULT_LIMITS.greetingMs;
  const targetMs = Math.max(DEFAULT_LIMITS.targetMs, connectMs * (retries + 1) + greetingMs + DIALOGUE_MS);
  return { ...DEFAULT_LIMITS, connectMs, greetingMs, targetMs };
}
