/**
 * The options of one rule, whatever their order: who they belong to, what they say, and whether they are negated.
 *
 * Worked example: `-A OUTPUT -j ACCEPT -m owner --uid-owner 105 -p tcp --dport 25` is the command A of OUTPUT, the protocol tcp, the match
 * owner with `uid-owner`, the match tcp with `dport` (nobody wrote `-m tcp`: the protocol brings it), and the target ACCEPT. A reader that
 * stopped at `-j` would see an accept of everything.
 *
 * iptables reads from left to right and wants `-p tcp` before `--dport`; here the order never matters, so that a dump of another program
 * is read as it was meant.
 *
 * @see iptables(8); iptables, iptables/xshared.c, do_parse(); getopt_long(3)
 */
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { type CoreName, type CoreSpec, coreByLetter, coreByName } from './core-options.ts';
import { assignOptions } from './ownership.ts';
import { arityOf } from './spellings.ts';
import type { Word } from './words.ts';

/** An option as it stands there. */
export interface RawOption extends Span {
  /** Without the dashes, as written. */
  readonly spelling: string;
  readonly values: readonly Word[];
  readonly inverted: boolean;
}

export interface CoreOption extends RawOption {
  readonly name: CoreName;
}

/** A match, or a target, with what belongs to it. */
export interface ModuleUse extends Span {
  readonly name: string;
  /** False of one that is not known here: its options are as written. */
  readonly known: boolean;
  readonly options: readonly ModuleOption[];
}

export interface ModuleOption extends RawOption {
  /** As iptables-save spells it. */
  readonly name: string;
}

export interface Target extends ModuleUse {
  readonly goto: boolean;
}

export type CoreOptions = Readonly<Partial<Record<CoreName, CoreOption>>>;

export interface ParsedOptions {
  /** What the line does; null where it does nothing. */
  readonly command: CoreOption | null;
  readonly core: CoreOptions;
  readonly matches: readonly ModuleUse[];
  readonly target: Target | null;
}

/** Options in the order of the text: what `ownership.ts` gives to their owners. */
export type Item =
  | { readonly kind: 'core'; readonly option: CoreOption }
  | { readonly kind: 'module'; readonly option: RawOption };

/** Null where something is wrong, which then is among the problems. */
export function parseOptions(words: readonly Word[], problems: Problems): ParsedOptions | null {
  const items = new Scanner(words, problems).scan();
  return items === null ? null : assignOptions(items, problems);
}

class Scanner {
  readonly #words: readonly Word[];
  readonly #problems: Problems;
  readonly #items: Item[] = [];
  #at = 0;
  #faulty = false;
  /** The `!` that waits for its option. */
  #bang: Word | null = null;
  /** The matches and targets named so far: they tell how many words an option takes. */
  readonly #named: string[] = [];

  constructor(words: readonly Word[], problems: Problems) {
    this.#words = words;
    this.#problems = problems;
  }

  scan(): readonly Item[] | null {
    while (this.#at < this.#words.length) this.#next();
    if (this.#bang !== null) this.#fail(this.#bang, 'stray-negation', 'This ! stands before no option.');
    return this.#faulty ? null : this.#items;
  }

  #next(): void {
    const word = this.#words[this.#at++];
    if (word === undefined) return;
    if (word.text === '!' && !word.quoted) this.#negate(word);
    else if (word.text[0] !== '-' || word.text.length < 2) this.#stray(word);
    else if (word.text[1] === '-' && word.text.length > 2) this.#long(word);
    else this.#letter(word);
  }

  #negate(word: Word): void {
    if (this.#bang !== null) this.#fail(word, 'stray-negation', 'Two ! stand before one option.');
    this.#bang = word;
  }

  #stray(word: Word): void {
    const comment = word.text.startsWith('#');
    const advice = comment ? 'A comment needs a line of its own, or -m comment --comment "…".' : 'Every value follows an option.';
    this.#fail(word, 'stray-word', `No option takes this word. ${advice}`);
    if (comment) this.#at = this.#words.length;
  }

