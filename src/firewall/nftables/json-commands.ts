/**
 * What stands in the list `nftables`, as commands in words: what a list of the ruleset shows is added, what is a command is done.
 *
 * Worked example: `{"chain": {"family": "inet", "table": "edge", "name": "out", "type": "filter", "hook": "output", "prio": 0, "policy": "drop"}}` is
 * `add chain inet edge out { type filter hook output priority 0 ; policy drop ; }`.
 *
 * @see libnftables-json(5), GLOBAL STRUCTURE
 */
import type { Problems } from '../problems.ts';
import { braced, setElement } from './json-expressions.ts';
import { counted, statementsWords } from './json-statements.ts';
import type { JsonNode } from './json-syntax.ts';
import { at, itemsOf, numberAt, onlyEntry, quoted, stringAt, stringsAt, type Tokens, words } from './json-tokens.ts';
import type { Token } from './lexer.ts';
import { FAMILIES } from './objects.ts';

export class JsonCommands {
  readonly tokens: Token[] = [];
  /** Comments as nft -a prints them, by the end of a rule's last word. */
  readonly comments: Map<number, string> = new Map();
  /** Of chains, by where their name stands. */
  readonly handles: Map<number, number> = new Map();
  /** Where a rule begins, by the end of its last word. */
  readonly starts: Map<number, number> = new Map();
  #listed = false;
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** The text begins as what nft lists, so that it is one. */
  get listed(): boolean {
    return this.#listed;
  }

