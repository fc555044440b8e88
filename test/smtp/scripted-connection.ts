/**
 * A server as data: the steps of fixtures/dialogues. Whoever speaks out of turn, or says something else than the script,
 * breaks it; silence is a deadline that passes at once.
 */
import { readFileSync } from 'node:fs';
import type { Address } from '../../src/model/address.ts';
import type { TlsSession } from '../../src/model/dialogue.ts';
import type { Clock, Connection, ReadResult, TlsResult } from '../../src/model/outside.ts';
import type { DialogueSetup } from '../../src/smtp/dialogue.ts';
import { at } from '../support/address.ts';

export type Step =
  | { readonly server: string }
  | { readonly client: string }
  | { readonly tls: 'secure' | 'timeout' | { readonly code: string; readonly syscall: string | null } }
  | { readonly end: true }
  | { readonly reset: true }
  | { readonly silence: true }
  | { readonly abort: true };

export interface DialogueCase {
  readonly title: string;
  readonly mode?: 'clear' | 'implicit';
  readonly mail?: string;
  readonly rcpt?: string;
  readonly verb?: string;
  readonly script: readonly Step[];
  /** Part of the dialogue. */
  readonly dialogue: Readonly<Record<string, unknown>>;
  readonly outcome: string;
  readonly detail: string | null;
}

export function dialogueCases(topic: string): readonly DialogueCase[] {
  const text = readFileSync(new URL(`../../fixtures/dialogues/${topic}.json`, import.meta.url), 'utf8');
  const cases: readonly DialogueCase[] = JSON.parse(text);
  return cases;
}

export const SESSION: TlsSession = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  serverName: 'mx.example.net',
  certificate: null,
  problems: [],
};

export class ScriptedConnection implements Connection {
  readonly #steps: Step[];
  readonly #clock: SteppingClock;
  /** What went against the script. */
  readonly faults: string[] = [];
  closed = false;

  constructor(script: readonly Step[], clock: SteppingClock) {
    this.#steps = [...script];
    this.#clock = clock;
  }

  get left(): readonly Step[] {
    return this.#steps;
  }

  async read(deadline: number): Promise<ReadResult> {
    const [step] = this.#steps;
    if (step === undefined || 'client' in step || 'tls' in step) return this.#silence(deadline);
    this.#steps.shift();
    if ('server' in step) return { kind: 'data', bytes: Buffer.from(step.server, 'latin1') };
    if ('end' in step) return { kind: 'end' };
    if ('reset' in step) return { kind: 'error', code: 'ECONNRESET', syscall: 'read' };
    return 'abort' in step ? { kind: 'aborted' } : this.#silence(deadline);
  }

  binding(): string | null {
    return null;
  }

  local(): { readonly address: Address; readonly port: number } | null {
    return { address: at('10.20.0.5'), port: 40_000 };
  }

  write(bytes: Uint8Array): void {
    const step = this.#steps.shift();
    const said = Buffer.from(bytes).toString('latin1');
    const expected = step !== undefined && 'client' in step ? `${step.client}\r\n` : JSON.stringify(step);
    if (said !== expected) this.faults.push(`said ${JSON.stringify(said)} where the script has ${expected}`);
  }

  async startTls(_options: unknown, deadline: number): Promise<TlsResult> {
    const step = this.#steps.shift();
    if (step === undefined || !('tls' in step)) this.faults.push(`shook hands where the script has ${JSON.stringify(step)}`);
    else if (step.tls === 'secure') return { kind: 'secure', session: SESSION };
    else if (step.tls !== 'timeout') return { kind: 'failed', ...step.tls, message: step.tls.code, problems: [] };
    await this.#silence(deadline);
    return { kind: 'timeout' };
  }

  close(): void {
    this.closed = true;
  }

  async #silence(deadline: number): Promise<ReadResult> {
    this.#clock.time = Math.max(this.#clock.time, deadline);
    return { kind: 'timeout' };
  }
}

/** Time passes only where somebody waits in vain. */
export class SteppingClock implements Clock {
  time = 1_000;

  now(): number {
    return Date.UTC(2030, 0, 1) + this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(): () => void {
    throw new TypeError('nothing here waits for timers');
  }
}

export function setupOf(dialogue: DialogueCase, connection: Connection, clock: Clock): DialogueSetup {
  return {
    connection,
    clock,
    mode: dialogue.mode ?? 'clear',
    ehlo: 'client.example.com',
    mail: dialogue.mail ?? null,
    rcpt: dialogue.rcpt ?? null,
    verb: dialogue.verb ?? null,
    receipts: null,
    tls: { serverName: 'mx.example.net', address: at('198.51.100.7'), trust: { anchors: null, pins: [] } },
    limits: { greetingMs: 30_000, replyMs: 10_000, tlsMs: 10_000 },
    deadline: clock.monotonic() + 60_000,
  };
}
