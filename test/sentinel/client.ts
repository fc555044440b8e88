/** A client that asks a sentinel as a test says, over real sockets, and keeps its own account of the bytes. */
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type RunningDigest, runningDigest } from '../../src/model/digest.ts';

export interface Answered {
  readonly code: number;
  readonly texts: readonly string[];
}

/** Everything that is read is a whole reply; what comes after the end is refused. */
export class TestClient {
  readonly #socket: Socket;
  #stream: Socket;
  #text = '';
  #ended = false;
  #wake: () => void = () => undefined;
  bytesSent = 0;
  bytesReceived = 0;
  readonly sent: RunningDigest = runningDigest();
  readonly received: RunningDigest = runningDigest();

  constructor(stream: Socket) {
    this.#socket = stream;
    this.#stream = stream;
    this.#listen(stream);
    onTestFinished(() => this.close());
  }

  static async dial(port: number, host: string = '127.0.0.1', localAddress?: string): Promise<TestClient> {
    const socket = connect({ port, host, ...(localAddress === undefined ? {} : { localAddress }) });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new TestClient(socket);
  }

  static async dialTls(port: number, options: ConnectionOptions = {}): Promise<TestClient> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return new TestClient(socket);
  }

  get stream(): Socket {
    return this.#stream;
  }

  write(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    this.sent.add(bytes);
    this.bytesSent += bytes.length;
    this.#stream.write(bytes);
  }

  /** Sends a line and reads the reply to it. */
  async say(line: string): Promise<Answered> {
    this.write(`${line}\r\n`);
    return await this.reply();
  }

  /** The next reply; null once the connection has ended. */
  async replyOrEnd(): Promise<Answered | null> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === null) return null;
      lines.push(line);
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), texts: lines.map((text) => text.slice(4)) };
    }
  }

  async reply(): Promise<Answered> {
    const reply = await this.replyOrEnd();
    if (reply === null) throw new Error('the sentinel closed the connection');
    return reply;
  }

  async ended(): Promise<boolean> {
    while (!this.#ended) await this.#news();
    return this.#text === '';
  }

  /** Shakes hands on this connection. */
  async startTls(options: ConnectionOptions = {}): Promise<TLSSocket> {
    this.#stream.removeAllListeners('data');
    const secure = connectTls({ socket: this.#stream, rejectUnauthorized: false, ...options });
    await new Promise<void>((resolve, reject) => secure.once('secureConnect', resolve).once('error', reject));
    this.#stream = secure;
    this.#listen(secure);
    return secure;
  }

  /** The TLS session on this connection. */
  secure(): TLSSocket {
    if (this.#stream instanceof TLSSocket) return this.#stream;
    throw new TypeError('not in TLS');
  }

  /** Ends the TCP connection with RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#stream.destroy();
  }

  #listen(stream: Socket): void {
    stream.on('data', (chunk) => {
      this.received.add(chunk);
      this.bytesReceived += chunk.length;
      this.#text += chunk.toString('latin1');
      this.#wake();
    });
    const end = (): void => {
      if (stream !== this.#stream) return;
      this.#ended = true;
      this.#wake();
    };
    stream.on('end', end).on('close', end).on('error', end);
  }

  async #line(): Promise<string | null> {
    for (;;) {
      const end = this.#text.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      if (this.#ended) return null;
      await this.#news();
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
