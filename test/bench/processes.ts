/**
 * Whole processes beside an empty Node script, one after the other in turn, so that a busy moment hits all: medians, ratios to the first of them, and
 * their peak memory.
 */
import { spawnSync } from 'node:child_process';
import { execPath } from 'node:process';

export interface Setting {
  readonly root: string;
  readonly folder: string;
  readonly say: (text: string) => void;
}

/** Arguments of Node, by name; the empty script first. */
export type Programs = Readonly<Record<string, readonly string[]>>;

interface Measured {
  readonly elapsedMs: readonly number[];
  readonly memoryMb: number;
}

const ROUNDS = 5;

/** A process tells its peak memory itself, when it ends: in a run of its own, since that takes time to load. */
const TELLS_MEMORY = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS))",
)}`;

/** @param rounds  of which the median is told. */
export function processes(title: string, programs: Programs, say: Setting['say'], rounds: number = ROUNDS): void {
  const found = measured(programs, rounds);
  const [base] = [...found.values()];
  say(`\n${title}: whole processes, median of ${rounds}`);
  for (const [name, { elapsedMs, memoryMb }] of found) {
    const ratio = median(elapsedMs.map((one, index) => one / (base?.elapsedMs[index] ?? Number.NaN)));
    const elapsed = `${median(elapsedMs).toFixed(0)} ms`;
    say(`  ${name.padEnd(30)} ${elapsed.padStart(8)}   ${ratio.toFixed(1).padStart(5)} × empty   peak ${memoryMb.toFixed(0)} MB`);
  }
}

function measured(programs: Programs, rounds: number): ReadonlyMap<string, Measured> {
  const times = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++)
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

/** Violations (exit code 1) and what is not known (3) are what some of these are there for. Gives back what it wrote to stderr. */
function run(name: string, args: readonly string[]): string {
  const { status, stderr } = spawnSync(execPath, [...args], { encoding: 'utf8' });
  if (status === null || status === 2 || status > 3) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return stderr;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
