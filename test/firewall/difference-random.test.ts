import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/firewall/difference.ts';
import { type Packet, traceOf } from '../../src/firewall/interpret.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { formatAddress } from '../../src/model/address.ts';
import { type AddressSet, contains, networks } from '../../src/model/address-set.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import { permission, segmentAddresses } from '../../src/model/configuration-question.ts';
import { policyOf } from '../support/policy.ts';
import { asIptables, asNftables, readIptables, readNft, type SmallRuleset, smallRulesets } from './small-ruleset.ts';

/** More of them: `POSTERN_RUNS=1000 npx vitest run --project unit test/firewall/difference-random.test.ts`. */
const RUNS = { numRuns: Number(process.env['POSTERN_RUNS'] ?? 8) };

const POLICY = policyOf(`
version: 1
name: small
segments:
  inner: { networks: [10.0.0.0/30] }
  next: { networks: [10.0.0.4/30] }
destinations:
  near: { networks: [10.0.0.64/26] }
rules:
  - { name: inner-near, from: inner, to: near, ports: [25] }
  - { name: next-inner, from: next, to: inner, ports: [587] }
audit: { ports: [25, 587] }
firewalls:
  fw: { files: [fw] }
`);

const SEGMENTS = POLICY.segments.map((segment) => ({ name: segment.name, addresses: segmentAddresses(POLICY, segment) }));

describe('the rows of a change', () => {
  it('hold every packet whose fate changes, once, and no other', () => {
    fc.assert(
      fc.property(pairs(), ([before, after]) => {
        const [earlier, later] = [readIptables(asIptables(before)), readNft(asNftables(after))];
        expectRows(earlier, later, before.hook);
        expectRows(later, earlier, before.hook);
      }),
      RUNS,
    );
  }, 600_000);

  it('are none between the two ways to write a ruleset', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        expect(changed(readIptables(asIptables(ruleset)), readNft(asNftables(ruleset)), ruleset.hook)).toEqual([]);
      }),
      RUNS,
    );
  });
});

/** Two rulesets of one hook, most of whose lines are the same. */
function pairs(): fc.Arbitrary<readonly [SmallRuleset, SmallRuleset]> {
  return fc.tuple(smallRulesets, smallRulesets, fc.boolean()).map(([one, other, near]) => {
    if (!near) return [one, { ...other, hook: one.hook, chains: one.hook === other.hook ? other.chains : one.chains }];
    const [base, first, second] = one.chains;
    return [one, { ...one, chains: [base.slice(1), first, second.slice(0, -1)], translation: other.translation }];
  });
}

function changed(before: Ruleset, after: Ruleset, hook: Hook): readonly Change[] {
  const [firewall] = POLICY.firewalls;
  if (firewall === undefined) throw new Error('the policy has no firewall');
  const { changes, problem } = differences({ policy: POLICY, firewall, before, after, hook, budget: 1_000_000 });
  expect(problem).toBe(null);
  return changes.filter(({ family }) => family === 'ipv4');
}

type Fate = 'accept' | 'drop' | 'redirect' | 'unknown';

type Row = Change & { readonly sources: AddressSet; readonly destinations: AddressSet };

function expectRows(before: Ruleset, after: Ruleset, hook: Hook): void {
  const changes = changed(before, after, hook).map(
    (change): Row => ({
      ...change,
      sources: networks(...change.row.sources),
      destinations: networks(...change.row.destinations),
    }),
  );
  for (const packet of PACKETS) {
    const [was, is] = [fateOf(before, packet, hook), fateOf(after, packet, hook)];
    if (was === 'unknown' || is === 'unknown') continue;
    const kind = kindOf(was, is, packet);
    const holding = changes.filter((change) => holds(change, packet) !== 'no');
    const surely = holding.filter((change) => holds(change, packet) === 'yes');
    if (kind === null) expect(surely.map(textOf), show(packet, was, is)).toEqual([]);
    else {
      expect(
        holding.map(({ kind: found }) => found),
        show(packet, was, is),
      ).toContain(kind);
      expect(surely.filter((change) => change.kind !== kind).map(textOf), show(packet, was, is)).toEqual([]);
      expect(surely.length, show(packet, was, is)).toBeLessThan(2);
      for (const change of surely) expect(change.policy, show(packet, was, is)).toBe(said(packet));
    }
  }
}

