/**
 * Names as a mail server on this host would see them: addresses by getaddrinfo (so /etc/hosts and nsswitch.conf count), exchangers from DNS.
 *
 * @see RFC 5321 section 5.1 (a domain without MX records is its own exchanger), RFC 7505 (null MX)
 */
import { promises as dns } from 'node:dns';
import { type Address, compareAddresses, parseAddress } from '../model/address.ts';
import type { Resolver } from '../model/outside.ts';
import { printable } from '../model/printable.ts';

/** The two questions that are asked of the system; tests give their own answers. */
export interface NameService {
  lookup(name: string): Promise<readonly { readonly address: string }[]>;
  resolveMx(domain: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
}

/** Milliseconds for one try of an MX query; a second one follows. */
const MX_TIMEOUT_MS = 4_000;

/** The system's resolver, and a DNS client of our own for MX. */
function systemNames(): NameService {
  const resolver = new dns.Resolver({ timeout: MX_TIMEOUT_MS, tries: 2 });
  return {
    lookup: (name) => dns.lookup(name, { all: true, order: 'verbatim' }),
    resolveMx: (domain) => resolver.resolveMx(domain),
  };
}

/** A resolver that never rejects for what the system or DNS answers: that is its `error`, by the code that Node gives. */
export function hostResolver(names: NameService = systemNames()): Resolver {
  const addresses: Resolver['addresses'] = async (name) => {
    const answer = await settled(names.lookup(name));
    if ('error' in answer) return { addresses: [], error: answer.error };
    const found = new Set(answer.value.flatMap(({ address }) => parsed(address)));
    return { addresses: [...found].sort(compareAddresses), error: found.size === 0 ? 'ENODATA' : null };
  };
  const exchangers: Resolver['exchangers'] = async (domain) => {
    const answer = await settled(names.resolveMx(domain));
    if (!('error' in answer)) return byPreference(answer.value);
    if (answer.error !== 'ENODATA') return { exchangers: [], error: answer.error };
    const implicit = await addresses(domain);
    return implicit.error === null ? { exchangers: [domain], error: null } : { exchangers: [], error: answer.error };
  };
  return { addresses, exchangers };
}

function parsed(text: string): Address[] {
  const address = parseAddress(text);
  return address === null ? [] : [address];
}

function byPreference(records: readonly { readonly exchange: string; readonly priority: number }[]): {
  exchangers: string[];
  error: string | null;
} {
  const names = [...records]
    .sort((a, b) => a.priority - b.priority || (a.exchange < b.exchange ? -1 : 1))
    .map(({ exchange }) => printable(exchange.toLowerCase().replace(/\.$/, '')))
    .filter((exchange) => exchange !== '');
  return names.length === 0 ? { exchangers: [], error: 'null-mx' } : { exchangers: [...new Set(names)], error: null };
}

/** A lookup that fails with a code is an answer; anything else is a bug. */
async function settled<T>(promise: Promise<T>): Promise<{ readonly value: T } | { readonly error: string }> {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return { error: error.code };
    throw error;
  }
}
