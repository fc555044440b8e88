import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import type { Address } from '../../src/model/address.ts';
import type { ProbeReport } from '../../src/model/evidence.ts';
import { connectOnly, probe } from '../../src/scan/probe.ts';
import type { ProbeContext, ProbeLimits, ProbeTarget } from '../../src/scan/target.ts';
import { at } from '../support/address.ts';
import { fixture } from '../support/server.ts';

export const LOOPBACK: Address = at('127.0.0.1');

/** Small, so that a server that says nothing costs a test little. */
export const SHORT: ProbeLimits = { connectMs: 1_000, greetingMs: 400, replyMs: 400, tlsMs: 400, targetMs: 2_000 };

const dial = createDial(systemClock);

function contextOf(more: Partial<ProbeContext>): ProbeContext {
  return { dial, clock: systemClock, signal: new AbortController().signal, limits: SHORT, retries: 0, ...more };
}

/** Probes a server on loopback through real sockets. */
export function probeOf(
  target: Partial<ProbeTarget> & { readonly port: number },
  context: Partial<ProbeContext> = {},
): Promise<ProbeReport> {
  const defaults: Omit<ProbeTarget, 'port'> = {
    address: LOOPBACK,
    source: null,
    serverName: 'mail.example.net',
    mode: 'clear',
    ehlo: 'client.example.com',
    mail: null,
    rcpt: null,
    verb: null,
    receipts: null,
    trust: { anchors: [fixture('ca.pem')], pins: [] },
  };
  return probe({ ...defaults, ...target }, contextOf(context));
}

export function connectTo(port: number): Promise<ProbeReport> {
  return connectOnly({ address: LOOPBACK, port, source: null }, contextOf({}));
}
