import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import type { Result } from '../src/model/result.ts';
import { type RelayOptions, relay, relayDryRun } from '../src/relay.ts';
import { FORMAT_NAMES } from '../src/report/report.ts';
import { createEvidenceFile } from '../src/scan.ts';
import { booleanFlag, type Command, EXIT, type Flags, fileFlag, UsageError } from './command.ts';
import { judgeFlags, judgeOptions } from './judge-flags.ts';
import { logFlags, logRecord, openLog } from './log.ts';
import { checkOutputs, outputFlags, planOutputs, writeOutputs } from './output.ts';
import { progressLine } from './progress.ts';
import { relayFlags, relaySettings } from './relay-flags.ts';
import type { Runtime } from './runtime.ts';
import { keepFlags, runKept } from './state-flags.ts';

export const command: Command = { positionals: '[hosts..]', build, run };

function build(yargs: Argv): Argv {
  return logFlags(keepFlags(judgeFlags(outputFlags(relayFlags(yargs), FORMAT_NAMES))))
    .usage(
      `postern relay HOST[:PORT]... --authorised-by TEXT

Tests mail servers of your own for relaying: may a stranger send through them? Asks each address on its own, by MAIL and RCPT alone: no message is sent unless --relay-confirm asks for one. A host is a name or an address, with ports after a colon: mail.example.com:25,587 or [2001:db8::1]:25.`,
    )
    .positional('hosts', { type: 'string', array: true, describe: 'servers to test; port 25 where none is given' })
    .example('postern relay mail.example.com --authorised-by "own server"', 'port 25 of every address that the name has')
    .example(
      'postern relay mail.example.com:25,587 --authorised-by CHG-1234 --probe-domain relaytest.example.net --hosted-domain example.com',
      'with domains of your own: answers tell more',
    )
    .example(
      'postern relay --targets servers.txt --concurrency 64 --authorised-by CHG-1234 --format json',
      'many servers, one document',
    )
    .example('postern relay "[2001:db8::25]" --authorised-by "own server" --all --dry-run', 'print what would be sent')
    .epilogue(
      'Exit codes: 0 every server refuses; 1 one relays, at or above --fail-on; 2 nothing could be tested (arguments, no address to speak from, a sink that is not yours); 3 something was inconclusive, or interrupted; 75 another run holds the state folder; 130 interrupted before anything was judged. Test from outside for what strangers get: inside a trusted network, relaying is what a server is for (--expect internal).',
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const outputs = planOutputs(flags, FORMAT_NAMES);
  const { requireProof, exit } = judgeOptions(flags);
  const settings = relaySettings(flags, runtime);
  const targets = fileFlag(flags, 'targets');
  await checkOutputs(outputs, runtime, [
    { role: 'the targets', file: targets === '-' ? null : targets },
    { role: 'the evidence', file: fileFlag(flags, 'evidence') },
    { role: 'the log', file: fileFlag(flags, 'log-file') },
  ]);
  const still = { append: (): void => undefined, onRecord: (): void => undefined, onProgress: (): void => undefined };
  const options = { ...settings, ...still, requireProof, signal: runtime.interrupt };
  if (booleanFlag(flags, 'dry-run')) {
    const other = outputs.find(({ format }) => format !== 'text');
    if (other !== undefined) throw new UsageError(`--dry-run prints its plan as text, and has no ${other.format} document.`);
    const plan = await relayDryRun(options);
    await writeOutputs({ outputs, flags, runtime, render: () => plan });
    return EXIT.compliant;
  }
  const reference = settings.hosts.join(' ') || targets;
  return runKept({ command: 'relay', reference, flags, runtime, outputs, exit, work: () => perform(flags, runtime, options) });
}

async function perform(flags: Flags, runtime: Runtime, options: RelayOptions): Promise<Result> {
  const log = await openLog(flags, runtime);
  const evidence = openEvidence(flags, runtime);
  const progress = progressLine(flags, runtime);
  log.info({ hosts: options.hosts, authorisedBy: options.authorisedBy }, 'relay test starts');
  try {
    const result = await relay({
      ...options,
      append: evidence.append,
      onRecord: (record) => logRecord(log, record),
      onProgress: progress.show,
    });
    log.info({ verdict: result.summary.verdict, checks: result.summary.checks }, 'relay test ended');
    return result;
  } finally {
    progress.end();
    evidence.close();
  }
}

function openEvidence(flags: Flags, runtime: Runtime): { readonly append: (line: string) => void; readonly close: () => void } {
  const file = fileFlag(flags, 'evidence');
  if (file === null) return { append: () => undefined, close: () => undefined };
  return createEvidenceFile(resolve(runtime.cwd, file), booleanFlag(flags, 'overwrite'));
}
