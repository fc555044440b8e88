/**
 * Receipts that evidence holds, and how far each shows that its connection went. Verified here once more, with the policy's own keys: what the
 * scanner made of them counts for nothing.
 */
import type { Address } from '../model/address.ts';
import type { Dialogue, ReceiptExchange } from '../model/dialogue.ts';
import type { AttestationRecord, Evidence, Observation } from '../model/evidence.ts';
import type { Policy, Sentinel } from '../model/policy.ts';
import { sentinelAt } from '../model/sentinel-at.ts';
import { type PublicKey, parsePublicKey } from '../receipt/keys.ts';
import { answeredReceipts, type Reach, reachOf } from '../receipt/reach.ts';

/** What the receipts of one dialogue with a sentinel come to. */
export interface Testimony {
  readonly sentinel: string;
  readonly address: Address;
  /** Null where the receipts decide nothing: `open` says why. */
  readonly reach: Reach | null;
  /** What they leave open, one sentence; null: nothing. */
  readonly open: string | null;
  /** STARTTLS itself was changed on its way to the sentinel: the first receipt has the same bytes at both ends, the one after STARTTLS has not. */
  readonly starttlsChanged: boolean;
}

/** By record; only of sentinels whose key the policy gives. */
export type Testimonies = ReadonlyMap<Observation | AttestationRecord, Testimony>;

/**
 * A nonce that stands twice, in one evidence or in two, was shown twice: neither receipt proves anything. The very same record twice in one
 * evidence is one line that was copied along with the file's others, and shows nothing twice.
 */
export function testimoniesIn(policy: Policy, evidence: readonly Evidence[]): Testimonies {
  const sentinels = policy.sentinels.flatMap((sentinel) => {
    const key = sentinel.publicKey === null ? null : parsePublicKey(sentinel.publicKey);
    return key === null ? [] : [{ sentinel, key }];
  });
  const spent = spentNonces(evidence);
  const testimonies = new Map<Observation | AttestationRecord, Testimony>();
  if (sentinels.length === 0) return testimonies;
  for (const record of evidence.flatMap(({ records }) => records)) {
    if (record.type !== 'observation' && record.type !== 'attestation') continue;
    const { address, dialogue } = record;
    if (address === null || dialogue === null) continue;
    const known = sentinels.find(({ sentinel }) => isAt(sentinel, record, policy));
    if (known !== undefined) testimonies.set(record, testimonyOf({ ...known, record, address, dialogue, spent }));
  }
  return testimonies;
}

function isAt({ name }: Sentinel, record: Observation | AttestationRecord, policy: Policy): boolean {
  if (record.type === 'attestation') return record.sentinel === name;
  return sentinelAt(policy, record.host, record.port)?.name === name;
}

function spentNonces(evidence: readonly Evidence[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const spent = new Set<string>();
  for (const { records } of evidence) {
    const spoken = records.flatMap((record) =>
      (record.type === 'observation' || record.type === 'attestation') && record.dialogue !== null ? [record] : [],
    );
    for (const { dialogue } of new Map(spoken.map((record) => [JSON.stringify(record), record])).values()) {
      for (const { nonce } of dialogue?.receipts ?? []) (seen.has(nonce) ? spent : seen).add(nonce);
    }
  }
  return spent;
}

interface Held {
  readonly sentinel: Sentinel;
  readonly key: PublicKey;
  readonly record: Observation | AttestationRecord;
  readonly address: Address;
  readonly dialogue: Dialogue;
  readonly spent: ReadonlySet<string>;
}

function testimonyOf({ sentinel, key, record, address, dialogue, spent }: Held): Testimony {
  const asked = {
    publicKey: key,
    port: record.port,
    at: Date.parse(record.at),
    expectedSources: sentinel.expectedSources,
    spent,
  };
  const answered = answeredReceipts(dialogue);
  const reach = reachOf(answered, asked);
  const before = reachOf(
    answered.filter(({ when }) => when === 'clear'),
    asked,
  );
  return {
    sentinel: sentinel.name,
    address,
    ...decided(sentinel, reach, dialogue, answered.at(-1)),
    starttlsChanged:
      before !== null &&
      before.genuine.length > 0 &&
      !before.changed.includes('upstream') &&
      answered.at(-1)?.when === 'refused-tls' &&
      reach?.changed.includes('upstream') === true,
  };
}

function decided(
  { name }: Sentinel,
  reach: Reach | null,
  { failure }: Dialogue,
  last: ReceiptExchange | undefined,
): Pick<Testimony, 'reach' | 'open'> {
  const why = failure === null ? '' : ` ${failure.message}`;
  if (reach === null) {
    return { reach, open: `No receipt of sentinel ${name} was had, so that who answers there is not shown.${why}` };
  }
  const late = reach.refused.find((refusal) => refusal.why === 'clock');
  // Signed by the sentinel, and perhaps at another time: it neither shows a stranger nor anything else.
  if (late !== undefined) return { reach: reach.genuine.length === 0 ? null : reach, open: late.message };
  if (reach.genuine.length === 0) return { reach, open: null };
  if (last?.when === 'tls' && last.exporter === null) {
    return {
      reach,
      open: `Which TLS session this host had with sentinel ${name} was not taken down: that nobody ends TLS on the way is not shown.`,
    };
  }
  if (last?.when !== 'clear') return { reach, open: null };
  return { reach, open: `The receipt of sentinel ${name} covers only what was said before STARTTLS.${why}` };
}