  /** One object of the list. */
  command(node: JsonNode): void {
    const entry = onlyEntry(node);
    if (entry === null) {
      this.#problems.error(
        node,
        'bad-object',
        'An object with one key is expected here: a table, a chain, a rule, or a command.',
      );
      return;
    }
    const [kind, value] = entry;
    if (kind === 'metainfo') this.#metainfo(value);
    else if (ADDING.has(kind)) this.#inner(value, (object, of) => this.#add(kind, object, of, false));
    else if (kind === 'flush' || kind === 'delete' || kind === 'destroy')
      this.#inner(value, (object, of) => this.#remove(kind, object, of));
    else if (kind === 'replace') this.#inner(value, (object, of) => this.#rule('replace', of, object === 'rule'));
    else if (kind === 'rename') this.#push(words('rename', node));
    else if (!SILENT.has(kind)) this.#add('add', kind, value, true);
  }

  #metainfo(value: JsonNode): void {
    this.#listed = true;
    const version = numberAt(value, 'json_schema_version');
    if (version !== null && version > 1)
      this.#problems.error(value, 'unknown-schema', `This is version ${version} of the JSON of nft; Postern knows version 1.`);
  }

  #inner(node: JsonNode, then: (object: string, of: JsonNode) => void): void {
    const entry = onlyEntry(node);
    if (entry !== null) then(...entry);
    else this.#problems.error(node, 'bad-object', 'A command takes an object with one key: a table, a chain, a rule.');
  }

  #add(verb: string, object: string, of: JsonNode, listed: boolean): void {
    if (object === 'table') this.#push(this.#named(of, 'add table', 'name'), flags(of, this.#problems));
    else if (object === 'chain') this.#chain(of);
    else if (object === 'rule') this.#rule(verb === 'insert' ? 'insert' : 'add', of, true, listed);
    else if (object === 'set' || object === 'map') this.#set(object, of);
    else if (object === 'element')
      this.#push(this.#named(of, 'add element', 'table', 'name'), this.#elements(of, at(of, 'elem')));
    else if (NAMED.has(object)) {
      const text = this.#problems.source.text.slice(of.start, of.end);
      this.#push(this.#named(of, `add ${object}`, 'table', 'name'), [...words('{', of), quoted(text, of), ...words('}', of)]);
    } else if (!OTHERS.has(object))
      this.#problems.error(of, 'unknown-object', `${object} is nothing of nftables that is read here.`);
  }

  #chain(of: JsonNode): void {
    const name = at(of, 'name');
    const handle = numberAt(of, 'handle');
    if (name !== null && handle !== null) this.handles.set(name.start, handle);
    const [type, hook, policy] = [at(of, 'type'), at(of, 'hook'), at(of, 'policy')];
    const priority = at(of, 'prio');
    const base = (
      [
        ['type', type],
        ['hook', hook],
        ...devicesOf(at(of, 'dev')).map((device) => ['device', device] as const),
        ['priority', priority],
      ] as const
    ).flatMap(([key, value]) => (value === null ? [] : [...words(key, value), ...scalar(value)]));
    // nft makes a chain of no hook of one that it does not read as a base chain, policy and all, and says nothing.
    if (base.length > 0 && (type?.kind !== 'string' || hook?.kind !== 'string' || priority?.kind !== 'number'))
      this.#problems.error(of, 'bad-chain', 'A base chain has a type, a hook and a prio, which is a number.');
    const end: Tokens = [{ kind: 'end', text: ';', start: of.end, end: of.end }];
    const verdict = policy === null ? [] : [...words('policy', policy), ...scalar(policy), ...end];
    this.#push(this.#named(of, 'add chain', 'table', 'name'), [
      ...words('{', of),
      ...(base.length === 0 ? [] : [...base, ...end]),
      ...verdict,
      ...words('}', of),
    ]);
  }

  /** The handle of a listed rule is its own; of a command it is that of another one. */
  #rule(verb: string, of: JsonNode, known: boolean, listed = false): void {
    const head = known ? this.#named(of, `${verb} rule`, 'table', 'chain') : null;
    if (head === null) {
      if (!known) this.#problems.error(of, 'bad-object', 'Only a rule can be replaced.');
      return;
    }
    const [handle, index, expr, comment] = [
      numberAt(of, 'handle'),
      numberAt(of, 'index'),
      at(of, 'expr'),
      stringAt(of, 'comment'),
    ];
    const place = listed ? '' : index !== null ? `index ${index}` : handle !== null ? `handle ${handle}` : '';
    // nft lists a rule without statements in this way, and loads none.
    if (expr === null && !listed) this.#problems.error(of, 'missing-key', 'A rule has an expr, a list of statements.');
    const body = [
      ...(expr === null ? [] : statementsWords(expr, this.#problems)),
      ...(comment === null ? [] : [...words('comment', of), quoted(comment, of)]),
    ];
    const last = body.at(-1);
    if (last !== undefined) body[body.length - 1] = { ...last, end: of.end };
    this.starts.set(of.end, of.start);
    if (listed && handle !== null) this.comments.set(of.end, `handle ${handle}`);
    this.#push(head, place === '' ? [] : words(place, of), body.length === 0 ? words('continue', of) : body);
  }

  #set(object: 'set' | 'map', of: JsonNode): void {
    const end: Tokens = [{ kind: 'end', text: ';', start: of.end, end: of.end }];
    const said = [...stringsAt(of, 'flags'), ...(numberAt(of, 'timeout') === null ? [] : ['timeout'])];
    const elements = at(of, 'elem');
    const type = stringsAt(of, 'type');
    const statements = counted(at(of, 'stmt'));
    if (statements === null)
      this.#problems.error(of, 'bad-statement', 'What this set does with each of its elements (stmt) is not known here.');
    this.#push(this.#named(of, `add ${object}`, 'table', 'name'), [
      ...words('{', of),
      ...(type.length === 0 ? [] : [...words('type', of), ...type.map((name) => quoted(name, of)), ...end]),
      ...(said.length === 0 ? [] : [...words('flags', of), ...said.map((flag) => quoted(flag, of)), ...end]),
      ...(statements === null || statements.length === 0 ? [] : [...statements, ...end]),
      ...(elements === null ? [] : [...words('elements =', elements), ...this.#elements(of, elements), ...end]),
      ...words('}', of),
    ]);
  }

  #elements(of: JsonNode, elements: JsonNode | null): Tokens {
    const read = elements === null ? null : itemsOf(elements).map((item) => setElement(item) ?? this.#notElement(item));
    if (elements === null) this.#problems.error(of, 'missing-key', 'Elements stand in elem.');
    return read === null ? [] : (braced(of, read) ?? []);
  }

  #notElement(node: JsonNode): Tokens {
    this.#problems.error(node, 'bad-element', 'This is no element of a set or a map that is known here.');
    return [];
  }

  #remove(verb: string, object: string, of: JsonNode): void {
    if (object === 'ruleset') {
      const family = stringAt(of, 'family');
      this.#push([...words(`${verb} ruleset`, of), ...(family === null ? [] : [quoted(family, of)])]);
    } else if (object === 'rule') {
      const handle = numberAt(of, 'handle');
      const head = this.#named(of, `${verb} rule`, 'table', 'chain');
      if (handle === null) this.#problems.error(of, 'missing-key', 'A rule is deleted by its handle.');
      else this.#push(head, words(`handle ${handle}`, of));
    } else if (object === 'element')
      this.#push(this.#named(of, `${verb} element`, 'table', 'name'), this.#elements(of, at(of, 'elem')));
    else if (object === 'table') this.#push(this.#named(of, `${verb} table`, 'name'));
    else if (object === 'chain' || object === 'set' || object === 'map')
      this.#push(this.#named(of, `${verb} ${object}`, 'table', 'name'));
    else if (!OTHERS.has(object))
      this.#problems.error(of, 'unknown-object', `${object} is nothing of nftables that is read here.`);
  }

  /** The family and the names; null, with an error, where one of them is missing. */
  #named(of: JsonNode, command: string, ...keys: readonly string[]): Tokens | null {
    const family = at(of, 'family');
    const names = keys.map((key) => at(of, key));
    const strings = [family, ...names].flatMap((node) => (node?.kind === 'string' ? [quoted(node.value, node)] : []));
    if (of.kind !== 'object' || strings.length <= keys.length) {
      const lacking = ['family', ...keys].filter((key) => stringAt(of, key) === null);
      this.#problems.error(of, 'missing-key', `This needs ${lacking.join(' and ')}, as a string.`);
      return null;
    }
    if (family?.kind === 'string' && !FAMILIES.has(family.value)) {
      this.#problems.error(family, 'bad-family', `${family.value} is no family of nftables.`);
      return null;
    }
    return [...words(command, of), ...strings];
  }

  #push(...parts: readonly (Tokens | null)[]): void {
    if (parts.includes(null)) return;
    for (const part of parts) for (const token of part ?? []) this.tokens.push(token);
    const end = this.tokens.at(-1)?.end ?? 0;
    this.tokens.push({ kind: 'end', text: ';', start: end, end });
  }
}

