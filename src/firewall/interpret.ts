/**
 * What becomes of one packet, rule by rule, as the kernel goes. What the packet does not show is answered both ways, in worlds of their own. No
 * code is shared with packet sets: one is tested against the other.
 *
 * Worked example: of `-A OUTPUT -p tcp --dport 25 -m owner --uid-owner postfix -j ACCEPT` and the policy drop, a packet to port 25 is accepted in one
 * world and dropped in the other: conditional, `if -m owner --uid-owner postfix`.
 *
 * A packet here is the first one of a TCP connection: SYN, unfragmented, NEW.
 */
import type { Family } from '../model/address.ts';
import { addressText, HIGHEST_ID, holds, NO_SOCKET, type Scope } from './holds.ts';
import { conditionInWords } from './in-words.ts';
import { Knowledge } from './knowledge.ts';
import type { BaseChain, Condition, Hook, Interval, Place, Rule, Ruleset, Verdict } from './ruleset.ts';
import { type Ask, everyWorld } from './worlds.ts';

export interface Packet {
  readonly family: Family;
  readonly source: bigint;
  readonly destination: bigint;
  readonly port: number;
  /** Absent, as the interfaces: any. */
  readonly sourcePort?: number;
  readonly in?: string;
  readonly out?: string;
  /** Whose socket it comes from; absent: not known, it may come from none. Of a forwarded packet nobody's. */
  readonly user?: number;
  readonly group?: number;
}

/** `redirect`: accepted, with another destination. */
export type WorldVerdict = 'accept' | 'drop' | 'reject' | 'redirect';

export interface Trace {
  readonly verdict: WorldVerdict | 'conditional';
  /** Every rule whose condition held, or hung on something, in some world: in the order in which they are looked at. */
  readonly rules: readonly Place[];
  /** When it is accepted, where that hangs on something; else null. */
  readonly condition: string | null;
  /**
   * The line that decided: the rule that drops, rejects or rewrites; of an accepted packet the last rule that accepted it. A base chain's own line
   * where its policy decided. Null where several did, each in its world.
   */
  readonly decision: Place | null;
  /** Every verdict that some world has; none where there are too many worlds. */
  readonly outcomes: readonly WorldVerdict[];
}

/** More open questions than these worlds can hold are not answered. */
const MOST_WORLDS = 4_096;

/** @param hook  `forward`: through the firewall; `input`: to it; `output`: from it. */
export function traceOf(ruleset: Ruleset, packet: Packet, hook: Hook): Trace {
  const rules: Place[] = [];
  const decisions = new Set<Place | null>();
  const worlds = everyWorld((ask) => {
    const journey = new Journey(ruleset, packet, hook, ask);
    const outcome = journey.outcome();
    merge(rules, journey.rules);
    decisions.add(journey.decision);
    return outcome;
  }, MOST_WORLDS);
  const several = { verdict: 'conditional', rules, decision: null } as const;
  if (worlds === null) return { ...several, condition: 'too many conditions', outcomes: [] };
  const outcomes = [...new Set(worlds.map(({ outcome }) => outcome))];
  const [only] = outcomes;
  if (only === undefined || outcomes.length > 1) return { ...several, condition: conditionInWords(worlds), outcomes };
  const [decision = null] = decisions;
  return { verdict: only, rules, condition: null, decision: decisions.size === 1 ? decision : null, outcomes };
}

type Outcome = WorldVerdict | 'continue';
type Divert = Extract<Verdict, { readonly kind: 'divert' }>;
/** `end`: of a chain, by itself or by a return. */
type ChainEnd = 'accept' | 'drop' | 'reject' | 'end' | Divert;

/** Of a line that rewrites a destination, as against one that accepts: 3 at most. */
const WEIGHT_OF_DIVERT = 4;

/** One packet in one world. */
class Journey {
  readonly rules: Place[] = [];
  decision: Place | null = null;
  #weight = 0;
  /** The rule at which the chain that is being asked ended. */
  #ended: Place | null = null;
  readonly #knowledge = new Knowledge();
  readonly #ruleset: Ruleset;
  readonly #family: Family;
  readonly #ask: Ask;
  readonly #start: Hook;
  readonly #leaves: string | null;
  #hook: Hook;
  #visits = 0;
  #rewritten = 0;
  /** Whether it is for this host, once a rule has rewritten where it goes; null: as it was sent. */
  #local: boolean | null = null;
  #diverted = false;
  /** To where, and by which line, a rule before routing sends it. */
  #sent: { readonly addresses: readonly Interval<bigint>[]; readonly place: Place | null } | null = null;

