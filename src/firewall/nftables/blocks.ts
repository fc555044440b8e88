/**
 * Where statements end: at a line's end or `;` outside of braces; a block ends with its brace.
 *
 * Worked example: `chain a { accept; drop } chain b { }` are two statements, of which the first holds two.
 */
import type { Token } from './lexer.ts';
import { isSign } from './tree.ts';

/** Of a block or a text. `}` at the end of the text is left over where braces do not fit. */
export function statements(tokens: readonly Token[]): (readonly Token[])[] {
  const found: (readonly Token[])[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = Math.max(endOf(tokens, at), at);
    const closed = blockEnd(tokens, at, end);
    if (closed > at) found.push(tokens.slice(at, closed));
    at = closed === end ? end + (tokens[end]?.kind === 'end' || closed === at ? 1 : 0) : closed;
    if (closed === end && isSign(tokens[end], '}')) found.push(tokens.slice(end, ++at));
  }
  return found;
}

const BLOCKS: ReadonlySet<string> = new Set(['table', 'chain', 'set', 'map', 'flowtable']);

/** A block needs nothing behind its brace: `table a { } table b { }` on one line are two statements. */
function blockEnd(tokens: readonly Token[], start: number, end: number): number {
  if (!BLOCKS.has(tokens[start]?.text ?? '')) return end;
  let depth = 0;
  for (let at = start; at < end; at += 1) {
    const token = tokens[at];
    if (isSign(token, '{')) depth += 1;
    if (isSign(token, '}')) depth -= 1;
    if (isSign(token, '}') && depth === 0) return at + 1;
  }
  return end;
}

/** Where the statement that begins at `start` ends: lines inside of braces belong to it. */
export function endOf(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind === 'end' && depth === 0) return at;
    if (token?.kind !== 'sign') continue;
    if (token.text === '{') depth += 1;
    if (token.text === '}') depth -= 1;
    if (depth < 0) return at;
  }
  return tokens.length;
}
