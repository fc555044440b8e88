/** What one probe saw: a closed set that the verdict table is written over. */

/** The port is open: traffic gets out. */
export const OPEN_OUTCOMES = ['open-smtp', 'open-refusing', 'open-other', 'open-silent', 'open-closed', 'open-reset'] as const;
/** It did not connect, and something on the way or at the target may be the reason: one class for the verdict. */
export const BLOCKED_OUTCOMES = ['dropped', 'rejected', 'refused'] as const;
/** Says nothing about the firewall. */
export const MUTE_OUTCOMES = ['host-down', 'no-route', 'local-block', 'unresolved', 'probe-error', 'aborted'] as const;

export type OpenOutcome = (typeof OPEN_OUTCOMES)[number];
export type BlockedOutcome = (typeof BLOCKED_OUTCOMES)[number];
export type MuteOutcome = (typeof MUTE_OUTCOMES)[number];
export type Outcome = OpenOutcome | BlockedOutcome | MuteOutcome;

export type OutcomeClass = 'open' | 'blocked' | 'mute';

const CLASSES: ReadonlyMap<Outcome, OutcomeClass> = new Map<Outcome, OutcomeClass>([
  ...OPEN_OUTCOMES.map((outcome) => [outcome, 'open'] as const),
  ...BLOCKED_OUTCOMES.map((outcome) => [outcome, 'blocked'] as const),
  ...MUTE_OUTCOMES.map((outcome) => [outcome, 'mute'] as const),
]);

/** The class that verdicts hang on; which of the blocked outcomes it was changes none. */
export function classOf(outcome: Outcome): OutcomeClass {
  const found = CLASSES.get(outcome);
  if (found === undefined) throw new TypeError(`not an outcome: ${outcome}`);
  return found;
}

/** Whether it is a rejection that may be an absence: Linux makes EHOSTUNREACH of a host that is not there, and of one that is prohibited. */
export function mayBeAbsence({
  outcome,
  error,
}: {
  readonly outcome: Outcome;
  readonly error: { readonly code: string } | null;
}): boolean {
  return outcome === 'rejected' && error?.code === 'EHOSTUNREACH';
}