const ADDING: ReadonlySet<string> = new Set(['add', 'create', 'insert']);
const SILENT: ReadonlySet<string> = new Set(['list', 'reset']);

/** What rules ask by name. */
const NAMED: ReadonlySet<string> = new Set(['limit', 'quota', 'counter']);

/** None of them judges a packet by itself. */
const OTHERS: ReadonlySet<string> = new Set([
  ...[
    'flowtable',
    'counter',
    'quota',
    'limit',
    'ct helper',
    'ct timeout',
    'ct expectation',
    'secmark',
    'synproxy',
    'meter',
    'tunnel',
  ],
]);

/** nft 1.0.6 prints something else than the flags of a table where it has some: whether it is dormant is not known then. */
function flags(table: JsonNode, problems: Problems): Tokens | null {
  const value = at(table, 'flags');
  if (value === null) return [];
  const names = stringsAt(table, 'flags');
  if (names.length === itemsOf(value).length && names.every((name) => TABLE_FLAGS.has(name)))
    return [...words('{ flags', value), ...names.map((name) => quoted(name, value)), ...words('}', value)];
  const message =
    'These are no flags of a table: whether it is dormant is not known. Some versions of nft misprint them; give what nft list ruleset prints.';
  problems.error(value, 'bad-flags', message);
  return null;
}

const TABLE_FLAGS: ReadonlySet<string> = new Set(['dormant', 'owner', 'persist']);

/** A word where it can be one. */
function scalar(node: JsonNode): Tokens {
  if (node.kind === 'number') return words(String(node.value), node);
  return node.kind === 'string' && !/\s/.test(node.value)
    ? [{ kind: 'word', text: node.value, start: node.start, end: node.end }]
    : words('?', node);
}

/** One, or a list of them. */
function devicesOf(node: JsonNode | null): readonly JsonNode[] {
  if (node === null) return [];
  return node.kind === 'array' ? node.items : [node];
}
