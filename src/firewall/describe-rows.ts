/**
 * Sets of packets as rows of an answer: what a person reads of each, one packet that shows it, and the lines that decide.
 *
 * The packet is replayed through the interpreter, which shares no code with packet sets. Where the two disagree nothing is answered: one of them is
 * wrong.
 *
 * Worked example: what `-A FORWARD -p tcp --sport 80 -j ACCEPT` lets through of 10.20.0.0/16 to anywhere on 25 is one row: permitted, if source port
 * 80; witness 10.20.0.1:80 to 192.0.2.1:25; decided by that line.
 */
import type { AddressRange } from '../model/address.ts';
import { listOfNetworks } from '../model/address-set.ts';
import { type ConfigurationLine, type ConfigurationOutcome, type ConfigurationRow, MOST_LINES } from '../model/configuration.ts';
import { remembered } from '../model/remembered.ts';
import { type Bdd, EMPTY } from './bdd.ts';
import { disagreement } from './disagreement.ts';
import { type Fates, freeSides, SIDES, type Side, withoutSides } from './free-sides.ts';
import { MOST_WORLDS, type Packet, type Trace, traceOf } from './interpret.ts';
import type { PacketSpace } from './packet-space.ts';
import { hasSide } from './region.ts';
import { conditionWords, rangeTexts } from './row-words.ts';
import { type Domain, rowsOf, type SetRow, setOfRow } from './rows.ts';
import type { Hook, Place, Ruleset } from './ruleset.ts';
import { setOfPacket, type WholePacket, witnessFrom, witnessOf } from './witness.ts';

export interface Describing {
  readonly ruleset: Ruleset;
  readonly space: PacketSpace;
  readonly hook: Hook;
  readonly domain: Domain;
  /** What becomes of every packet, with what is not known. */
  readonly treatment: Fates;
  /** Which lines decide the packets of a region. */
  readonly deciding: DecidingIn;
}

/** Those that decide some of these packets. */
export type DecidingIn = (packets: Bdd) => readonly Deciding[];

/** A line, and the packets of some region that it decides. */
export interface Deciding {
  readonly place: Place;
  readonly set: Bdd;
  /** It sends them elsewhere. */
  readonly diverts: boolean;
}

export interface Treated {
  /** Within the domain; with what is not known where the outcome hangs on it. */
  readonly set: Bdd;
  /** Of the set, what rows are made of: without the interfaces of which nothing is to be said. Absent: the set. */
  readonly told?: Bdd;
  readonly outcome: ConfigurationOutcome;
  /** Where it is sent instead; null where it is not redirected. */
  readonly target: string | null;
}

export interface DescribedRow {
  readonly row: ConfigurationRow;
  readonly destinations: readonly AddressRange[];
  /** The same as a set, and its witness as a packet that can be traced elsewhere. */
  readonly set: Bdd;
  readonly packet: Packet;
  readonly trace: Trace;
}

/**
 * @param cap  rows to give; `further` says how many more there are.
 * @throws {Error} where the interpreter makes something else of a witness: a bug.
 */
export function describeRows(
  describing: Describing,
  treated: Treated,
  cap: number,
): { readonly rows: readonly DescribedRow[]; readonly further: number } {
  const { rows, further } = rowsOf(describing.space, treated.told ?? treated.set, cap, describing.domain);
  return { rows: rows.map((row) => describe(describing, treated, row)), further };
}

function describe(describing: Describing, { set: all, outcome, target }: Treated, row: SetRow): DescribedRow {
  const { space, hook, domain } = describing;
  const set = space.manager.and(setOfRow(space, row, domain), all);
  const whole = witnessOf(space, set);
  const { packet, trace } = replay(describing, row, whole);
  if (!agrees(outcome, trace))
    throw new Error(disagreement({ ...describing, packet, bySets: outcome, byRules: interpreted(trace) }));
  const hangs = trace.verdict === 'conditional' && outcome !== 'permitted' && outcome !== 'denied';
  const hidden = hangs ? { condition: trace.condition ?? '', redirected: outcome === 'redirected' } : null;
  const deciding = describing.deciding(space.may(set));
  const lines = linesOf(space, { set, deciding, witness: whole, decision: trace.decision });
  return {
    row: {
      outcome,
      sources: networkTexts(space, row.sources),
      destinations: networkTexts(space, row.destinations),
      ports: rangeTexts(row.ports),
      condition: conditionWords(space, row, hidden, domain),
      sourcePorts: row.sourcePorts === null ? null : rangeTexts(row.sourcePorts),
      target,
      witness: witnessFrom(whole, { in: packet.in ?? null, out: packet.out ?? null }),
      rules: lines.slice(0, MOST_LINES),
      furtherRules: Math.max(0, lines.length - MOST_LINES),
    },
    destinations: row.destinations,
    set,
    packet: { ...whole, ...sidesOf(hook, whole) },
    trace,
  };
}

