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
import type { Token } from './lexer.ts';
import { refuseFurther } from './separators.ts';
import { inside, isSign, listed, type RawSet } from './tree.ts';

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
      set.flags = [...flagsOf(rest, problems), ...set.flags.filter((flag) => flag === 'timeout')];
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
      readOther(set, statement, problems);
  }
}

/** What each element does, or what says nothing of a packet. */
function readOther(set: RawSet, statement: readonly Token[], problems: Problems): void {
  const [word] = statement;
  if (word?.kind === 'word' && EACH.has(word.text)) set.statements = [...set.statements, ...statement];
  else if (word !== undefined && !(word.kind === 'word' && WORDS.includes(word.text))) {
    const message = `${word.text} is nothing that stands in a ${set.map ? 'map' : 'set'}.`;
    problems.error(word, 'unknown-statement', problems.advised(message, word.text, WORDS));
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

/** Statements of every element. */
const EACH: ReadonlySet<string> = new Set(['counter', 'quota', 'limit', 'last', 'ct']);

/** Of all versions: what only some of them take is left to nft. */
const WORDS: readonly string[] = [
  ...['type', 'typeof', 'flags', 'timeout', 'gc-interval', 'elements', 'size', 'policy', 'auto-merge', 'comment'],
  ...EACH,
  'undefine',
];

const FLAGS: readonly string[] = ['constant', 'interval', 'timeout', 'dynamic'];

const POLICIES: readonly string[] = ['performance', 'memory'];
