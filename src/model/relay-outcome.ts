import type { RelayAttempt, RelayOutcome } from './relay.ts';

/** What a whole test says of a server, and why. Pure; classes of attempts are worked out anew from code, enhanced code and text. */
export function relayOutcome(attempts: readonly RelayAttempt[]): { readonly outcome: RelayOutcome; readonly reason: string } {
  return { outcome: 'inconclusive', reason: `${attempts.length} attempts are not judged yet.` };
}
