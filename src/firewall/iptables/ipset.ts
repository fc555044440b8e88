/**
 * What `ipset save` prints, and files for `ipset restore`: commands, one a line, carried out in order.
 *
 * Worked example: after `create relays hash:net`, `add relays 10.1.0.0/16`, `add relays 10.1.9.0/24 nomatch` the set `relays` holds 10.1.0.0/16
 * without 10.1.9.0/24.
 *
 * @see ipset(8)
 */
import type { Family } from '../../model/address.ts';
import { type Span, sourceOf } from '../../model/source.ts';
import { Problems } from '../problems.ts';
import { readElements } from './set-elements.ts';
import { type Dimension, type Element, type Ipset, type IpsetTable, OLD_TYPES, SET_TYPES } from './set-types.ts';
import { linesOf, type Word } from './words.ts';

/** A set while the file is carried out. */
export interface GrowingSet {
  name: string;
  readonly type: string;
  readonly dimensions: readonly Dimension[] | null;
  readonly family: Family | null;
  /** Of `netmask`: every address of the set stands for its network. */
  readonly netmask: number | null;
  readonly markMask: number;
  /** Elements end by themselves unless they say otherwise. */
  readonly timed: boolean;
  /** By what they hold. */
  elements: Map<string, Element>;
  raw: string[];
}

