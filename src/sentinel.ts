/** `postern sentinel`: the listener outside the firewall, with this machine's clock and files. */
import { readFileSync } from 'node:fs';
import { systemClock } from './host/clock.ts';
import { type Address, parseAddress } from './model/address.ts';
import type { Clock } from './model/outside.ts';
import { SENTINEL_TLS_PORTS } from './model/ports.ts';
import { InputError, inputError } from './model/problem.ts';
import type { SentinelEvent } from './model/sentinel-log.ts';
import type { Door } from './sentinel/doors.ts';
import { openSentinel } from './sentinel/listener.ts';
import { serveMetrics } from './sentinel/metrics-server.ts';
import { DEFAULT_SENTINEL_LIMITS, type Sentinel, type SentinelLimits, type SentinelOptions } from './sentinel/options.ts';
import { type SecretSources, type Secrets, secretsReader } from './sentinel-secrets.ts';
import { loadState, stateSaver } from './sentinel-state.ts';

export { createKeyFile, type KeyFile } from './sentinel-secrets.ts';
export { DEFAULT_SENTINEL_LIMITS, type Sentinel, type SentinelEvent, type SentinelLimits };

export const DEFAULT_SENTINEL_PORTS: readonly number[] = [25, 443, 465, 587, 2525];

/** With both families a receipt that names them is some 11 KB long, well within what a client takes. */
const MAX_PORTS = 64;

export interface SentinelSetup
  extends Pick<SentinelOptions, 'name' | 'keys'>,
    Partial<Pick<SentinelOptions, 'certificate' | 'sink' | 'countLoopback' | 'attested' | 'tell' | 'warn'>> {
  /** 0: the kernel chooses, for each address on its own. `SENTINEL_TLS_PORTS` speak TLS from the first byte. */
  readonly ports: readonly number[];
  /** Further ports that do, or those of `ports` that do as well. */
  readonly tlsPorts?: readonly number[];
  /** Default: every address of this host, IPv4 and IPv6. */
  readonly addresses?: readonly Address[];
  readonly limits?: Partial<SentinelLimits>;
  readonly clock?: Clock;
}

/**
 * Listens until it is closed. It relays nothing, and answers a NOOP that shows the public key's tag with a signed receipt.
 *
 * @throws {InputError} with every address and port that cannot be opened; then none is.
 */
export async function startSentinel(setup: SentinelSetup): Promise<Sentinel> {
  const { addresses = null, certificate = null } = setup;
  const modes = modesOf(setup.ports, setup.tlsPorts ?? []);
  if (modes.length > MAX_PORTS) {
    throw inputError(
      'too-many-ports',
      `A sentinel listens on up to ${MAX_PORTS} ports, not on ${modes.length}: each receipt names all of them.`,
    );
  }
  return await openSentinel({
    name: setup.name,
    keys: setup.keys,
    doors: modes.flatMap((mode) =>
      (addresses ?? everywhere()).map((address): Door => ({ ...mode, address, ifPossible: addresses === null })),
    ),
    certificate,
    sink: setup.sink ?? null,
    limits: { ...DEFAULT_SENTINEL_LIMITS, ...setup.limits },
    countLoopback: setup.countLoopback ?? false,
    attested: setup.attested ?? [],
    clock: setup.clock ?? systemClock,
    tell: setup.tell ?? (() => undefined),
    warn: setup.warn ?? (() => undefined),
  });
}

function modesOf(ports: readonly number[], tlsPorts: readonly number[]): Pick<Door, 'port' | 'tls'>[] {
  const isTls = (port: number): boolean => port !== 0 && (SENTINEL_TLS_PORTS.includes(port) || tlsPorts.includes(port));
  const others = tlsPorts.filter((port) => port === 0 || !ports.includes(port));
  return [
    ...ports.map((port) => ({ port, tls: isTls(port) ? ('implicit' as const) : ('starttls' as const) })),
    ...others.map((port) => ({ port, tls: 'implicit' as const })),
  ];
}

function everywhere(): Address[] {
  return ['0.0.0.0', '::'].flatMap((text) => parseAddress(text) ?? []);
}

export interface ServeSettings extends Required<Pick<SentinelSetup, 'name' | 'sink' | 'countLoopback' | 'tell' | 'warn'>> {
  /** Null: the usual ones, without those that need a certificate where there is none. */
  readonly ports: readonly number[] | null;
  readonly tlsPorts: readonly number[];
  /** Null: every address of this host. */
  readonly addresses: readonly Address[] | null;
  readonly secrets: SecretSources;
  /** File that keeps what was attested from one run to the next; null: none. */
  readonly state: string | null;
  readonly metrics: { readonly address: Address; readonly port: number } | null;
  readonly limits: Pick<SentinelLimits, 'connections' | 'atOnce' | 'perMinute'>;
  /** Ends it. */
  readonly signal: AbortSignal;
  onHangup(callback: () => void): void;
  residentBytes(): number;
}

