/**
 * The options that iptables has without any module: commands, and what every rule can ask.
 *
 * Worked example: `-I FORWARD 3 ! -s 10.0.0.0/8` is the command I with the words FORWARD and 3, and the negated option s.
 *
 * @see iptables(8); iptables, iptables/iptables.c, original_opts
 */

/** By the letter; the long names lead to them. */
export type CoreName =
  | CommandName
  | 's'
  | 'd'
  | 'p'
  | 'i'
  | 'o'
  | 'f'
  | 'j'
  | 'g'
  | 'm'
  | 'c'
  | 't'
  | 'w'
  | 'W'
  | 'v'
  | 'n'
  | 'x'
  | '4'
  | '6';

export interface CoreSpec {
  readonly name: CoreName;
  /** Words that it takes. */
  readonly values: number;
  /** Words that it takes where they are there. */
  readonly more: number;
  readonly negatable: boolean;
}

/** Letter, words, words that may be missing, long names. */
const CORE: readonly (readonly [CoreName, number, number, ...string[]])[] = [
  ['A', 1, 0, 'append'],
  ['I', 1, 1, 'insert'],
  ['D', 1, 1, 'delete'],
  ['R', 2, 0, 'replace'],
  ['N', 1, 0, 'new-chain'],
  ['X', 0, 1, 'delete-chain'],
  ['P', 2, 0, 'policy'],
  ['F', 0, 1, 'flush'],
  ['E', 2, 0, 'rename-chain'],
  ['Z', 0, 2, 'zero'],
  ['s', 1, 0, 'source', 'src'],
  ['d', 1, 0, 'destination', 'dst'],
  ['p', 1, 0, 'protocol', 'proto'],
  ['i', 1, 0, 'in-interface'],
  ['o', 1, 0, 'out-interface'],
  ['f', 0, 0, 'fragments', 'fragment'],
  ['j', 1, 0, 'jump'],
  ['g', 1, 0, 'goto'],
  ['m', 1, 0, 'match'],
  ['c', 1, 1, 'set-counters'],
  ['t', 1, 0, 'table'],
  ['w', 0, 1, 'wait'],
  ['W', 1, 0, 'wait-interval'],
  ['v', 0, 0, 'verbose'],
  ['n', 0, 0, 'numeric'],
  ['x', 0, 0, 'exact'],
  ['4', 0, 0, 'ipv4'],
  ['6', 0, 0, 'ipv6'],
];

const COMMANDS: ReadonlySet<CoreName> = new Set<CommandName>(['A', 'I', 'D', 'R', 'N', 'X', 'P', 'F', 'E', 'Z']);
const NEGATABLE: readonly CoreName[] = ['s', 'd', 'p', 'i', 'o', 'f'];

/** What a line does to a chain; every line of rules has exactly one. */
export type CommandName = 'A' | 'I' | 'D' | 'R' | 'N' | 'X' | 'P' | 'F' | 'E' | 'Z';

const BY_NAME: ReadonlyMap<string, CoreSpec> = new Map(
  CORE.flatMap(([name, values, more, ...long]) => {
    const spec = { name, values, more, negatable: NEGATABLE.includes(name) };
    return [name, ...long].map((spelling) => [spelling, spec] as const);
  }),
);

/** The option of `-p`. */
export function coreByLetter(letter: string): CoreSpec | null {
  return BY_NAME.get(letter) ?? null;
}

/** The option of `--protocol`, by its whole name. */
export function coreByName(name: string): CoreSpec | null {
  return name.length === 1 ? null : (BY_NAME.get(name) ?? null);
}

export function isCommand(name: CoreName): name is CommandName {
  return COMMANDS.has(name);
}

/** Long names, for what was probably meant. */
export const CORE_NAMES: readonly string[] = [...BY_NAME.keys()].filter((name) => name.length > 1);
