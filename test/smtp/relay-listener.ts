/** The servers of `fake-relay.ts` over real sockets: the same policies, STARTTLS with a real certificate, delays in real time. */
import type { Socket } from 'node:net';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import type { RelayAttempt } from '../../src/model/relay.ts';
import { relayOutcome } from '../../src/model/relay-outcome.ts';
import { type RelayRun, testRelay } from '../../src/smtp/relay-test.ts';
import { at } from '../support/address.ts';
import { certificate, fixture, listen, onLines, serveTls } from '../support/server.ts';
import { fakeRelay, type Policy, setupOf } from './fake-relay.ts';

export interface ListenerOptions {
  readonly greeting?: string;
  /** Before each rejection. */
  readonly tarpitMs?: number;
}

export interface Verdict {
  readonly run: RelayRun;
  readonly outcome: string;
  readonly reason: string;
  readonly attempt: (id: string) => RelayAttempt;
  /** Commands of each connection, as the server heard them. */
  readonly heard: readonly (readonly string[])[];
}

/** Tests a server that behaves so, on loopback, with the whole core battery. */
export async function judge(policy: Policy, options: ListenerOptions = {}): Promise<Verdict> {
  const heard: string[][] = [];
  const { port } = await listen((socket, index) => {
    heard.push([]);
    serve(socket, { policy, options, connection: index + 1, heard: heard[index] ?? [], secure: false });
    socket.write(`${options.greeting ?? '220 mx.example.com ESMTP'}\r\n`);
  });
  const address = at('127.0.0.1');
  const signal = new AbortController().signal;
  const dial = createDial(systemClock);
  const run = await testRelay({
    ...setupOf(fakeRelay(policy)),
    open: async () => {
      const result = await dial({ address, port, source: null }, 2_000, signal);
      return result.kind === 'connected' ? result.connection : result.kind;
    },
    clock: systemClock,
    signal,
    address,
    battery: 'core',
    tls: { serverName: 'mail.example.net', address, trust: { anchors: [fixture('ca.pem')], pins: [] } },
    limits: { greetingMs: 2_000, replyMs: 2_000, tlsMs: 2_000 },
    pauseMs: 1,
    deadline: systemClock.monotonic() + 20_000,
  });
  const attempt = (id: string): RelayAttempt => {
    const found = run.attempts.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no ${id}`);
    return found;
  };
  return { run, ...relayOutcome(run.attempts, { port: 25 }), attempt, heard };
}

interface Session {
  readonly policy: Policy;
  readonly options: ListenerOptions;
  readonly connection: number;
  readonly heard: string[];
  readonly secure: boolean;
}

function serve(socket: Socket, session: Session): void {
  const state = { ehlo: '', mail: '', rejections: 0 };
  onLines(socket, (line) => {
    session.heard.push(line);
    const verb = (line.split(/[ :]/)[0] ?? '').toUpperCase();
    const path = /<(.*)>/.exec(line)?.[1] ?? '';
    if (verb === 'EHLO' || verb === 'HELO') state.ehlo = line.slice(5);
    if (verb === 'MAIL') state.mail = path;
    const { secure, connection, policy } = session;
    const answer =
      policy({ ...state, line, verb, rcpt: verb === 'RCPT' ? path : '', secure, connection }) ?? ordinary(verb, secure);
    if (answer === 'close') socket.end();
    else if (answer === 'reset') socket.resetAndDestroy();
    else if (answer !== 'silence') say(socket, session, { verb, answer, state });
  });
}

interface Saying {
  readonly verb: string;
  readonly answer: string;
  readonly state: { rejections: number };
}

function say(socket: Socket, session: Session, { verb, answer, state }: Saying): void {
  const rejected = /^[45]/.test(answer);
  if (rejected) state.rejections++;
  const text = `${answer.replace(/\n/g, '\r\n')}\r\n`;
  if (rejected && session.options.tarpitMs !== undefined) setTimeout(() => socket.write(text), session.options.tarpitMs);
  else socket.write(text);
  if (verb === 'QUIT') socket.end();
  if (verb === 'STARTTLS' && answer.startsWith('220')) serve(serveTls(socket, certificate('good')), { ...session, secure: true });
}

function ordinary(verb: string, secure: boolean): string {
  if (verb === 'EHLO')
    return secure ? '250-mx.example.com\n250 SIZE 1000000' : '250-mx.example.com\n250-STARTTLS\n250 SIZE 1000000';
  if (verb === 'STARTTLS') return '220 2.0.0 Ready';
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  return ['HELO', 'MAIL', 'RSET'].includes(verb)
    ? '250 2.0.0 Ok'
    : verb === 'RCPT'
      ? '250 2.1.5 Ok'
      : '502 5.5.2 Unknown command';
}
