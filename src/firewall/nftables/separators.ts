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
  if (refuseOpenComment({ text, offset: 0 }, tokens, problems) || !endsBound(tokens) || last === undefined) return;
  const first = lastStatement(tokens);
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
  return last !== undefined && last.kind !== 'end' && ENDED.has(lastStatement(tokens)?.text ?? '');
}

function unended(where: string): string {
  return `nft refuses this file: it ends ${where}. Put a line feed at its end.`;
}

const ENDED: ReadonlySet<string> = new Set(['include', 'define', 'redefine', 'undefine']);

/** Its first word; lines within braces end none. */
function lastStatement(tokens: readonly Token[]): Token | undefined {
  let [start, depth] = [tokens.length, 0];
  for (let at = start - 1; at >= 0 && (depth > 0 || tokens[at]?.kind !== 'end'); at -= 1) {
    if (isSign(tokens[at], '}')) depth += 1;
    if (isSign(tokens[at], '{')) depth -= 1;
    start = at;
  }
  return tokens[start];
}

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
  const head = headOf(tokens, at);
  const [first, second] = head.map(({ text }) => text);
  const verb = first !== undefined && ADDING.has(first);
  const word = (verb ? second : first) ?? '';
  const name = `the ${word} ${tokens[at - 1]?.text ?? ''}`;
  const last = tokens[at - 1];
  if (last?.kind === 'word' && (last.text === 'jump' || last.text === 'goto') && within !== 'value')
    return { kind: 'rules', name: `the chain of this ${last.text}` };
  if (within === 'text' && word === 'table') return { kind: 'table', name };
  if (within !== 'text' && within !== 'table') return { kind: 'value', name };
  if (word === 'chain') return { kind: 'rules', name };
  if (word === 'set' || word === 'map') return { kind: 'set', name };
  return { kind: OBJECTS.has(word) ? 'loose' : 'value', name };
}

/** The words from the beginning of the statement to its brace. */
function headOf(tokens: readonly Token[], at: number): readonly Token[] {
  let start = at;
  while (start > 0 && tokens[start - 1]?.kind !== 'end' && !isSign(tokens[start - 1], '{') && !isSign(tokens[start - 1], '}'))
    start -= 1;
  return tokens.slice(start, at);
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
    if (depth === 0) return ['jump', 'goto'].includes(tokens[start - 1]?.text ?? '');
  }
  return false;
}

const ADDING: ReadonlySet<string> = new Set(['add', 'create']);

const OBJECTS: ReadonlySet<string> = new Set(['flowtable', 'counter', 'quota', 'limit', 'ct', 'secmark', 'synproxy', 'tunnel']);
