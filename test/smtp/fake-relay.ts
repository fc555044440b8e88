/** A mail server in memory, as a function from what it is told to what it answers; it keeps account of what it bore. Time passes only where somebody waits. */
import type { Address } from '../../src/model/address.ts';
import type { TlsSession } from '../../src/model/dialogue.ts';
import type { Clock, Connection, ReadResult, TlsResult } from '../../src/model/outside.ts';
import type { RelaySetup } from '../../src/smtp/relay-test.ts';
import { at } from '../support/address.ts';

/** What is known when a command comes: the paths without angle brackets. */
export interface Situation {
  readonly line: string;
  readonly verb: string;
  readonly ehlo: string;
  readonly mail: string;
  readonly rcpt: string;
  readonly secure: boolean;
  /** From 1. */
  readonly connection: number;
  /** 4xx and 5xx so far on this connection. */
  readonly rejections: number;
}

/** A reply without its CRLF (a line feed inside it begins another line), or what the server does instead; null leaves it to an ordinary one. */
export type Policy = (situation: Situation) => string | 'close' | 'reset' | 'silence' | null;

export interface Account {
  /** Commands of each connection, in order. */
  readonly connections: readonly (readonly string[])[];
  /** Rejections on each connection, those of QUIT left out. */
  readonly rejections: readonly number[];
  /** Most connections that were open at once. */
  readonly peak: number;
  /** Whole messages, each as its lines. */
  readonly messages: readonly (readonly string[])[];
  /** Data that was begun and not ended. */
  readonly brokenOff: number;
}

export interface FakeRelay {
  readonly clock: Clock;
  readonly open: () => Promise<Connection | string>;
  readonly account: () => Account;
}

export interface FakeOptions {
  readonly implicit?: boolean;
  readonly greeting?: string;
  /** Null: connection refused. */
  readonly reachable?: (connection: number) => boolean;
  readonly tls?: 'good' | 'broken';
}

const SESSION: TlsSession = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  serverName: null,
  certificate: null,
  problems: [],
};

export function fakeRelay(policy: Policy, options: FakeOptions = {}): FakeRelay {
  const clock = steppingClock();
  const sessions: Session[] = [];
  let tries = 0;
  let peak = 0;
  const open = async (): Promise<Connection | string> => {
    tries++;
    if (options.reachable?.(tries) === false) return '198.51.100.7:25 refused the connection.';
    const session = new Session(policy, options, clock, sessions.length + 1);
    sessions.push(session);
    peak = Math.max(peak, sessions.filter(({ closed }) => !closed).length);
    return session;
  };
  const account = (): Account => ({
    connections: sessions.map(({ commands }) => commands),
    rejections: sessions.map(({ rejections }) => rejections),
    peak,
    messages: sessions.flatMap(({ messages }) => messages),
    brokenOff: sessions.filter(({ inData }) => inData).length,
  });
  return { clock, open, account };
}

/** A setup in which everything is known, with the whole battery on port 25. */
export function setupOf(server: FakeRelay, more: Partial<RelaySetup> = {}): RelaySetup {
  const address = at('198.51.100.7');
  return {
    open: server.open,
    clock: server.clock,
    signal: new AbortController().signal,
    mode: 'clear',
    address,
    port: 25,
    ehlo: 'client.example.com',
    probeDomain: 'relaytest.org',
    otherDomain: 'other.relaytest.org',
    owned: true,
    hostedDomain: 'example.com',
    battery: 'all',
    level: 'envelope',
    exhaustive: false,
    tls: { serverName: null, address, trust: { anchors: null, pins: [] } },
    limits: { greetingMs: 30_000, replyMs: 10_000, tlsMs: 10_000 },
    pauseMs: 1_000,
    deadline: server.clock.monotonic() + 3_600_000,
    nonce: '00c0ffee00',
    onProgress: () => undefined,
    ...more,
  };
}

class Session implements Connection {
  closed = false;
  rejections = 0;
  inData = false;
  readonly commands: string[] = [];
  readonly messages: string[][] = [];
  readonly #policy: Policy;
  readonly #options: FakeOptions;
  readonly #clock: Clock & { time: number };
  readonly #index: number;
  #out: (string | ReadResult)[] = [];
  #secure: boolean;
  #ehlo = '';
  #mail = '';
  #content: string[] = [];

  constructor(policy: Policy, options: FakeOptions, clock: Clock & { time: number }, index: number) {
    this.#policy = policy;
    this.#options = options;
    this.#clock = clock;
    this.#index = index;
    this.#secure = false;
    if (options.implicit !== true) this.#say(options.greeting ?? '220 mx.example.com ESMTP');
  }

