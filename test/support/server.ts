/** Servers on loopback, port 0, that behave as a test says; closed with whatever is still connected. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface TestServer {
  readonly port: number;
  /** Every connection so far, in order. */
  readonly sockets: readonly Socket[];
}

export async function listen(serve: (socket: Socket, index: number) => void, host: string = '127.0.0.1'): Promise<TestServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket, sockets.push(socket) - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: boundTo(server).port, sockets };
}

/** A port of this machine that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = boundTo(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function boundTo(server: Server): AddressInfo {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new TypeError('no port');
  return bound;
}

/** Calls back with each line, without its end. */
export function onLines(socket: Socket, take: (line: string) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      take(line);
    }
  });
}

export type Answers = Readonly<Record<string, string | ((socket: Socket) => void)>>;

/** A greeting, then for each verb what is written, or done. */
export function speakSmtp(socket: Socket, greeting: string, answers: Answers): void {
  onLines(socket, (line) => {
    const answer = answers[line.split(' ')[0] ?? ''] ?? '500 5.5.1 unknown\r\n';
    if (typeof answer === 'string') socket.write(answer);
    else answer(socket);
  });
  socket.write(greeting);
}

export function certificate(name: string): { readonly cert: string; readonly key: string } {
  return { cert: fixture(`${name}.pem`), key: fixture(`${name}-key.pem`) };
}

export function fixture(file: string): string {
  return readFileSync(new URL(`../../fixtures/certificates/${file}`, import.meta.url), 'utf8');
}

/** The server's side of TLS on a connected socket. */
export function serveTls(socket: Socket, options: TLSSocketOptions): TLSSocket {
  socket.removeAllListeners('data');
  const secure = new TLSSocket(socket, { isServer: true, ciphers: 'DEFAULT:@SECLEVEL=0', ...options });
  secure.on('error', () => undefined);
  return secure;
}
