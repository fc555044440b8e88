/** Relay tests as rows: with the shapes that were tried, and what was accepted as the proof. */
import { familyOf } from '../model/address.ts';
import type { RelayRecord } from '../model/evidence.ts';
import type { Subject } from '../model/finding.ts';
import type { RelayQuestion } from '../model/relay-question.ts';
import type { RelayRuling } from './relay-verdict.ts';
import { type CheckDraft, type Draft, NO_SUBJECT, type Row } from './row.ts';

/** The question, or what stands for it where nobody could ask: then it has no leg. */
type About = Omit<RelayQuestion, 'leg' | 'problem'> & { readonly leg: RelayQuestion['leg'] | null };

export function relayRow(question: RelayQuestion, record: RelayRecord, ruling: RelayRuling): Row {
  const { outcome, verdict, proof, reason, attempts } = ruling;
  const seen = { outcome, verdict, proof, reason, attempts, elapsedMs: Math.round(record.elapsedMs) };
  const evidence = proofOf(record, ruling);
  const where = `${question.server.name} (${record.address}, port ${record.port}), asked from ${record.segment} (${record.source})`;
  const code = verdict === 'inconclusive' ? 'not-judged' : ruling.code;
  const detail = code === 'not-judged' ? reason : `${where}: ${reason}`;
  return rowOf(question, seen, code === null ? [] : [draftOf(question, code, detail, evidence)]);
}

/** A server that was not tested, or from which no answer came. */
export function untestedRow(about: About, record: RelayRecord | null, reason: string): Row {
  const seen = {
    outcome: 'inconclusive',
    verdict: 'inconclusive',
    proof: 'none',
    reason,
    attempts: record?.attempts ?? [],
    elapsedMs: record === null ? null : Math.round(record.elapsedMs),
  } as const;
  return rowOf(about, seen, [draftOf(about, 'not-judged', reason, record === null ? {} : { transcript: record.transcript })]);
}

function rowOf(about: About, seen: Seen, drafts: readonly Draft[]): Row {
  const { id, server, leg, address, port } = about;
  const check: CheckDraft = {
    id,
    kind: 'relay',
    server: server.name,
    segment: leg?.segment ?? null,
    source: leg?.source ?? null,
    destination: null,
    host: server.host,
    address,
    family: address === null ? null : familyOf(address),
    port,
    expect: server.relay === 'internal' ? 'allow' : 'deny',
    rule: null,
    detail: null,
    ...seen,
  };
  return { check, host: server.host, drafts };
}

type Seen = Pick<RelayRuling, 'outcome' | 'verdict' | 'proof' | 'reason' | 'attempts'> & { readonly elapsedMs: number | null };

function draftOf(about: About, code: Subject['code'], detail: string, evidence: Draft['evidence']): Draft {
  const { server, leg, address, port } = about;
  const family = address === null ? null : familyOf(address);
  const subject = { ...NO_SUBJECT, code, segment: leg?.segment ?? null, host: server.host, port, family, server: server.name };
  return { subject, severity: null, detail, location: server.location, evidence };
}

/** What a reader needs to believe the finding, or to doubt it. */
function proofOf(record: RelayRecord, { outcome, attempts }: RelayRuling): Draft['evidence'] {
  const { at, elapsedMs, address, authorisedBy, battery, level, names, connections, delivery, failure, transcript } = record;
  return {
    outcome,
    accepted: attempts.filter((attempt) => attempt.id.startsWith('B') && attempt.class === 'accepted'),
    at,
    elapsedMs,
    address,
    authorisedBy,
    battery,
    level,
    names,
    connections,
    delivery,
    failure,
    transcript,
  };
}
