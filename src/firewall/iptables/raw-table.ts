/**
 * A table of an iptables-save as it is carried out line by line: its chains, their policies, and where the rules of each stand in the text.
 *
 * Worked example: after `*filter`, `:FORWARD DROP [0:0]` and `-A FORWARD -i lo -j ACCEPT` the table filter has the chain FORWARD, built in, with the policy
 * DROP given here and one rule, of which the target ACCEPT and the place are kept.
 */
import type { Source, Span } from '../../model/source.ts';
import { Problems } from '../problems.ts';
import type { Effects } from './effects.ts';
import { type ParsedOptions, parseOptions, type Target } from './options.ts';
import { BUILT_IN, type TableName } from './table-names.ts';
import { splitWords, type Word } from './words.ts';

export interface RawTable {
  readonly name: TableName;
  readonly chains: Map<string, RawChain>;
  readonly span: Span;
}

export interface RawChain {
  name: string;
  readonly builtIn: boolean;
  policy: 'accept' | 'drop';
  /** Which lines give the policy of a built-in chain: of the last block of its table, or only of an earlier one. */
  policyGiven: 'here' | 'before' | 'nowhere';
  rules: RawRule[];
  /** Where the chain is first mentioned. */
  readonly span: Span;
}

/** Where a rule stands, without counters; its words are read again where they are needed: of a large file they would fill the memory. */
export interface RawRule extends Span {
  readonly target: RawTarget | null;
  /** Rules that do the same share it as well. */
  readonly effects: Effects;
  /** Rules that the kernel holds for it: one for each pair of a source and a destination of its lists. */
  readonly width: number;
}

/** Without its place, and with options whose places say nothing: rules that say the same share it. */
export type RawTarget = Omit<Target, keyof Span>;

/** The options of a rule, which has been read before and has no mistakes in them. */
export function optionsOf(rule: RawRule, source: Source): ParsedOptions {
  const words = splitWords(source.text, rule.start, rule.end);
  const options = parseOptions(words.words, new Problems(source));
  if (options === null) throw new TypeError(`a rule that cannot be read again: ${source.text.slice(rule.start, rule.end)}`);
  return options;
}

/** The chain of a table, made where it is missing. */
export function newChain(table: RawTable, name: string, span: Span): RawChain {
  const builtIn = BUILT_IN[table.name].includes(name);
  const chain: RawChain = { name, builtIn, policy: 'accept', policyGiven: 'nowhere', rules: [], span };
  table.chains.set(name, chain);
  return chain;
}

/** Sets a policy, or says why not. */
export function setPolicy(chain: RawChain, policy: Word, problems: Problems): void {
  if (!chain.builtIn)
    problems.error(policy, 'policy-of-user-chain', `Only built-in chains have a policy: write :${chain.name} - [0:0].`);
  else if (policy.text === 'ACCEPT' || policy.text === 'DROP') {
    chain.policy = policy.text === 'DROP' ? 'drop' : 'accept';
    chain.policyGiven = 'here';
  } else problems.error(policy, 'unknown-policy', `${policy.text} is no policy: it is ACCEPT or DROP.`);
}

/** A second block of a table: no rules, no chains of its own, policies as they were (see kept-policies.ts). */
export function emptied(table: RawTable, span: Span): RawTable {
  const chains = [...table.chains.values()]
    .filter(({ builtIn }) => builtIn)
    .map((chain): RawChain => ({ ...chain, rules: [], policyGiven: chain.policyGiven === 'nowhere' ? 'nowhere' : 'before' }));
  return { name: table.name, chains: new Map(chains.map((chain) => [chain.name, chain])), span };
}
