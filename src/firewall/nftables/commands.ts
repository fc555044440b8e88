/**
 * Reads the commands of an nftables text into a tree: a dump's tables, a script's `add`, `insert`, `flush` and `delete`.
 *
 * Worked example: `flush ruleset` at the top empties what came before it; `table inet edge` twice is one table with the rules of both, in their order.
 *
 * @see nft(8), RULESET, TABLES, CHAINS, RULES, SETS, ELEMENTS
 */
import type { Problems } from '../problems.ts';
import { statements } from './blocks.ts';
import { readChainBlock } from './chain-words.ts';
import { type Token, textOf, type Words } from './lexer.ts';
import { FAMILIES, familyOf, NAMED_OBJECTS, OTHER_OBJECTS } from './objects.ts';
import { Removal } from './removal.ts';
import { RuleEdits, type Shown } from './rule-edits.ts';
import { readSetBlock } from './set-words.ts';
import { inside, isSign, listed, type RawChain, type RawSet, type RawTable, type Tree } from './tree.ts';

export interface Read {
  readonly tree: Tree;
  readonly assumptions: readonly string[];
}

/** @param shown  how a rule is shown; null: as it stands in the text. */
export function treeOf({ tokens, comments }: Words, problems: Problems, shown: Shown | null = null): Read {
  const reading = new Commands(problems, new RuleEdits(problems, comments, shown));
  for (const statement of statements(tokens)) reading.command(statement);
  return { tree: reading.tree, assumptions: reading.assumptions };
}

class Commands {
  readonly tree: Tree = new Map();
  readonly assumptions: string[] = [];
  readonly #problems: Problems;
  readonly #rules: RuleEdits;
  readonly #removal: Removal;

  constructor(problems: Problems, rules: RuleEdits) {
    this.#problems = problems;
    this.#rules = rules;
    this.#removal = new Removal(this.tree, this.assumptions, problems);
  }

  command(statement: readonly Token[]): void {
    const tokens = this.#withVerb(statement);
    const [verb, object] = tokens;
    if (verb === undefined) return;
    if (verb.text === 'table') this.#table(tokens.slice(1));
    else if (ADDING.has(verb.text)) this.#add(tokens, object);
    else if (object?.text === 'rule' && (verb.text === 'replace' || REMOVING.has(verb.text))) this.#change(tokens);
    else if (REMOVING.has(verb.text)) this.#removal.remove(verb, object, tokens.slice(2));
    else if (verb.text === 'rename' || verb.text === 'replace')
      this.#error(verb, 'not-supported', 'This is not read: give what nft list ruleset prints after it.');
    else if (verb.text === 'include')
      this.#error(verb, 'include', 'Write a file that is included in quotes: include "other.nft".');
    else if (!SILENT.has(verb.text))
      this.#error(verb, 'unknown-command', `${verb.text} is no command of nftables that is read here.`);
  }

