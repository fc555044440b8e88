/**
 * Checks and a review of large firewalls: whole processes beside an empty Node script, one after the other in turn, so that a busy moment hits all.
 * What growth costs is read from firewalls of 5,000, 10,000, 20,000 and 40,000 rules.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { largeFirewall } from './rulesets.ts';

interface Setting {
  readonly root: string;
  readonly folder: string;
  readonly say: (text: string) => void;
}

interface Measured {
  readonly elapsedMs: readonly number[];
  readonly memoryMb: number;
}

const ROUNDS = 5;

const POLICY = `version: 1
name: large
segments:
  workstations: { networks: [10.100.0.0/16, "2001:db8:2001:100::/64"] }
  relays: { networks: [10.102.0.0/24, "2001:db8:2001:102::/64"] }
destinations:
  internet: { networks: [public] }
rules:
  - { from: relays, to: internet, ports: [25] }
firewalls:
  edge: { files: [FILE], hook: forward, interfaces: { workstations: eth1.100, relays: eth1.102, internet: eth0 } }
`;

/** A process tells its peak memory itself, when it ends: in a run of its own, since that takes time to load. */
const TELLS_MEMORY = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS))",
)}`;

export function benchInspector({ root, folder, say }: Setting): void {
  const postern = join(root, 'dist', 'postern.js');
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const check = (name: string, text: string): readonly string[] => {
    const file = write(`${name}.rules`, text);
    return [postern, 'check', write(`${name}.yaml`, POLICY.replace('FILE', file))];
  };
  const [five, ten] = [largeFirewall('ipv4', 5_000, 1), largeFirewall('ipv4', 10_000, 1)];
  const changed = write(
    'after.rules',
    five.replace('-A FORWARD -o eth0', '-A FORWARD -p tcp --sport 80 -j ACCEPT\n-A FORWARD -o eth0'),
  );
  const programs: Readonly<Record<string, readonly string[]>> = {
    'empty script': [write('nothing.mjs', '')],
    '5,000 rules': check('five', five),
    '10,000 rules': check('ten', ten),
    '20,000 rules': check('twenty', largeFirewall('ipv4', 20_000, 1)),
    '40,000 rules': check('forty', largeFirewall('ipv4', 40_000, 1)),
    '5,000 with hardware addresses': check('hardware', largeFirewall('ipv4', 5_000, 1, true)),
    '6,000 of IPv6': check('six', largeFirewall('ipv6', 6_000, 1)),
    'review of two of 5,000': [
      postern,
      'review',
      join(folder, 'five.yaml'),
      '--before',
      join(folder, 'five.rules'),
      '--after',
      changed,
    ],
  };
  report(measured(programs), say);
}

function measured(programs: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Measured> {
  const times = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, args] of Object.entries(programs)) {
      const startedAt = performance.now();
      run(name, args);
      times.get(name)?.push(performance.now() - startedAt);
    }
  return new Map([...times].map(([name, elapsedMs]) => [name, { elapsedMs, memoryMb: memoryOf(name, programs[name] ?? []) }]));
}

function memoryOf(name: string, args: readonly string[]): number {
  const peak = /peak (\d+)$/.exec(run(name, ['--import', TELLS_MEMORY, ...args]))?.[1];
  return Number(peak ?? Number.NaN) / 1024;
}

/** Violations (exit code 1) and what is not known (3) are what these firewalls are there for. Gives back what it wrote to stderr. */
function run(name: string, args: readonly string[]): string {
  const { status, stderr } = spawnSync(execPath, [...args], { encoding: 'utf8' });
  if (status === null || status === 2 || status > 3) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return stderr;
}

function report(programs: ReadonlyMap<string, Measured>, say: (text: string) => void): void {
  say(`\ninspector: whole processes, median of ${ROUNDS}`);
  const base = programs.get('empty script')?.elapsedMs ?? [];
  for (const [name, { elapsedMs, memoryMb }] of programs) {
    const ratio = median(elapsedMs.map((one, index) => one / (base[index] ?? Number.NaN)));
    const elapsed = `${median(elapsedMs).toFixed(0)} ms`;
    say(`  ${name.padEnd(30)} ${elapsed.padStart(8)}   ${ratio.toFixed(1).padStart(5)} × empty   peak ${memoryMb.toFixed(0)} MB`);
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
