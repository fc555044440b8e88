import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/firewall/difference.ts';
import { type Packet, traceOf } from '../../src/firewall/interpret.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { formatAddress, parseNumber } from '../../src/model/address.ts';
import { type AddressSet, contains, networks } from '../../src/model/address-set.ts';
import type { Change } from '../../src/model/configuration-change.ts';
import { destinationsOf, permission, segmentAddresses } from '../../src/model/configuration-question.ts';
import type { Firewall } from '../../src/model/policy.ts';
import { policyOf } from '../support/policy.ts';
import {
  asIptables,
  asNftables,
  type Line,
  type Match,
  readIptables,
  readNft,
  type SmallRuleset,
  smallRulesets,
} from './small-ruleset.ts';

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
  part: { networks: [10.0.0.64/28] }
rules:
  - { name: inner-near, from: inner, to: near, ports: [25] }
  - { name: next-inner, from: next, to: inner, ports: [587] }
audit: { ports: [25, 587] }
firewalls:
  fw: { files: [fw] }
  out: { files: [fw], interfaces: { near: wan0 } }
  both: { files: [fw], interfaces: { inner: eth0, near: [wan0, tun3], part: eth1 } }
  inside: { files: [fw], interfaces: { inner: [eth0, eth1], next: tun3, part: wan0 } }
