/**
 * What evidence shows of devices between the two ends of a flow: what its dialogues tell (dialogue-signs.ts), what its whole way out tells
 * (ways-out.ts), what another vantage got from the same server (offers.ts), and what a sentinel signed (receipts.ts).
 */
import type { Address } from '../model/address.ts';
import { boundaryOf } from '../model/boundary.ts';
import type { Dialogue } from '../model/dialogue.ts';
import type { AttestationRecord, ControlRecord, Evidence, EvidenceRecord, Observation, RelayRecord } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import type { Policy } from '../model/policy.ts';
import { REACH_LEVELS } from '../receipt/reach.ts';
import { type DialogueSign, dialogueSigns, lacksStarttls, overwrittenVerb, rewrittenSign } from './dialogue-signs.ts';
import { type Offers, offeredElsewhere, offersIn } from './offers.ts';
import { type Testimonies, type Testimony, testimoniesIn } from './receipts.ts';
import { type Flow, type Takeover, type WayOut, wayKey, waysOut } from './ways-out.ts';

/** What is shown of one flow. */
export interface Shown {
  /** With a sentinel whose key the policy gives; the one that shows least where there were several dialogues. */
  readonly testimony: Testimony | null;
  /** The same, of those that a receipt shows to have been had with the sentinel, by whatever way; null: none. */
  readonly receipt: Testimony | null;
  /** Greeting or keywords are overwritten: a sentence. */
  readonly masked: string | null;
  /** STARTTLS is removed or overwritten: a sentence. */
  readonly stripped: string | null;
  /** Commands come to the server as others: a sentence. */
  readonly rewritten: string | null;
  /** Something else answers in the destination's place, by signs alone. */
  readonly takeover: Takeover | null;
  /** Signs that are not enough. */
  readonly hints: readonly DialogueSign[];
}

export const NOTHING_SHOWN: Shown = {
  testimony: null,
  receipt: null,
  masked: null,
  stripped: null,
  rewritten: null,
  takeover: null,
  hints: [],
};

/** Of one run. */
export interface Interference {
  of(flow: Flow): Shown;
  /** Whether an answer is the destination's own, as far as anything is shown: only then does it vouch for something else. */
  vouches(record: Observation | ControlRecord): boolean;
  /** Signs of a way out that are not enough, one sentence each. */
  hintsOf(flow: Flow): readonly string[];
}

export interface Interferences {
  readonly testimonies: Testimonies;
  in(run: Evidence): Interference;
}

/** @param evidence  all of it: another vantage's answers show what this one's lack. */
export function interferencesIn(policy: Policy, evidence: readonly Evidence[]): Interferences {
  const testimonies = testimoniesIn(policy, evidence);
  const offers = offersIn(evidence);
  const known = new Map<string, Interference>();
  return {
    testimonies,
    in: (run) => {
      const { id } = run.header.run;
      const found = known.get(id) ?? interferenceIn({ policy, run, testimonies, offers });
      known.set(id, found);
      return found;
    },
  };
}

interface Scene {
  readonly policy: Policy;
  readonly run: Evidence;
  readonly testimonies: Testimonies;
  readonly offers: Offers;
}

type Spoken = (Observation | AttestationRecord) & { readonly address: Address; readonly dialogue: Dialogue };
type Tested = RelayRecord & { readonly segment: string; readonly source: Address };

function interferenceIn(scene: Scene): Interference {
  const { policy, run, testimonies } = scene;
  const ways = waysOut(policy, run, testimonies);
  const spoken = groupBy(run.records.filter(isSpoken), flowKey);
  const tested = groupBy(run.records.filter(isTested), flowKey);
  const wayOf = (flow: Flow): WayOut | null =>
    boundaryOf(policy, flow.segment, flow.address) === 'public' ? (ways.get(wayKey(flow)) ?? null) : null;
  const known = new Map<string, Shown>();
  const of = (flow: Flow): Shown => {
    const key = flowKey(flow);
    const seen = { dialogues: spoken.get(key) ?? [], tests: tested.get(key) ?? [], takeover: takeoverOf(wayOf(flow), flow) };
    const found = known.get(key) ?? shownBy(scene, seen);
    known.set(key, found);
    return found;
  };
  return {
    of,
    vouches: (record) => {
      if (record.address === null) return true;
      const testimony = record.type === 'observation' ? (testimonies.get(record) ?? null) : null;
      if (testimony !== null) return arrived(testimony);
      const shown = of({ ...record, address: record.address });
      return shown.takeover === null && shown.testimony?.reach?.level !== 'stranger';
    },
    hintsOf: (flow) => wayOf(flow)?.hints ?? [],
  };
}

