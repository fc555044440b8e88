/**
 * Reads the commands of an nftables text into a tree: a dump's tables, a script's `add`, `insert`, `flush` and `delete`.
 *
 * Worked example: `flush ruleset` at the top empties what came before it; `table inet edge` twice is one table with the rules of both, in their order.
 *
 * @see nft(8), RULESET, TABLES, CHAINS, RULES, SETS, ELEMENTS
 */
import type { Problems } from '../problems.ts';
import { endOf } from './defines.ts';
import type { Token } from './lexer.ts';
import { inside, listed, type RawChain, type RawSet, type RawTable, type Tree } from './tree.ts';

export function treeOf(tokens: readonly Token[], problems: Problems): Tree {
  const reading = new Commands(problems);
  for (const statement of statements(tokens)) reading.command(statement);
  return reading.tree;
}

const FAMILIES: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

/** Of a block or a text. `}` at the end of the text is left over where braces do not fit. */
function statements(tokens: readonly Token[]): (readonly Token[])[] {
  const found: (readonly Token[])[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = Math.max(endOf(tokens, at), at);
    const closed = blockEnd(tokens, at, end);
    if (closed > at) found.push(tokens.slice(at, closed));
    at = closed === end ? end + (tokens[end]?.kind === 'end' || closed === at ? 1 : 0) : closed;
    if (closed === end && tokens[end]?.text === '}') found.push(tokens.slice(end, ++at));
  }
  return found;
}

/** A block needs nothing behind its brace: `table a { } table b { }` on one line are two statements. */
function blockEnd(tokens: readonly Token[], start: number, end: number): number {
  const words = new Set(['table', 'chain', 'set', 'map', 'flowtable']);
  if (!words.has(tokens[start]?.text ?? '')) return end;
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const { kind, text } = tokens[at] ?? { kind: 'end', text: '' };
    if (kind !== 'sign') continue;
    if (text === '{') depth += 1;
    if (text === '}') depth -= 1;
    if (text === '}' && depth === 0) return at + 1;
  }
  return end;
}

class Commands {
  readonly tree: Tree = new Map();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  command(tokens: readonly Token[]): void {
    const [verb, object] = tokens;
    if (verb === undefined) return;
    if (verb.text === 'table') this.#table(tokens.slice(1));
    else if (ADDING.has(verb.text)) this.#add(tokens, object);
    else if (verb.text === 'flush' || verb.text === 'delete' || verb.text === 'destroy' || verb.text === 'reset')
      this.#remove(tokens);
    else if (verb.text === 'include')
      this.#error(verb, 'include', 'What an include holds is not known here. Give the whole of it: nft list ruleset prints it.');
    else if (verb.text !== 'list' && verb.text !== 'undefine')
      this.#error(verb, 'unknown-command', `${verb.text} is no command of nftables that is read here.`);
  }

