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
import { Cursor } from './cursor.ts';
import { type Token, textOf } from './lexer.ts';
import { overlapOf } from './overlaps.ts';
import { refuseMissingComma } from './refused-values.ts';
import { refuseFurther } from './separators.ts';
import { inside, isSign, listed, type RawSet, type Tree } from './tree.ts';
import { keyOf } from './values.ts';

/** The statements of one block. */
export function readSetBlock(set: RawSet, block: readonly (readonly Token[])[], problems: Problems): void {
  const given = block.flatMap((one) =>
    one.filter(({ kind, text }, at) => kind === 'word' && text === 'elements' && isSign(one[at + 1], '=')),
  );
  // nft 1.0.6 takes the last list alone, later versions none.
  if (given[1] !== undefined)
    problems.error(given[1], 'second-elements', 'One block has one list of elements: put all of them into one pair of braces.');
  for (const statement of block) readSetStatement(set, statement, problems);
}

function readSetStatement(set: RawSet, statement: readonly Token[], problems: Problems): void {
  const [word, ...rest] = statement;
  if (word === undefined) return;
  const kind = set.map ? 'map' : 'set';
  switch (word.kind === 'word' ? word.text : '') {
    case 'type':
    case 'typeof':
      set.type = rest;
      break;
    case 'flags':
      set.flags = flagsOf(rest, problems);
      break;
    case 'timeout':
      set.flags = [...set.flags, 'timeout'];
      refuseFurther(rest, 1, problems);
      break;
    case 'auto-merge':
      set.merges = true;
      readSetStatement(set, rest, problems);
      break;
    case 'elements':
      readElements(set, statement, problems);
      break;
    case 'policy':
      if (!POLICIES.includes(rest[0]?.text ?? ''))
        problems.error(rest[0] ?? word, 'bad-policy', `The policy of a ${kind} is performance or memory.`);
      refuseFurther(rest, 1, problems);
      break;
    case 'size':
    case 'gc-interval':
      refuseFurther(rest, 1, problems);
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

/** `elements = { … }` needs nothing behind it: another statement may stand there. */
function readElements(set: RawSet, [word, equals, ...rest]: readonly Token[], problems: Problems): void {
  if (word !== undefined && !isSign(equals, '=')) {
    const kind = set.map ? 'map' : 'set';
    problems.error(word, 'bad-elements', `Elements of a ${kind} stand behind an equals sign: elements = { … }.`);
    return;
  }
  const cursor = new Cursor(rest);
  if (cursor.peek() === '{') cursor.braces();
  else cursor.rest();
  set.elements = [...set.elements, ...listed(inside(cursor.since(0)))];
  readSetStatement(set, cursor.tokens.slice(cursor.at), problems);
}

/** What nft refuses of sets as they are in the end, with the file as a whole. */
export function refuseSets(tree: Tree, problems: Problems): void {
  for (const { sets } of tree.values()) for (const set of sets.values()) refuseSet(set, problems);
}

function refuseSet(set: RawSet, problems: Problems): void {
  const kind = set.map ? 'map' : 'set';
  const of = `the ${kind} ${set.name}`;
  if (set.type.length === 0)
    problems.error(
      set,
      'missing-type',
      `The ${kind} ${set.name} has no type: write one, such as type inet_service or typeof tcp dport.`,
    );
  for (const element of set.elements) refuseMissingComma(keyOf(element), problems);
  const range = set.elements.map(keyOf).find(isInterval)?.[0];
  if (!set.flags.includes('interval')) {
    const message = `A network, a range or the beginning of a name needs the flag interval: write flags interval; in ${of}.`;
    if (range !== undefined) problems.error(range, 'missing-flag', message);
    return;
  }
  const overlap = set.merges ? null : overlapOf(set);
  const [first] = overlap?.second ?? [];
  if (overlap === null || first === undefined) return;
  const advice = set.map ? 'Take one of them out.' : `Take one of them out, or write auto-merge; in ${of}.`;
  const [one, other] = [overlap.first, overlap.second].map((element) => textOf(keyOf(element)));
  problems.error(first, 'overlap', `nft refuses this file: ${one} and ${other} in ${of} overlap. ${advice}`);
}

/** A prefix of all bits is one as well, and the beginning of a name. */
function isInterval(key: readonly Token[]): boolean {
  return key.some(({ kind, text }) => (kind === 'sign' ? text === '-' || text === '/' : /[^\\]\*$/.test(text)));
}

function flagsOf(tokens: readonly Token[], problems: Problems): readonly string[] {
  for (const [at, flag] of tokens.entries())
    if (flag.kind === 'word' && at > 0 && !isSign(tokens[at - 1], ','))
      problems.error(flag, 'missing-comma', `nft refuses this file: it wants a comma between two flags, before ${flag.text}.`);
    else if (flag.kind !== 'sign' && !FLAGS.includes(flag.text))
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
