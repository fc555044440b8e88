import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { renderProblem } from '../src/model/problem.ts';
import type { TracedPacket } from '../src/model/trace.ts';
import { renderTrace } from '../src/report/trace.ts';
import { openTrace, parsePacket, type Tracer } from '../src/trace.ts';
import { type Command, EXIT, type Flags, fileFlag, numberFlag, textFlag, UsageError } from './command.ts';
import { configFlags, filesFlag, formatsFlag, hookFlag } from './config-flags.ts';
import { checkOutputs, type Output, outputFlags, planOutputs, writeOutputs } from './output.ts';
import { linesOf } from './packet-lines.ts';
import type { Runtime } from './runtime.ts';
import { lineWriter } from './stream.ts';

export const command: Command = { build, run };

const FORMAT_NAMES = ['text', 'json'] as const;

/** What describes one packet. */
const PACKET = {
  source: 'address that sends',
  destination: 'address that it is sent to',
  port: 'destination port, 1 to 65535',
  'source-port': 'source port; any where it is absent',
  in: 'interface that it comes in by; any where it is absent',
  out: 'interface that it leaves by; any where it is absent',
} as const;

function build(yargs: Argv): Argv {
  const flags = Object.entries(PACKET).reduce(
    (all, [name, describe]) => all.option(name, { group: 'Packet:', string: true, requiresArg: true, describe }),
    yargs.option('config', {
      group: 'Configuration:',
      string: true,
      requiresArg: true,
      describe: 'configuration of the firewall: a file, a folder, or REV:path of a git revision (repeatable: one firewall)',
    }),
  );
  return outputFlags(configFlags(flags))
    .option('packets', {
      group: 'Packet:',
      string: true,
      requiresArg: true,
      describe: 'file of packets, one JSON object a line, or - for standard input: writes one JSON object a line, in their order',
    })
    .usage(
      'postern trace --config FILE --source ADDRESS --destination ADDRESS --port PORT\n\nWhat the first packet of a new TCP connection meets in a firewall configuration: the verdict, and every rule on the way. Sends nothing.',
    )
    .example(
      'postern trace --config edge.nft --source 10.20.0.5 --destination 198.51.100.7 --port 25 --in eth1 --out eth0',
      'one packet',
    )
    .example(
      'postern trace --config fw.v4 --config fw.sets --source 10.20.0.5 --destination 198.51.100.7 --port 25',
      'iptables-save and ipset save together',
    )
    .example(
      'postern trace --config origin/main:edge.nft --packets flows.jsonl > verdicts.jsonl',
      'many packets, {"source","destination","port","in"?,"out"?} a line',
    )
    .epilogue(
      [
        'Verdicts: accept, drop, reject, redirect (accepted with another destination), conditional (with its condition: what the packet does not show).',
        'A packet of a family that no file describes is accepted, and the assumption is told.',
        'Exit codes: 0 traced, whatever the verdict; 2 it could not be (arguments, configuration, a line of packets).',
      ].join('\n'),
    );
}

async function run(flags: Flags, runtime: Runtime): Promise<number> {
  const packets = fileFlag(flags, 'packets');
  const configurations = filesFlag(flags, 'config');
  if (configurations.length === 0) throw new UsageError('Name the configuration to trace in: --config FILE.');
  const packet = packets === null ? packetOf(flags) : refuseFlags(flags);
  const outputs = packets === null ? planOutputs(flags, FORMAT_NAMES) : planLines(flags);
  await checkOutputs(outputs, runtime, [
    ...[...new Set(configurations)].map((file) => ({ role: 'a configuration', file })),
    { role: 'the packets', file: packets === '-' ? null : packets },
  ]);
  const tracer = openTrace({
    tool: runtime.tool,
    cwd: runtime.cwd,
    configurations,
    formats: formatsFlag(flags, { '--config': configurations.length }),
    hook: hookFlag(flags) ?? 'forward',
  });
  for (const problem of tracer.problems) runtime.stderr.write(`${renderProblem(problem)}\n`);
  if (packet === null) await traceLines(tracer, packets ?? '-', runtime);
  else {
    const document = tracer.trace(packet);
    await writeOutputs({ outputs, flags, runtime, render: (format, options) => renderTrace(format, document, options) });
  }
  return EXIT.compliant;
}

function packetOf(flags: Flags): TracedPacket {
  const missing = ['source', 'destination', 'port'].filter((name) => textFlag(flags, name) === null);
  if (missing.length > 0) {
    throw new UsageError(
      `Describe the packet: ${missing.map((name) => `--${name}`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    );
  }
  const port = numberFlag(flags, 'port', { min: 1, max: 65_535, default: 0 });
  const sourcePort =
    textFlag(flags, 'source-port') === null ? null : numberFlag(flags, 'source-port', { min: 1, max: 65_535, default: 0 });
  const packet = parsePacket({
    source: textFlag(flags, 'source') ?? '',
    destination: textFlag(flags, 'destination') ?? '',
    port,
    sourcePort,
    in: textFlag(flags, 'in'),
    out: textFlag(flags, 'out'),
  });
  if ('problems' in packet) throw new UsageError(packet.problems.map((problem) => `--${problem}`).join('\n'));
  return packet;
}

function refuseFlags(flags: Flags): null {
  const both = Object.keys(PACKET).filter((name) => textFlag(flags, name) !== null);
  if (both.length === 0) return null;
  throw new UsageError(`--packets has the packets: leave out ${both.map((name) => `--${name}`).join(', ')}.`);
}

/** A stream goes to stdout, as JSON lines. */
function planLines(flags: Flags): readonly Output<'json'>[] {
  const outputs = planOutputs({ format: 'json', ...flags }, ['json']);
  const [first] = outputs;
  if (outputs.length > 1 || first?.file !== null)
    throw new UsageError('--packets writes JSON lines to stdout, as they come: redirect it.');
  return outputs;
}

async function traceLines(tracer: Tracer, packets: string, runtime: Runtime): Promise<void> {
  for (const assumption of tracer.assumptions) runtime.stderr.write(`assumed: ${assumption}\n`);
  const writer = lineWriter(runtime.stdout);
  const file = packets === '-' ? 'standard input' : packets;
  try {
    for await (const { text, line } of linesOf(packets === '-' ? runtime.stdin() : resolve(runtime.cwd, packets), file)) {
      const open = await writer.line(tracer.traceLine(text, { file, line }));
      if (!open) return;
    }
  } finally {
    await writer.end();
  }
}
