/**
 * What a rule is read in: its table with the sets, and what else the text does that changes the meaning of a match.
 *
 * Worked example: `meta mark 1` never holds where no rule sets a mark, because a packet comes with mark 0; where one does, it is an open question.
 */
import type { Family } from '../../model/address.ts';
import type { Problems } from '../problems.ts';
import type { Condition, Hook } from '../ruleset.ts';
import type { RawTable } from './tree.ts';

/** What the rules of a text do to a packet beside judging it. */
export interface Facts {
  readonly marks: boolean;
  /** Packets are taken out of connection tracking, or are looked at before it. */
  readonly untracks: boolean;
  /** Sets whose content rules change, by name. */
  readonly changedSets: ReadonlySet<string>;
  /** What else rules write: the words before `set`, as dscp. */
  readonly rewritten: ReadonlySet<string>;
}

export class Context {
  readonly problems: Problems;
  readonly facts: Facts;
  readonly table: RawTable;
  readonly families: readonly Family[];
  readonly assumptions: Set<string>;
  /** From which hooks the chain can be reached. */
  hooks: ReadonlySet<Hook> = new Set();

  constructor(table: RawTable, problems: Problems, facts: Facts, assumptions: Set<string>) {
    this.table = table;
    this.problems = problems;
    this.facts = facts;
    this.assumptions = assumptions;
    this.families = familiesOf(table.family);
  }

  /** What no header shows, the same wherever it is asked of one packet. */
  readonly functional = (text: string): Condition => {
    return { kind: 'unknown', key: text, text, functional: true };
  };

  /** What may differ each time it is asked. Its key is completed by its chain and place: see iptables/occurrences.ts. */
  readonly counting = (text: string): Condition => {
    return { kind: 'unknown', key: text, text, functional: false };
  };

  idOf(chain: string): string {
    return `${this.table.family} ${this.table.name}/${chain}`;
  }
}

/** Of the packets that a table sees; none of them where it sees frames. */
export function familiesOf(family: string): readonly Family[] {
  if (family === 'inet') return ['ipv4', 'ipv6'];
  return family === 'ip' ? ['ipv4'] : family === 'ip6' ? ['ipv6'] : [];
}