`);

const [UNMAPPED, ...MAPPED] = POLICY.firewalls;

const PLACES = destinationsOf(POLICY);

const SEGMENTS = POLICY.segments.map((segment) => ({ name: segment.name, addresses: segmentAddresses(POLICY, segment) }));

describe('the rows of a change', () => {
  it('hold every packet whose fate changes, once, and no other', () => {
    fc.assert(
      fc.property(pairs(smallRulesets), ([before, after]) => {
        const [earlier, later] = [readIptables(asIptables(before)), readNft(asNftables(after))];
        expectRows({ before: earlier, after: later, hook: before.hook, firewall: unmapped() });
        expectRows({ before: later, after: earlier, hook: before.hook, firewall: unmapped() });
      }),
      RUNS,
    );
  }, 600_000);

  it('are about the interfaces that the policy gives for some places, and packets of these show them', () => {
    fc.assert(
      fc.property(pairs(byInterface()), fc.constantFrom(...MAPPED), ([before, after], firewall) => {
        const [earlier, later] = [readIptables(asIptables(before)), readNft(asNftables(after))];
        expectRows({ before: earlier, after: later, hook: before.hook, firewall });
        expectRows({ before: later, after: earlier, hook: before.hook, firewall });
      }),
      { numRuns: RUNS.numRuns * 2 },
    );
  }, 600_000);

  it('are none between the two ways to write a ruleset', () => {
    fc.assert(
      fc.property(smallRulesets, (ruleset) => {
        const [before, after] = [readIptables(asIptables(ruleset)), readNft(asNftables(ruleset))];
        for (const firewall of POLICY.firewalls) expect(changed({ before, after, hook: ruleset.hook, firewall })).toEqual([]);
      }),
      RUNS,
    );
  });
});

/** Most of their lines are about interfaces. */
function byInterface(): fc.Arbitrary<SmallRuleset> {
  const match = fc.option(fc.record({ not: fc.boolean(), name: fc.constantFrom('eth0', 'eth1', 'wan0', 'tun3') }), { freq: 3 });
  const sides = fc.array(fc.record({ in: match, out: match }), { minLength: 13, maxLength: 13 });
  return fc.tuple(smallRulesets, sides).map(([ruleset, found]) => {
    const left = found[Symbol.iterator]();
    const narrowed = (line: Line): Line => {
      const { in: comes, out: leaves } = left.next().value ?? { in: null, out: null };
      const others = line.matches.filter(({ of }) => of !== 'in' && of !== 'out');
      // iptables loads no `-i` into OUTPUT.
      const from: readonly Match[] = comes === null || ruleset.hook === 'output' ? [] : [{ of: 'in', ...comes }];
      const to: readonly Match[] = leaves === null ? [] : [{ of: 'out', ...leaves }];
      return { ...line, matches: [...others, ...from, ...to] };
    };
    const [base, one, two] = ruleset.chains;
    return { ...ruleset, chains: [base.map(narrowed), one.map(narrowed), two.map(narrowed)] };
  });
}

/** Two rulesets of one hook, most of whose lines are the same. */
function pairs(rulesets: fc.Arbitrary<SmallRuleset>): fc.Arbitrary<readonly [SmallRuleset, SmallRuleset]> {
  return fc.tuple(rulesets, rulesets, fc.boolean()).map(([one, other, near]) => {
    if (!near) return [one, { ...other, hook: one.hook, chains: one.hook === other.hook ? other.chains : one.chains }];
    const [base, first, second] = one.chains;
    return [one, { ...one, chains: [base.slice(1), first, second.slice(0, -1)], translation: other.translation }];
  });
}

interface Compared {
  readonly before: Ruleset;
  readonly after: Ruleset;
  readonly hook: Hook;
  readonly firewall: Firewall;
}

function unmapped(): Firewall {
  if (UNMAPPED === undefined) throw new Error('the policy has no firewall');
  return UNMAPPED;
}

function changed(compared: Compared): readonly Change[] {
  const { changes, problem } = differences({ policy: POLICY, ...compared, budget: 1_000_000 });
  expect(problem).toBe(null);
  return changes.filter(({ family }) => family === 'ipv4');
}

type Fate = 'accept' | 'drop' | 'redirect' | 'unknown';

type Row = Change & { readonly sources: AddressSet; readonly destinations: AddressSet };

function expectRows(compared: Compared): void {
  const { before, after, hook } = compared;
  const changes = changed(compared).map(
    (change): Row => ({
      ...change,
      sources: networks(...change.row.sources),
      destinations: networks(...change.row.destinations),
    }),
  );
  for (const change of changes) expectWitness(compared, change);
  for (const packet of PACKETS.filter((one) => isAsked(compared, one))) {
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
      for (const change of surely) expect(change.policy, show(packet, was, is)).toBe(said(compared, kind, packet));
    }
  }
}

/** It is a packet of the row, of the interfaces that the policy gives, and other things become of it before and after. */
function expectWitness(compared: Compared, change: Row): void {
  const { witness } = change.row;
  const [source, destination] = [witness.source, witness.destination].map((text) => parseNumber(text, 'ipv4') ?? 0n);
  const sides = { ...(witness.in === null ? {} : { in: witness.in }), ...(witness.out === null ? {} : { out: witness.out }) };
  const { port, sourcePort } = witness;
  const packet: Packet = { family: 'ipv4', source: source ?? 0n, destination: destination ?? 0n, port, sourcePort, ...sides };
  const [was, is] = [compared.before, compared.after].map((ruleset) => traceOf(ruleset, packet, compared.hook).outcomes);
  const text = `${textOf(change)}: ${JSON.stringify(witness)} was ${was?.join(' or ')}, is ${is?.join(' or ')}`;
  expect([isAsked(compared, packet), names(change, packet)], text).toEqual([true, expect.stringMatching(/yes|maybe/)]);
  expect(
    [is?.some((one) => ENDS[change.kind].includes(one)), was?.some((one) => BEGINS[change.kind].includes(one))],
    text,
  ).toEqual([true, true]);
}

/** What may become of it after a change, and before. What was redirected may be redirected to another place. */
const ENDS: Readonly<Record<Change['kind'], readonly string[]>> = {
  'newly-allowed': ['accept'],
  'newly-redirected': ['redirect'],
  'newly-blocked': ['drop', 'reject'],
};

const BEGINS: typeof ENDS = {
  'newly-allowed': ['drop', 'reject', 'redirect'],
  'newly-redirected': ['accept', 'drop', 'reject', 'redirect'],
  'newly-blocked': ['accept', 'redirect'],
};

/** By the interfaces that the policy gives for who sends it and for where it goes; a side that is not given may be any. */
function isAsked({ firewall: { interfaces }, hook }: Compared, { source, destination, ...sides }: Packet): boolean {
  const comes = interfaces.get(segmentOf(source)?.name ?? '') ?? null;
  const places = PLACES.filter(({ addresses }) => contains(addresses, formatAddress('ipv4', destination)));
  const leaves = places.map(({ name }) => interfaces.get(name) ?? null);
  const leads = (names: readonly string[] | null, name: string | undefined): boolean =>
    name === undefined || (name !== 'lo' && (names === null || names.includes(name)));
  return (hook === 'output' || leads(comes, sides.in)) && leaves.some((names) => leads(names, sides.out));
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

/** Of who is in no segment what is said of every segment that comes in there; one without interfaces may come in anywhere. */
function said({ firewall: { interfaces }, hook }: Compared, kind: Change['kind'], packet: Packet): Change['policy'] {
  const { source, destination, port, in: comes = '' } = packet;
  const may = (name: string): boolean => contains(permission(POLICY, name, port).addresses, formatAddress('ipv4', destination));
  const segment = segmentOf(source);
  if (segment !== undefined) return may(segment.name) ? 'allow' : 'deny';
  const mapped = SEGMENTS.some(({ name }) => interfaces.get(name)?.includes(comes) === true);
  const there = SEGMENTS.filter(({ name }) => interfaces.get(name)?.includes(comes) ?? true);
  return kind === 'newly-allowed' && hook !== 'output' && mapped && there.every(({ name }) => may(name)) ? 'allow' : 'unknown';
}

function fateOf(ruleset: Ruleset, packet: Packet, hook: Hook): Fate {
  const { verdict } = traceOf(ruleset, packet, hook);
  if (verdict === 'conditional') return 'unknown';
  return verdict === 'reject' ? 'drop' : verdict;
}

/** What is blocked is blocked for clients. */
function holds(change: Row, packet: Packet): 'yes' | 'maybe' | 'no' {
  return change.kind === 'newly-blocked' && (packet.sourcePort ?? 0) < 1_024 ? 'no' : names(change, packet);
}

/** A row that hangs on what is not known may hold it. */
function names(
  { row, segment, sources, destinations }: Row,
  { source, destination, port, sourcePort = 0, ...sides }: Packet,
): 'yes' | 'maybe' | 'no' {
  const inside =
    (segmentOf(source)?.name ?? null) === segment &&
    contains(sources, formatAddress('ipv4', source)) &&
    contains(destinations, formatAddress('ipv4', destination)) &&
    within(row.ports, port) &&
    (row.sourcePorts === null || within(row.sourcePorts, sourcePort));
  if (!inside) return 'no';
  if (row.outcome === 'conditional' || row.target !== null) return 'maybe';
  return isNamed(row.condition, 'incoming', sides.in) && isNamed(row.condition, 'outgoing', sides.out) ? 'yes' : 'no';
}

/** `incoming interface eth* (not eth0) or wan0`, `outgoing interface other than eth0, wan0`. */
function isNamed(condition: string | null, side: 'incoming' | 'outgoing', name: string | undefined): boolean {
  const words = (condition ?? '').split(' and ').find((part) => part.startsWith(side));
  if (words === undefined || name === undefined) return true;
  const [, other, listed = ''] = /^\w+ interface (other than )?(.*)$/.exec(words) ?? [];
  const among = (list: string): boolean =>
    list.split(/(?: or |, )(?![^(]*\))/).some((one) => {
      const [, own = '', rest = '', less = ''] = /^([\w]+)(\*?)(?: \(not (.*)\))?$/.exec(one) ?? [];
      return (rest === '*' ? name.startsWith(own) : name === own) && (less === '' || !among(less));
    });
  return among(listed) === (other === undefined);
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
          ['tun3', 'wan0'],
          ['eth0', 'eth1'],
        ].map(([comes = '', leaves = '']): Packet => {
          const [from, to] = [0x0a000000n + source, 0x0a000000n + destination];
          return { family: 'ipv4', source: from, destination: to, port, sourcePort, in: comes, out: leaves };
        }),
      ),
    ),
  ),
);
