/**
 * What a rule is read in: its table with the sets, and what else the text does that changes the meaning of a match.
 *
 * Worked example: `meta mark 1` is one open question for a packet where no rule sets a mark; where one does, each rule asks anew.
 */
import type { Family } from '../../model/address.ts';
import { remembered } from '../../model/remembered.ts';
import { fedBy } from '../fingerprint.ts';
import type { Problems } from '../problems.ts';
import type { About, Condition, Hook } from '../ruleset.ts';
import type { Feeding } from './feeding.ts';
import type { RawTable } from './tree.ts';

/** What the rules of a text do to a packet beside judging it. */
export interface Facts {
  readonly marks: boolean;
  /** Packets are taken out of connection tracking, or are looked at before it. */
  readonly untracks: boolean;
  /** Sets whose content rules change, by name. */
  readonly changedSets: ReadonlySet<string>;
  /** What else rules write: see effects.ts. */
  readonly rewritten: ReadonlySet<string>;
  readonly feeding: Feeding;
}

export class Context {
  readonly problems: Problems;
  readonly facts: Facts;
  readonly table: RawTable;
  readonly families: readonly Family[];
  readonly assumptions: Set<string>;
  /** From which hooks the chain can be reached. */
  hooks: ReadonlySet<Hook> = new Set();
  readonly #keys = new Map<string, string>();

  constructor(table: RawTable, problems: Problems, facts: Facts, assumptions: Set<string>) {
    this.table = table;
    this.problems = problems;
    this.facts = facts;
    this.assumptions = assumptions;
    this.families = familiesOf(table.family);
  }

  /** What no header shows, the same wherever it is asked of one packet. */
  readonly functional = (text: string, about: About = 'packet'): Condition => {
    return { kind: 'unknown', key: this.keyOf(text), text, functional: true, about };
  };

  /** What may differ each time it is asked. Its key is completed by its chain and place: see iptables/occurrences.ts. */
  readonly counting = (text: string): Condition => {
    return { kind: 'unknown', key: this.keyOf(text), text, functional: false, about: 'packet' };
  };

  /** One question of two versions of a text only where what feeds it is the same. */
  keyOf(text: string): string {
    return remembered(this.#keys, text, () => fedBy(text, this.facts.feeding.of(text, this.table)));
  }

  idOf(chain: string): string {
    return `${this.table.family} ${this.table.name}/${chain}`;
  }
}

/** Of the packets that a table sees; none of them where it sees frames. */
export function familiesOf(family: string): readonly Family[] {
  if (family === 'inet') return ['ipv4', 'ipv6'];
  return family === 'ip' ? ['ipv4'] : family === 'ip6' ? ['ipv6'] : [];
}
