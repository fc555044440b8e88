/**
 * The lines of an iptables-save or of a file for iptables-restore, carried out in order: tables, chains, and which rules stand where at the end.
 *
 * Worked example: `*filter`, `:FORWARD DROP [0:0]`, `:mail - [0:0]`, `-A FORWARD -j mail`, `-I FORWARD 1 -i lo -j ACCEPT`, `COMMIT` leave the
 * chain FORWARD with the policy DROP and two rules, the inserted one first, and an empty chain mail.
 *
 * @see iptables-restore(8); iptables, iptables/iptables-restore.c
 */
import type { Family } from '../../model/address.ts';
import { listText } from '../../model/list-text.ts';
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import type { Unseen } from '../ruleset.ts';
import { carryOut } from './commands.ts';
import { type Effects, effectsOf, NO_EFFECTS } from './effects.ts';
import { type CoreOption, type ParsedOptions, parseOptions } from './options.ts';
import { emptied, newChain, type RawRule, type RawTable, setPolicy } from './raw-table.ts';
import { refusedLines } from './refused-lines.ts';
import { isFreeOfAddresses, partsOf, startOfRule } from './rule-parts.ts';
import { TABLE_NAMES, type TableName, tableNamed } from './table-names.ts';
import { UndeclaredChains } from './undeclared-chains.ts';
import { type Line, lineAt, lineSpansOf, type Word } from './words.ts';

export interface FileTables {
  readonly tables: ReadonlyMap<TableName, RawTable>;
  readonly assumptions: readonly string[];
  readonly unseen: readonly Unseen[];
}

export function readTables(problems: Problems, family: Family): FileTables {
  const reader = new TableReader(problems, family);
  for (const span of lineSpansOf(problems.source)) if (!reader.tookRepeated(span)) reader.read(lineAt(problems.source, span));
  reader.end();
  return { tables: reader.tables, assumptions: reader.assumptions, unseen: reader.unseen() };
}

class TableReader {
  readonly tables = new Map<TableName, RawTable>();
  readonly assumptions: string[] = [];
  /** Sentences by what is missing. */
  readonly #missing = new Map<string, string>();
  readonly #uncommittedTables = new Set<TableName>();
  /** Of rules without a doubt, by what stands behind their addresses. */
  readonly #repeated = new Map<string, Pick<RawRule, 'target' | 'effects'>>();
  /** One of each, by what they hold. */
  readonly #effects = new Map<string, Effects>();
  readonly #undeclared = new UndeclaredChains();
  readonly #problems: Problems;
  readonly #family: Family;
  /** Where a `*table` waits for its COMMIT. */
  #open: RawTable | null = null;
  /** The last `*table` was not one: its lines are passed over, its mistake is told once. */
  #lost = false;

  constructor(problems: Problems, family: Family) {
    this.#problems = problems;
    this.#family = family;
  }