/** What no client meets is not blocked, and there is one target here: what was redirected is redirected to the same place, or another one. */
function kindOf(was: Fate, is: Fate, packet: Packet): Change['kind'] | null {
  if (was === is || isInside(packet)) return null;
  if (is === 'accept') return 'newly-allowed';
  if (is === 'redirect') return 'newly-redirected';
  return (packet.sourcePort ?? 0) < 1_024 ? null : 'newly-blocked';
}

function isInside({ source, destination }: Packet): boolean {
  const segment = segmentOf(source);
  return segment !== undefined && segment === segmentOf(destination);
}

function segmentOf(address: bigint): (typeof SEGMENTS)[number] | undefined {
  return SEGMENTS.find(({ addresses }) => contains(addresses, formatAddress('ipv4', address)));
}

function said({ source, destination, port }: Packet): Change['policy'] {
  const segment = segmentOf(source);
  if (segment === undefined) return 'unknown';
  return contains(permission(POLICY, segment.name, port).addresses, formatAddress('ipv4', destination)) ? 'allow' : 'deny';
}

function fateOf(ruleset: Ruleset, packet: Packet, hook: Hook): Fate {
  const { verdict } = traceOf(ruleset, packet, hook);
  if (verdict === 'conditional') return 'unknown';
  return verdict === 'reject' ? 'drop' : verdict;
}

/** A row with a condition on interfaces or on what is not known may hold it. */
function holds(
  { kind, row, segment, sources, destinations }: Row,
  { source, destination, port, sourcePort = 0 }: Packet,
): 'yes' | 'maybe' | 'no' {
  const inside =
    (segmentOf(source)?.name ?? null) === segment &&
    contains(sources, formatAddress('ipv4', source)) &&
    contains(destinations, formatAddress('ipv4', destination)) &&
    within(row.ports, port) &&
    (row.sourcePorts === null || within(row.sourcePorts, sourcePort));
  // What is blocked is blocked for clients.
  if (!inside || (kind === 'newly-blocked' && sourcePort < 1_024)) return 'no';
  const hangs = row.outcome === 'conditional' || (row.condition ?? '').replace(/source port [\w, -]*/, '') !== '';
  return hangs || row.target !== null ? 'maybe' : 'yes';
}

function within(ranges: readonly string[], value: number): boolean {
  return ranges.some((range) => {
    const [first = '', last = first] = range.split('-');
    return Number(first) <= value && value <= Number(last);
  });
}

function textOf({ kind, segment, row }: Change): string {
  return `${kind} ${segment} ${row.sources.join()} ${row.destinations.join()} ${row.ports.join()} ${row.condition}`;
}

function show({ source, destination, port, sourcePort, ...sides }: Packet, was: Fate, is: Fate): string {
  return `${source & 0xffn}:${sourcePort} > ${destination & 0xffn}:${port} ${sides.in} ${sides.out}: ${was}, then ${is}`;
}

/** Every combination of what the rulesets tell apart. */
const PACKETS: readonly Packet[] = [1n, 5n, 6n, 40n].flatMap((source) =>
  [1n, 5n, 70n, 200n].flatMap((destination) =>
    [25, 587].flatMap((port) =>
      [80, 587, 40_000].flatMap((sourcePort) =>
        [
          ['eth0', 'wan0'],
          ['eth1', 'eth0'],
          ['wan0', 'tun3'],
        ].map(([comes = '', leaves = '']): Packet => {
          const [from, to] = [0x0a000000n + source, 0x0a000000n + destination];
          return { family: 'ipv4', source: from, destination: to, port, sourcePort, in: comes, out: leaves };
        }),
      ),
    ),
  ),
);
