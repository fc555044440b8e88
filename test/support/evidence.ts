/** Builds evidence for the comparator: a run in which everything happened at set times. */
import { familyOf } from '../../src/model/address.ts';
import type { Dialogue, TlsSession } from '../../src/model/dialogue.ts';
import type {
  AttestationRecord,
  ControlRecord,
  DocumentationRecord,
  Evidence,
  EvidenceRecord,
  Observation,
  ProbeReport,
  Vantage,
} from '../../src/model/evidence.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Policy } from '../../src/model/policy.ts';
import { questionsOf } from '../../src/model/question.ts';
import { resolutionOf } from '../../src/model/resolution.ts';
import { at } from './address.ts';

export const START: number = Date.parse('2026-11-21T20:00:00.000Z');

export interface Seen {
  readonly outcome: Outcome;
  /** Seconds after the start of the run; 60 unless told. */
  readonly at?: number;
  readonly pass?: 'scan' | 'confirm';
  readonly dialogue?: Dialogue | null;
  readonly detail?: string;
  /** Code of connect()'s error. */
  readonly error?: string;
}

export interface RunSpec {
  readonly id?: string;
  readonly hostname?: string;
  /** `workstations 10.20.0.5`. */
  readonly legs: readonly string[];
  /** By the end of the question's id: `internet/198.51.100.7:25`. What is not here was seen `dropped`; null: nobody asked. */
  readonly seen?: Readonly<Record<string, Outcome | Seen | readonly Seen[] | null>>;
  /** `www.example.net 203.0.113.80:443 0+ 30+ 120-`: host, target, seconds with + answered or - failed. */
  readonly controls?: readonly string[];
  readonly unnamed?: readonly string[];
  /** `mx.example.org 198.51.100.7 2001:db8:f::25`, or `mx.example.org !ENOTFOUND`. */
  readonly names?: readonly string[];
  readonly trailer?: 'complete' | 'interrupted' | 'missing';
  readonly startedAt?: number;
  readonly ipv6?: boolean;
  readonly addresses?: readonly string[];
  readonly segments?: readonly string[];
  readonly digest?: string;
  readonly platform?: string;
  /** Records of other kinds, as they are: documentation, attestation, relay. */
  readonly extra?: readonly EvidenceRecord[];
}

export function evidenceOf(policy: Policy, spec: RunSpec): Evidence {
  const start = spec.startedAt ?? START;
  const legs = spec.legs.map((text) => {
    const [segment = '', source = ''] = text.split(' ');
    const address = at(source);
    return { segment, source: address, family: familyOf(address), asserted: false };
  });
  const vantage: Vantage = {
    hostname: spec.hostname ?? `host-${legs[0]?.segment ?? 'none'}`,
    platform: spec.platform ?? 'linux',
    addresses: [...legs.map(({ source }) => source), ...(spec.addresses ?? []).map(at)],
    segments: spec.segments ?? [...new Set(legs.map(({ segment }) => segment))],
    legs,
    ipv6: spec.ipv6 ?? false,
  };
  const names = (spec.names ?? []).map((text): EvidenceRecord => nameRecord(text, start));
  const controls = [
    ...(spec.controls ?? []).flatMap((text) => legs.flatMap((leg) => controlRecords(text, leg, true, start))),
    ...(spec.unnamed ?? []).flatMap((text) => legs.flatMap((leg) => controlRecords(text, leg, false, start))),
  ];
  const observations = questionsOf(policy, vantage, resolutionOf(names)).flatMap((question): Observation[] => {
    const key = Object.keys(spec.seen ?? {}).find((end) => question.id.endsWith(end));
    const told = key === undefined ? 'dropped' : spec.seen?.[key];
    if (told === null || told === undefined) return [];
    const list: readonly Seen[] = typeof told === 'string' ? [{ outcome: told }] : 'outcome' in told ? [told] : told;
    return list.map((seen) => ({
      type: 'observation',
      id: question.id,
      pass: seen.pass ?? 'scan',
      segment: question.segment,
      source: question.source,
      destination: question.destination,
      host: question.host,
      address: question.address,
      port: question.port,
      ...reportOf(seen, start),
      outcome: question.problem === null ? seen.outcome : 'unresolved',
      reason: `${question.host}:${question.port} was ${seen.outcome}.`,
    }));
  });
  const records = [...names, ...controls, ...observations, ...(spec.extra ?? [])];
  return {
    header: {
      type: 'header',
      schema: 'postern.evidence/1',
      tool: { name: 'postern', version: '0.0.0' },
      policy: { name: policy.name, digest: spec.digest ?? policy.digest },
      run: { id: spec.id ?? `run-${legs[0]?.segment ?? 'none'}`, startedAt: new Date(start).toISOString() },
      vantage,
      operator: null,
      reference: null,
      settings: { timeoutMs: 8000, concurrency: 32, ports: policy.audit.ports, relay: null },
    },
    records,
    trailer:
      spec.trailer === 'missing'
        ? null
        : {
            type: 'trailer',
            count: records.length,
            sha256: '0'.repeat(64),
            finishedAt: new Date(start + 180_000).toISOString(),
            interrupted: spec.trailer === 'interrupted',
          },
  };
}

