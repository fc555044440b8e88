/** What a ruling leaves for a reader: a finding for each fault, with what is needed to believe it, or to doubt it. */
import type { Observation } from '../model/evidence.ts';
import type { Location } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Shown } from './interference.ts';
import type { Ruling } from './question-ruling.ts';
import type { Draft } from './row.ts';

export interface Ruled {
  readonly question: Question;
  readonly observation: Observation | null;
  readonly ruling: Ruling;
  readonly location: Location | null;
  readonly shown: Shown;
}

export function draftsOf({ question, observation, ruling, location, shown }: Ruled): Draft[] {
  const evidence = observation === null ? {} : { ...proofOf(observation), ...interferenceOf(observation, shown) };
  const subject = {
    segment: question.segment,
    destination: question.destination,
    host: question.written,
    port: question.port,
    family: question.family,
    server: null,
    firewall: null,
    row: null,
  };
  if (ruling.verdict === 'inconclusive') {
    return [{ subject: { ...subject, code: 'not-judged' }, severity: null, detail: ruling.reason, location, evidence }];
  }
  return ruling.faults.map(({ code, severity, detail }) => ({
    subject: { ...subject, code },
    severity,
    detail,
    location,
    evidence,
  }));
}

function proofOf(observation: Observation): Readonly<Record<string, unknown>> {
  const { outcome, detail, reason, error, at, elapsedMs, connectMs, dialogue } = observation;
  return {
    outcome,
    detail,
    reason,
    error,
    at,
    elapsedMs,
    connectMs,
    address: observation.address,
    certificate: dialogue?.tls?.certificate ?? null,
    transcript: dialogue?.transcript ?? [],
  };
}

/** Receipts go with this end's account of the connection, so that they can be verified without the evidence file. */
function interferenceOf({ dialogue }: Observation, shown: Shown): Readonly<Record<string, unknown>> {
  const { testimony, masked, stripped, rewritten, takeover, hints } = shown;
  const signs = [masked, stripped, rewritten, takeover?.text ?? null, ...hints.map(({ text }) => text)].filter(
    (text) => text !== null,
  );
  const reach = testimony?.reach ?? null;
  const refused = reach?.refused.map(({ why, message }) => ({ why, message })) ?? [];
  return {
    ...(signs.length > 0 ? { signs } : {}),
    ...(testimony === null
      ? {}
      : {
          sentinel: testimony.sentinel,
          reach: reach === null ? null : { level: reach.level, changed: reach.changed, reasons: reach.reasons, refused },
          receipts: dialogue?.receipts ?? [],
        }),
  };
}
