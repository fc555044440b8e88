/**
 * The mail servers of the relay bench, one process: the same port on many loopback addresses. Each answers after a round trip of a
 * distant network, and minds errors as Postfix does out of the box: after ten on a connection each further one costs a second.
 * Says `ready`; for every line on stdin it writes what it counted since the last one.
 *
 * @see postconf(5), smtpd_soft_error_limit, smtpd_error_sleep_time
 */
import { createServer, type Socket } from 'node:net';
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline';
import { characterOf, ROUND_TRIP_MS, SERVERS, serverAddress } from './relay-fleet.ts';

const SOFT_ERRORS = 10;
const ERROR_SLEEP_MS = 1_000;

let connections = 0;
let mostRejections = 0;
let mostAtOnce = 0;
const open = new Map<string, number>();

const servers = Array.from({ length: SERVERS }, (_, index) =>
  createServer((socket) => serve(socket, index)).listen(25, serverAddress(index)),
);
await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
stdout.write('ready\n');
createInterface({ input: stdin })
  .on('line', () => {
    stdout.write(`${JSON.stringify({ connections, mostRejections, mostAtOnce })}\n`);
    connections = 0;
    mostRejections = 0;
    mostAtOnce = 0;
  })
  .once('close', () => {
    for (const server of servers) server.close();
  });

function serve(socket: Socket, index: number): void {
  const name = serverAddress(index);
  connections++;
  const now = (open.get(name) ?? 0) + 1;
  open.set(name, now);
  mostAtOnce = Math.max(mostAtOnce, now);
  socket.on('error', () => undefined).once('close', () => open.set(name, (open.get(name) ?? 1) - 1));
  let rejections = 0;
  let pending = '';
  let queue = Promise.resolve();
  const say = (reply: string): void => {
    const refused = /^[45]/.test(reply);
    if (refused) rejections++;
    mostRejections = Math.max(mostRejections, rejections);
    const delayMs = ROUND_TRIP_MS + (refused && rejections > SOFT_ERRORS ? ERROR_SLEEP_MS : 0);
    queue = queue.then(() => new Promise((resolve) => setTimeout(resolve, delayMs))).then(() => send(socket, reply));
  };
  say(`220 host-${index}.example.org ESMTP`);
  socket.on('data', (bytes: Buffer) => {
    pending += bytes.toString('latin1');
    const lines = pending.split('\r\n');
    pending = lines.pop() ?? '';
    for (const line of lines) say(answer(line, index));
  });
}

function send(socket: Socket, reply: string): void {
  if (socket.destroyed) return;
  socket.write(`${reply}\r\n`);
  if (reply.startsWith('221')) socket.end();
}

function answer(line: string, index: number): string {
  const verb = line.slice(0, 4).toUpperCase();
  const character = characterOf(index);
  if (verb === 'QUIT') return '221 2.0.0 Bye';
  if (verb === 'EHLO') return `250-host-${index}.example.org\r\n250-SIZE 10485760\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME`;
  if (character === 'accept-all') return '250 2.0.0 Ok';
  if (['HELO', 'RSET', 'NOOP', 'MAIL'].includes(verb)) return '250 2.0.0 Ok';
  if (verb === 'HELP') return '214 2.0.0 See RFC 5321';
  if (verb !== 'RCPT') return '502 5.5.2 Error: command not recognized';
  if (/<(?:[^<>@"]+@)?[^<>@%!":]+>/.exec(line) === null) return '501 5.1.3 Bad recipient address syntax';
  return character === 'relay' ? '250 2.1.5 Ok' : '554 5.7.1 Relay access denied';
}
