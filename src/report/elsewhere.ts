/**
 * What a report says of `elsewhere` where a configuration lets mail through to it: whoever wrote a policy for the internet did not think of the
 * other networks of his own.
 */
import { isEmpty, PRIVATE, setOfNetworks, subtract } from '../model/address-set.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import type { ConfigurationCheck, Result } from '../model/result.ts';
import { isReview } from './changes.ts';

/** @returns null where nothing that is told as `elsewhere` is against the policy. */
export function elsewhereNote(result: Result): string | null {
  const against = isReview(result) ? [] : result.checks.filter(isElsewhere);
  if (against.length === 0) return null;
  const rows = against.flatMap(({ rows: of }) => of.filter(({ outcome }) => outcome !== 'denied'));
  const inside = rows.length > 0 && isEmpty(subtract(setOfNetworks(rows.flatMap(({ destinations }) => destinations)), PRIVATE));
  const which = inside ? ', here private ones alone: other networks of your own' : '';
  return `elsewhere: every address that no destination of the policy holds${which}. Where mail may go there, let a rule of the policy say so (to: any, or to a destination such as inside: { networks: [private] }); else narrow the line`;
}

function isElsewhere(check: Result['checks'][number]): check is ConfigurationCheck {
  return check.kind === 'configuration' && check.destination === ELSEWHERE && check.verdict === 'violation' && !check.waived;
}
