/**
 * What is shown of a whole way out: one leg, one port, all that lies beyond the boundary. A device that answers for everybody there shows by an
 * answer from an address that nobody can have, by one mark on the servers of many, or by the certificate that it showed in a sentinel's place.
 *
 * @see RFC 5737, RFC 3849 (addresses for documentation)
 */
import { type Address, endpointText, familyName, familyOf, parseAddress } from '../model/address.ts';
import { boundaryOf } from '../model/boundary.ts';
import type { DocumentationRecord, Evidence, EvidenceRecord, Observation } from '../model/evidence.ts';
import type { Severity } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf } from '../model/outcome.ts';
import type { Policy } from '../model/policy.ts';
import type { Testimonies } from './receipts.ts';
import { type Member, sharedMarks } from './shared-marks.ts';

/** Something answers in the destination's place. */
export interface Takeover {
  readonly severity: Extract<Severity, 'critical' | 'high'>;
  readonly text: string;
}

export interface WayOut {
  /** About everything that goes this way; null: nothing is shown. */
  readonly all: Takeover | null;
  /** About single endpoints. */
  readonly some: ReadonlyMap<Address, Takeover>;
  /** Signs that are not enough, one sentence each. */
  readonly hints: readonly string[];
}

export interface Flow {
  readonly segment: string;
  readonly source: Address;
  readonly address: Address;
  readonly port: number;
}

/** Ways out of one run, by `wayKey`; what is not in it shows nothing. */
export function waysOut(policy: Policy, { records }: Evidence, testimonies: Testimonies): ReadonlyMap<string, WayOut> {
  const taken = takenAddresses(policy, records);
  const answered = records.filter((record): record is DocumentationRecord => isForNobody(policy, record, taken));
  const spoken = records.flatMap((record) => memberOf(policy, record, testimonies));
  const answers = groupBy(answered, wayKey);
  const members = groupBy(spoken, ({ flow }) => wayKey(flow));
  const impostors = impostorsIn(records, testimonies);
  const keys = new Set([...answers.keys(), ...members.keys()]);
  return new Map([...keys].map((key) => [key, wayOut(answers.get(key) ?? [], members.get(key) ?? [], impostors)]));
}

export function wayKey({ segment, source, address, port }: Flow): string {
  return JSON.stringify([segment, source, familyOf(address), port]);
}

function wayOut(
  answers: readonly DocumentationRecord[],
  members: readonly { readonly member: Member }[],
  impostors: Impostors,
): WayOut {
  const marks = sharedMarks(members.map(({ member }) => member));
  const shown = marks.filter(({ strength }) => strength === 'conclusive');
  const takeovers = [
    ...documentationAnswers(answers),
    ...shown.filter(({ everywhere }) => everywhere).map(({ text }) => critical(text)),
  ];
  const some = [
    ...shown.flatMap(({ addresses, text }) => addresses.map((address) => [address, critical(text)] as const)),
    ...members.flatMap(({ member }) => impostureOf(member, impostors)),
  ];
  return {
    all: takeovers[0] === undefined ? null : joined(takeovers),
    some: new Map(some),
    hints: marks.filter(({ strength }) => strength === 'strong').map(({ text }) => text),
  };
}

function critical(text: string): Takeover {
  return { severity: 'critical', text };
}

/** Names of sentinels by the fingerprint of a certificate that something on the way showed in their place. */
type Impostors = ReadonlyMap<string, string>;

function impostorsIn(records: readonly EvidenceRecord[], testimonies: Testimonies): Impostors {
  return new Map(
    records.flatMap((record): [string, string][] => {
      if (record.type !== 'observation' && record.type !== 'attestation') return [];
      const testimony = testimonies.get(record);
      const certificate = record.dialogue?.tls?.certificate ?? null;
      return testimony?.reach?.level === 'tls-intercepted' && certificate !== null
        ? [[certificate.fingerprint, testimony.sentinel]]
        : [];
    }),
  );
}

