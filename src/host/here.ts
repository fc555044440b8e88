/** Who and when: what a run that sends nothing says of itself. */
import { hostname } from 'node:os';
import type { Clock } from '../model/outside.ts';
import { systemClock } from './clock.ts';
import { HOST_PLATFORM } from './network.ts';
import { newRunId } from './run-id.ts';

export interface Here {
  readonly clock: Clock;
  readonly hostname: string;
  readonly platform: string;
  readonly runId: string;
}

export function here(): Here {
  return { clock: systemClock, hostname: hostname(), platform: HOST_PLATFORM, runId: newRunId() };
}
