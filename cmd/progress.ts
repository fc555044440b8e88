/** One line on stderr that tells how far a run is: only on a terminal that somebody looks at. */
import type { Progress } from '../src/scan.ts';
import { booleanFlag, type Flags } from './command.ts';
import type { Runtime } from './runtime.ts';

const INTERVAL_MS = 100;

export interface ProgressLine {
  show(progress: Progress): void;
  /** Wipes the line; nothing is shown after it. */
  end(): void;
}

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  controls: 'Probing controls',
  scan: 'Probing',
  confirm: 'Confirming what was blocked, at a pace',
};

export function progressLine(flags: Flags, { stderr, env }: Pick<Runtime, 'stderr' | 'env'>): ProgressLine {
  const silent = stderr.isTTY !== true || (env.CI ?? '') !== '' || booleanFlag(flags, 'quiet');
  if (silent) return { show: () => undefined, end: () => undefined };
  let last: Progress | null = null;
  let shown = false;
  const draw = (): void => {
    if (last === null) return;
    const { phase, done, total } = last;
    const text = total === 0 ? `${PHASES[phase]} …` : `${PHASES[phase]}: ${done} of ${total}`;
    stderr.write(`\r\x1b[2K${text.slice(0, (stderr.columns ?? 80) - 1)}`);
    shown = true;
    last = null;
  };
  const timer = setInterval(draw, INTERVAL_MS);
  timer.unref();
  return {
    show: (progress) => {
      last = progress;
    },
    end: () => {
      clearInterval(timer);
      if (shown) stderr.write('\r\x1b[2K');
    },
  };
}
