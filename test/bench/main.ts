/**
 * `npm run bench`: measures beside a bare baseline, and beside nmap where it is installed, in one run; prints medians and
 * ratios. It judges nothing: a machine that is busy makes every figure worse, the ratios least.
 */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, execPath, stderr, stdout } from 'node:process';
import { ACCEPTS_ONLY } from '../../src/lab/behaviour.ts';
import { openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { startServers } from '../../src/lab/start-servers.ts';
import { labSupport } from '../../src/lab/support.ts';
import { buildNetwork } from '../../src/lab/topology.ts';
import { benchHtmlReport } from './html-report.ts';
import { benchInspector } from './inspector.ts';
import { benchRelay } from './relay.ts';
import { benchSentinel } from './sentinel.ts';
import { ENDPOINTS, expectedStates, NETWORK, PORT, RETRIES, SOCKETS, TIMEOUT_MS, targets } from './sweep.ts';

interface Sweep {
  readonly elapsedMs: number;
  readonly maxRssMb: number | null;
  readonly states: Readonly<Record<string, number>>;
}

const [, , root = '.', folder = '.', ...flags] = argv;
const RUNS = 3;
/** nmap alone takes some minutes: once is enough for a ratio of that size, and `--without-nmap` leaves it out. */
const WITH_NMAP = !flags.includes('--without-nmap');

await inTheLab('sweep', benchSweep);
await inTheLab('relay tests', () => benchRelay({ root, folder, withNmap: WITH_NMAP, say }));
await benchSentinel(root, say);
benchStart();
benchInspector({ root, folder, say });
benchHtmlReport({ root, folder, say });

async function inTheLab(what: string, bench: () => Promise<void>): Promise<void> {
  const support = await labSupport();
  if (support.possible) await bench();
  else say(`${what}: not measured, there is no lab here: ${support.reason}`);
}

async function benchSweep(): Promise<void> {
  const sandbox = await openSandbox();
  try {
    await buildNetwork(sandbox, NETWORK);
    const serve = [execPath, join(root, 'dist', 'lab-serve.js')];
    const listener = { address: '0.0.0.0', port: PORT, behaviour: ACCEPTS_ONLY };
    const servers = await startServers({ sandbox, host: 'outside' }, serve, [listener]);
    const sweeps: Record<string, Sweep[]> = { postern: [], node: [], nmap: [] };
    for (let run = 0; run < RUNS; run++) {
      note(`sweep ${run + 1} of ${RUNS}`);
      sweeps['node']?.push(await nodeSweep(sandbox, 'sweep-node.mjs'));
      sweeps['postern']?.push(await nodeSweep(sandbox, 'sweep-postern.mjs'));
    }
    const nmap = WITH_NMAP ? await nmapSweep(sandbox) : null;
    if (nmap !== null) sweeps['nmap']?.push(nmap);
    await servers.stop();
    reportSweeps(sweeps);
  } finally {
    await sandbox.close();
  }
}

async function nodeSweep(sandbox: Sandbox, program: string): Promise<Sweep> {
  const { stdout: text, stderr: complaint } = await sandbox.run('prober', [execPath, join(folder, program)]);
  if (text === '') throw new Error(`${program}: ${complaint}`);
  return JSON.parse(text);
}

/** Null where nmap is not installed. Its probe timeout is fixed as ours is: initial, least and greatest are one value. */
async function nmapSweep(sandbox: Sandbox): Promise<Sweep | null> {
  const list = join(folder, 'targets.txt');
  writeFileSync(list, targets().join('\n'));
  const rtt = `${TIMEOUT_MS}ms`;
  const timing = [
    '--initial-rtt-timeout',
    rtt,
    '--min-rtt-timeout',
    rtt,
    '--max-rtt-timeout',
    rtt,
    '--max-retries',
    String(RETRIES),
  ];
  const startedAt = performance.now();
  const ran = await sandbox.run('prober', ['nmap', '-sT', '-Pn', '-n', '-p', String(PORT), ...timing, '-iL', list, '-oG', '-']);
  const elapsedMs = performance.now() - startedAt;
  if (ran.code === 127) return null;
  const count = (state: string): number => ran.stdout.split(`Ports: ${PORT}/${state}/`).length - 1;
  const counted = { open: count('open'), refused: count('closed'), silent: count('filtered') };
  return counted.open + counted.refused + counted.silent === 0 ? null : { elapsedMs, maxRssMb: null, states: counted };
}

function reportSweeps(sweeps: Readonly<Record<string, readonly Sweep[]>>): void {
  say(`\nsweep: ${ENDPOINTS} endpoints, ${SOCKETS} sockets, ${TIMEOUT_MS} ms and ${RETRIES} retry; median of ${RUNS}`);
  say(`  as the firewall is set:  ${statesText(expectedStates())}`);
  for (const [name, list] of Object.entries(sweeps)) {
    if (list.length === 0) say(`  ${name.padEnd(8)} not measured`);
    else {
      const memory = list.map(({ maxRssMb }) => maxRssMb).filter((value) => value !== null);
      const peak = memory.length === 0 ? '' : `  peak ${median(memory).toFixed(0)} MB`;
      say(
        `  ${name.padEnd(8)} ${seconds(median(list.map(({ elapsedMs }) => elapsedMs)))}  ${statesText(list.at(-1)?.states ?? {})}${peak}`,
      );
    }
  }
  const silent = expectedStates()['silent'] ?? 0;
  say(
    `  no sweep with this timeout can be faster than ${seconds((silent * TIMEOUT_MS * (RETRIES + 1)) / SOCKETS)} (silent endpoints × waiting ÷ sockets)`,
  );
  ratio('postern / node', sweeps['postern'], sweeps['node']);
  ratio('postern / nmap', sweeps['postern'], sweeps['nmap']);
}

function ratio(title: string, ours: readonly Sweep[] = [], theirs: readonly Sweep[] = []): void {
  if (theirs.length === 0) return;
  const pairs = theirs.map(({ elapsedMs }, index) => (ours[index]?.elapsedMs ?? Number.NaN) / elapsedMs);
  say(`  ${title}: ${median(pairs).toFixed(2)} (pair by pair: ${pairs.map((value) => value.toFixed(2)).join(', ')})`);
}

/** Whole processes, one after the other in turn, so that a busy moment hits both. */
function benchStart(): void {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const postern = join(root, 'dist', 'postern.js');
  const commands: Readonly<Record<string, readonly string[]>> = {
    'empty script': [empty],
    '--version': [postern, '--version'],
    'policy lint': [postern, 'policy', 'lint', 'least-privilege'],
  };
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  const rounds = 15;
  for (let round = -1; round < rounds; round++) {
    for (const [name, args] of Object.entries(commands)) {
      const startedAt = performance.now();
      const { status } = spawnSync(execPath, [...args]);
      if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
      if (round >= 0) times[name]?.push(performance.now() - startedAt);
    }
  }
  say(`\nstart-up: whole processes, median of ${rounds}`);
  const base = times['empty script'] ?? [];
  for (const [name, list] of Object.entries(times)) {
    const pairs = list.map((value, index) => value / (base[index] ?? Number.NaN));
    say(`  ${name.padEnd(14)} ${median(list).toFixed(0).padStart(4)} ms   ${median(pairs).toFixed(2)} × empty`);
  }
}

function statesText(states: Readonly<Record<string, number>>): string {
  return ['open', 'refused', 'silent', ...Object.keys(states).filter((name) => !['open', 'refused', 'silent'].includes(name))]
    .map((name) => `${states[name] ?? 0} ${name}`)
    .join(', ');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function say(text: string): void {
  stdout.write(`${text}\n`);
}

function note(text: string): void {
  stderr.write(`${text} …\n`);
}