/** Most rows of a space have the same destinations as others: one list for all of them. */
function networkTexts(space: PacketSpace, ranges: readonly AddressRange[]): readonly string[] {
  const known = remembered(TEXTS, space, () => new Map<string, readonly string[]>());
  const key = ranges.map(({ first, last }) => `${first}-${last}`).join();
  return remembered(known, key, () => listOfNetworks(ranges));
}

const TEXTS = new WeakMap<PacketSpace, Map<string, readonly string[]>>();

interface Replayed {
  /** Without the interfaces that do not matter to it. */
  readonly packet: Packet;
  readonly trace: Trace;
}

/** An interface is left out where the row has no condition on it and every other one is treated alike. */
function replay({ ruleset, space, hook, treatment }: Describing, row: SetRow, whole: WholePacket): Replayed {
  const { in: comes, out: leaves, ...bare } = whole;
  const shown = { ...bare, ...sidesOf(hook, { in: comes, out: leaves }) };
  const trace = traceOf(ruleset, shown, hook);
  const open = SIDES.filter((side) => row[side] === null);
  const free = freeSides({ space, fates: treatment }, shown, open);
  return { packet: withoutSides(shown, fewEnough(space, free, trace)), trace };
}

/** So that whoever traces the packet as it is printed gets an answer: each interface that is left open is one more world. */
function fewEnough({ interfaces }: PacketSpace, free: readonly Side[], { worlds }: Trace): readonly Side[] {
  return free.filter((_, index) => worlds * (interfaces.length + 1) ** (index + 1) <= MOST_WORLDS);
}

function sidesOf(hook: Hook, { in: comes, out: leaves }: Pick<WholePacket, 'in' | 'out'>): Pick<Packet, 'in' | 'out'> {
  return { ...(hasSide(hook, 'in') ? { in: comes } : {}), ...(hasSide(hook, 'out') ? { out: leaves } : {}) };
}

/** Too many worlds are no answer, and contradict none. */
function agrees(outcome: ConfigurationOutcome, { outcomes }: Trace): boolean {
  if (outcomes.length === 0) return true;
  switch (outcome) {
    case 'permitted':
      return outcomes.every((one) => one === 'accept');
    case 'denied':
      return outcomes.every((one) => one === 'drop' || one === 'reject');
    case 'redirected':
      return outcomes.includes('redirect');
    case 'conditional':
      return outcomes.includes('accept') && outcomes.some((one) => one !== 'accept');
  }
}

function interpreted({ verdict, condition }: Trace): string {
  return condition === null ? verdict : `${verdict} (${condition})`;
}

interface Decided {
  readonly set: Bdd;
  readonly deciding: readonly Deciding[];
  readonly witness: WholePacket;
  readonly decision: Place | null;
}

/** Those of the witness first, and of these those that make of it what the row says; then what else decides where the row hangs on something. */
function linesOf(space: PacketSpace, { set, deciding, witness, decision }: Decided): ConfigurationLine[] {
  const { manager } = space;
  const saying = (lines: readonly Deciding[]): readonly Deciding[] => {
    if (set === space.may(set)) return lines;
    const says = (line: Deciding): boolean => manager.meets(line.set, set);
    return [...lines.filter(says), ...lines.filter((line) => !says(line))];
  };
  const ofWitness = (): readonly Deciding[] => decidingOf(space, deciding, setOfPacket(space, witness));
  const inTurn = deciding.length > 1 ? [...saying(ofWitness()), ...saying(deciding)] : deciding;
  const places = [...(decision === null ? [] : [decision]), ...inTurn.map(({ place }) => place)];
  const lines = new Map(places.map(({ file, line, column, text }) => [`${file}:${line}:${column}`, { file, line, text }]));
  return [...lines.values()];
}

/** Of lines those that decide this packet: the one first that does where nothing holds that is not known, then the one that does most often. */
function decidingOf(space: PacketSpace, lines: readonly Deciding[], packet: Bdd): readonly Deciding[] {
  return lines
    .map(({ place, set, diverts }) => ({ place, diverts, set: space.manager.and(set, packet) }))
    .filter(({ set }) => set !== EMPTY)
    .map((line) => ({ ...line, share: space.share(line.set), bare: space.holdsBare(line.set) }))
    .sort((a, b) => Number(b.bare) - Number(a.bare) || b.share - a.share);
}
