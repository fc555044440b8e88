/** `postern sentinel`: the listener outside the firewall, with the machine's clock under it. */
import { systemClock } from './host/clock.ts';
import type { Address } from './model/address.ts';
import { parseAddress } from './model/address.ts';
import type { Clock } from './model/outside.ts';
import type { Door } from './sentinel/doors.ts';
import { openSentinel } from './sentinel/listener.ts';
import {
  type Certificate,
  DEFAULT_SENTINEL_LIMITS,
  type Sentinel,
  type SentinelLimits,
  type SentinelOptions,
} from './sentinel/options.ts';

export { DEFAULT_SENTINEL_LIMITS, type Sentinel, type SentinelLimits };

/** Ports on which everybody expects TLS from the first byte. @see RFC 8314 section 7.3, RFC 9110 section 4.2.2 */
export const IMPLICIT_TLS_PORTS: readonly number[] = [443, 465, 2465];

export interface SentinelSetup
  extends Pick<SentinelOptions, 'name' | 'keys'>,
    Partial<Pick<SentinelOptions, 'sink' | 'countLoopback' | 'attested' | 'tell' | 'warn'>> {
  /** 0: the kernel chooses. 443, 465 and 2465 speak TLS from the first byte. */
  readonly ports: readonly number[];
  /** Further ports that do, whatever their number. */
  readonly tlsPorts?: readonly number[];
  /** Default: every address of this host, IPv4 and IPv6. */
  readonly addresses?: readonly Address[];
  readonly certificate?: Certificate | null;
  readonly limits?: Partial<SentinelLimits>;
  readonly clock?: Clock;
}

/**
 * Listens until it is closed. It relays nothing, and answers a NOOP with the right tag with a signed receipt.
 *
 * @throws {InputError} with every address and port that cannot be opened; then none is.
 */
export function startSentinel(setup: SentinelSetup): Promise<Sentinel> {
  const { ports, tlsPorts = [], addresses = null, certificate = null } = setup;
  const modes = [
    ...ports.map((port) => ({ port, tls: IMPLICIT_TLS_PORTS.includes(port) ? ('implicit' as const) : ('starttls' as const) })),
    ...tlsPorts.map((port) => ({ port, tls: 'implicit' as const })),
  ];
  const doors = modes.flatMap((mode) =>
    (addresses ?? everywhere()).map((address): Door => ({ ...mode, address, ifPossible: addresses === null })),
  );
  return openSentinel({
    name: setup.name,
    keys: setup.keys,
    doors,
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

function everywhere(): Address[] {
  return ['0.0.0.0', '::'].flatMap((text) => parseAddress(text) ?? []);
}