  /** Takes a rule that says of other addresses what one before it has said. @returns whether it is one. */
  tookRepeated(line: Span): boolean {
    if (this.#open === null) return false;
    const { text } = this.#problems.source;
    const rule = { start: startOfRule(text, line), end: line.end };
    const parts = partsOf(text, rule);
    const known = parts === null ? undefined : this.#repeated.get(parts.rest);
    const chain = parts === null ? undefined : this.#open.chains.get(parts.chain);
    if (known === undefined || chain === undefined) return false;
    const { target, effects } = known;
    chain.rules.push({ target, effects, width: 1, start: rule.start, end: rule.end });
    return true;
  }

  read(line: Line): void {
    const [first] = line.words;
    if (line.unclosed !== null) this.#problems.error(line.unclosed, 'unclosed-quote', 'This quote is not closed.');
    else if (first === undefined) return;
    else if (first.text.startsWith('#') && !first.quoted) this.#comment(first);
    else if (first.text.startsWith('*')) this.#table(first, line);
    else if (first.text === 'COMMIT') this.#commit(first);
    else if (this.#open === null) this.#outside(first);
    else if (first.text.startsWith(':')) this.#chain(this.#open, line);
    else this.#rule(this.#open, line);
  }

  end(): void {
    if (this.#open !== null) this.#uncommitted(this.#open);
    for (const [what, text] of refusedLines(this.#problems)) this.#missing.set(what, text);
    const undeclared = this.#undeclared.doubt(this.#problems.source.path);
    if (undeclared !== null) this.#missing.set('chain-undeclared', undeclared);
  }

  /** What keeps the file from being all that packets meet. */
  unseen(): readonly Unseen[] {
    const tables = listText([...this.#uncommittedTables]);
    const file = this.#problems.source.path;
    const cut = `No COMMIT ends ${tables} in ${file}: it was cut, so that rules are missing, or it is never loaded as it stands. Give the whole of what iptables-save prints.`;
    const all = [...(tables === '' ? [] : [[`cut ${tables}`, cut] as const]), ...this.#missing];
    return all.map(([content, text]) => ({ kind: 'dump', content: `${this.#family} ${content}`, text }));
  }

  /** What iptables-save says of rules that it does not show. */
  #comment(word: Word): void {
    const [, legacy] = /^# Warning: (ip6?tables-legacy) tables present/.exec(word.text) ?? [];
    if (legacy !== undefined) {
      const message = `This machine has rules of ${legacy} as well, which this file does not show. They apply too: save them with ${legacy}-save.`;
      this.#problems.warning(word, 'other-rules', message);
      this.#missing.set(
        'legacy',
        `${this.#problems.source.path} says that this machine has tables of ${legacy} as well: their rules apply too, and may stop, send elsewhere or let through what these do not. Empty those tables and save again, or check what ${legacy}-save prints as a firewall of its own and let somebody judge both.`,
      );
      this.assumptions.push(`Rules of ${legacy}, which the file speaks of and does not show, let everything pass.`);
      return;
    }
    const [, hidden] = /^# Table `([^']+)' (?:is|contains) incompatible/.exec(word.text) ?? [];
    if (hidden !== undefined) {
      this.#problems.warning(
        word,
        'other-rules',
        'This table holds rules that iptables cannot show, and so this file does not: give nft list ruleset instead.',
      );
      this.#missing.set(
        `incompatible ${hidden}`,
        `${this.#problems.source.path} says that it does not show all of the table ${hidden}, because iptables cannot print it. Give what nft list ruleset prints instead.`,
      );
      this.assumptions.push('Tables that the file calls incompatible and does not show let everything pass.');
    }
  }

  #table(word: Word, line: Line): void {
    if (this.#open !== null) this.#uncommitted(this.#open);
    this.#open = null;
    const name = tableNamed(word.text.slice(1));
    this.#lost = name === null;
    if (name === null) {
      const text = word.text.slice(1);
      const all = `The tables are ${TABLE_NAMES.join(', ')}.`;
      this.#problems.error(word, 'unknown-table', this.#problems.advised(`There is no table ${text}.`, text, TABLE_NAMES, all));
      return;
    }
    for (const more of line.words.slice(1, 2))
      this.#problems.error(more, 'stray-word', 'Nothing stands after the name of a table.');
    const before = this.tables.get(name);
    if (before !== undefined) {
      const message = `The table ${name} stands here a second time: iptables-restore empties it first, so that the rules above are gone.`;
      this.#problems.warning(word, 'table-twice', message);
    }
    this.#open = before === undefined ? { name, chains: new Map(), span: word } : emptied(before, word);
    this.tables.set(name, this.#open);
  }

  #commit(word: Word): void {
    if (this.#open !== null) this.#undeclared.settle(this.#open, this.#problems);
    else if (!this.#lost) this.#problems.warning(word, 'stray-commit', 'This COMMIT ends no table.');
    this.#open = null;
    this.#lost = false;
  }

  #uncommitted(table: RawTable): void {
    const { name, span } = table;
    this.#undeclared.settle(table, this.#problems);
    this.#uncommittedTables.add(name);
    this.#problems.warning(
      span,
      'no-commit',
      `No COMMIT ends the table ${name}: iptables-restore would not load it. It is read as if it did.`,
    );
  }

  #outside(word: Word): void {
    if (this.#lost) return;
    const advice = /(^|\/)ip6?tables$/.test(word.text)
      ? 'This looks like a shell script; give what iptables-save prints.'
      : 'Write *filter, or another table, before it.';
    this.#problems.error(word, 'outside-table', `This line stands in no table. ${advice}`);
    this.#lost = true;
  }

  /** `:FORWARD DROP [0:0]`, `:mail - [0:0]` */
  #chain(table: RawTable, line: Line): void {
    const [first, policy, counters, more] = line.words;
    const name = first?.text.slice(1) ?? '';
    if (first === undefined || policy === undefined || name === '') {
      this.#problems.error(
        line,
        'bad-chain',
        'A chain is written :NAME POLICY [0:0], where a chain of your own has the policy -.',
      );
      return;
    }
    for (const word of [
      ...(counters === undefined || isCounters(counters) ? [] : [counters]),
      ...(more === undefined ? [] : [more]),
    ]) {
      this.#problems.error(word, 'stray-word', 'After its policy a chain has only counters, such as [0:0].');
    }
    const known = table.chains.get(name);
    if (known !== undefined && !known.builtIn)
      this.#problems.error(first, 'chain-twice', `The chain ${name} is made a second time.`);
    const chain = known ?? newChain(table, name, first);
    if (policy.text !== '-') setPolicy(chain, policy, this.#problems);
    else if (chain.builtIn && chain.policyGiven === 'nowhere') chain.policyGiven = 'here';
  }

  #rule(table: RawTable, line: Line): void {
    const [first] = line.words;
    const words = first !== undefined && isCounters(first) ? line.words.slice(1) : line.words;
    const [start] = words;
    if (start === undefined || !start.text.startsWith('-')) {
      const advice =
        start !== undefined && /ip6?tables$/.test(start.text)
          ? 'Leave the command out: the line begins with -A.'
          : 'A rule begins with -A CHAIN.';
      this.#problems.error(start ?? line, 'not-a-rule', `This is no line of an iptables-save. ${advice}`);
      return;
    }
    const complaints = this.#problems.all.length;
    const options = parseOptions(words, this.#problems);
    if (options === null) return;
    const outside = options.core.t;
    if (outside !== undefined)
      this.#problems.error(outside, 'stray-table', 'In a file the table is named by the *table line above, not by -t.');
    else if (options.core[this.#family === 'ipv4' ? '6' : '4'] === undefined) {
      const { target } = options;
      const rule = { target, effects: this.#effectsOf(options), width: widthOf(options), start: start.start, end: line.end };
      if (this.#problems.all.length === complaints) this.#remember(rule, options);
      this.#undeclared.note(table, options);
      carryOut(table, rule, options, this.#problems);
    }
  }

  #effectsOf(options: ParsedOptions): Effects {
    const effects = effectsOf(options);
    if (effects === NO_EFFECTS) return effects;
    const key = JSON.stringify(effects);
    const known = this.#effects.get(key) ?? effects;
    this.#effects.set(key, known);
    return known;
  }

  #remember(rule: RawRule, { core }: ParsedOptions): void {
    const parts = partsOf(this.#problems.source.text, rule);
    if (parts !== null && isFreeOfAddresses(parts, core)) this.#repeated.set(parts.rest, rule);
  }
}

function isCounters(word: Word): boolean {
  return /^\[\d+[:,]\d+\]$/.test(word.text);
}

function widthOf({ core }: ParsedOptions): number {
  return countOf(core.s) * countOf(core.d);
}

function countOf(option: CoreOption | undefined): number {
  const [word] = option?.values ?? [];
  return word?.text.includes(',') === true ? word.text.split(',').length : 1;
}
