/** A sentinel in a process of its own, and a crowd around it: each client from its own loopback address, as on the internet. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { generateSigningKey, type PublicKey } from '../../src/receipt/keys.ts';
import { newNonce, receiptArgument } from '../../src/receipt/request.ts';

export interface Guarded {
  readonly publicKey: PublicKey;
  readonly port: number;
  /** Lines of its log, as they come. */
  readonly log: readonly string[];
  residentMb(): number;
  stop(): Promise<number | null>;
}

/** Open files for the sentinel and for the crowd: 4,200 connections, and what else a process holds. */
const OPEN_FILES = 6_000;

/** Null where this system allows too few open files. */
export function whyNoCrowd(): string | null {
  const limit = /^Max open files +\d+ +(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? '0';
  const enough = limit === 'unlimited' || Number(limit) >= OPEN_FILES;
  return enough ? null : `only ${limit} files may be open at once here; the crowd takes ${OPEN_FILES} (ulimit -Hn)`;
}

/**
 * @param cli        the built command.
 * @param openFiles  that it may have at once.
 */
export async function startGuarded(cli: string, openFiles: number = OPEN_FILES): Promise<Guarded> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-crowd-'));
  const { pem, publicKey } = generateSigningKey();
  const key = join(folder, 'key.pem');
  writeFileSync(key, pem, { mode: 0o600 });
  const args = [cli, 'sentinel', '--key', key, '--address', '127.0.0.1', '--listen', '0', '--name', 'sentinel.example.net'];
  const child = spawn('sh', ['-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', execPath, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const log: string[] = [];
  const port = await listening(child, log);
  return {
    publicKey,
    port,
    log,
    residentMb: () => residentMb(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      const status = await ended;
      rmSync(folder, { recursive: true, force: true });
      return status;
    },
  };
}

function listening(child: ChildProcess, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (status) => reject(new Error(`the sentinel ended with ${status}`)));
    if (child.stdout === null) throw new TypeError('no stdout');
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const event: unknown = JSON.parse(line);
      if (typeof event === 'object' && event !== null && 'ports' in event && Array.isArray(event.ports)) {
        resolve(Number(event.ports[0]));
      }
    });
  });
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1_024;
}

export interface Crowd {
  readonly sockets: readonly Socket[];
  leave(): void;
}

/** Handshakes that are under way at once: more would overrun the kernel's queue, which is not what is looked at. */
const AT_ONCE = 200;
const TICK_MS = 50;

/**
 * Clients that have their greeting, and then say nothing, or a byte a second of a line that never ends.
 *
 * @param first  number of the first; each has the address 127.1.0.0 plus its number.
 */
export async function gather(port: number, first: number, idle: number, stuttering: number): Promise<Crowd> {
  const sockets: Socket[] = [];
  for (let begun = 0; begun < idle + stuttering; begun += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, idle + stuttering - begun) }, (_, index) => first + begun + index);
    const joined = await Promise.all(numbers.map((number) => enter(port, `127.1.${number >> 8}.${number & 255}`)));
    sockets.push(...joined);
  }
  let turn = 0;
  const stutterers = sockets.slice(idle);
  const share = Math.ceil((stutterers.length * TICK_MS) / 1_000);
  const timer = setInterval(() => {
    for (let count = 0; count < share; count++) stutterers[turn++ % stutterers.length]?.write('E');
  }, TICK_MS);
  return {
    sockets,
    leave() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Resolves when the greeting is there. */
function enter(port: number, localAddress: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    socket.once('error', reject);
    socket.once('data', () => {
      socket.off('error', reject).on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** Milliseconds from dialling to the last byte of a receipt, asked for after EHLO. */
export function timeToReceipt({ port, publicKey }: Guarded): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const sayings = ['EHLO probe.example.com', `NOOP ${receiptArgument(publicKey, newNonce())}`];
    let text = '';
    socket.setEncoding('latin1').once('error', reject);
    socket.on('data', (chunk) => {
      text += chunk;
      // The last line of a reply has no hyphen behind its code.
      if (!/^\d{3} .*\r\n$/m.test(text.slice(text.lastIndexOf('\n', text.length - 2) + 1))) return;
      text = '';
      const line = sayings.shift();
      if (line !== undefined) socket.write(`${line}\r\n`);
      else {
        socket.destroy();
        resolve(performance.now() - startedAt);
      }
    });
  });
}