/**
 * @param file  as problems name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseIpset(text: string, file: string): IpsetTable {
  const problems = new Problems(sourceOf(file, text));
  problems.refuseReturns();
  const reader = new IpsetReader(problems);
  for (const line of linesOf(problems.source)) {
    const [first] = line.words;
    if (line.unclosed !== null) problems.error(line.unclosed, 'unclosed-quote', 'This quote is not closed.');
    else if (first !== undefined && !first.text.startsWith('#')) reader.read(line.words, line);
  }
  problems.throwErrors();
  return { supplied: true, sets: reader.sets, problems: problems.inOrder() };
}

const COMMANDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    create: 'create n -N',
    add: 'add -A',
    del: 'del -D',
    flush: 'flush -F',
    destroy: 'destroy x -X',
    swap: 'swap -W',
    rename: 'rename e -E',
    commit: 'COMMIT commit',
  }).flatMap(([name, spellings]) => spellings.split(' ').map((spelling) => [spelling, name] as const)),
);

const COMMAND_NAMES: readonly string[] = [...COMMANDS.keys()];

class IpsetReader {
  readonly #sets = new Map<string, GrowingSet>();
  readonly #problems: Problems;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  get sets(): ReadonlyMap<string, Ipset> {
    return new Map([...this.#sets].map(([name, set]) => [name, { ...set, name, elements: [...set.elements.values()] }]));
  }

  read(words: readonly Word[], line: Span): void {
    const [command, ...rest] = words.filter((word) => word.quoted || !/^(-exist|-!|--exist)$/.test(word.text));
    const exist = rest.length + 1 < words.length;
    const name = COMMANDS.get(command?.text ?? '');
    if (command === undefined) return;
    if (name === undefined) {
      this.#error(
        command,
        'unknown-command',
        this.#problems.advised(`${command.text} is no command of an ipset save.`, command.text, COMMAND_NAMES),
      );
    } else if (name === 'create') this.#create(rest, line, exist);
    else if (name === 'add') this.#add(rest, line);
    else if (name === 'del') this.#delete(rest, line, exist);
    else if (name === 'flush') for (const set of this.#named(rest[0])) set.elements = new Map();
    else if (name === 'destroy') for (const set of this.#named(rest[0])) this.#sets.delete(set.name);
    else if (name !== 'commit') this.#exchange(name, rest, line);
  }

  #create(words: readonly Word[], line: Span, exist: boolean): void {
    const [name, type, ...options] = words;
    if (name === undefined || type === undefined) {
      this.#error(line, 'missing-value', 'create needs a name and a type.');
      return;
    }
    if (this.#sets.has(name.text)) {
      if (!exist) this.#error(name, 'set-twice', `The set ${name.text} is created a second time.`);
      return;
    }
    const modern = OLD_TYPES.get(type.text) ?? type.text;
    const dimensions = SET_TYPES.get(modern) ?? null;
    if (dimensions === null) this.#unknownType(type);
    const value = (option: string): string | null => options[options.findIndex(({ text }) => text === option) + 1]?.text ?? null;
    const has = (option: string): boolean => options.some(({ text }) => text === option);
    const masked = has('bitmask');
    if (masked)
      this.#problems.warning(type, 'unknown-set-type', `bitmask is not known here: matches of ${name.text} are conditional.`);
    const family = familyOf(modern, has('inet6') || has('-6'));
    const set: GrowingSet = {
      name: name.text,
      type: modern,
      dimensions: masked ? null : dimensions,
      family,
      netmask: has('netmask') ? Number(value('netmask')) : null,
      markMask: has('markmask') ? Number(value('markmask')) : 0xffff_ffff,
      timed: has('timeout') && value('timeout') !== '0',
      elements: new Map(),
      raw: [],
    };
    this.#sets.set(name.text, set);
  }

  #unknownType(type: Word): void {
    const message = `${type.text} is no type of sets that is known here: what hangs on it is conditional.`;
    this.#problems.warning(type, 'unknown-set-type', this.#problems.advised(message, type.text, [...SET_TYPES.keys()]));
  }

  #add(words: readonly Word[], line: Span): void {
    const [set, element] = this.#element(words, line);
    if (set === null || element === null) return;
    if (set.dimensions === null)
      set.raw.push(
        words
          .slice(1)
          .map(({ text }) => text)
          .join(' '),
      );
    for (const one of readElements(set, words.slice(1), this.#problems)) set.elements.set(keyOf(one), one);
  }

  #delete(words: readonly Word[], line: Span, exist: boolean): void {
    const [set, element] = this.#element(words, line);
    if (set === null || element === null) return;
    for (const one of readElements(set, words.slice(1), this.#problems)) {
      if (!set.elements.delete(keyOf(one)) && !exist) {
        this.#error(element, 'no-such-element', `${set.name} does not hold ${element.text}.`);
      }
    }
  }

  #element(words: readonly Word[], line: Span): readonly [GrowingSet | null, Word | null] {
    const [name, element] = words;
    if (name === undefined || element === undefined) {
      this.#error(line, 'missing-value', 'This line needs the name of a set and an element.');
      return [null, null];
    }
    return [this.#setNamed(name), element];
  }

  /** `swap` exchanges the contents of two sets, `rename` gives one another name. */
  #exchange(command: string, words: readonly Word[], line: Span): void {
    const [from, to] = words;
    if (from === undefined || to === undefined) {
      this.#error(line, 'missing-value', `${command} needs two names.`);
      return;
    }
    const [first, second] = [this.#setNamed(from), command === 'swap' ? this.#setNamed(to) : null];
    if (first === null) return;
    if (command === 'swap') {
      if (second === null) return;
      this.#sets.set(from.text, { ...second, name: from.text }).set(to.text, { ...first, name: to.text });
    } else if (this.#sets.has(to.text)) this.#error(to, 'set-twice', `There is a set ${to.text} already.`);
    else {
      this.#sets.delete(from.text);
      this.#sets.set(to.text, { ...first, name: to.text });
    }
  }

  /** That set, or every one. */
  #named(word: Word | undefined): readonly GrowingSet[] {
    if (word === undefined) return [...this.#sets.values()];
    const set = this.#setNamed(word);
    return set === null ? [] : [set];
  }

  #setNamed(word: Word): GrowingSet | null {
    const set = this.#sets.get(word.text);
    if (set !== undefined) return set;
    this.#error(
      word,
      'unknown-set',
      this.#problems.advised(`No set ${word.text} has been created.`, word.text, [...this.#sets.keys()]),
    );
    return null;
  }

  #error(span: Span, code: string, message: string): void {
    this.#problems.error(span, code, message);
  }
}

/** Sets of ports, MAC addresses and sets take packets of both families. */
function familyOf(type: string, inet6: boolean): Family | null {
  if (/^(list:set|bitmap:port|hash:mac)$/.test(type)) return null;
  return inet6 ? 'ipv6' : 'ipv4';
}

/** What two elements must share to be one: all but their flags. */
function keyOf(element: Element): string {
  return JSON.stringify(element.parts, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}
