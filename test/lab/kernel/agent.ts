/**
 * A program on one host of the kernel lab: listens, connects from any address to any, runs commands. One line of JSON in, one out, in any order.
 *
 * On the wire: SYN … and, where it is answered, one line of the listener (`NAME ADDRESS PORT`, as the listener's socket has them, so that a rewritten
 * destination shows), then RST.
 */
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { Attempt, Reply, Request, Seen } from './agent-words.ts';

const held = new Set<Socket>();

/** Longer than any batch. */
const IDLE_MS = 20_000;

createInterface({ input: process.stdin }).on('line', (line) => {
  const request: Request = JSON.parse(line);
  answer(request).then(
    (reply) => process.stdout.write(`${JSON.stringify({ id: request.id, ...reply })}\n`),
    (error) => process.stdout.write(`${JSON.stringify({ id: request.id, error: String(error) })}\n`),
  );
});
process.stdin.on('end', () => process.exit(0));

async function answer(request: Request): Promise<Reply> {
  switch (request.do) {
    case 'become':
      process.setgid?.(request.user);
      process.setuid?.(request.user);
      return {};
    case 'listen':
      await Promise.all(request.ports.map((port) => listen(request.name, port)));
      return {};
    case 'run':
      return { ran: await run(request.command, request.stdin) };
    case 'connect':
      return { seen: await connectAll(request.attempts, request.timeoutMs) };
  }
}

function listen(name: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      // The other end resets it: who closes first would remember the connection for a minute, and its ports may come again.
      socket.write(`${name} ${plain(socket.localAddress ?? '')} ${socket.localPort}\n`);
      socket.setTimeout(IDLE_MS, () => socket.resetAndDestroy());
    });
    server.once('error', reject);
    server.listen({ port, host: '::', backlog: 4_096 }, resolve);
  });
}

/** An IPv4 address as an IPv6 socket has it. @see RFC 4291 section 2.5.5.2 */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

async function run(command: readonly string[], stdin: string): Promise<NonNullable<Reply['ran']>> {
  const [file = '', ...args] = command;
  const child = spawn(file, args);
  let output = '';
  const take = (bytes: Buffer): void => {
    output += bytes.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  return { code, output };
}

/** All at once; what has not been answered after the time is silence. */
async function connectAll(attempts: readonly Attempt[], timeoutMs: number): Promise<readonly Seen[]> {
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const all = attempts.map((attempt) => connectOne(attempt, over.signal));
  const everything = Promise.all(all);
  await Promise.race([everything, silence(timeoutMs)]);
  over.abort();
  const seen = await everything;
  for (const socket of held) {
    // A reset of one that is not connected would wait for the connection.
    if (socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
  }
  held.clear();
  return seen;
}

/** On a busy machine a timer may be late and what has come in meanwhile unread: it is read before silence counts. */
async function silence(timeoutMs: number): Promise<void> {
  await wait(timeoutMs);
  for (let turn = 0; turn < 5; turn++) await wait(20);
}

function connectOne({ source, sourcePort, destination, port }: Attempt, over: AbortSignal): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = tcpConnect({ host: destination, port, localAddress: source, localPort: sourcePort });
    held.add(socket);
    let [text, connected] = ['', false];
    const done = (seen: Seen): void => {
      over.removeEventListener('abort', late);
      resolve(seen);
    };
    const late = (): void => done(connected ? { kind: 'mute' } : { kind: 'silence' });
    over.addEventListener('abort', late, { once: true });
    socket.on('connect', () => {
      connected = true;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => done({ kind: 'error', code: error.code ?? error.message }));
    socket.on('data', (bytes) => {
      text += bytes.toString();
      const [, name, address, at] = /^(\S+) (\S+) (\d+)\n/.exec(text) ?? [];
      if (name !== undefined && address !== undefined) done({ kind: 'answer', name, address, port: Number(at) });
    });
  });
}
