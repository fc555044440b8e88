/**
 * Which own servers a vantage tests for relaying: every address and port of the policy's `servers`, once from each of its legs. The scanner
 * tests them, the comparator judges the answers, and both get them from here, so that a server that nobody tested shows.
 */
import { type Address, compareAddresses, familyOf, parseAddress } from './address.ts';
import { contains, LOOPBACK, UNUSABLE } from './address-set.ts';
import type { Leg, RelayRecord, Vantage } from './evidence.ts';
import type { Policy, Server } from './policy.ts';
import type { Resolution } from './resolution.ts';

export interface RelayQuestion {
  /** `relay:hub/[198.51.100.7]:25`; from the second leg on with the segment behind it: `relay:hub/[198.51.100.7]:25~relays`. */
  readonly id: string;
  readonly server: Server;
  readonly leg: Leg;
  /** Null where there is none to ask: `problem` says why. */
  readonly address: Address | null;
  readonly port: number;
  readonly problem: string | null;
}

/** By leg, then server, address, port. Ids are unique. */
export function relayQuestionsOf(policy: Policy, vantage: Vantage, resolution: Resolution): readonly RelayQuestion[] {
  const taken = new Set<string>();
  return vantage.legs.flatMap((leg) =>
    policy.servers.flatMap((server) =>
      targetsOf(vantage, resolution, leg, server).flatMap(({ address, problem }) =>
        server.ports.map((port): RelayQuestion => {
          const question = { server, leg, address, port, problem };
          return { id: relayIdOf(question, vantage.hostname, taken), ...question };
        }),
      ),
    ),
  );
}

/** Brackets round every address here, IPv4 too. */
export function relayId(server: string, address: string, port: number): string {
  return `relay:${server}/[${address}]:${port}`;
}

/** The shortest id that is not taken yet, which it then is: with the segment, the source and the host behind it where that is needed. */
export function relayIdOf(
  { server, leg, address, port }: Omit<RelayQuestion, 'id' | 'problem'>,
  hostname: string,
  taken: Set<string>,
): string {
  const plain = relayId(server.name, address ?? server.host, port);
  const named = `${plain}~${leg.segment}~${leg.source}`;
  const id = [plain, `${plain}~${leg.segment}`, named, `${named}@${hostname}`].find((one) => !taken.has(one)) ?? named;
  taken.add(id);
  return id;
}

/** What a question and the record that answers it have in common: not the id, which hangs on the legs beside it. */
export function relayKey(about: RelayRecord | RelayQuestion): string {
  const server = 'leg' in about ? about.server.name : about.server;
  const { segment, source } = 'leg' in about ? about.leg : about;
  return JSON.stringify([server, segment, source, about.address, about.port]);
}

/** A name that only has addresses of the other family is tested from another leg, or from none; one without any is told of once. */
function targetsOf(
  vantage: Vantage,
  resolution: Resolution,
  leg: Leg,
  { host }: Server,
): { readonly address: Address | null; readonly problem: string | null }[] {
  const literal = parseAddress(host);
  const addresses = literal === null ? resolution.addresses(host) : [literal];
  if (addresses.length === 0) {
    if (leg !== vantage.legs[0]) return [];
    return [{ address: null, problem: `${host} did not resolve: ${resolution.error('address', host) ?? 'no address'}` }];
  }
  return addresses
    .filter((address) => familyOf(address) === leg.family)
    .sort(compareAddresses)
    .map((address) => ({ address, problem: problemOf(vantage, host, address) }));
}

/** Loopback is exempt where it is written as an address: whoever writes it means it. */
function problemOf(vantage: Vantage, host: string, address: Address): string | null {
  const written = parseAddress(host) !== null;
  if (written && contains(LOOPBACK, address)) return null;
  if (vantage.addresses.includes(address)) {
    return `${address} is this host itself, whom its own server trusts: test it from another host`;
  }
  return !written && contains(UNUSABLE, address) ? `${host} resolves to ${address}, which is no address of a server` : null;
}
