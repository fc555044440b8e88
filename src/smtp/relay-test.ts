/**
 * A relay test of one server: connections of `relay-session.ts`, one at a time, each reply awaited, the controls first. Which shapes there are
 * is in `relay-battery.ts`; how connections are rationed, in `relay-conductor.ts`.
 */
import type { Address } from '../model/address.ts';
import type { Clock, Connection, TlsOptions } from '../model/outside.ts';
import type { RelayAttempt, RelayBattery, RelayLevel } from '../model/relay.ts';
import { omittedLine } from '../model/transcript.ts';
import { RelayConductor } from './relay-conductor.ts';

/** Lines kept of all connections together. */
const MAX_TRANSCRIPT = 1_000;

export interface RelaySetup {
  /** One new TCP connection to the target; a string is why there is none. */
  readonly open: () => Promise<Connection | string>;
  readonly clock: Clock;
  /** Aborted: the test stops politely, and `failure` says so. */
  readonly signal: AbortSignal;
  readonly mode: 'clear' | 'implicit';
  readonly address: Address;
  readonly port: number;
  /** Name given with EHLO: the host's own, or its address literal. */
  readonly ehlo: string;
  /** R: the foreign domain of recipients. */
  readonly probeDomain: string;
  /** R2: a second foreign domain, for senders. */
  readonly otherDomain: string;
  /** R is the user's own. */
  readonly owned: boolean;
  /** D: a domain that the server hosts; null where none is known. */
  readonly hostedDomain: string | null;
  readonly battery: RelayBattery;
  readonly level: RelayLevel;
  /** Go on after enough was accepted. */
  readonly exhaustive: boolean;
  readonly tls: TlsOptions;
  /** Milliseconds, each from the start of its stage. */
  readonly limits: { readonly greetingMs: number; readonly replyMs: number; readonly tlsMs: number };
  /** Between two connections; at least 1,000 by default of the callers. */
  readonly pauseMs: number;
  /** End of the whole test on `clock.monotonic`. */
  readonly deadline: number;
  /** Hex; part of the local part `postern-<nonce>`. */
  readonly nonce: string;
  readonly onProgress: (done: number, total: number) => void;
}

export interface RelayRun {
  /** In the order of the battery, controls first; also what was skipped. */
  readonly attempts: readonly RelayAttempt[];
  /** Connections that it took. */
  readonly connections: number;
  /** H: the server's own name; null where its greeting tells none that can be used. */
  readonly serverName: string | null;
  /** Why it ended before the end of the battery, or never began; null where it went through. */
  readonly failure: string | null;
  /** Of every connection, one after the other; bounded, printable. */
  readonly transcript: readonly string[];
}

/** Never rejects for what the server does. */
export async function testRelay(setup: RelaySetup): Promise<RelayRun> {
  const conductor = new RelayConductor(setup);
  await conductor.run();
  const { progress, connections, serverName, transcript } = conductor;
  const left = transcript.length - MAX_TRANSCRIPT;
  const shown = left <= 0 ? transcript : [...transcript.slice(0, MAX_TRANSCRIPT), omittedLine(left)];
  return { attempts: progress.attempts, connections, serverName, failure: progress.failure, transcript: shown };
}