  async read(deadline: number): Promise<ReadResult> {
    const next = this.#out[0];
    if (this.closed) return { kind: 'end' };
    if (next === undefined) {
      this.#clock.time = Math.max(this.#clock.time, deadline);
      return { kind: 'timeout' };
    }
    if (typeof next !== 'string') return next;
    this.#out.shift();
    return { kind: 'data', bytes: Buffer.from(next, 'latin1') };
  }

  write(bytes: Uint8Array): void {
    if (this.closed) throw new Error('written to after it was closed');
    for (const line of Buffer.from(bytes).toString('latin1').split('\r\n').slice(0, -1)) {
      if (this.inData) this.#take(line);
      else if (this.#out.length === 0 || typeof this.#out[0] !== 'string') this.#hear(line);
      else throw new Error(`spoke out of turn: ${line}`);
    }
  }

  async startTls(): Promise<TlsResult> {
    if (this.#options.tls === 'broken')
      return { kind: 'failed', code: 'EPROTO', syscall: null, message: 'no shared cipher', problems: [] };
    this.#secure = true;
    if (this.#options.implicit === true) this.#say(this.#options.greeting ?? '220 mx.example.com ESMTP');
    return { kind: 'secure', session: SESSION };
  }

  binding(): string | null {
    return null;
  }

  local(): { readonly address: Address; readonly port: number } | null {
    return null;
  }

  close(): void {
    this.closed = true;
  }

  #hear(line: string): void {
    this.commands.push(line);
    const verb = (line.split(/[ :]/)[0] ?? '').toUpperCase();
    const path = /<(.*)>/.exec(line)?.[1] ?? '';
    if (verb === 'EHLO' || verb === 'HELO') this.#ehlo = line.slice(5);
    if (verb === 'MAIL') this.#mail = path;
    const { rejections } = this;
    const situation = { line, verb, ehlo: this.#ehlo, mail: this.#mail, rcpt: verb === 'RCPT' ? path : '', secure: this.#secure };
    const answer = this.#policy({ ...situation, connection: this.#index, rejections }) ?? ordinary(verb);
    if (answer === 'close') this.#out.push({ kind: 'end' });
    else if (answer === 'reset') this.#out.push({ kind: 'error', code: 'ECONNRESET', syscall: 'read' });
    else if (answer !== 'silence') this.#reply(verb, answer);
  }

  #reply(verb: string, answer: string): void {
    if (/^[45]/.test(answer) && verb !== 'QUIT') this.rejections++;
    if (verb === 'DATA' && answer.startsWith('354')) this.inData = true;
    this.#say(answer);
    if (answer.startsWith('421') || verb === 'QUIT') this.#out.push({ kind: 'end' });
  }

  #take(line: string): void {
    if (line !== '.') {
      this.#content.push(line);
      return;
    }
    this.inData = false;
    this.messages.push(this.#content.splice(0));
    this.#hear('<message>');
  }

  #say(answer: string): void {
    this.#out.push(`${answer.replace(/\n/g, '\r\n')}\r\n`);
  }
}

/** A server without an opinion. */
function ordinary(verb: string): string {
  if (verb === 'EHLO') return '250-mx.example.com\n250-STARTTLS\n250 SIZE 1000000';
  if (verb === 'STARTTLS') return '220 2.0.0 Ready';
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  if (verb === 'DATA') return '354 Go ahead';
  if (verb === '<MESSAGE>') return '250 2.0.0 Ok: queued as 4bQ530xk';
  return ['HELO', 'MAIL', 'RSET'].includes(verb)
    ? '250 2.0.0 Ok'
    : verb === 'RCPT'
      ? '250 2.1.5 Ok'
      : '502 5.5.2 Error: command not recognized';
}

/** An ordinary server of example.com: its users are postmaster and info; strangers are told that it does not relay. */
export function closed({ verb, rcpt }: Pick<Situation, 'verb' | 'rcpt'>): string | null {
  if (verb !== 'RCPT') return null;
  if (!/@/.test(rcpt.replace(/^@|@$/g, ''))) return '501 5.1.3 Bad recipient address syntax';
  if (/^[\w-]+@example\.com$/.test(rcpt)) {
    return /^(postmaster|info)@/.test(rcpt) ? '250 2.1.5 Ok' : `550 5.1.1 <${rcpt}>: Recipient address rejected: User unknown`;
  }
  return `554 5.7.1 <${rcpt}>: Relay access denied`;
}

function steppingClock(): Clock & { time: number } {
  return {
    time: 1_000,
    now() {
      return Date.UTC(2026, 10, 21) + this.time;
    },
    monotonic() {
      return this.time;
    },
    after(delayMs, callback) {
      let cancelled = false;
      queueMicrotask(() => {
        if (cancelled) return;
        this.time += delayMs;
        callback();
      });
      return () => {
        cancelled = true;
      };
    },
  };
}
