/**
 * `flush`, `delete` and `destroy`.
 *
 * Worked example: `delete chain inet edge mail` is refused where no command before it made that chain, as nft refuses it; `destroy` is not.
 *
 * @see nft(8), RULESET, TABLES, CHAINS, SETS, ELEMENTS
 */
import type { Problems } from '../problems.ts';
import { type Token, textOf } from './lexer.ts';
import { FAMILIES, familyOf, OTHER_OBJECTS } from './objects.ts';
import { refuseFurther } from './separators.ts';
import { inside, listed, type RawSet, type RawTable, type Tree } from './tree.ts';

export class Removal {
  readonly #tree: Tree;
  readonly #assumptions: string[];
  readonly #problems: Problems;
  /** Nothing is there but what the text makes. */
  #flushed = false;

  constructor(tree: Tree, assumptions: string[], problems: Problems) {
    this.#tree = tree;
    this.#assumptions = assumptions;
    this.#problems = problems;
  }

  /** @param rest  what stands behind the object. */
  remove(verb: Token, object: Token | undefined, rest: readonly Token[]): void {
    const [family, from] = familyOf(rest);
    const table = this.#tree.get(`${family} ${rest[from]?.text ?? ''}`);
    const name = rest[from + 1];
    const empties = verb.text === 'flush';
    if (object?.text === 'ruleset' && empties) this.#ruleset(rest);
    else if (object?.text === 'table') {
      refuseFurther(rest, from + 1, this.#problems);
      if (table === undefined) this.#missing(verb, object, rest.slice(0, from + 1));
      else if (empties) for (const chain of table.chains.values()) chain.rules = [];
      else this.#tree.delete(`${family} ${table.name}`);
    } else if (object?.text === 'chain' || object?.text === 'set' || object?.text === 'map') {
      refuseFurther(rest, from + 2, this.#problems);
      const remove = empties ? emptied : removed;
      const done = table !== undefined && remove(table, object.text, name?.text ?? '');
      if (!done) this.#missing(verb, object, rest.slice(0, from + 2));
    } else if (object?.text === 'element') this.#elements(object, table?.sets.get(name?.text ?? ''), rest.slice(from + 2));
    else if (object === undefined || !OTHER_OBJECTS.has(object.text))
      this.#error(object ?? verb, 'not-supported', 'This is not read: give what nft list ruleset prints after it.');
  }

  #ruleset([only, ...further]: readonly Token[]): void {
    if (only !== undefined && !FAMILIES.has(only.text)) {
      this.#error(
        only,
        'separator',
        `nft refuses this file: ${only.text} is no family. Behind flush ruleset stands one, or a new line.`,
      );
      return;
    }
    refuseFurther(further, 0, this.#problems);
    for (const [id, one] of this.#tree) if (only === undefined || one.family === only.text) this.#tree.delete(id);
    this.#flushed ||= only === undefined;
  }

  /** What a script empties may be there before it; what it deletes, nobody would write without. */
  #missing(verb: Token, object: Token, names: readonly Token[]): void {
    if (verb.text === 'destroy') return;
    const named = `${object.text} ${textOf(names)}`;
    if (verb.text === 'flush' && !this.#flushed)
      this.#assumptions.push(
        `The ${named} is emptied and was not made before: nft loads the file only where it is there already.`,
      );
    else
      this.#error(
        names.at(-1) ?? object,
        'unknown-object',
        `nft refuses this file: the ${named} was not made before. Put add ${object.text} before this, or take it out.`,
      );
  }

  /** Of the elements as they are written. One that lies inside of another cannot be told apart here. nft 1.0.6 leaves intervals of the set's block. */
  #elements(object: Token, set: RawSet | undefined, body: readonly Token[]): void {
    if (set?.flags.includes('interval') === true) {
      this.#error(object, 'not-supported', UNSURE);
      return;
    }
    for (const element of listed(inside(body))) {
      const text = textOf(element);
      const at = set?.elements.findIndex((one) => textOf(one) === text) ?? -1;
      if (at >= 0) set?.elements.splice(at, 1);
      else this.#error(element[0] ?? object, 'unknown-element', `The element ${text} was not added before, in these words.`);
    }
  }

  #error(token: Token, code: string, message: string): void {
    this.#problems.error(token, code, message);
  }
}

const UNSURE =
  'Whether an element is taken out of a set with the flag interval by the text that adds it differs among versions of nft. Give what nft list ruleset prints after it.';

type Kind = 'chain' | 'set' | 'map';

/** False where the table has none of that name. */
function removed(table: RawTable, kind: Kind, name: string): boolean {
  return emptied(table, kind, name) && (kind === 'chain' ? table.chains : table.sets).delete(name);
}

/** False where the table has none of that name. */
function emptied(table: RawTable, kind: Kind, name: string): boolean {
  const chain = kind === 'chain' ? table.chains.get(name) : undefined;
  const set = kind === 'chain' ? undefined : table.sets.get(name);
  if (chain !== undefined) chain.rules = [];
  if (set !== undefined) set.elements = [];
  return chain !== undefined || set !== undefined;
}
