/** One line on stderr that tells how far a run is: only on a terminal that somebody looks at. */
import type { Progress } from '../src/scan.ts';
import { booleanFlag, type Flags } from './command.ts';
import type { Runtime } from './runtime.ts';

/** Ten times a second is as fast as anybody reads. */
const INTERVAL_MS = 100;

export interface ProgressLine {
  show(progress: Progress): void;
  /** Wipes the line; idempotent. */
  end(): void;
}

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  controls: 'Probing controls',
  scan: 'Probing',
  confirm: 'Confirming what was blocked, at a pace',
  relay: 'Testing own servers for relaying',
};

/** @param now  milliseconds on a clock that never steps. */
export function progressLine(
  flags: Flags,
  { stderr, env }: Pick<Runtime, 'stderr' | 'env'>,
  now: () => number = () => performance.now(),
): ProgressLine {
  const silent = stderr.isTTY !== true || env.TERM === 'dumb' || (env.CI ?? '') !== '' || booleanFlag(flags, 'quiet');
  if (silent) return { show: () => undefined, end: () => undefined };
  let phase: Progress['phase'] | null = null;
  let drawnAt = 0;
  return {
    show: (progress) => {
      if (progress.phase === phase && now() - drawnAt < INTERVAL_MS) return;
      phase = progress.phase;
      drawnAt = now();
      const { done, total, about } = progress;
      const counted = `${PHASES[phase]}: ${done} of ${total}`;
      const text = total === 0 ? `${PHASES[phase]} ...` : about === undefined ? counted : `${counted}, ${about}`;
      stderr.write(`\r\x1b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    end: () => {
      if (phase !== null) stderr.write('\r\x1b[2K');
      phase = null;
    },
  };
}