  constructor(ruleset: Ruleset, packet: Packet, hook: Hook, ask: Ask) {
    this.#ruleset = ruleset;
    this.#family = packet.family;
    this.#ask = ask;
    this.#start = hook;
    this.#hook = hook;
    this.#leaves = packet.out ?? null;
    const know = this.#knowledge;
    const sent = hook === 'output' || hook === 'postrouting';
    know.setNumber('source', exactly(packet.source));
    know.setNumber('destination', exactly(packet.destination));
    know.setNumber('port', exactly(BigInt(packet.port)));
    know.setNumber(
      'source port',
      packet.sourcePort === undefined ? [{ first: 0n, last: 65_535n }] : exactly(BigInt(packet.sourcePort)),
    );
    know.setNumber('user', sent ? owner(packet.user, NO_SOCKET) : exactly(NO_SOCKET));
    know.setNumber('group', owner(packet.group, 0n));
    if (hook !== 'output') know.setName('in', packet.in ?? null);
    if (sent) know.setName('out', this.#leaves);
  }

  outcome(): WorldVerdict {
    const outcome = this.#from(firstHook(this.#start));
    if (outcome === 'accept' || outcome === 'redirect' || this.#sent === null || this.#hook === 'prerouting') return outcome;
    // Stopped on its way to another host; the new destination may be an address of this one, which other chains guard.
    const { addresses, place } = this.#sent;
    if (!this.#isOwn(addresses)) return outcome;
    [this.#local, this.decision, this.#weight] = [true, place, WEIGHT_OF_DIVERT];
    this.#knowledge.dropName('out');
    return this.#from('input');
  }

  #from(first: Hook): WorldVerdict {
    for (let hook: Hook | null = first; hook !== null; hook = this.#hookAfter(hook)) {
      const outcome = this.#pass(hook);
      if (outcome !== 'continue') return outcome;
    }
    return this.#diverted ? 'redirect' : 'accept';
  }

  #hookAfter(hook: Hook): Hook | null {
    if (hook === this.#start && (hook === 'prerouting' || hook === 'postrouting')) return null;
    if (hook === 'prerouting') return (this.#local ?? this.#start === 'input') ? 'input' : 'forward';
    return hook === 'forward' || hook === 'output' ? 'postrouting' : null;
  }

  #pass(hook: Hook): Outcome {
    this.#hook = hook;
    // Routing has chosen the way out, by the destination as it was then.
    if (hook === 'forward') this.#knowledge.setName('out', this.#rewritten === 0 ? this.#leaves : null);
    if (hook === 'postrouting' && this.#start === 'output' && this.#rewritten > 0)
      this.#knowledge.setName('out', this.#local === true ? 'lo' : null);
    let translated = false;
    for (const base of this.#ruleset.bases.filter((one) => one.hook === hook)) {
      // A connection is translated once: nat chains after that are not asked. @see Linux, nf_nat_core.c, nf_nat_inet_fn()
      if (base.kind === 'nat' && translated) continue;
      const end = this.#base(base);
      if (end === 'drop' || end === 'reject') return end;
      if (typeof end === 'object') {
        this.#divert(end);
        translated ||= base.kind === 'nat';
      }
    }
    return 'continue';
  }

  #base(base: BaseChain): Exclude<ChainEnd, 'end'> {
    if (this.#ruleset.chains.get(base.chain)?.families.includes(this.#family) === false) return 'accept';
    const end = this.#chain(base.chain);
    const [decided, place] = end === 'end' ? [base.policy, base.place] : [end, this.#ended];
    const weight = this.#weightOf(decided, base, end === 'end');
    if (weight >= this.#weight) [this.decision, this.#weight] = [place, weight];
    return decided;
  }

  /** The greater one decides: what stops a packet, what rewrites it, what accepts it on its own hook, by a rule rather than by a policy. */
  #weightOf(decided: ChainEnd, { hook, kind }: BaseChain, byPolicy: boolean): number {
    if (decided === 'drop' || decided === 'reject') return WEIGHT_OF_DIVERT + 1;
    if (typeof decided === 'object') return WEIGHT_OF_DIVERT;
    const own = kind !== 'nat' && (hook === this.#start || hook === 'input');
    return (own ? 2 : 0) + (byPolicy ? 0 : 1);
  }

  #chain(id: string): ChainEnd {
    const chain = this.#ruleset.chains.get(id);
    if (chain === undefined) throw new Error(`no chain is ${id}`);
    for (const rule of chain.rules) {
      const verdict = this.#verdict(rule);
      if (verdict === null) continue;
      if (verdict.kind !== 'jump' && verdict.kind !== 'goto') this.#ended = rule.place;
      const end = this.#follow(verdict);
      if (end !== 'end' || verdict.kind !== 'jump') return end;
    }
    return 'end';
  }

  /** Null: the next rule decides. */
  #verdict(rule: Rule): Verdict | null {
    if (!rule.families.includes(this.#family)) return null;
    this.#visits += 1;
    const { held, open } = this.#holds(rule.condition);
    if (held || open) this.rules.push(rule.place);
    if (!held) return null;
    return rule.cases.find(({ condition }) => this.#holds(condition).held)?.verdict ?? null;
  }

  #follow(verdict: Verdict): ChainEnd {
    switch (verdict.kind) {
      case 'accept':
      case 'drop':
      case 'reject':
        return verdict.kind;
      case 'translate-source':
        return 'accept';
      case 'return':
        return 'end';
      case 'jump':
      case 'goto':
        return this.#chain(verdict.chain);
      case 'divert':
        return verdict;
      case 'unknown':
        return this.#settled(verdict) ? 'accept' : 'drop';
    }
  }

  #settled({ key, text }: Extract<Verdict, { readonly kind: 'unknown' }>): boolean {
    return this.#ask({ key: `${key} in ${this.#visits}`, yes: `${text} accepts`, no: `${text} drops`, settle: () => undefined });
  }

  #holds(condition: Condition): { readonly held: boolean; readonly open: boolean } {
    const scope: Scope = {
      family: this.#family,
      hook: this.#hook,
      knowledge: this.#knowledge,
      rewritten: this.#rewritten,
      visit: this.#visits,
    };
    for (let open = false; ; open = true) {
      const known = holds(condition, scope);
      if (typeof known === 'boolean') return { held: known, open };
      this.#ask(known);
    }
  }

  #isOwn(addresses: readonly Interval<bigint>[]): boolean {
    const words = `${addresses.map((range) => addressText(this.#family, range)).join(', ')} is an address of this host`;
    return this.#ask({ key: words, yes: words, no: `not ${words}`, settle: () => undefined });
  }

  #divert({ how, destination, port }: Divert): void {
    this.#diverted = true;
    if (how !== 'dnat') this.#local = true;
    if (destination === null && port === null) return;
    if (how === 'dnat' && destination !== null && this.#hook === 'prerouting') {
      this.#local = false;
      this.#sent = { addresses: destination, place: this.decision };
    }
    this.#rewritten += 1;
    if (destination !== null) this.#knowledge.setNumber('destination', destination);
    if (port === null) return;
    this.#knowledge.setNumber(
      'port',
      port.map(({ first, last }) => ({ first: BigInt(first), last: BigInt(last) })),
    );
  }
}

function firstHook(start: Hook): Hook {
  return start === 'forward' || start === 'input' ? 'prerouting' : start;
}

function owner(id: number | undefined, lowest: bigint): readonly Interval<bigint>[] {
  return id === undefined ? [{ first: lowest, last: HIGHEST_ID }] : exactly(BigInt(id));
}

function exactly(number: bigint): readonly Interval<bigint>[] {
  return [{ first: number, last: number }];
}

/** What one world has seen, in its place among what others have. */
function merge(all: Place[], seen: readonly Place[]): void {
  let at = 0;
  for (const place of seen) {
    const found = all.indexOf(place);
    if (found < 0) all.splice(at, 0, place);
    at = (found < 0 ? at : found) + 1;
  }
}