  /** `add` may be left out, and so may the word rule behind it. @see nftables, src/parser_bison.y, base_cmd, add_cmd */
  #withVerb(tokens: readonly Token[]): readonly Token[] {
    const [first] = tokens;
    if (first === undefined || first.kind !== 'word') return tokens;
    const object = OBJECTS.has(first.text) || NAMED_OBJECTS.has(first.text);
    const place = FAMILIES.has(first.text) || this.tree.has(`ip ${first.text}`);
    return object || place ? [{ ...first, text: 'add' }, ...tokens] : tokens;
  }

  #add(tokens: readonly Token[], object: Token | undefined): void {
    if (tokens[0]?.text === 'create') this.#refuseKnown(tokens.slice(2), object?.text ?? '');
    if (object?.text === 'table') {
      this.#table(tokens.slice(2));
      return;
    }
    if (object !== undefined && OTHER_OBJECTS.has(object.text)) {
      const [family, from] = familyOf(tokens.slice(2));
      this.tree.get(`${family} ${tokens[from + 2]?.text ?? ''}`)?.objects.push(textOf(tokens.slice(1)));
      return;
    }
    // `add inet edge out accept` leaves the word rule out.
    const kind = object !== undefined && OBJECTS.has(object.text) ? object.text : 'rule';
    const rest = kind === object?.text ? tokens.slice(2) : tokens.slice(1);
    const [family, from] = familyOf(rest);
    const name = rest[from + 1];
    const body = rest.slice(from + 2);
    if (rest[from] === undefined || name === undefined) {
      this.#error(
        object ?? tokens[0],
        'unknown-command',
        'Write add table, chain, rule, set, map or element, and its table and name.',
      );
      return;
    }
    const table = this.#tableAt(family, rest[from], kind);
    if (table === null) return;
    if (kind === 'chain') this.#chain(table, name, body);
    else if (kind === 'set' || kind === 'map') this.#set(table, name, body, kind === 'map');
    else if (kind === 'element') this.#element(table, name, body);
    else this.#rules.add(table, name, body, tokens[0]?.text === 'insert');
  }

  /** `create` wants to be the first. */
  #refuseKnown(rest: readonly Token[], kind: string): void {
    const [family, from] = familyOf(rest);
    const [table, name] = [this.tree.get(`${family} ${rest[from]?.text ?? ''}`), rest[from + 1]];
    const of = kind === 'chain' ? table?.chains : kind === 'set' || kind === 'map' ? table?.sets : undefined;
    if (kind === 'table' ? table !== undefined : of?.has(name?.text ?? '') === true)
      this.#error(
        kind === 'table' ? rest[from] : name,
        'exists',
        `nft refuses to create this ${kind}: it is there already. Write add.`,
      );
  }

  /** A chain or a set may be added to a table that is there already: it is not known what else that holds. */
  #tableAt(family: string, name: Token, kind: string): RawTable | null {
    const known = this.tree.get(`${family} ${name.text}`);
    if (known !== undefined) return known;
    if (kind === 'rule' || kind === 'element') {
      const known = [...this.tree.keys()];
      this.#error(
        name,
        'unknown-table',
        this.#problems.advised(`The table ${family} ${name.text} was not added before.`, `${family} ${name.text}`, known),
      );
      return null;
    }
    this.assumptions.push(
      `The table ${family} ${name.text} is added to and nowhere made: what it held before is taken to be nothing.`,
    );
    return this.#tableNamed(family, name);
  }

  #change(tokens: readonly Token[]): void {
    const [verb] = tokens;
    const rest = tokens.slice(2);
    const [family, from] = familyOf(rest);
    const table = this.tree.get(`${family} ${rest[from]?.text ?? ''}`);
    this.#rules.change(verb, table, rest[from + 1], rest.slice(from + 2));
  }

  #table(tokens: readonly Token[]): void {
    const [family, from] = familyOf(tokens);
    const name = tokens[from];
    if (name === undefined || name.kind === 'sign') {
      this.#error(name ?? tokens[0], 'missing-name', 'A table needs a name.');
      return;
    }
    const table = this.#tableNamed(family, name);
    // Every block says all flags: one without dormant wakes the table.
    table.dormant = false;
    for (const statement of statements(this.#block(tokens.slice(from + 1)))) this.#inTable(table, statement);
  }

  #tableNamed(family: string, { text: name, start, end }: Token): RawTable {
    const key = `${family} ${name}`;
    const table = this.tree.get(key) ?? {
      family,
      name,
      dormant: false,
      chains: new Map(),
      sets: new Map(),
      objects: [],
      start,
      end,
    };
    this.tree.set(key, table);
    return table;
  }

  #inTable(table: RawTable, tokens: readonly Token[]): void {
    const [word, name] = tokens;
    const body = tokens.slice(2);
    if (word?.text === 'chain') this.#chain(table, name, body);
    else if (word?.text === 'set' || word?.text === 'map') this.#set(table, name, body, word.text === 'map');
    else if (word?.text === 'flags') table.dormant ||= tokens.some(({ text }) => text === 'dormant');
    else if (word !== undefined && OTHER_OBJECTS.has(word.text)) table.objects.push(textOf(tokens));
    else if (word !== undefined) this.#error(word, 'unknown-statement', `${word.text} is nothing that stands in a table.`);
  }

  #chain(table: RawTable, name: Token | undefined, body: readonly Token[]): void {
    if (name === undefined) {
      this.#error(name, 'missing-name', 'A chain needs a name.');
      return;
    }
    const { text, start, end } = name;
    const chain: RawChain = table.chains.get(text) ?? { name: text, base: null, policy: null, rules: [], start, end };
    table.chains.set(text, chain);
    for (const rule of readChainBlock(chain, statements(this.#block(body)), this.#problems))
      this.#rules.append(table, chain, rule);
  }

  #set(table: RawTable, name: Token | undefined, body: readonly Token[], map: boolean): void {
    if (name === undefined) {
      this.#error(name, 'missing-name', 'A set needs a name.');
      return;
    }
    const { text, start, end } = name;
    const made = { name: text, map, type: [], flags: [], merges: false, statements: [], elements: [], start, end };
    const set: RawSet = table.sets.get(text) ?? made;
    table.sets.set(text, set);
    readSetBlock(set, statements(this.#block(body)), this.#problems);
  }

  #element(table: RawTable, name: Token, body: readonly Token[]): void {
    const set = table.sets.get(name.text);
    if (set !== undefined) for (const element of listed(inside(body))) set.elements.push(element);
    else
      this.#error(
        name,
        'unknown-set',
        this.#problems.advised(`There is no set ${name.text} in this table.`, name.text, [...table.sets.keys()]),
      );
  }

  /** What stands between the braces; nothing where there are none. */
  #block(tokens: readonly Token[]): readonly Token[] {
    const body = tokens.filter((token, at) => token.kind !== 'end' || at > 0);
    if (body.length === 0) return [];
    if (isSign(body[0], '{') && isSign(body.at(-1), '}')) return body.slice(1, -1);
    this.#error(body[0], 'braces', 'A block is expected here, from { to }.');
    return [];
  }

  #error(token: Token | undefined, code: string, message: string): void {
    this.#problems.error(token ?? { start: 0, end: 0 }, code, message);
  }
}

const ADDING: ReadonlySet<string> = new Set(['add', 'create', 'insert']);
const REMOVING: ReadonlySet<string> = new Set(['flush', 'delete', 'destroy']);
const OBJECTS: ReadonlySet<string> = new Set(['chain', 'rule', 'set', 'map', 'element']);
/** They ask, or reset counters. */
const SILENT: ReadonlySet<string> = new Set(['list', 'reset', 'undefine', 'monitor', 'describe']);
