/**
 * `family-gap`: one flow, two families, two treatments. Where every judged row of one family got through and every one of
 * the other was blocked, somebody forgot half of a rule. Addresses (unlike names) are compared by destination, since each is
 * of one family only.
 */
import type { Family } from '../model/address.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import { isName } from '../model/endpoint.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf, type OutcomeClass } from '../model/outcome.ts';
import { type CheckDraft, type Draft, NO_SUBJECT, type Row } from './row.ts';

type Passage = 'open' | 'blocked';

/** The rows (of configurations those of one firewall) with a further finding on each of those that differ from their other family. */
export function withFamilyGaps(rows: readonly Row[]): readonly Row[] {
  const drafts = new Map<Row, Draft>();
  for (const flow of groupBy(rows, flowKey).values()) {
    const ipv4 = passageOf(flow, 'ipv4');
    const ipv6 = passageOf(flow, 'ipv6');
    if (ipv4 === null || ipv6 === null || ipv4 === ipv6) continue;
    for (const row of flow.filter(({ check }) => check.verdict === 'violation')) drafts.set(row, gapDraft(row, ipv4, ipv6));
  }
  return rows.map((row) => {
    const draft = drafts.get(row);
    return draft === undefined ? row : { ...row, drafts: [...row.drafts, draft] };
  });
}

function flowKey({ check }: Row): string {
  const host = check.host !== null && isName(check.host) ? check.host : '';
  return JSON.stringify([check.kind, check.segment, check.destination, host, check.port, check.expect]);
}

/** Null where a family was not judged, or was treated both ways in itself. */
function passageOf(flow: readonly Row[], family: Family): Passage | null {
  const passages = new Set(
    flow
      .filter(({ check }) => check.family === family && check.verdict !== 'inconclusive')
      // Where something else answered, how far the flow gets is not known.
      .filter(({ drafts }) => !drafts.some(({ subject }) => subject.code === 'intercepted'))
      .flatMap(({ check }) => passageIn(check)),
  );
  const [passage] = passages;
  return passages.size === 1 && (passage === 'open' || passage === 'blocked') ? passage : null;
}

function passageIn(check: CheckDraft): readonly (OutcomeClass | 'diverted')[] {
  if (check.kind === 'relay' || check.outcome === null) return [];
  if (check.kind !== 'configuration') return [classOf(check.outcome)];
  return [CONFIGURATION_PASSAGES[check.outcome]];
}

const CONFIGURATION_PASSAGES = { permitted: 'open', denied: 'blocked', redirected: 'diverted', conditional: 'mute' } as const;

function gapDraft({ check, host: written, drafts }: Row, ipv4: Passage, ipv6: Passage): Draft {
  const word = (passage: Passage): string => (passage === 'open' ? 'gets through' : 'is blocked');
  const host = written !== null && isName(written) ? written : null;
  const target = check.destination === ELSEWHERE ? 'addresses of no destination' : check.destination;
  return {
    subject: {
      ...NO_SUBJECT,
      code: 'family-gap',
      segment: check.segment,
      destination: check.destination,
      host,
      port: check.port,
      firewall: check.kind === 'configuration' ? check.firewall : null,
    },
    severity: null,
    detail: `${check.segment} to ${host ?? target}:${check.port} ${word(ipv4)} over IPv4 and ${word(ipv6)} over IPv6: the rules of one family lack what those of the other say.`,
    location: drafts[0]?.location ?? null,
    evidence: { ipv4, ipv6 },
  };
}
