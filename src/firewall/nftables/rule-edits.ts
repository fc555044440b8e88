/**
 * Rules as commands put them into their chains: behind the others, before them, at a place among them, or in the place of one.
 *
 * Worked example: `add rule inet edge out index 0 tcp dport 25 drop` comes second; `replace rule inet edge out handle 7 accept` needs a text in which
 * a rule ends in `# handle 7`, as `nft -a list ruleset` prints it. `jump { … }` becomes a chain of its own, `out{1}`.
 *
 * @see nft(8), RULES
 */
import type { Problems } from '../problems.ts';
import { statements } from './blocks.ts';
import { handleOf, hiddenIn } from './hidden.ts';
import type { Token } from './lexer.ts';
import { isSign, type RawChain, type RawRule, type RawTable } from './tree.ts';

/** How a rule is shown that does not stand in its text as it reads. */
export type Shown = (tokens: readonly Token[], handle: number | null) => string;

export class RuleEdits {
  readonly #problems: Problems;
  readonly #comments: ReadonlyMap<number, string>;
  readonly #shown: Shown | null;

  constructor(problems: Problems, comments: ReadonlyMap<number, string>, shown: Shown | null) {
    this.#problems = problems;
    this.#comments = comments;
    this.#shown = shown;
  }

  append(table: RawTable, chain: RawChain, tokens: readonly Token[]): void {
    chain.rules.push(this.#ruleOf(table, chain, tokens));
  }

  add(table: RawTable, name: Token, body: readonly Token[], insert: boolean): void {
    const chain = table.chains.get(name.text);
    const place = placeAt(body);
    if (chain === undefined) {
      const message = `The chain ${name.text} was not added before, so that its hook and policy are not known. Give what nft list ruleset prints.`;
      this.#error(name, 'unknown-chain', message);
      return;
    }
    const rule = this.#ruleOf(table, chain, place === null ? body : body.slice(2));
    const at = place === null ? null : this.#index(chain, place);
    if (place === null) chain.rules.splice(insert ? 0 : chain.rules.length, 0, rule);
    else if (at !== null) chain.rules.splice(insert ? at : at + 1, 0, rule);
  }

  /** `replace` and `delete`. */
  change(verb: Token | undefined, table: RawTable | undefined, name: Token | undefined, body: readonly Token[]): void {
    const chain = table?.chains.get(name?.text ?? '');
    const place = placeAt(body);
    if (table === undefined || chain === undefined || place === null) {
      const advice = 'Give what nft list ruleset prints after it.';
      this.#error(name ?? verb, 'not-supported', `The rule that this changes is not in this text. ${advice}`);
      return;
    }
    const at = this.#index(chain, place);
    if (at === null) return;
    if (verb?.text === 'replace') chain.rules.splice(at, 1, this.#ruleOf(table, chain, body.slice(2)));
    else chain.rules.splice(at, 1);
  }

  #index(chain: RawChain, { by, number, token }: Position): number | null {
    const at = by === 'index' ? number : chain.rules.findIndex(({ handle }) => handle === number);
    if (at >= 0 && at < chain.rules.length) return at;
    const missing = by === 'index' ? `has no rule of the index ${number}` : `shows no rule of the handle ${number}`;
    const advice = 'Give what nft -a list ruleset prints.';
    this.#error(token, 'unknown-rule', `The chain ${chain.name} ${missing} in this text. ${advice}`);
    return null;
  }

  #ruleOf(table: RawTable, chain: RawChain, tokens: readonly Token[]): RawRule {
    const [first, last] = [tokens[0], tokens.at(-1)];
    const comment = this.#comments.get(last?.end ?? -1) ?? '';
    const handle = handleOf(comment);
    const span = { start: first?.start ?? 0, end: last?.end ?? 0 };
    const opening = tokens.findIndex((token, at) => isSign(token, '{') && calls(tokens[at - 1]));
    if (opening < 0) {
      const shown = this.#shown?.(tokens, handle) ?? null;
      return { tokens, handle, hidden: hiddenIn(tokens, comment), shown, ...span };
    }
    const head = tokens.slice(0, opening);
    const brace = tokens[opening] ?? { start: 0, end: 0 };
    const name: Token = {
      kind: 'word',
      text: this.#inner(table, chain, tokens.slice(opening), brace),
      start: brace.start,
      end: brace.end,
    };
    const own = [...head, name];
    const shown = this.#shown?.(own, handle) ?? `${this.#problems.wordsOf({ start: span.start, end: brace.start })}{ … }`;
    return { tokens: own, handle, hidden: null, shown, ...span };
  }

  /** The chain that stands in braces. @returns its name */
  #inner(
    table: RawTable,
    chain: RawChain,
    block: readonly Token[],
    span: { readonly start: number; readonly end: number },
  ): string {
    const count = [...table.chains.keys()].filter(
      (name) => name.startsWith(`${chain.name}{`) && !name.includes('}{', chain.name.length + 1),
    ).length;
    const name = `${chain.name}{${count + 1}}`;
    const made: RawChain = { name, base: null, policy: null, rules: [], start: span.start, end: span.end };
    table.chains.set(name, made);
    if (isSign(block.at(-1), '}')) for (const statement of statements(block.slice(1, -1))) this.append(table, made, statement);
    else this.#error(block.at(-1), 'after-verdict', 'Nothing is done behind a chain in braces: it ends the rule.');
    return name;
  }

  #error(token: Token | undefined, code: string, message: string): void {
    this.#problems.error(token ?? { start: 0, end: 0 }, code, message);
  }
}

interface Position {
  readonly by: 'index' | 'handle';
  readonly number: number;
  readonly token: Token;
}

/** `position` is what `handle` was called before. */
function placeAt([word, value]: readonly Token[]): Position | null {
  if (word?.kind !== 'word' || value === undefined || !/^\d{1,15}$/.test(value.text)) return null;
  if (word.text === 'index') return { by: 'index', number: Number(value.text), token: value };
  return word.text === 'handle' || word.text === 'position' ? { by: 'handle', number: Number(value.text), token: value } : null;
}

function calls(token: Token | undefined): boolean {
  return token?.kind === 'word' && (token.text === 'jump' || token.text === 'goto');
}
