/**
 * The way of one packet in one world: hook after hook, base chain after base chain, rule after rule.
 *
 * Worked example: nat PREROUTING redirects port 25 to 2525, so that the packet is for this host: filter INPUT is asked about port 2525, and filter
 * FORWARD about nothing.
 *
 * @see Linux, net/netfilter/core.c, nf_hook_slow(); net/ipv4/netfilter/ip_tables.c, ipt_do_table()
 */
import type { Family } from '../model/address.ts';
import { ANYWHERE, type Divert, divertText } from './divert-text.ts';
import { addressText, HIGHEST_ID, holds, NO_SOCKET, type Scope } from './holds.ts';
import { Knowledge } from './knowledge.ts';
import type { BaseChain, Condition, Hook, Interval, Place, Rule, Ruleset, Verdict } from './ruleset.ts';
import type { Ask } from './worlds.ts';

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

/** What is known beside the ruleset. */
export interface Surroundings {
  /** Addresses of the firewall; absent: not known, and what is sent to an address is taken to be for another host where that can be reached. */
  readonly own?: readonly Interval<bigint>[];
}

type Outcome = WorldVerdict | 'continue';
/** `end`: of a chain, by itself or by a return. */
type ChainEnd = 'accept' | 'drop' | 'reject' | 'end' | Divert | Lost;
type Lost = Extract<Verdict, { readonly kind: 'lost' }>;

/** Of a line that rewrites a destination, as against one that accepts: 3 at most. */
const WEIGHT_OF_DIVERT = 4;

/** One packet in one world. */
export class Journey {
  readonly rules: Place[] = [];
  decision: Place | null = null;
  /** Where it is sent instead, in words; null: where it was sent. */
  target: string | null = null;
  /** What sends it there; `divert` null: nobody knows where to. */
  sentBy: { readonly divert: Divert | null; readonly place: Place | null } | null = null;
  #weight = 0;
  /** The rule at which the chain that is being asked ended. */
  #ended: Place | null = null;
  readonly #knowledge = new Knowledge();
  readonly #ruleset: Ruleset;
  readonly #family: Family;
  readonly #ask: Ask;
  readonly #start: Hook;
  readonly #leaves: string | null;
  readonly #own: readonly Interval<bigint>[] | null;
  #hook: Hook;
  #visits = 0;
  #rewritten = 0;
  /** Whether it is for this host, once a rule has rewritten where it goes; null: as it was sent. */
  #local: boolean | null = null;
  /** To where, and by which line, a rule before routing sends it. */
  #sent: { readonly addresses: readonly Interval<bigint>[]; readonly place: Place | null } | null = null;

  constructor(ruleset: Ruleset, packet: Packet, hook: Hook, ask: Ask, { own }: Surroundings) {
    this.#ruleset = ruleset;
    this.#own = own ?? null;
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
    return this.target === null ? 'accept' : 'redirect';
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
      if (typeof end === 'object' && end.kind === 'lost') return this.#lost(end);
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
      case 'lost':
        return verdict;
      case 'unknown':
        return this.#settled(verdict) ? 'accept' : 'drop';
    }
  }

  #settled({ key, text }: Extract<Verdict, { readonly kind: 'unknown' }>): boolean {
    return this.#ask({ key: `${key} in ${this.#visits}`, yes: `${text} accepts`, no: `${text} drops`, settle: () => undefined });
  }

  /** The end of its way, whatever stands behind. */
  #lost({ key, text }: Lost): WorldVerdict {
    const asked = (question: string, yes: string, no: string): boolean => {
      const known = this.#knowledge.fact(`${key} ${question} in ${this.#hook}`, `${text} ${yes}`, `${text} ${no}`);
      return typeof known === 'boolean' ? known : this.#ask(known);
    };
    if (!asked('passes', 'lets it pass', 'does not let it pass')) return 'drop';
    if (asked('diverts', 'sends it elsewhere', 'does not send it elsewhere')) {
      this.target = ANYWHERE;
      this.sentBy = { divert: null, place: this.#ended };
    }
    return this.target === null ? 'accept' : 'redirect';
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

  #divert(divert: Divert): void {
    const { how, destination, port } = divert;
    this.target = divertText(divert, this.#family);
    this.sentBy = { divert, place: this.#ended };
    if (how !== 'dnat') this.#local = true;
    if (destination === null && port === null) return;
    if (how === 'dnat' && destination !== null && this.#hook === 'prerouting') {
      const own = this.#own === null ? null : within(destination, this.#own);
      this.#local = own === true;
      this.#sent = own === null ? { addresses: destination, place: this.decision } : null;
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

/** Null: some are, or a part of one. */
function within(ranges: readonly Interval<bigint>[], own: readonly Interval<bigint>[]): boolean | null {
  if (ranges.every(({ first, last }) => own.some((one) => one.first <= first && last <= one.last))) return true;
  return ranges.some(({ first, last }) => own.some((one) => one.first <= last && first <= one.last)) ? null : false;
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
