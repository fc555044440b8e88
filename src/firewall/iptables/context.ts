/**
 * What a rule is read in: its table and family, the sets, and what else the file does that changes the meaning of a match.
 *
 * Worked example: `-m state --state NEW` is the state NEW in the table filter and never holds in the table raw, which comes before connection
 * tracking; `-m limit --limit 1/s` is an open question of its own wherever it stands.
 */
import type { Family } from '../../model/address.ts';
import { allOf, anyOf } from '../conditions.ts';
import { fedBy } from '../fingerprint.ts';
import { UNTRACKED } from '../nat-chains.ts';
import type { Problems } from '../problems.ts';
import { type About, ALWAYS, type Condition, NEVER } from '../ruleset.ts';
import type { Feeding } from './feeding.ts';
import type { IpsetTable } from './set-types.ts';
import type { TableName } from './table-names.ts';

/** What the rules of a file do to a packet beside judging it. */
export interface Facts {
  /** Tables with a rule that sets the mark of a packet, or of a connection. */
  readonly markTables: Readonly<Record<MarkKind, ReadonlySet<TableName>>>;
  /** Some rule rewrites a destination. */
  readonly diverts: boolean;
  /** Some rule takes packets out of connection tracking. */
  readonly untracks: boolean;
  /** Some rule makes the kernel track connections. */
  readonly tracks: boolean;
  /** What else rules change of a packet: see effects.ts. */
  readonly rewritten: ReadonlySet<string>;
  /** Sets to which rules add, or from which they delete; of a list of sets its members as well. */
  readonly changedSets: ReadonlySet<string>;
  /** What feeds the questions that no packet answers; null: nothing. */
  readonly feeding: Feeding | null;
}

export type MarkKind = 'mark' | 'connmark';

interface Surroundings {
  readonly family: Family;
  readonly problems: Problems;
  readonly sets: IpsetTable;
  readonly facts: Facts;
}

/** Of a question, where its text does not say it. */
interface Asked {
  /** Keeps it from others with the same text. */
  readonly key: string;
  readonly about: About;
}

export class Context {
  readonly family: Family;
  readonly problems: Problems;
  readonly sets: IpsetTable;
  readonly facts: Facts;
  /** The table of the rule that is being read. */
  table: TableName = 'filter';
  /** What had to be taken for granted. */
  readonly assumptions: Set<string> = new Set();
  /** How many conditions and verdicts were made that are counted by occurrence. */
  counted = 0;
  /** What the rules ask that take packets out of connection tracking: known once the table raw is read, which comes first. */
  readonly untracking: Condition[] = [];
  /** Conditions of addresses without a mistake, by their text. */
  readonly addressConditions: Readonly<Record<'source' | 'destination', Map<string, Condition>>> = {
    source: new Map(),
    destination: new Map(),
  };
  /** Conditions of sets, which many rules share. */
  readonly setConditions: Map<string, Condition> = new Map();

  readonly #protocols = new Map<number, Condition>();

  constructor({ family, problems, sets, facts }: Surroundings) {
    this.family = family;
    this.problems = problems;
    this.sets = sets;
    this.facts = facts;
  }

  /** One object for each protocol: most rules ask for one. */
  protocol(number: number): Condition {
    const known = this.#protocols.get(number);
    if (known !== undefined) return known;
    const condition: Condition = { kind: 'protocol', ranges: [{ first: number, last: number }] };
    this.#protocols.set(number, condition);
    return condition;
  }

  /** What no header shows, the same wherever it is asked of one packet. */
  functional(text: string, { key = text, about = 'packet' }: Partial<Asked> = {}): Condition {
    return { kind: 'unknown', key: this.keyOf(text, key), text, functional: true, about };
  }

  /** What may differ each time it is asked. Its key is completed where its chain and its place are known: see occurrences.ts. */
  counting(text: string): Condition {
    this.counted += 1;
    return { kind: 'unknown', key: this.keyOf(text), text, functional: false, about: 'packet' };
  }

  /** One question of two versions of a file only where what feeds it is the same. */
  keyOf(text: string, key: string = text): string {
    return fedBy(key, this.facts.feeding?.of(text) ?? []);
  }

  /** A name that was looked up when the file was loaded. */
  named(name: string, text: string, about: About = 'packet'): Condition {
    this.assumptions.add(
      `What the name ${name} stood for when the rules were loaded is not known here: what hangs on it is conditional.`,
    );
    return this.functional(text, { about });
  }

  /**
   * The packet is not tracked. No rule that could have taken it out holds: then it is; else that hangs on what came before that rule.
   * A packet that is not tracked is not translated either, so that its header is still the one that the rule saw.
   */
  untracked(): Condition {
    if (this.untracking.length === 0) return NEVER;
    this.assumptions.add(
      'Rules take packets out of connection tracking: what hangs on the tracking of such a packet is conditional.',
    );
    return allOf([anyOf(this.untracking), this.functional(UNTRACKED)]);
  }

  /** No connection belongs to the packet: it is not tracked, or not yet. */
  unconnected(): Condition {
    return this.table === 'raw' ? ALWAYS : this.untracked();
  }

  /**
   * (mark & mask) = value. What a packet comes with nobody knows: tc, sockets and eBPF set marks as well. Where rules do, two matches
   * in one table are the same question only if that table itself leaves the mark alone, and the packet passes it once: nat and mangle
   * have several hooks on one path.
   */
  mark(kind: MarkKind, value: number, mask: number): Condition {
    const setters = this.facts.markTables[kind];
    const text = `-m ${kind} --mark ${markText(value, mask)}`;
    if (setters.size === 0) {
      this.assumptions.add(
        'No rule sets marks, but packets may come with them (tc, sockets, eBPF): what hangs on marks is conditional.',
      );
      return this.functional(text);
    }
    this.assumptions.add('Rules set marks: what a match on marks finds is not worked out, and what hangs on it is conditional.');
    const once = this.table === 'filter' || this.table === 'security' || this.table === 'raw';
    return once && !setters.has(this.table) ? this.functional(text, { key: `${this.table} ${text}` }) : this.counting(text);
  }
}

/** As iptables-save prints it. */
function markText(value: number, mask: number): string {
  const hex = (number: number): string => `0x${number.toString(16)}`;
  return mask === 0xffff_ffff ? hex(value) : `${hex(value)}/${hex(mask)}`;
}
