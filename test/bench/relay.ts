/**
 * The relay bench: the core battery on many servers at once, beside nmap's two scripts on the same servers, one after the other in one run.
 * Speed is bought by asking many servers, never by asking one of them harder: what the servers counted is printed too.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { characterOf, ROUND_TRIP_MS, SERVERS, serverAddress } from './relay-fleet.ts';

interface Counted {
  readonly connections: number;
  readonly mostRejections: number;
  readonly mostAtOnce: number;
}

interface Measured extends Counted {
  readonly elapsedMs: number;
  /** Indices of servers that it calls relays. */
  readonly relays: readonly number[];
}

interface Bench {
  readonly root: string;
  readonly folder: string;
  readonly withNmap: boolean;
  readonly say: (text: string) => void;
}

/** @throws {LabError} where there are no namespaces. */
export async function benchRelay({ root, folder, withNmap, say }: Bench): Promise<void> {
  const sandbox = await openSandbox();
  try {
    await sandbox.script(null, 'ip link set lo up');
    const fleet = await startFleet(sandbox, folder);
    const targets = join(folder, 'relay-targets.txt');
    writeFileSync(targets, `${Array.from({ length: SERVERS }, (_, index) => serverAddress(index)).join('\n')}\n`);
    const postern = await measure(fleet, () => runPostern(sandbox, join(root, 'dist', 'postern.js'), targets));
    const nmap = withNmap ? await measure(fleet, () => runNmap(sandbox, targets)) : null;
    report(postern, nmap, say);
  } finally {
    await sandbox.close();
  }
}

interface Fleet {
  readonly count: () => Promise<Counted>;
}

async function startFleet(sandbox: Sandbox, folder: string): Promise<Fleet> {
  const child = sandbox.spawn(null, [
    'sh',
    '-c',
    `ulimit -n "$(ulimit -Hn)"; exec ${execPath} ${join(folder, 'relay-servers.mjs')}`,
  ]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => (await lines.next()).value ?? '';
  if ((await next()) !== 'ready') throw new Error('the servers of the relay bench did not start');
  return {
    count: async () => {
      child.stdin.write('count\n');
      return JSON.parse(await next());
    },
  };
}

async function measure(fleet: Fleet, run: () => Promise<readonly number[]>): Promise<Measured> {
  await fleet.count();
  const startedAt = performance.now();
  const relays = await run();
  const elapsedMs = performance.now() - startedAt;
  return { elapsedMs, relays, ...(await fleet.count()) };
}

async function runPostern(sandbox: Sandbox, postern: string, targets: string): Promise<readonly number[]> {
  const options = ['--authorised-by', 'bench', '--concurrency', String(SERVERS), '--probe-domain', 'relaytest.example.net'];
  const command = [execPath, postern, 'relay', '--targets', targets, ...options, '--format', 'json', '--quiet'];
  const { stdout, stderr, code } = await sandbox.run(null, command);
  if (code !== 1) throw new Error(`postern relay ended with ${code}: ${stderr.slice(0, 2_000)}`);
  const { checks }: { readonly checks: readonly { readonly address: string; readonly outcome: string }[] } = JSON.parse(stdout);
  return checks.flatMap(({ address, outcome }) => (outcome === 'relay-accepted' ? [indexOf(address)] : []));
}

async function runNmap(sandbox: Sandbox, targets: string): Promise<readonly number[]> {
  const scripts = ['--script', 'smtp-commands,smtp-open-relay'];
  const { stdout, code } = await sandbox.run(null, ['nmap', '-n', '-Pn', '-sT', '-p25', ...scripts, '-iL', targets, '-oX', '-']);
  if (code === 127) throw new Error('nmap is not installed; leave it out with --without-nmap');
  return stdout.split('<host ').flatMap((host) => {
    const address = /addr="([\d.]+)"/.exec(host)?.[1];
    return address !== undefined && /Server is an open relay/.test(host) ? [indexOf(address)] : [];
  });
}

function indexOf(address: string): number {
  const [, , high = '0', low = '0'] = address.split('.');
  return Number(high) * 256 + Number(low);
}

function report(postern: Measured, nmap: Measured | null, say: (text: string) => void): void {
  say(`\nrelay tests: ${SERVERS} servers, ${ROUND_TRIP_MS} ms a reply, one run`);
  say(`  postern  ${line(postern)}`);
  say(nmap === null ? '  nmap     not measured' : `  nmap     ${line(nmap)}`);
  if (nmap !== null) say(`  nmap / postern: ${(nmap.elapsedMs / postern.elapsedMs).toFixed(1)} ×`);
}

function line({ elapsedMs, relays, connections, mostRejections, mostAtOnce }: Measured): string {
  const truth = Array.from({ length: SERVERS }, (_, index) => index).filter((index) => characterOf(index) === 'relay');
  const found = truth.filter((index) => relays.includes(index)).length;
  const wrong = relays.length - found;
  const manners = `${connections} connections, at most ${mostAtOnce} at once and ${mostRejections} rejections in one`;
  return `${(elapsedMs / 1_000).toFixed(2).padStart(7)} s  ${found} of ${truth.length} relays found, ${wrong} wrongly; ${manners}`;
}
