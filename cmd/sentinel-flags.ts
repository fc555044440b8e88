/** The flags of `postern sentinel`, and what they mean. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { type Address, parseAddress } from '../src/model/address.ts';
import { listText } from '../src/model/list-text.ts';
import { SENTINEL_TLS_PORTS } from '../src/model/ports.ts';
import { DEFAULT_SENTINEL_LIMITS, DEFAULT_SENTINEL_PORTS, type ServeSettings } from '../src/sentinel.ts';
import { booleanFlag, type Flags, fileFlag, listFlag, numberFlag, textFlag, UsageError } from './command.ts';
import type { Runtime } from './runtime.ts';

const TEXT = { string: true, requiresArg: true } as const;

/** Every flag but keygen's. */
export const LISTENER_FLAGS: readonly string[] = [
  ...['listen', 'tls-port', 'address', 'name', 'key', 'key-fd', 'certificate', 'certificate-key', 'sink', 'log-file', 'state'],
  ...['metrics', 'max-connections', 'per-source', 'per-minute', 'count-loopback'],
];

export function sentinelFlags(yargs: Argv): Argv {
  return boundFlags(logFlags(identityFlags(listenFlags(yargs))))
    .option('count-loopback', {
      group: 'Lab:',
      boolean: true,
      describe: 'connections from this host itself count as from outside',
    })
    .option('output', {
      ...TEXT,
      group: 'Keygen:',
      describe: 'file for the private key',
      defaultDescription: 'sentinel-key.pem',
    });
}

function listenFlags(yargs: Argv): Argv {
  const text = { ...TEXT, group: 'Listen:' };
  return yargs
    .option('listen', {
      ...text,
      describe: `port (repeatable, or a list with commas); ${listText(SENTINEL_TLS_PORTS)} speak TLS from the first byte`,
      defaultDescription: DEFAULT_SENTINEL_PORTS.join(),
    })
    .option('tls-port', { ...text, describe: 'port that speaks TLS from the first byte (repeatable), beside those of --listen' })
    .option('address', {
      ...text,
      describe: 'address of this host to listen on (repeatable)',
      defaultDescription: 'all, IPv4 and IPv6',
    });
}

function identityFlags(yargs: Argv): Argv {
  const text = { ...TEXT, group: 'Identity:' };
  return yargs
    .option('name', { ...text, describe: 'its own name, in greetings and receipts', defaultDescription: "this host's" })
    .option('key', { ...text, describe: 'private key, of mode 0600 (repeatable: two while keys are exchanged)' })
    .option('key-fd', { ...text, describe: 'descriptor to read a private key from' })
    .option('certificate', { ...text, describe: 'certificate with its chain, PEM' })
    .option('certificate-key', { ...text, describe: "the certificate's private key, PEM" })
    .option('sink', {
      ...TEXT,
      group: 'Relay tests:',
      describe:
        'take mail for postern-NONCE@DOMAIN, throw it away, and tell of it in receipts; DOMAIN has to have this host as its MX',
    });
}

function logFlags(yargs: Argv): Argv {
  const text = { ...TEXT, group: 'Log:' };
  return yargs
    .option('log-file', {
      ...text,
      describe: 'add the log to this file; SIGHUP opens it anew',
      defaultDescription: 'stdout',
    })
    .option('state', { ...text, describe: 'file that keeps from run to run when which port was reached from outside' })
    .option('metrics', { ...text, describe: "Prometheus's metrics over HTTP, such as 127.0.0.1:9725" });
}

function boundFlags(yargs: Argv): Argv {
  const text = { ...TEXT, group: 'Bounds:' };
  const { connections, atOnce, perMinute } = DEFAULT_SENTINEL_LIMITS;
  return yargs
    .option('max-connections', {
      ...text,
      describe: 'connections at once; when it is full, the oldest stranger makes room',
      defaultDescription: String(connections),
    })
    .option('per-source', {
      ...text,
      describe: 'connections at once of one IPv4 address or IPv6 /64',
      defaultDescription: String(atOnce),
    })
    .option('per-minute', {
      ...text,
      describe: 'connections a minute of one IPv4 address or IPv6 /64',
      defaultDescription: String(perMinute),
    });
}

export type SentinelSettings = Omit<ServeSettings, 'tell' | 'warn' | 'signal' | 'onHangup' | 'residentBytes'>;

/** @throws {UsageError} for a flag that cannot be read. */
export function sentinelSettings(flags: Flags, runtime: Runtime): SentinelSettings {
  const { connections, atOnce, perMinute } = DEFAULT_SENTINEL_LIMITS;
  const listen = portsFlag(flags, 'listen');
  const path = (file: string | null): string | null => (file === null ? null : resolve(runtime.cwd, file));
  const [certificate, certificateKey] = [path(fileFlag(flags, 'certificate')), path(fileFlag(flags, 'certificate-key'))];
  if ((certificate === null) !== (certificateKey === null)) {
    throw new UsageError('--certificate and --certificate-key belong together; give both.');
  }
  return {
    ports: listen.length === 0 ? null : listen,
    tlsPorts: portsFlag(flags, 'tls-port'),
    addresses: flags.address === undefined ? null : valuesOf(flags, 'address').map((text) => addressOf(text, 'address')),
    name: nameFlag(flags, 'name') ?? hostname(),
    sink: nameFlag(flags, 'sink'),
    secrets: {
      keys: listFlag(flags, 'key').map((file) => resolve(runtime.cwd, file)),
      keyDescriptor: textFlag(flags, 'key-fd') === null ? null : numberFlag(flags, 'key-fd', { min: 0, max: 1_023, default: 0 }),
      certificate,
      certificateKey,
      credentials: runtime.env.CREDENTIALS_DIRECTORY ?? null,
    },
    state: path(fileFlag(flags, 'state')),
    metrics: metricsFlag(flags),
    limits: {
      connections: numberFlag(flags, 'max-connections', { min: 1, max: 65_536, default: connections }),
      atOnce: numberFlag(flags, 'per-source', { min: 1, max: 65_536, default: atOnce }),
      perMinute: numberFlag(flags, 'per-minute', { min: 1, max: 1_000_000, default: perMinute }),
    },
    countLoopback: booleanFlag(flags, 'count-loopback'),
  };
}

function valuesOf(flags: Flags, name: string): string[] {
  return listFlag(flags, name).flatMap((value) => value.split(',').map((part) => part.trim()));
}

/** 0 is the kernel's choice; the log tells it. */
function portsFlag(flags: Flags, name: string): number[] {
  const ports = valuesOf(flags, name).map((text) => {
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    throw new UsageError(`--${name} takes a port from 1 to 65535, not "${text}".`);
  });
  return ports.filter((port, index) => port === 0 || ports.indexOf(port) === index);
}

function addressOf(text: string, name: string): Address {
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new UsageError(`--${name} takes an IP address of this host, not "${text}".`);
  return address;
}

function nameFlag(flags: Flags, flag: string): string | null {
  const name = textFlag(flags, flag);
  if (name === null || /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(name)) return name;
  throw new UsageError(`--${flag} takes a host name, such as sentinel.example.com, not "${name}".`);
}

function metricsFlag(flags: Flags): ServeSettings['metrics'] {
  const text = textFlag(flags, 'metrics');
  if (text === null) return null;
  const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535)
    throw new UsageError(`--metrics takes an address and a port, such as 127.0.0.1:9725, not "${text}".`);
  return { address: addressOf(host, 'metrics'), port: Number(port) };
}
