import type { Address } from './address.ts';
import type { EvidenceRecord, ResolutionRecord } from './evidence.ts';
import type { Resolution } from './permits.ts';

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