  #letter(word: Word): void {
    const spec = coreByLetter(word.text[1] ?? '');
    const glued = word.text.slice(2);
    if (spec === null) this.#fail(word, 'unknown-option', `There is no option ${word.text.slice(0, 2)}.`);
    else this.#core(word, spec, glued === '' ? null : { ...word, text: glued, start: word.start + (word.quoted ? 0 : 2) });
  }

  #long(word: Word): void {
    const equals = word.text.indexOf('=');
    const spelling = equals < 0 ? word.text.slice(2) : word.text.slice(2, equals);
    const glued = equals < 0 ? null : { ...word, text: word.text.slice(equals + 1) };
    const core = coreByName(spelling);
    if (core !== null && !(spelling === 'proto' && this.#named.at(-1) === 'policy')) this.#core(word, core, glued);
    else this.#module(word, spelling, glued);
  }

  #module(word: Word, spelling: string, glued: Word | null): void {
    const wanted = arityOf(spelling, this.#named);
    const inverted = this.#takeBang(typeof wanted === 'number' && wanted > 0 && glued === null);
    const values = glued === null ? this.#valuesOf(wanted) : [glued];
    if (glued !== null && wanted === 2) values.push(...this.#take(1));
    if (typeof wanted === 'number' && values.length < wanted) {
      this.#short(word, wanted);
      return;
    }
    const end = values.at(-1)?.end ?? word.end;
    this.#items.push({ kind: 'module', option: { spelling, values, inverted, start: word.start, end } });
  }

  #core(word: Word, spec: CoreSpec, glued: Word | null): void {
    const inverted = this.#takeBang(spec.values > 0 && glued === null);
    const values = glued === null ? this.#take(spec.values) : [glued];
    if (values.length < spec.values) {
      this.#short(word, spec.values);
      return;
    }
    if (spec.more > 0) values.push(...this.#takeLoose(spec.values + spec.more - values.length));
    if (values.length > spec.values + spec.more) this.#fail(word, 'stray-word', `-${spec.name} takes no value.`);
    if (inverted && !spec.negatable) this.#fail(word, 'not-negatable', `${word.text} cannot be negated.`);
    const name = values[0]?.text ?? '';
    if (spec.name === 'm' || spec.name === 'j') this.#named.push(name);
    const end = values.at(-1)?.end ?? word.end;
    const option: CoreOption = { name: spec.name, spelling: word.text, values, inverted, start: word.start, end };
    this.#items.push({ kind: 'core', option });
  }

  /** @param inside  whether a `!` may stand here as well, as old versions wrote it: `--dport ! 25`. */
  #takeBang(inside: boolean): boolean {
    const before = this.#bang !== null;
    this.#bang = null;
    const word = this.#words[this.#at];
    if (!inside || word?.text !== '!' || word.quoted) return before;
    this.#at++;
    if (before) this.#fail(word, 'stray-negation', 'One option is negated twice.');
    return true;
  }

  #valuesOf(wanted: ReturnType<typeof arityOf>): Word[] {
    return typeof wanted === 'number' ? this.#take(wanted) : this.#takeLoose(wanted === 'optional' ? 1 : this.#words.length);
  }

  #take(count: number): Word[] {
    const taken = this.#words.slice(this.#at, this.#at + Math.max(count, 0));
    this.#at += taken.length;
    return taken;
  }

  /** Up to so many words, as far as they look like values. */
  #takeLoose(most: number): Word[] {
    let count = 0;
    for (let word = this.#words[this.#at]; count < most && isValue(word); word = this.#words[this.#at + count]) count++;
    return this.#take(count);
  }

  #short(word: Word, wanted: number): void {
    this.#fail(word, 'missing-value', `${word.text} needs ${wanted === 1 ? 'a value' : `${wanted} values`}.`);
  }

  #fail(span: Span, code: string, message: string): void {
    this.#faulty = true;
    this.#bang = null;
    this.#problems.error(span, code, message);
  }
}

function isValue(word: Word | undefined): boolean {
  return word !== undefined && (word.quoted || (!/^-[^\d]/.test(word.text) && word.text !== '!'));
}