/** A trusted certificate for its name may be a whole organisation's, and end TLS before its sentinel as well. */
function impostureOf({ host, address, dialogue, genuine }: Member, impostors: Impostors): [Address, Takeover][] {
  const sentinel = impostors.get(dialogue.tls?.certificate?.fingerprint ?? '');
  if (sentinel === undefined || genuine) return [];
  const text = `${host} shows the certificate that something on the way shows in place of sentinel ${sentinel}, whose TLS it ends.`;
  return [[address, critical(text)]];
}

function joined(takeovers: readonly Takeover[]): Takeover {
  return {
    severity: takeovers.some(({ severity }) => severity === 'critical') ? 'critical' : 'high',
    text: takeovers.map(({ text }) => text).join(' '),
  };
}

/** One sentence for all of them: where one answers, so do the others. */
function documentationAnswers(answers: readonly DocumentationRecord[]): Takeover[] {
  const [first] = answers;
  if (first === undefined) return [];
  const spoke = answers.some(({ dialogue }) => dialogue !== null && dialogue.greeting !== null);
  const { segment, source, address, port } = first;
  const text = `${endpointText(address, port)}, an address that nobody can have, answered ${segment} (${source}): over ${familyName(familyOf(address))} something on the way answers on port ${port} for every address outside.`;
  // A SYN proxy does this as well: it completes handshakes, and passes on what follows.
  return spoke
    ? [{ severity: 'critical', text }]
    : [{ severity: 'high', text: `${text} Beyond the TCP handshake nothing came from there.` }];
}

/** Whether a record is an answer that nobody can have given. Laboratories use such addresses as others do: what the policy names has an owner. */
function isForNobody(policy: Policy, record: EvidenceRecord, taken: ReadonlySet<string>): boolean {
  if (record.type !== 'documentation' || classOf(record.outcome) !== 'open') return false;
  return boundaryOf(policy, record.segment, record.address) === 'public' && !taken.has(record.address);
}

function takenAddresses(policy: Policy, records: readonly EvidenceRecord[]): ReadonlySet<string> {
  const hosts = [
    ...policy.destinations.flatMap(({ hosts: named, probes }) => [
      ...named,
      ...probes.flatMap((probe) => (probe.kind === 'host' ? probe.host : [])),
    ]),
    ...[...policy.sentinels, ...policy.servers, ...policy.audit.controls].map(({ host }) => host),
    ...policy.segments.flatMap(({ controls }) => controls.map(({ host }) => host)),
  ];
  const resolved = records.flatMap((record) => (record.type === 'resolution' ? record.addresses : []));
  return new Set([...hosts.flatMap((host) => parseAddress(host) ?? []), ...resolved]);
}

/** The user's own servers are one operator's, whatever they are called. */
function memberOf(policy: Policy, record: EvidenceRecord, testimonies: Testimonies): { flow: Flow; member: Member }[] {
  if (record.type !== 'observation' || record.address === null || record.dialogue === null) return [];
  const { segment, source, host, address, port, dialogue } = record;
  if (dialogue.greeting === null || boundaryOf(policy, segment, address) !== 'public') return [];
  const arrived = (testimonies.get(record)?.reach?.genuine.length ?? 0) > 0;
  if (isOwn(policy, record) && !arrived) return [];
  return [
    { flow: { segment, source, address, port }, member: { host, address, dialogue, genuine: arrived || isCertified(record) } },
  ];
}

function isOwn(policy: Policy, { destination, host }: Observation): boolean {
  return (
    policy.destinations.some(({ name, own }) => own && name === destination) ||
    [...policy.servers, ...policy.sentinels].some((one) => one.host === host || ('relay' in one && one.name === destination))
  );
}

/** A trusted certificate for the name that was asked for. */
function isCertified({ dialogue }: Pick<Observation, 'dialogue'>): boolean {
  const tls = dialogue?.tls ?? null;
  return tls !== null && tls.version !== null && tls.serverName !== null && tls.certificate !== null && tls.problems.length === 0;
}
