/**
 * Sentinels that attest that they listen: each receipt names, for every port and family, the last connection from outside that was completed.
 * With a live control that turns silence into a block. The other proof of a target, another vantage, says more (nothing between its way out and the
 * target stopped the flow) and is not always to be had.
 */
import { type Address, type Family, familyOf } from '../model/address.ts';
import type { Evidence, Observation } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import type { Question } from '../model/question.ts';
import type { Testimonies, Testimony } from './receipts.ts';

export interface Attestation {
  readonly sentinel: string;
  /** It was there around the time of the observation: not absent, whatever its neighbours are. */
  readonly present: boolean;
}

/** Null where no receipt says that the target of a question listened. */
export type Attest = (question: Question, observation: Observation) => Attestation | null;

/** How old the connection may be that a receipt names, milliseconds; and how much younger than the observation, as clocks differ. */
const LISTENED_MS = 24 * 60 * 60_000;
const SKEW_MS = 60 * 60_000;

interface Claim {
  readonly sentinel: string;
  readonly family: Family;
  readonly port: number;
  readonly listenedAt: number;
  /** Where the receipt was had, and when. */
  readonly address: Address;
  readonly signedAt: number;
}

/** From the receipts of any run of a comparison, old ones included, had on whatever port. */
export function attestIn(evidence: readonly Evidence[], testimonies: Testimonies): Attest {
  const claims = groupBy(
    [...testimonies.values()].flatMap((testimony) => claimsOf(testimony)),
    ({ sentinel }) => sentinel,
  );
  const addresses = addressesByHost(evidence);
  return (question, observation) => {
    const { sentinel, address, port, family } = question;
    if (sentinel === null || address === null) return null;
    const at = Date.parse(observation.at);
    const speaks = (claim: Claim): boolean =>
      claim.address === address ||
      (familyOf(claim.address) !== family && isOnlyOne(addresses.get(question.written), address, family));
    const fitting = (claims.get(sentinel) ?? []).filter(
      (claim) =>
        claim.port === port &&
        claim.family === family &&
        claim.listenedAt >= at - LISTENED_MS &&
        claim.listenedAt <= at + SKEW_MS &&
        speaks(claim),
    );
    if (fitting.length === 0) return null;
    return { sentinel, present: fitting.some(({ signedAt }) => Math.abs(signedAt - at) <= SKEW_MS) };
  };
}

function claimsOf({ sentinel, address, reach }: Testimony): Claim[] {
  return (reach?.genuine ?? []).flatMap(({ listening, at }) =>
    listening.map(({ port, family, at: listened }) => ({
      sentinel,
      port,
      family,
      address,
      listenedAt: Date.parse(listened),
      signedAt: Date.parse(at),
    })),
  );
}

/** A receipt speaks for the machine that signed it: where a name has several addresses of one family, not for the others of them. */
function isOnlyOne(addresses: ReadonlySet<Address> | undefined, address: Address, family: Family): boolean {
  return [...(addresses ?? [])].every((other) => other === address || familyOf(other) !== family);
}

function addressesByHost(evidence: readonly Evidence[]): ReadonlyMap<string, ReadonlySet<Address>> {
  const addresses = new Map<string, Set<Address>>();
  const add = (host: string, address: Address): void => {
    addresses.set(host, (addresses.get(host) ?? new Set()).add(address));
  };
  for (const record of evidence.flatMap(({ records }) => records)) {
    if (record.type === 'resolution') for (const address of record.addresses) add(record.name, address);
    else if (record.type === 'observation' && record.address !== null) add(record.host, record.address);
  }
  return addresses;
}
