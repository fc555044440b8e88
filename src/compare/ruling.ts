import type { ReconciledRow } from '../model/reconciliation.ts';
import type { Arrival, ReceiptSeen } from './arrivals.ts';

/** What became of one probe, and what shows it. */
export interface Ruling extends Pick<ReconciledRow, 'reading' | 'reason' | 'matched'> {
  /** What arrived of it, as far as can be told. */
  readonly arrived: readonly (Arrival | ReceiptSeen)[];
}

export function unsure(arrived: readonly Arrival[], reason: string): Ruling {
  return { reading: 'ambiguous', reason, matched: null, arrived };
}
