/**
 * What stands in the block of a set or a map. A word that nft does not know there is an error: it refuses the file as a whole, so that nothing in it
 * is what a firewall does.
 *
 * Worked example: `type inet_service; elements = { 25, 587 }` gives a set its type and two elements; `elments = { 25 }` is refused, with the word that
 * was probably meant.
 *
 * @see nft(8), SETS, MAPS; nftables, src/parser_bison.y, set_block and map_block
 */
import type { Problems } from '../problems.ts';
import type { Token } from './lexer.ts';
import { inside, isSign, listed, type RawSet, type Tree } from './tree.ts';
import { keyOf } from './values.ts';

/** Of several lists of elements in one block nft takes the last. Those of an earlier block stay. */
export function readSetBlock(set: RawSet, block: readonly (readonly Token[])[], problems: Problems): void {
  const before = set.elements;
  for (const statement of block) {
    if (statement[0]?.text === 'elements') set.elements = before;
    readSetStatement(set, statement, problems);
  }
}

function readSetStatement(set: RawSet, statement: readonly Token[], problems: Problems): void {
  const [word, ...rest] = statement;
  if (word === undefined) return;
  const kind = set.map ? 'map' : 'set';
  switch (word.text) {
    case 'type':
    case 'typeof':
      set.type = rest;
      break;
    case 'flags':
      set.flags = [...flagsOf(rest, problems), ...set.flags.filter((flag) => flag === 'timeout')];
      break;
    case 'timeout':
      set.flags = [...set.flags, 'timeout'];
      break;
    case 'counter':
    case 'limit':
    case 'quota':
    case 'ct':
    case 'last':
      set.statements = [...set.statements, ...statement];
      break;
    case 'elements':
      if (!isSign(rest[0], '='))
        problems.error(word, 'bad-elements', `Elements of a ${kind} stand behind an equals sign: elements = { … }.`);
      set.elements = [...set.elements, ...listed(inside(rest.slice(1)))];
      break;
    case 'policy':
      if (!POLICIES.includes(rest[0]?.text ?? ''))
        problems.error(rest[0] ?? word, 'bad-policy', `The policy of a ${kind} is performance or memory.`);
      break;
    default:
      if (word.kind !== 'word' || !WORDS.includes(word.text))
        problems.error(
          word,
          'unknown-statement',
          problems.advised(`${word.text} is nothing that stands in a ${kind}.`, word.text, WORDS),
        );
  }
}

/** What nft refuses of sets as they are in the end, with the file as a whole. */
export function refuseSets(tree: Tree, problems: Problems): void {
  for (const { sets } of tree.values())
    for (const set of sets.values()) {
      const kind = set.map ? 'map' : 'set';
      if (set.type.length === 0)
        problems.error(
          set,
          'missing-type',
          `The ${kind} ${set.name} has no type: write one, such as type inet_service or typeof tcp dport.`,
        );
      const range = set.flags.includes('interval') ? undefined : set.elements.map(keyOf).find(isInterval)?.[0];
      if (range !== undefined)
        problems.error(
          range,
          'missing-flag',
          `A network or a range needs the flag interval: write flags interval; in the ${kind} ${set.name}.`,
        );
    }
}

/** A prefix of all bits is an address. */
function isInterval(key: readonly Token[]): boolean {
  return key.some(
    ({ kind, text }, at) => kind === 'sign' && (text === '-' || (text === '/' && !/^(32|128)$/.test(key[at + 1]?.text ?? ''))),
  );
}

function flagsOf(tokens: readonly Token[], problems: Problems): readonly string[] {
  for (const flag of tokens)
    if (flag.kind !== 'sign' && !FLAGS.includes(flag.text))
      problems.error(
        flag,
        'unknown-flag',
        problems.advised(`${flag.text} is no flag of a set.`, flag.text, FLAGS, `Known are ${FLAGS.join(', ')}.`),
      );
  return tokens.map(({ text }) => text);
}

/** Of all versions: what only some of them take is left to nft. */
const WORDS: readonly string[] = [
  ...['type', 'typeof', 'flags', 'timeout', 'gc-interval', 'elements', 'size', 'policy', 'auto-merge', 'comment'],
  ...['counter', 'quota', 'limit', 'last', 'ct', 'undefine'],
];

const FLAGS: readonly string[] = ['constant', 'interval', 'timeout', 'dynamic'];

const POLICIES: readonly string[] = ['performance', 'memory'];