/**
 * Listens until the signal aborts; a hang-up reads keys and certificate again.
 *
 * @throws {InputError} with what cannot be read or opened.
 */
export async function serveSentinel(settings: ServeSettings): Promise<void> {
  const { warn, state, signal } = settings;
  const read = secretsReader(settings.secrets);
  const secrets = read();
  const earlier = state === null ? [] : loadState(state);
  const ports = portsWith(secrets.certificate !== null, settings);
  let saving: Promise<void> = Promise.resolve();
  const write = state === null ? null : stateSaver(state, warn);
  const save = (): void => {
    if (write !== null) saving = saving.then(() => write(sentinel.attested())).catch((error) => tellOrThrow(error, warn));
  };
  const { addresses, ...rest } = settings;
  const sentinel = await startSentinel({
    ...rest,
    ...secrets,
    ...(addresses === null ? {} : { addresses }),
    ports,
    attested: earlier.filter(({ port }) => [...ports, ...settings.tlsPorts].includes(port)),
    limits: withinOpenFiles(settings),
    tell(event) {
      settings.tell(event);
      if (event.event === 'alive') save();
    },
  });
  // At once, so that a state that cannot be written is told of while somebody looks.
  save();
  try {
    const metrics = await openMetrics(settings, sentinel);
    settings.onHangup(() => reload(sentinel, read, settings.warn));
    await aborted(signal);
    metrics?.close();
  } finally {
    await sentinel.close();
    save();
    await saving;
  }
}

function portsWith(certificate: boolean, { ports, tlsPorts, warn }: ServeSettings): readonly number[] {
  const wanted = ports ?? DEFAULT_SENTINEL_PORTS;
  if (certificate) return wanted;
  const without = wanted.filter((port) => !SENTINEL_TLS_PORTS.includes(port));
  const needing = [...(ports === null ? [] : wanted.filter((port) => !without.includes(port))), ...tlsPorts];
  if (needing.length > 0) {
    throw inputError(
      'certificate-missing',
      `Port ${needing.join(', ')} speaks TLS from the first byte, which takes --certificate and --certificate-key.`,
    );
  }
  const left = wanted.filter((port) => !without.includes(port)).join(' and ');
  warn(
    `No certificate: STARTTLS is not offered${left === '' ? '' : `, and ${left} stay closed`}. Receipts then cannot show who ends TLS. Give --certificate and --certificate-key.`,
  );
  return without;
}

/** Descriptors for everything that is no client: sockets to listen on, logs, files, what Node itself holds. */
const RESERVED_FILES = 128;

/**
 * Below the limit on open files: past it the system would accept connections and close them, which no log would tell. Node has raised the
 * soft limit to the hard one by itself.
 */
function withinOpenFiles({ limits, warn }: ServeSettings): ServeSettings['limits'] {
  const most = openFileLimit() - RESERVED_FILES;
  if (limits.connections <= most) return limits;
  const connections = Math.max(most, 1);
  warn(
    `Only ${most + RESERVED_FILES} files may be open at once: at most ${connections} connections, not ${limits.connections}. Raise it with ulimit -n, or LimitNOFILE= of the unit.`,
  );
  return { ...limits, connections };
}

function openFileLimit(): number {
  try {
    const line = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return line === undefined ? Number.POSITIVE_INFINITY : Number(line);
  } catch (error) {
    // Elsewhere than on Linux there is no such file, and nothing to hold on to.
    if (!(error instanceof Error && 'code' in error)) throw error;
    return Number.POSITIVE_INFINITY;
  }
}

async function openMetrics({ metrics, residentBytes }: ServeSettings, sentinel: Sentinel): Promise<{ close(): void } | null> {
  if (metrics === null) return null;
  return await serveMetrics(metrics.address, metrics.port, () => sentinel.metrics(residentBytes()));
}

/** Secrets that cannot be read leave the old ones in force. */
function reload(sentinel: Sentinel, read: () => Secrets, warn: ServeSettings['warn']): void {
  try {
    const loaded = read();
    sentinel.reload(loaded);
    warn(
      `Read again: ${loaded.keys.map(({ publicKey }) => `key ${publicKey.id}`).join(', ')}${loaded.certificate === null ? '' : ', certificate'}.`,
    );
  } catch (error) {
    tellOrThrow(error, (message) => warn(`Everything stays as it was: ${message}`));
  }
}

function tellOrThrow(error: unknown, warn: (message: string) => void): void {
  if (!(error instanceof InputError)) throw error;
  for (const { message } of error.problems) warn(message);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
