/**
 * A part of what a change does, as rows: who, where to, on which ports, if what, with one packet that shows it on both sides.
 *
 * Worked example: newly allowed from workstations (10.20.0.0/16) to 192.0.2.0/24 on 465 and 587: one row, destination provider, permitted by the
 * policy's rule staff-submit; 10.20.0.1:49152 to 192.0.2.1:587 was denied by line 7 of before, is permitted by line 9 of after.
 */
import { familyName } from '../model/address.ts';
import { type AddressSet, addressSet, intersect, isEmpty, subtract } from '../model/address-set.ts';
import type { ConfigurationRow, Witness } from '../model/configuration.ts';
import { type Change, changeId } from '../model/configuration-change.ts';
import { destinationsOf, ELSEWHERE } from '../model/configuration-question.ts';
import { interfacePermissions } from '../model/interface-permissions.ts';
import type { Policy, Rule } from '../model/policy.ts';
import { type Bdd, EMPTY } from './bdd.ts';
import { type Deciding, type DescribedRow, describeRows, type Treated } from './describe-rows.ts';
import type { Part } from './difference-parts.ts';
import { byWays, type PortRegion, type Reviewed } from './difference-region.ts';
import { expectShown } from './difference-shown.ts';
import { sideOf, type Version } from './difference-side.ts';
import { freeSides, SIDES, type Side } from './free-sides.ts';
import { interfacesIn } from './interface-values.ts';
import { traceOf } from './interpret.ts';
import type { PacketSpace } from './packet-space.ts';
import { CLIENT_PORTS } from './region.ts';
import type { Domain } from './rows.ts';
import { setOfPacket } from './witness.ts';

export interface Comparing {
  readonly reviewed: Reviewed;
  readonly space: PacketSpace;
  readonly before: Version;
  readonly after: Version;
}

/** Rows of one part; those beyond are of the same segment and judged alike. */
const MOST_ROWS = 100;

/** Lines that decide the changed packets. */
export interface DecidingBoth {
  readonly before: readonly Deciding[];
  readonly after: readonly Deciding[];
}

export interface ChangesOfPart {
  readonly changes: readonly Change[];
  /** Rows beyond those that are listed, as a sentence; null: there are none. */
  readonly unlisted: { readonly text: string; readonly harmless: boolean } | null;
}

export function changesOf(comparing: Comparing, part: Part, deciding: DecidingBoth): ChangesOfPart {
  const { space, after, reviewed } = comparing;
  const { hook } = reviewed;
  const describing = {
    ruleset: after.ruleset,
    space,
    hook,
    domain: domainOf(space, part),
    treatment: after.treatment,
    deciding: after.deciding,
  };
  const described = treatedIn(comparing, part).flatMap((treated) =>
    byWays(space, treated.set, part.region).map((told) => describeRows(describing, { ...treated, told }, MOST_ROWS)),
  );
  const further = described.reduce((sum, one) => sum + one.further, 0);
  return {
    changes: described.flatMap(({ rows }) => rows.map((row) => changeOf(comparing, part, row, deciding))),
    unlisted: further === 0 ? null : { text: furtherText(comparing, part, further), harmless: isHarmless(part) },
  };
}

/** What a policy wants: a waiver of rows that are listed covers none that are not. */
function isHarmless({ kind, policy }: Part): boolean {
  return (kind === 'newly-allowed' && policy === 'allow') || (kind === 'newly-blocked' && policy === 'deny');
}

/** The way out is in the sets, since it hangs on the destination. */
function domainOf(space: PacketSpace, { kind, region }: Part): Domain {
  if (kind !== 'newly-blocked') return { in: region.comes };
  return { in: region.comes, 'source-port': space.within('source-port', CLIENT_PORTS) };
}

/**
 * As it is treated after the change; with what is not known, where that decides. What is blocked at times only is accepted at others, or else sent
 * elsewhere.
 */
function treatedIn({ space, after }: Comparing, { kind, target, sure, set }: Part): readonly Treated[] {
  const { manager } = space;
  const { accepted, dropped, targets } = after.treatment;
  if (kind === 'newly-redirected') {
    const sent = targets.find(({ text }) => text === target)?.set ?? EMPTY;
    return [{ set: sure ? set : manager.and(set, sent), outcome: 'redirected', target }];
  }
  if (kind === 'newly-allowed') {
    return [{ set: sure ? set : manager.and(set, accepted), outcome: sure ? 'permitted' : 'conditional', target }];
  }
  if (sure) return [{ set, outcome: 'denied', target }];
  const passing = space.may(manager.and(set, accepted));
  const halves: readonly Treated[] = [
    { set: manager.and(manager.and(set, passing), dropped), outcome: 'conditional', target },
    { set: manager.and(manager.diff(set, passing), dropped), outcome: 'redirected', target },
  ];
  return halves.filter((half) => half.set !== EMPTY);
}

/** What the policy calls it, and says of it. */
function changeOf(comparing: Comparing, part: Part, described: DescribedRow, deciding: DecidingBoth): Change {
  const { space, reviewed } = comparing;
  const { policy, firewall } = reviewed;
  const { kind, region } = part;
  const ports = region.ports.filter(({ port }) => hasPort(space, described.set, port));
  const destinations = addressSet(described.destinations);
  const sides = sidesOf(comparing, { part, described, deciding });
  const like = likeOf(comparing, part, described);
  const change = {
    kind,
    firewall: firewall.name,
    segment: region.segment,
    destination: destinationName(policy, destinations),
    family: space.family,
    ports: ports.map(({ port }) => port),
    policy: part.policy,
    names: [...new Set(ports.flatMap(({ names }) => names))],
    rules: rulesOf(policy, part, portRules(policy, like, ports), destinations),
    like,
    row: rowOf(comparing, part, described),
    ...sides,
  };
  return { id: changeId(change), ...change };
}