/** Whether a receipt shows that it was the sentinel, by whatever way. */
export function arrived({ reach }: Testimony): boolean {
  return reach !== null && reach.genuine.length > 0;
}

/** To the last byte as it was sent: what looks like a sign is then the sentinel's own manner. */
function isUntouched({ reach, open }: Testimony): boolean {
  return (reach?.level === 'direct' || reach?.level === 'relayed') && open === null;
}

/** What a run saw of one flow, and of its way out. */
interface Seen {
  readonly dialogues: readonly Spoken[];
  readonly tests: readonly Tested[];
  readonly takeover: Takeover | null;
}

function shownBy({ run, testimonies, offers }: Scene, { dialogues, tests, takeover }: Seen): Shown {
  const told = dialogues.flatMap((record) => testimonies.get(record) ?? []);
  const receipt = worstOf(told.filter(arrived));
  if (told.length > 0 && told.length === dialogues.length && told.every(isUntouched)) {
    return { ...NOTHING_SHOWN, testimony: worstOf(told), receipt };
  }
  const signs = [...dialogues.flatMap(({ dialogue }) => dialogueSigns(dialogue)), ...tests.flatMap(testSigns)];
  const first = (kind: DialogueSign['kind']): string | null => signs.find((sign) => sign.kind === kind)?.text ?? null;
  return {
    testimony: worstOf(told),
    receipt,
    masked: first('masked'),
    stripped: first('stripped') ?? strippedBy({ hostname: run.header.vantage.hostname, offers, dialogues, testimonies: told }),
    rewritten: first('rewritten'),
    takeover: receipt === null ? takeover : null,
    hints: signs.filter(({ strength }) => strength !== 'conclusive'),
  };
}

/** By an offer to another vantage, or by what the sentinel got of the command. */
function strippedBy(seen: {
  readonly hostname: string;
  readonly offers: Offers;
  readonly dialogues: readonly Spoken[];
  readonly testimonies: readonly Testimony[];
}): string | null {
  if (seen.testimonies.some(({ starttlsChanged }) => starttlsChanged)) {
    return 'STARTTLS led to no TLS, and the sentinel got other bytes than those that were sent: the command is overwritten on the way.';
  }
  const without = seen.dialogues.find(
    ({ dialogue }) => dialogue.ehlo !== null && dialogue.starttls?.offered === false && !lacksStarttls(dialogue),
  );
  return without === undefined ? null : offeredElsewhere(seen.offers, seen.hostname, without);
}

/** C0 of a relay test is an unknown verb; its echo is the same as a dialogue's. */
function testSigns({ attempts, transcript }: RelayRecord): DialogueSign[] {
  const text = attempts.find(({ id }) => id === 'C0')?.text ?? null;
  if (text === null) return [];
  const verbs = transcript.flatMap((line) => /^C: (XPSTRN[0-9A-F]+)$/i.exec(line)?.[1] ?? []);
  return verbs.flatMap((verb) => {
    const word = overwrittenVerb([text], verb);
    return word === null ? [] : [rewrittenSign(verb, word)];
  });
}

function takeoverOf(way: WayOut | null, { address }: Flow): Takeover | null {
  return way?.all ?? way?.some.get(address) ?? null;
}

/** The dialogue that shows least, or the most interference. */
function worstOf(testimonies: readonly Testimony[]): Testimony | null {
  const rank = ({ reach, open }: Testimony): number =>
    (reach === null ? 0 : REACH_LEVELS.indexOf(reach.level)) * 2 + (open === null ? 0 : 1);
  return testimonies.reduce<Testimony | null>((worst, next) => (worst === null || rank(next) > rank(worst) ? next : worst), null);
}

function isSpoken(record: EvidenceRecord): record is Spoken {
  if (record.type !== 'observation' && record.type !== 'attestation') return false;
  return record.address !== null && record.dialogue !== null;
}

function isTested(record: EvidenceRecord): record is Tested {
  return record.type === 'relay' && record.segment !== null && record.source !== null;
}

function flowKey({ segment, source, address, port }: Flow): string {
  return JSON.stringify([segment, source, address, port]);
}
