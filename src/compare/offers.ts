/** Who else got STARTTLS offered by a server: what turns "it is not offered" into "the offer was removed on the way here". */
import { type Address, endpointText } from '../model/address.ts';
import type { Evidence, Observation } from '../model/evidence.ts';
import { offersStarttls } from './dialogue-signs.ts';

interface Offer {
  readonly hostname: string;
  readonly segment: string;
  readonly source: Address;
  readonly at: number;
}

/** By address and port. */
export type Offers = ReadonlyMap<string, readonly Offer[]>;

/** How long another vantage's offer counts, to either side, milliseconds: servers get and lose certificates. */
const OFFER_WINDOW_MS = 60 * 60_000;

export function offersIn(evidence: readonly Evidence[]): Offers {
  const offers = new Map<string, Offer[]>();
  for (const { header, records } of evidence) {
    for (const record of records) {
      if (record.type !== 'observation' || record.address === null || record.dialogue === null) continue;
      if (!offersStarttls(record.dialogue)) continue;
      const { segment, source, address, port, at } = record;
      const key = endpointText(address, port);
      const known = offers.get(key) ?? [];
      known.push({ hostname: header.vantage.hostname, segment, source, at: Date.parse(at) });
      offers.set(key, known);
    }
  }
  return offers;
}

/** That another vantage got the offer from the same address and port, one sentence; null: none did. */
export function offeredElsewhere(
  offers: Offers,
  hostname: string,
  seen: Pick<Observation, 'port' | 'source' | 'at'> & { readonly address: Address },
): string | null {
  const { address, port, source, at } = seen;
  const other = (offers.get(endpointText(address, port)) ?? []).find(
    (offer) => (offer.hostname !== hostname || offer.source !== source) && Math.abs(offer.at - Date.parse(at)) <= OFFER_WINDOW_MS,
  );
  if (other === undefined) return null;
  const time = `${new Date(other.at).toISOString().slice(0, 19)}Z`;
  return `STARTTLS is not offered here, and was offered to ${other.segment} (${other.source}) by the same address at ${time}: the offer is removed on the way, unless what stands there treats clients differently.`;
}