function controlRecords(text: string, leg: Vantage['legs'][number], named: boolean, start: number): ControlRecord[] {
  const [host = '', target = '', ...times] = text.split(' ');
  const cut = target.lastIndexOf(':');
  const address = target.startsWith('?') ? null : at(target.slice(0, cut).replace(/[[\]]/g, ''));
  if (address !== null && familyOf(address) !== leg.family) return [];
  return times.map((time, index) => ({
    type: 'control',
    phase: index === 0 ? 'start' : index === times.length - 1 ? 'end' : 'middle',
    segment: leg.segment,
    family: leg.family,
    source: leg.source,
    host,
    address,
    port: Number(target.slice(cut + 1)),
    named,
    outcome: time.endsWith('+') ? 'open-silent' : address === null ? 'unresolved' : 'dropped',
    reason: 'as told',
    at: new Date(start + Number.parseInt(time, 10) * 1000).toISOString(),
    elapsedMs: 3,
  }));
}

function nameRecord(text: string, start: number): EvidenceRecord {
  const [name = '', ...rest] = text.split(' ');
  const mx = name.startsWith('mx:');
  const error = rest[0]?.startsWith('!') === true ? rest[0].slice(1) : null;
  return {
    type: 'resolution',
    lookup: mx ? 'mx' : 'address',
    name: mx ? name.slice(3) : name,
    addresses: mx || error !== null ? [] : rest.map(at),
    exchangers: mx && error === null ? rest : [],
    error,
    at: new Date(start).toISOString(),
  };
}

/** Where a record of a kind of its own comes from and goes to: `workstations 10.20.0.5 > 192.0.2.1:25`. */
function placeOf(text: string): Pick<DocumentationRecord, 'segment' | 'family' | 'source' | 'address' | 'port'> {
  const [, segment = '', from = '', to = '', port = ''] = /^(\S+) (\S+) > \[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  const source = at(from);
  return { segment, family: familyOf(source), source, address: at(to), port: Number(port) };
}

function reportOf(seen: Seen, start: number): ProbeReport & { readonly at: string } {
  return {
    at: new Date(start + (seen.at ?? 60) * 1000).toISOString(),
    outcome: seen.outcome,
    detail: seen.detail ?? null,
    reason: `It was ${seen.outcome}.`,
    error: seen.error === undefined ? null : { code: seen.error, syscall: 'connect' },
    elapsedMs: 12,
    connectMs: seen.outcome.startsWith('open') ? 3 : null,
    dialogue: seen.dialogue ?? null,
  };
}

/** @param place  `workstations 10.20.0.5 > 203.0.113.1:25`. */
export function documentationOf(place: string, seen: Seen, start: number = START): DocumentationRecord {
  return { type: 'documentation', ...placeOf(place), ...reportOf(seen, start) };
}

/** What sentinel edge said on a port that no question is about. */
export function attestationOf(place: string, seen: Seen, start: number = START): AttestationRecord {
  return { type: 'attestation', sentinel: 'edge', host: 'edge.example.net', ...placeOf(place), ...reportOf(seen, start) };
}

const GOOD_TLS: TlsSession = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  serverName: null,
  certificate: null,
  problems: [],
};

/** A dialogue with a well kept submission server, but for what is told. */
export function dialogueOf(changes: Partial<Dialogue> = {}): Dialogue {
  return {
    mode: 'clear',
    greeting: { code: 220, enhanced: null, lines: ['mail.example.net ESMTP'] },
    ehlo: { code: 250, enhanced: null, lines: ['mail.example.net', 'STARTTLS'] },
    keywords: ['STARTTLS'],
    starttls: { offered: true, reply: { code: 220, enhanced: null, lines: ['ready'] } },
    tls: GOOD_TLS,
    keywordsTls: ['AUTH PLAIN LOGIN'],
    mail: null,
    rcpt: null,
    failure: null,
    injected: null,
    echo: null,
    receipts: [],
    transcript: ['S: 220 mail.example.net ESMTP'],
    ...changes,
  };
}