  #add(tokens: readonly Token[], object: Token | undefined): void {
    const rest = tokens.slice(2);
    if (object?.text === 'table') {
      this.#table(rest);
      return;
    }
    const [family, from] = familyOf(rest);
    const table = this.#tableNamed(family, rest[from]);
    if (table === null) {
      this.#error(object ?? tokens[0], 'unknown-table', 'This table was not added before.');
      return;
    }
    const name = rest[from + 1];
    const body = rest.slice(from + 2);
    if (object?.text === 'chain') this.#chain(table, name, body);
    else if (object?.text === 'set' || object?.text === 'map') this.#set(table, name, body, object.text === 'map');
    else if (object?.text === 'element') this.#element(table, name, body);
    else if (object !== undefined && OTHER_OBJECTS.has(object.text)) return;
    else if (object?.text === 'rule') this.#rule(table, name, body, tokens[0]?.text === 'insert');
    else this.#error(object ?? tokens[0], 'unknown-command', 'Write add table, chain, rule, set, map or element.');
  }

  #rule(table: RawTable, name: Token | undefined, body: readonly Token[], insert: boolean): void {
    const chain = name === undefined ? undefined : table.chains.get(name.text);
    if (chain === undefined) {
      this.#error(name, 'unknown-chain', 'This chain was not added before.');
      return;
    }
    if (['position', 'handle', 'index'].includes(body[0]?.text ?? '')) {
      this.#error(body[0], 'not-supported', 'A rule at a place of its own is not read: give what nft list ruleset prints.');
      return;
    }
    chain.rules = insert ? [body, ...chain.rules] : [...chain.rules, body];
  }

  #remove(tokens: readonly Token[]): void {
    const [verb, object] = tokens;
    const rest = tokens.slice(2);
    const [family, from] = familyOf(rest);
    const key = `${family} ${rest[from]?.text ?? ''}`;
    const table = this.tree.get(key);
    if (object?.text === 'ruleset') {
      const only = rest[0]?.text;
      for (const [id, one] of this.tree) if (only === undefined || one.family === only) this.tree.delete(id);
    } else if (object?.text === 'table') {
      if (verb?.text !== 'flush') this.tree.delete(key);
      else for (const chain of table?.chains.values() ?? []) chain.rules = [];
    } else if (object?.text === 'chain') {
      const chain = table?.chains.get(rest[from + 1]?.text ?? '');
      if (chain !== undefined) chain.rules = [];
      if (chain !== undefined && verb?.text !== 'flush') table?.chains.delete(chain.name);
    } else if (object?.text === 'set' || object?.text === 'map') {
      const set = table?.sets.get(rest[from + 1]?.text ?? '');
      if (set !== undefined) set.elements = [];
    } else if (verb?.text !== 'reset') {
      this.#error(object ?? verb, 'not-supported', 'This is not read: give what nft list ruleset prints.');
    }
  }

  #table(tokens: readonly Token[]): void {
    const [family, from] = familyOf(tokens);
    const name = tokens[from];
    if (name === undefined || name.kind === 'sign') {
      this.#error(name ?? tokens[0], 'missing-name', 'A table needs a name.');
      return;
    }
    const key = `${family} ${name.text}`;
    const known = this.tree.get(key);
    const table = known ?? {
      family,
      name: name.text,
      dormant: false,
      chains: new Map(),
      sets: new Map(),
      start: name.start,
      end: name.end,
    };
    if (known === undefined) this.tree.set(key, table);
    for (const statement of statements(this.#block(tokens.slice(from + 1)))) this.#inTable(table, statement);
  }

  #inTable(table: RawTable, tokens: readonly Token[]): void {
    const [word, name] = tokens;
    const body = tokens.slice(2);
    if (word?.text === 'chain') this.#chain(table, name, body);
    else if (word?.text === 'set' || word?.text === 'map') this.#set(table, name, body, word.text === 'map');
    else if (word?.text === 'flags') table.dormant ||= tokens.some(({ text }) => text === 'dormant');
    else if (word !== undefined && !OTHER_OBJECTS.has(word.text))
      this.#error(word, 'unknown-statement', `${word.text} is nothing that stands in a table.`);
  }

  #chain(table: RawTable, name: Token | undefined, body: readonly Token[]): void {
    if (name === undefined) {
      this.#error(name, 'missing-name', 'A chain needs a name.');
      return;
    }
    const chain: RawChain = table.chains.get(name.text) ?? {
      name: name.text,
      base: null,
      policy: null,
      rules: [],
      start: name.start,
      end: name.end,
    };
    table.chains.set(name.text, chain);
    for (const statement of statements(this.#block(body))) {
      const [word, second] = statement;
      const at = (text: string): number => statement.findIndex((token) => token.text === text);
      const [type, hook] = [second, statement[at('hook') + 1]];
      if (word?.text === 'type' && type !== undefined && hook !== undefined && at('hook') > 0)
        chain.base = { type, hook, priority: statement.slice(at('priority') + 1), start: word.start, end: hook.end };
      else if (word?.text === 'policy') chain.policy = second ?? null;
      else if (word !== undefined && !['comment', 'flags', 'devices', 'device'].includes(word.text)) chain.rules.push(statement);
    }
  }

  #set(table: RawTable, name: Token | undefined, body: readonly Token[], map: boolean): void {
    if (name === undefined) {
      this.#error(name, 'missing-name', 'A set needs a name.');
      return;
    }
    const set: RawSet = table.sets.get(name.text) ?? {
      name: name.text,
      map,
      type: [],
      flags: [],
      elements: [],
      start: name.start,
      end: name.end,
    };
    table.sets.set(name.text, set);
    for (const statement of statements(this.#block(body))) {
      const [word] = statement;
      if (word?.text === 'type' || word?.text === 'typeof') set.type = statement.slice(1);
      else if (word?.text === 'flags') set.flags = statement.slice(1).map(({ text }) => text);
      else if (word?.text === 'timeout') set.flags = [...set.flags, 'timeout'];
      else if (word?.text === 'elements') set.elements.push(...listed(inside(statement.slice(2))));
    }
  }

  #element(table: RawTable, name: Token | undefined, body: readonly Token[]): void {
    const set = name === undefined ? undefined : table.sets.get(name.text);
    if (set === undefined) {
      this.#error(name, 'unknown-set', 'This set was not added before.');
      return;
    }
    set.elements.push(...listed(inside(body)));
  }

  /** What stands between the braces; nothing where there are none. */
  #block(tokens: readonly Token[]): readonly Token[] {
    const body = tokens.filter((token, at) => token.kind !== 'end' || at > 0);
    if (body.length === 0) return [];
    if (body[0]?.text === '{' && body.at(-1)?.text === '}') return body.slice(1, -1);
    this.#error(body[0], 'braces', 'A block is expected here, from { to }.');
    return [];
  }

  #tableNamed(family: string, name: Token | undefined): RawTable | null {
    return this.tree.get(`${family} ${name?.text ?? ''}`) ?? null;
  }

  #error(token: Token | undefined, code: string, message: string): void {
    this.#problems.error(token ?? { start: 0, end: 0 }, code, message);
  }
}

const ADDING: ReadonlySet<string> = new Set(['add', 'create', 'insert']);

/** None of them judges a packet by itself. */
const OTHER_OBJECTS: ReadonlySet<string> = new Set([
  'counter',
  'quota',
  'limit',
  'ct',
  'flowtable',
  'secmark',
  'synproxy',
  'comment',
  'tunnel',
]);

/** Without a word of its own, ip. */
function familyOf(tokens: readonly Token[]): readonly [string, number] {
  const [first] = tokens;
  return first !== undefined && FAMILIES.has(first.text) ? [first.text, 1] : ['ip', 0];
}
