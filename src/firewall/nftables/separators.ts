/**
 * Where nft wants a line's end or a `;`, and refuses a file without one: behind the brace that ends a block, and before it where a statement stands
 * there.
 *
 * Worked example: `table ip t { chain c { accept } }` is refused twice; `table ip t { chain c { accept; }; }` is loaded. `elements = { 25 }` and
 * `auto-merge` need nothing behind them.
 *
 * @see nftables, src/parser_bison.y, stmt_separator: the same in every version up to 1.1
 */
import type { Problems } from '../problems.ts';
import type { Token, Words } from './lexer.ts';
import { isSign } from './tree.ts';

/**
 * A file may end behind a command, but neither within a comment nor behind an include or a definition.
 *
 * @see nftables, src/scanner.l, comment; src/parser_bison.y, line
 */
export function refuseUnended(text: string, { tokens }: Words, problems: Problems): void {
  const last = tokens.at(-1);
  if (refuseOpenComment({ text, offset: 0 }, tokens, problems) || last === undefined || !endsBound(tokens)) return;
  const first = tokens[startOf(tokens, tokens.length)];
  if (first !== undefined)
    problems.error({ start: first.start, end: last.end }, 'separator', unended(`behind this ${first.text}, not behind its line`));
}

/** @param offset  of the text among all that are read, as its tokens have it. @returns whether it ends so. */
export function refuseOpenComment(
  { text, offset }: { readonly text: string; readonly offset: number },
  tokens: readonly Token[],
  problems: Problems,
): boolean {
  const last = tokens.at(-1);
  const start = text.indexOf('#', Math.max(last === undefined ? 0 : last.end - offset, text.lastIndexOf('\n') + 1));
  if (start >= 0) problems.error({ start: offset + start, end: offset + text.length }, 'separator', unended('within a comment'));
  return start >= 0;
}

/** Whether the last statement is one that needs its line's end, and has none. */
export function endsBound(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1);
  return last !== undefined && last.kind !== 'end' && ENDED.has(tokens[startOf(tokens, tokens.length)]?.text ?? '');
}

function unended(where: string): string {
  return `nft refuses this file: it ends ${where}. Put a line feed at its end.`;
}

const ENDED: ReadonlySet<string> = new Set(['include', 'define', 'redefine', 'undefine']);

/** @param tokens  of a text, with those that it includes, before names are put in. */
export function refuseUnseparated(tokens: readonly Token[], problems: Problems): void {
  const open: Block[] = [];
  tokens.forEach((token, at) => {
    if (isSign(token, '{')) open.push(blockAt(tokens, at, open.at(-1)?.kind ?? 'text'));
    if (!isSign(token, '}')) return;
    const block = open.pop();
    if (block === undefined || block.kind === 'value') return;
    if (!isClosed(tokens, at, block))
      problems.error(token, 'separator', missing(`before this brace, at the end of ${block.name}`));
    const next = tokens[at + 1];
    if (next !== undefined && next.kind !== 'end' && !(isSign(next, '}') && open.length === 0))
      problems.error(next, 'separator', missing(`behind ${block.name}, before this`));
  });
}

/** Words that nft does not take behind so many of a statement: they are one of their own, or none. */
export function refuseFurther(statement: readonly Token[], length: number, problems: Problems): void {
  const further = statement.slice(length).find(({ kind }) => kind !== 'end');
  if (further !== undefined)
    problems.error(further, 'separator', missing(`before ${further.text}, which is not of the statement before it`));
}

function missing(where: string): string {
  return `nft refuses this file: it wants a new line or ; ${where}.`;
}

interface Block {
  /** `value`: braces of an expression. `loose`: a block whose statements need no end. */
  readonly kind: 'table' | 'rules' | 'set' | 'loose' | 'value' | 'text';
  readonly name: string;
}

/** What the brace opens. @param within  what it stands in. */
function blockAt(tokens: readonly Token[], at: number, within: Block['kind']): Block {
  const [first = '', second = ''] = tokens.slice(startOf(tokens, at), at).map(({ text }) => text);
  const word = ADDING.has(first) ? second : first;
  const last = tokens[at - 1];
  const name = `the ${word} ${last?.text ?? ''}`;
  if (last?.kind === 'word' && CALLING.has(last.text) && within !== 'value')
    return { kind: 'rules', name: `the chain of this ${last.text}` };
  if (within === 'text' && word === 'table') return { kind: 'table', name };
  if (within !== 'text' && within !== 'table') return { kind: 'value', name };
  if (word === 'chain') return { kind: 'rules', name };
  if (word === 'set' || word === 'map') return { kind: 'set', name };
  return { kind: OBJECTS.has(word) ? 'loose' : 'value', name };
}

/** Where the statement begins that goes on to here. Braces within it, such as those of a set, and the ends of lines in them end none. */
function startOf(tokens: readonly Token[], to: number): number {
  let depth = 0;
  for (let at = to - 1; at >= 0; at -= 1) {
    const token = tokens[at];
    if (isSign(token, '}')) depth += 1;
    else if (isSign(token, '{')) depth -= 1;
    if (depth < 0 || (depth === 0 && token?.kind === 'end')) return at + 1;
  }
  return 0;
}

function isClosed(tokens: readonly Token[], at: number, { kind }: Block): boolean {
  const before = tokens[at - 1];
  if (before === undefined || before.kind === 'end' || isSign(before, '{') || kind === 'loose') return true;
  if (isSign(before, '}')) return kind !== 'rules' || isBlockEnd(tokens, at - 1);
  if (kind !== 'set') return false;
  return (before.kind === 'word' && before.text === 'auto-merge') || isSign(tokens[at - 2], '$');
}

/** The brace of a block, about which is told already: `jump { accept; } }`. */
function isBlockEnd(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (let start = at; start >= 0; start -= 1) {
    if (isSign(tokens[start], '}')) depth += 1;
    if (isSign(tokens[start], '{')) depth -= 1;
    if (depth === 0) return CALLING.has(tokens[start - 1]?.text ?? '');
  }
  return false;
}

const ADDING: ReadonlySet<string> = new Set(['add', 'create']);

/** A chain may stand in braces behind them. */
const CALLING: ReadonlySet<string> = new Set(['jump', 'goto']);

/** Their blocks may end without a separator. */
const OBJECTS: ReadonlySet<string> = new Set(['flowtable', 'counter', 'quota', 'limit', 'ct', 'secmark', 'synproxy', 'tunnel']);
