/** The real sentinel, on a host of the lab. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { certificate, type Field, postern } from './postern.ts';

export interface LabSentinel {
  /** As policies write it. */
  readonly key: string;
  /** Its log, in the field's folder. */
  readonly log: string;
  /** Ends it; the log is whole then. */
  stop(): Promise<void>;
}

export interface Place {
  readonly host: string;
  readonly addresses: readonly string[];
  /** 443 speaks TLS from the first byte. */
  readonly ports: readonly number[];
}

/** Listens until the field is closed. */
export async function startLabSentinel({ lab, folder }: Field, { host, addresses, ports }: Place): Promise<LabSentinel> {
  const { pem, publicKey } = generateSigningKey();
  const [key, log] = [join(folder, 'sentinel-key.pem'), join(folder, 'sentinel.log')];
  writeFileSync(key, pem, { mode: 0o600 });
  const files = certificate('good-ec');
  const pid = join(folder, 'sentinel.pid');
  const child = lab.spawn(host, [
    // Whoever spawned it holds the command that entered the namespaces, not this one.
    ...['sh', '-c', 'echo $$ >"$0"; exec "$@"', pid],
    ...postern,
    'sentinel',
    ...['--key', key, '--name', 'sentinel.example.net', '--listen', ports.join(',')],
    ...addresses.flatMap((address) => ['--address', address]),
    ...['--certificate', files.certificate, '--certificate-key', files.key],
  ]);
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes.toString()}`.slice(0, 4_000);
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      writeFileSync(log, `${line}\n`, { flag: 'a' });
      if (line.includes('"event":"listening"')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`the sentinel ended with ${code}: ${complaint}`)));
  });
  return {
    key: publicKey.text,
    log,
    async stop() {
      const ended = once(child, 'close');
      await lab.sandbox?.run(host, ['kill', readFileSync(pid, 'utf8').trim()]);
      await ended;
    },
  };
}
