import type { Address } from './address.ts';
import type { EvidenceRecord, ResolutionRecord } from './evidence.ts';

/** What names mean from one vantage: a snapshot, which never changes its answers. */
export interface Resolution {
  /** Addresses of a name; empty where it has none or was not looked up. */
  addresses(name: string): readonly Address[];
  /** Mail exchangers of a domain, by preference. */
  exchangers(domain: string): readonly string[];
  /** Why a name (or a domain's exchangers) could not be resolved; null where it could, or was not looked up. */
  error(lookup: 'address' | 'mx', name: string): string | null;
}

/** What names meant in a run, from its records; the last record of a name counts. */
export function resolutionOf(records: Iterable<EvidenceRecord>): Resolution {
  const found = new Map<string, ResolutionRecord>();
  for (const record of records) {
    if (record.type === 'resolution') found.set(keyOf(record.lookup, record.name), record);
  }
  const addresses = (name: string): readonly Address[] => found.get(keyOf('address', name))?.addresses ?? [];
  return {
    addresses,
    exchangers: (domain) => found.get(keyOf('mx', domain))?.exchangers ?? [],
    error: (lookup, name) => found.get(keyOf(lookup, name))?.error ?? null,
  };
}

function keyOf(lookup: 'address' | 'mx', name: string): string {
  return `${lookup}:${name}`;
}
