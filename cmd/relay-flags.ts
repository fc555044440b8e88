/** The flags of `postern relay`, and what they mean. */
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { readTextFile } from '../src/host/files.ts';
import { FAMILIES, type Family, parseAddress } from '../src/model/address.ts';
import type { RelayExpectation } from '../src/model/policy.ts';
import type { RelayLevel } from '../src/model/relay.ts';
import {
  linesOfTargets,
  parseRelayHost,
  parseRelayHosts,
  RELAY_PAUSE_MS,
  type RelayHost,
  type RelayOptions,
} from '../src/relay.ts';
import { DEFAULT_LIMITS, machine } from '../src/scan.ts';
import { booleanFlag, durationFlag, type Flags, fileFlag, listFlag, numberFlag, textFlag, UsageError } from './command.ts';
import type { Runtime } from './runtime.ts';

/** Bytes; some 100,000 names. */
const MAX_TARGETS_BYTES = 4 * 1024 * 1024;

const TEXT = { string: true, requiresArg: true } as const;

export function relayFlags(yargs: Argv): Argv {
  return runFlags(paceFlags(nameFlags(batteryFlags(serverFlags(yargs)))));
}

function serverFlags(yargs: Argv): Argv {
  const group = 'Servers:';
  return yargs
    .option('authorised-by', {
      ...TEXT,
      group: 'Authorisation:',
      describe: 'who owns the servers, or allowed the test; kept in the evidence (required)',
    })
    .option('targets', { ...TEXT, group, describe: 'file of further servers, one HOST[:PORT] a line; - is standard input' })
    .option('family', { ...TEXT, group, describe: 'ipv4 or ipv6 alone', defaultDescription: 'both' })
    .option('source', { ...TEXT, group, describe: 'address of this host to speak from' })
    .option('expect', {
      ...TEXT,
      group: 'Judgement:',
      describe:
        'what they may do for this host: relay for none, for authenticated clients, or for internal ones, as which it then counts',
      defaultDescription: 'none',
    });
}

function batteryFlags(yargs: Argv): Argv {
  const group = 'Battery:';
  return yargs
    .option('all', { group, boolean: true, describe: 'every shape of addresses, some 40, not the core of some 15' })
    .option('exhaustive', { group, boolean: true, describe: 'go on where three shapes were accepted' })
    .option('relay-data-abort', {
      group,
      boolean: true,
      describe: 'where a recipient is accepted: DATA too, broken off before its end',
    })
    .option('relay-confirm', {
      group,
      boolean: true,
      describe: 'where a recipient is accepted: one message, to --probe-domain; wants --sink and --sink-key',
    })
    .option('sink', {
      ...TEXT,
      group,
      describe: 'HOST[:PORT] of your sentinel that takes mail for --probe-domain (sentinel --sink)',
    })
    .option('sink-key', { ...TEXT, group, describe: 'its public key, ed25519:…' });
}

function nameFlags(yargs: Argv): Argv {
  const group = 'Names:';
  return yargs
    .option('probe-domain', {
      ...TEXT,
      group,
      describe: 'a domain of your own, foreign to the servers: that of the recipients',
      defaultDescription: 'postern.invalid, which some servers refuse before they think of relaying',
    })
    .option('sender-domain', {
      ...TEXT,
      group,
      describe: 'a second one, for senders',
      defaultDescription: 'a name under the first',
    })
    .option('hosted-domain', { ...TEXT, group, describe: 'a domain that the servers take mail for: makes a refusal readable' })
    .option('ehlo', { ...TEXT, group, describe: 'name to give with EHLO', defaultDescription: "this host's, or its address" });
}

function paceFlags(yargs: Argv): Argv {
  const group = 'Pace:';
  return yargs
    .option('concurrency', {
      ...TEXT,
      group,
      describe: 'servers at once; never two connections to one address',
      defaultDescription: '8',
    })
    .option('pause', { ...TEXT, group, describe: 'time between two connections to one address', defaultDescription: '1s' })
    .option('timeout', { ...TEXT, group, describe: 'time for a TCP handshake', defaultDescription: '8s' })
    .option('greeting-timeout', { ...TEXT, group, describe: "time for a server's greeting", defaultDescription: '30s' })
    .option('deadline', {
      ...TEXT,
      group,
      describe: 'time for the whole run; what is not tested by then is inconclusive',
      defaultDescription: 'no end',
    });
}

function runFlags(yargs: Argv): Argv {
  const [group, record] = ['Run:', 'Record:'];
  return yargs
    .option('evidence', { ...TEXT, group, describe: 'keep the evidence in this file, line by line as it comes' })
    .option('overwrite', { group, boolean: true, describe: 'replace the file of --evidence where there is one' })
    .option('dry-run', {
      group,
      boolean: true,
      describe: 'print every server that would be tested, and how; send nothing but DNS queries',
    })
    .option('quiet', { group, boolean: true, alias: 'q', describe: 'no progress' })
    .option('operator', { ...TEXT, group: record, describe: 'who runs this, for the evidence' })
    .option('reference', { ...TEXT, group: record, describe: 'ticket or audit that this belongs to, for the evidence' });
}

export type RelaySettings = Omit<RelayOptions, 'append' | 'onRecord' | 'onProgress' | 'signal' | 'requireProof'>;

