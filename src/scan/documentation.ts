/**
 * The interception test: connections to addresses that nobody can have. Who completes a handshake there answers for the whole Internet. On the
 * wire, only where the policy asks for it, for each leg, address and audited port: one TCP connection (a second where the port speaks the
 * other TLS mode) and the dialogue of `probe.ts`, without MAIL; from most networks nothing but SYNs that nobody answers.
 *
 * A failure to connect proves nothing: some networks answer for these addresses with a reset or an ICMP error.
 *
 * @see RFC 5737 (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24), RFC 3849 (2001:db8::/32)
 */
import { type Address, type AddressRange, familyOf, formatAddress, parseAddress } from '../model/address.ts';
import { type AddressSet, addressSet, contains, intersect, isEmpty, networks } from '../model/address-set.ts';
import type { DocumentationRecord, Leg } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import { modeOn } from '../model/ports.ts';
import { ehloName, USUAL_TRUST } from './plan.ts';
import { runPool } from './pool.ts';
import { hostsOf } from './resolve.ts';
import { isoTime, type Run, unasked } from './run.ts';
import { PER_TARGET } from './sweep.ts';
import type { ProbeLimits, ProbeTarget } from './target.ts';
import { ELSEWHERE } from './trust.ts';

const DOCUMENTATION: AddressSet = networks('192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32');
const BLOCKS: readonly AddressRange[] = [...DOCUMENTATION.ipv4, ...DOCUMENTATION.ipv6];

/**
 * Milliseconds. What answers for others stands near by and answers within milliseconds; silence, the usual case, should not be waited for
 * longer than an absent host takes to be reported (3.1 s), nor a proxy that looks in vain for where it could pass the connection on.
 */
const CONNECT_MS = 3_500;
const GREETING_MS = 10_000;

export interface Documented {
  readonly leg: Leg;
  readonly address: Address;
  readonly port: number;
}

type Setting = Pick<Run, 'policy' | 'vantage' | 'resolution'>;

/** For each leg the first host address of every block of its family that is free, on every audited port. */
export function documentedOf(setting: Setting): readonly Documented[] {
  const { policy, vantage } = setting;
  if (!policy.audit.documentationAddresses) return [];
  const { free } = blocksOf(setting);
  return vantage.legs.flatMap((leg) =>
    free
      .map(firstHost)
      .filter((address) => familyOf(address) === leg.family)
      .flatMap((address) => policy.audit.ports.map((port) => ({ leg, address, port }))),
  );
}

/** Blocks that may be tried, and those that are in use here: laboratories and demonstrations live in them. */
export function blocksOf(setting: Setting): { readonly free: readonly AddressRange[]; readonly used: readonly AddressRange[] } {
  const used = BLOCKS.filter((block) => isInUse(setting, block));
  return { free: BLOCKS.filter((block) => !used.includes(block)), used };
}

/** Asks what an earlier part of the run did not. What the end of the run cuts off is not written. */
export async function tryDocumentation(run: Run): Promise<void> {
  const known = new Set(
    run.journal.records.flatMap((record) =>
      record.type === 'documentation' && classOf(record.outcome) !== 'mute' ? [keyOf(record.source, record)] : [],
    ),
  );
  const { concurrency, stop: signal, pace } = run;
  await runPool(
    documentedOf(run).filter((documented) => !known.has(keyOf(documented.leg.source, documented))),
    (documented) => ask(run, documented),
    { concurrency, signal, pace, targetOf: ({ address }) => address, perTarget: PER_TARGET },
  );
}

async function ask(run: Run, { leg, address, port }: Documented): Promise<void> {
  const { segment, family, source } = leg;
  const at = isoTime(run.clock);
  const obstacle = run.obstacle(source, address);
  const report =
    obstacle === null
      ? await run.probers.probe(documentedTarget(run, { leg, address, port }), shortened(run.limits), run.stop)
      : unasked(obstacle.outcome, obstacle.detail, obstacle.reason);
  if (report.outcome === 'aborted') return;
  const record: DocumentationRecord = { type: 'documentation', segment, family, source, address, port, at, ...report };
  run.journal.write(record);
}

/** What the probe is told: whoever answers is nobody's server, so that nothing is said beside what every server hears. */
export function documentedTarget(
  { policy, speech }: Pick<Run, 'policy' | 'speech'>,
  { leg, address, port }: Documented,
): ProbeTarget {
  return {
    address,
    port,
    source: leg.source,
    serverName: null,
    mode: modeOn(port),
    ehlo: ehloName(policy, leg, speech.hostname),
    mail: null,
    rcpt: null,
    verb: null,
    receipts: null,
    trust: speech.trust.get(ELSEWHERE) ?? USUAL_TRUST,
  };
}

function shortened(limits: ProbeLimits): ProbeLimits {
  return {
    ...limits,
    connectMs: Math.min(limits.connectMs, CONNECT_MS),
    greetingMs: Math.min(limits.greetingMs, GREETING_MS),
  };
}

/**
 * Whether this host, a segment, a host that the policy names, or what a name resolved to lies in the block; or a destination's network, unless
 * the block lies in the midst of it: `public` and `any` hold every block and mean none.
 */
function isInUse({ policy, vantage, resolution }: Setting, block: AddressRange): boolean {
  const within = addressSet([block]);
  const overlaps = (set: AddressSet): boolean => !isEmpty(intersect(within, set));
  const inMidst = (set: AddressSet): boolean =>
    set[block.family].some(({ first, last }) => first < block.first && block.last < last);
  const named = [...hostsOf(policy), ...policy.destinations.flatMap(({ mx }) => mx.flatMap(resolution.exchangers))];
  const addresses = [
    ...vantage.addresses,
    ...policy.sentinels.flatMap(({ expectedSources }) => expectedSources),
    ...named.flatMap((host) => parseAddress(host) ?? resolution.addresses(host)),
  ];
  return (
    addresses.some((address) => contains(within, address)) ||
    policy.segments.some((segment) => overlaps(segment.addresses)) ||
    policy.destinations.some(({ networks: set }) => set !== null && overlaps(set) && !inMidst(set))
  );
}

function firstHost({ family, first }: AddressRange): Address {
  return formatAddress(family, first + 1n);
}

function keyOf(source: Address, { address, port }: { readonly address: Address; readonly port: number }): string {
  return `${source} ${address} ${port}`;
}
