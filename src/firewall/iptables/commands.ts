/**
 * What one line does to a table: append, insert, replace or delete rules; make, empty or delete chains; set a policy.
 *
 * Worked example: `-I FORWARD 2 …` puts a rule before the second one, `-D FORWARD 2` takes the second one away, `-D FORWARD -p tcp -j DROP` the
 * first rule that says the same. A rule with a list of addresses counts as many times as it has pairs of them.
 *
 * @see iptables(8), COMMANDS
 */
import type { Problems } from '../problems.ts';
import { type CommandName, isCommand } from './core-options.ts';
import type { CoreOption, ParsedOptions } from './options.ts';
import { newChain, optionsOf, type RawChain, type RawRule, type RawTable, setPolicy } from './raw-table.ts';
import { ruleKey, SPECIFYING } from './rule-key.ts';
import { BUILT_IN, HOOK_OF } from './table-names.ts';
import type { Word } from './words.ts';

/** @param options  of the whole line, the command among them. */
export function carryOut(table: RawTable, rule: RawRule, options: ParsedOptions, problems: Problems): void {
  const { command } = options;
  if (command === null || !isCommand(command.name)) {
    problems.error(rule, 'no-command', 'This line does nothing: a rule begins with -A CHAIN.');
    return;
  }
  new Command(table, rule, options, command, problems).run(command.name);
}

class Command {
  readonly #table: RawTable;
  readonly #rule: RawRule;
  readonly #options: ParsedOptions;
  readonly #option: CoreOption;
  readonly #problems: Problems;

  constructor(table: RawTable, rule: RawRule, options: ParsedOptions, option: CoreOption, problems: Problems) {
    this.#table = table;
    this.#rule = rule;
    this.#options = options;
    this.#option = option;
    this.#problems = problems;
  }

  run(name: CommandName): void {
    const [first, second] = this.#option.values;
    if (!'AIRD'.includes(name) && this.#hasSpecification()) this.#error('stray-option', `-${name} takes no rule.`);
    else if (name === 'X') this.#delete(first);
    else if (name === 'F') for (const chain of this.#chains(first)) chain.rules = [];
    else if (name === 'Z') this.#chains(first);
    else if (first === undefined) this.#error('missing-value', `-${name} needs the name of a chain.`);
    else if (name === 'N') this.#make(first);
    else if (name === 'P') this.#policy(first, second);
    else if (name === 'E')
      this.#error('unsupported-command', 'Chains are not renamed here: write the new name where the chain is made.');
    else if (name === 'A') this.#written(first)?.rules.push(this.#rule);
    else this.#place(name, first, second);
  }

  #hasSpecification(): boolean {
    const { core, matches, target } = this.#options;
    return matches.length > 0 || target !== null || SPECIFYING.some((name) => core[name] !== undefined);
  }

  /** The chain of `-A`: where the file lacks its line, it is made, because a dump may have lost it. */
  #written(word: Word): RawChain | null {
    const known = this.#table.chains.get(word.text);
    if (known !== undefined) return known;
    if (!BUILT_IN[this.#table.name].includes(word.text) && HOOK_OF.has(word.text)) {
      this.#problems.error(word, 'wrong-table', `The table ${this.#table.name} has no chain ${word.text}.`);
      return null;
    }
    const chain = newChain(this.#table, word.text, word);
    const message = chain.builtIn
      ? `No line :${word.text} gives the policy of this chain: it is taken to be ACCEPT.`
      : `No line :${word.text} - makes this chain: iptables-restore would refuse it. It is read as if it were there.`;
    this.#problems.warning(word, 'chain-undeclared', message);
    return chain;
  }

  #place(name: 'I' | 'R' | 'D', chainWord: Word, numberWord: Word | undefined): void {
    const chain = name === 'I' ? this.#written(chainWord) : this.#chain(chainWord);
    if (chain === null) return;
    if (numberWord === undefined && name === 'D') {
      this.#deleteLike(chain);
      return;
    }
    const index = this.#index(chain, numberWord, name === 'I');
    if (index === null) return;
    if (name === 'D' && this.#hasSpecification()) this.#error('stray-option', '-D takes a number or a rule, not both.');
    else if (name === 'I') chain.rules.splice(index, 0, this.#rule);
    else if (name === 'D') chain.rules.splice(index, 1);
    else chain.rules.splice(index, 1, this.#rule);
  }

  /** Where the kernel's rule of that number, from 1, stands among ours. */
  #index(chain: RawChain, word: Word | undefined, inserting: boolean): number | null {
    const number = word === undefined ? 1 : Number(word.text);
    let before = 1;
    for (const [index, { width }] of chain.rules.entries()) {
      if (before === number && (inserting || width === 1)) return index;
      before += width;
      if (before > number) break;
    }
    if (inserting && before === number) return chain.rules.length;
    const total = chain.rules.reduce((sum, { width }) => sum + width, 0);
    const message =
      Number.isInteger(number) && number >= 1 && number <= total
        ? `Rule ${number} of ${chain.name} is one of several that a list of addresses makes: give each address a rule of its own.`
        : `${chain.name} has no rule ${word?.text ?? 1}: it holds ${total} so far.`;
    this.#problems.error(word ?? this.#option, 'no-such-rule', message);
    return null;
  }

  #deleteLike(chain: RawChain): void {
    const key = ruleKey(this.#options);
    const index = chain.rules.findIndex((rule) => ruleKey(optionsOf(rule, this.#problems.source)) === key);
    if (index >= 0) chain.rules.splice(index, 1);
    else this.#error('no-such-rule', `${chain.name} holds no rule like this one.`);
  }

  #make(word: Word): void {
    if (this.#table.chains.has(word.text) || BUILT_IN[this.#table.name].includes(word.text)) {
      this.#problems.error(word, 'chain-twice', `There is a chain ${word.text} already.`);
    } else newChain(this.#table, word.text, word);
  }

  #policy(word: Word, policy: Word | undefined): void {
    const builtIn = BUILT_IN[this.#table.name].includes(word.text);
    const chain = this.#table.chains.get(word.text) ?? (builtIn ? newChain(this.#table, word.text, word) : this.#chain(word));
    if (chain !== null && policy !== undefined) setPolicy(chain, policy, this.#problems);
  }

  #delete(word: Word | undefined): void {
    for (const chain of this.#chains(word)) {
      if (!chain.builtIn && chain.rules.length === 0) this.#table.chains.delete(chain.name);
      else if (word !== undefined)
        this.#error('chain-in-use', `${chain.name} ${chain.builtIn ? 'is built in' : 'holds rules'}: it cannot be deleted.`);
    }
  }

  /** That chain, or every one. */
  #chains(word: Word | undefined): readonly RawChain[] {
    if (word === undefined) return [...this.#table.chains.values()];
    const chain = this.#chain(word);
    return chain === null ? [] : [chain];
  }

  #chain(word: Word): RawChain | null {
    const chain = this.#table.chains.get(word.text);
    if (chain !== undefined) return chain;
    if (BUILT_IN[this.#table.name].includes(word.text)) return newChain(this.#table, word.text, word);
    const message = `The table ${this.#table.name} has no chain ${word.text}.`;
    this.#problems.error(word, 'unknown-chain', this.#problems.advised(message, word.text, [...this.#table.chains.keys()]));
    return null;
  }

  #error(code: string, message: string): void {
    this.#problems.error(this.#option, code, message);
  }
}