/** @throws {UsageError} for a flag that cannot be read, {InputError} with every text that is no host. */
export function relaySettings(flags: Flags, runtime: Runtime): RelaySettings {
  const authorisedBy = consentOf(flags);
  const level = levelOf(flags);
  const [probeDomain, hostedDomain] = [domainFlag(flags, 'probe-domain'), domainFlag(flags, 'hosted-domain')];
  if (probeDomain !== null && probeDomain === hostedDomain) {
    throw new UsageError(
      `--probe-domain and --hosted-domain are both ${probeDomain}: mail for a domain that the server hosts is no relaying. Name a domain of yours that it does not host.`,
    );
  }
  return {
    tool: runtime.tool,
    hosts: hostsOf(flags, runtime),
    authorisedBy,
    expect: choice<RelayExpectation>(flags, 'expect', ['none', 'authenticated', 'internal']) ?? 'none',
    battery: booleanFlag(flags, 'all') ? 'all' : 'core',
    level,
    exhaustive: booleanFlag(flags, 'exhaustive'),
    ehlo: domainFlag(flags, 'ehlo'),
    probeDomain,
    otherDomain: domainFlag(flags, 'sender-domain'),
    hostedDomain,
    sink: sinkOf(flags, level),
    source: sourceOf(flags),
    families: familiesOf(flags),
    limits: limitsOf(flags),
    concurrency: numberFlag(flags, 'concurrency', { min: 1, max: 10_000, default: 8 }),
    pauseMs: durationFlag(flags, 'pause') ?? RELAY_PAUSE_MS,
    deadlineMs: durationFlag(flags, 'deadline'),
    operator: textFlag(flags, 'operator'),
    reference: textFlag(flags, 'reference'),
    host: machine({
      path: runtime.env.PATH ?? '',
      retries: 0,
      readFile: (name) => readTextFile(resolve(runtime.cwd, name), MAX_TARGETS_BYTES),
    }),
  };
}

function consentOf(flags: Flags): string {
  const text = textFlag(flags, 'authorised-by')?.trim() ?? '';
  if (text !== '') return text;
  throw new UsageError(
    '--authorised-by TEXT is required: a relay test is for servers that you own, or whose owner allows it. Say who does ("own server", "CHG-1234, A. Postmaster"); it is kept in the evidence.',
  );
}

function hostsOf(flags: Flags, runtime: Runtime): readonly RelayHost[] {
  const file = fileFlag(flags, 'targets');
  const named = listFlag(flags, 'hosts').map((text) => ({ text, place: null }));
  const path = file === '-' ? '/dev/stdin' : file === null ? null : resolve(runtime.cwd, file);
  const listed =
    path === null ? [] : linesOfTargets(readTextFile(path, MAX_TARGETS_BYTES), file === '-' ? 'standard input' : (file ?? ''));
  const hosts = parseRelayHosts([...named, ...listed]);
  if (hosts.length > 0) return hosts;
  throw new UsageError(
    file === null
      ? 'Name the server to test: postern relay HOST[:PORT] --authorised-by TEXT.'
      : `${file === '-' ? 'Standard input' : file} names no server.`,
  );
}

function levelOf(flags: Flags): RelayLevel {
  const [abort, confirm] = [booleanFlag(flags, 'relay-data-abort'), booleanFlag(flags, 'relay-confirm')];
  if (abort && confirm) throw new UsageError('--relay-data-abort sends no message and --relay-confirm sends one: choose.');
  return confirm ? 'confirm' : abort ? 'data-abort' : 'envelope';
}

function sinkOf(flags: Flags, level: RelayLevel): RelayOptions['sink'] {
  const [sink, publicKey] = [textFlag(flags, 'sink'), textFlag(flags, 'sink-key')];
  if (level !== 'confirm') {
    if (sink === null && publicKey === null) return null;
    throw new UsageError('--sink and --sink-key belong to --relay-confirm, which sends a message.');
  }
  if (sink === null || publicKey === null || textFlag(flags, 'probe-domain') === null) {
    throw new UsageError(
      '--relay-confirm sends a message, and only to a domain that is proven to be yours: give --probe-domain, and --sink and --sink-key of the sentinel that takes its mail.',
    );
  }
  const parsed = parseRelayHost(sink);
  if (typeof parsed === 'string') throw new UsageError(`--sink: ${parsed}`);
  const [port = 25, ...others] = parsed.ports;
  if (others.length > 0) throw new UsageError('--sink takes one port.');
  return { host: parsed.host, port, publicKey };
}

function domainFlag(flags: Flags, name: string): string | null {
  const text = textFlag(flags, name);
  if (text === null) return null;
  const parsed = parseRelayHost(text);
  const isDomain = typeof parsed !== 'string' && parseAddress(parsed.host) === null && !text.includes(':') && text.includes('.');
  if (isDomain) return parsed.host;
  throw new UsageError(
    `--${name} takes a domain name such as ${name === 'ehlo' ? 'audit' : 'relaytest'}.example.com, not "${text}".`,
  );
}

function sourceOf(flags: Flags): RelayOptions['source'] {
  const text = textFlag(flags, 'source');
  if (text === null) return null;
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new UsageError(`--source takes an IP address of this host, not "${text}".`);
  return address;
}

function familiesOf(flags: Flags): readonly Family[] {
  const family = choice<Family>(flags, 'family', FAMILIES);
  return family === null ? FAMILIES : [family];
}

function limitsOf(flags: Flags): RelayOptions['limits'] {
  const connectMs = durationFlag(flags, 'timeout') ?? DEFAULT_LIMITS.connectMs;
  const greetingMs = durationFlag(flags, 'greeting-timeout') ?? DEFAULT_LIMITS.greetingMs;
  return { ...DEFAULT_LIMITS, connectMs, greetingMs };
}

function choice<Value extends string>(flags: Flags, name: string, values: readonly Value[]): Value | null {
  const text = textFlag(flags, name);
  if (text === null) return null;
  const found = values.find((value) => value === text);
  if (found === undefined) throw new UsageError(`--${name} takes ${values.join(', ')}, not "${text}".`);
  return found;
}
