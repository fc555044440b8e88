/**
 * A control that answers on an audited port which its segment may use nowhere there is no control but a hole: mail can go where
 * the control went. Only TCP was tried on it, so the finding is of medium severity. Where something on the way answers for everybody, it
 * is that which answered.
 */
import { endpointText } from '../model/address.ts';
import { boundaryOf } from '../model/boundary.ts';
import type { ControlRecord, Evidence } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import { permits } from '../model/permits.ts';
import type { Policy } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import { resolutionOf } from '../model/resolution.ts';
import type { Interference } from './interference.ts';
import { type Draft, NO_SUBJECT } from './row.ts';
import type { Takeover } from './ways-out.ts';

/**
 * `questions` are the run's own: where one of them asked about the same flow, its row tells. A control in the segment itself
 * crosses no firewall, and a leg for which a later run speaks has nothing more to tell.
 */
export function controlHoles(
  policy: Policy,
  evidence: Evidence,
  { questions, interference }: { readonly questions: readonly Question[]; readonly interference: Interference },
): Draft[] {
  const resolution = resolutionOf(evidence.records);
  const asked = new Set(questions.map(({ segment, address, port }) => JSON.stringify([segment, address, port])));
  const legs = new Set(evidence.header.vantage.legs.map(({ segment, source }) => JSON.stringify([segment, source])));
  return evidence.records.flatMap((record) => {
    if (record.type !== 'control' || record.address === null || classOf(record.outcome) !== 'open') return [];
    const { segment, address, port } = record;
    if (!policy.audit.ports.includes(port) || asked.has(JSON.stringify([segment, address, port]))) return [];
    if (!legs.has(JSON.stringify([segment, record.source])) || boundaryOf(policy, segment, address) === 'neighbour') return [];
    if (permits(policy, resolution, { segment, address, port }).length > 0) return [];
    return [holeOf(policy, record, endpointText(address, port), interference.of({ ...record, address }).takeover)];
  });
}

function holeOf(policy: Policy, control: ControlRecord, target: string, takeover: Takeover | null): Draft {
  const { segment, host, port, family, source, reason, at } = control;
  const fault = `The control ${target} (${host}) answered ${segment} (${source}) on an audited port, and no rule allows that flow.`;
  const advice =
    takeover === null
      ? `Name a control on another port, such as 443, and find out why this one is open. ${reason}`
      : `Not it, but something on the way answered. ${takeover.text}`;
  return {
    subject: { ...NO_SUBJECT, code: takeover === null ? 'egress-open' : 'intercepted', segment, host, port, family },
    severity: takeover?.severity ?? 'medium',
    detail: `${fault} ${advice}`,
    location: policy.segments.find(({ name }) => name === segment)?.location ?? null,
    evidence: { reason, at },
  };
}