/** Where the packets of no segment come in, and which segments do: what these may, they may. */
function likeOf({ space, reviewed }: Comparing, { region, policy }: Part, { set }: DescribedRow): Change['like'] {
  if (region.segment !== null || policy !== 'allow') return null;
  const interfaces = interfacesIn(space, 'in', set).flatMap((value) => (value.kind === 'exactly' ? [value.name] : []));
  const all = interfacePermissions(reviewed.policy, reviewed.firewall).filter((one) =>
    one.interfaces.some((name) => interfaces.includes(name)),
  );
  return { interfaces, segments: [...new Set(all.flatMap(({ segments }) => segments))] };
}

function portRules({ rules }: Policy, like: Change['like'], ports: readonly PortRegion[]): readonly Rule[] {
  if (like === null) return ports.flatMap((one) => one.rules);
  return rules.filter(
    (rule) => like.segments.some((name) => rule.from.includes(name)) && ports.some(({ port }) => rule.ports.includes(port)),
  );
}

function hasPort(space: PacketSpace, set: Bdd, port: number): boolean {
  return space.manager.meets(set, space.within('destination-port', [{ first: port, last: port }]));
}

/** The smallest place of the policy that holds them all. */
function destinationName(policy: Policy, destinations: AddressSet): string {
  const holding = destinationsOf(policy).filter(
    ({ name, addresses }) => name !== ELSEWHERE && isEmpty(subtract(destinations, addresses)),
  );
  const [smallest] = holding.sort((a, b) => compare(sizeOf(a.addresses), sizeOf(b.addresses)));
  return smallest?.name ?? ELSEWHERE;
}

function sizeOf({ ipv4, ipv6 }: AddressSet): bigint {
  return [...ipv4, ...ipv6].reduce((sum, { first, last }) => sum + last - first + 1n, 0n);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names of the policy's rules that permit it; where it may be what names stand for, of those that name them. */
function rulesOf(policy: Policy, part: Part, rules: readonly Rule[], destinations: AddressSet): readonly string[] {
  const places = destinationsOf(policy);
  const leads = ({ to }: Rule): boolean => {
    if (part.policy === 'deny') return false;
    if (to === 'any') return true;
    return places
      .filter(({ name }) => to.includes(name))
      .some(({ names, addresses }) =>
        part.policy === 'unknown' ? names.length > 0 : !isEmpty(intersect(addresses, destinations)),
      );
  };
  return [...new Set(rules.filter(leads).map(({ name }) => name))];
}

/** A block that sends elsewhere at times is told as one that hangs on something. */
function rowOf(comparing: Comparing, { kind }: Part, described: DescribedRow): ConfigurationRow {
  const { row } = described;
  const outcome = kind === 'newly-blocked' && row.outcome === 'redirected' ? 'conditional' : row.outcome;
  return { ...row, outcome, witness: { ...row.witness, ...interfacesShown(comparing, described) } };
}

/** Those that the row leaves out since they do not matter after the change may have mattered before it. */
function interfacesShown({ before, space }: Comparing, { row: { witness }, packet }: DescribedRow): Pick<Witness, 'in' | 'out'> {
  const hidden = SIDES.filter((side) => witness[side] === null);
  const free = freeSides({ space, fates: before.treatment }, packet, hidden);
  const shown = (side: Side): string | null => (free.includes(side) ? null : (packet[side] ?? null));
  return { in: shown('in'), out: shown('out') };
}

interface Telling {
  readonly part: Part;
  readonly described: DescribedRow;
  readonly deciding: DecidingBoth;
}

/** @throws {Error} where the interpreter, asked of both versions, sees nothing of the change in the witness: a bug. */
function sidesOf({ before, after, space, reviewed }: Comparing, { part, described, deciding }: Telling): Sides {
  const { packet, trace } = described;
  const { hook } = reviewed;
  const was = traceOf(before.ruleset, packet, hook);
  expectShown({ before: before.ruleset, after: after.ruleset, packet, hook, was, is: trace }, part);
  const shown = { space, hook, packet, set: setOfPacket(space, packet) };
  const sides = (behind: boolean): Sides => ({
    before: sideOf(before, { ...shown, trace: was, deciding: () => deciding.before, behind }),
    after: sideOf(after, { ...shown, trace, deciding: () => deciding.after, behind }),
  });
  const both = sides(false);
  const alike = both.before.outcome === 'redirected' && both.after.outcome === 'redirected' && isSame(both);
  return alike ? sides(true) : both;
}

function isSame({ before, after }: Sides): boolean {
  return before.line !== null && before.line.text === after.line?.text;
}

type Sides = Pick<Change, 'before' | 'after'>;

function furtherText({ space }: Comparing, { kind, region, policy }: Part, further: number): string {
  const rows = further === 1 ? '1 further row' : `${further} further rows`;
  const what = `${kind.replace('-', ' ')} from ${region.segment ?? 'addresses of no segment'} by ${familyName(space.family)}`;
  const said = policy === 'allow' ? 'permits' : policy === 'deny' ? 'denies' : 'does not settle';
  return `${rows} of what is ${what}, and the policy ${said}, ${further === 1 ? 'is' : 'are'} not listed.`;
}
