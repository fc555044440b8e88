/**
 * What `define` gives a name to, put where the name stands.
 *
 * Worked example: after `define mail = { 25, 587 }` the rule `tcp dport $mail drop` is `tcp dport { 25, 587 } drop`. A name that was never defined is
 * an error.
 *
 * @see nft(8), SYMBOLIC VARIABLES
 */
import type { Problems } from '../problems.ts';
import { endOf } from './blocks.ts';
import type { Token } from './lexer.ts';

export function withoutDefines(tokens: readonly Token[], problems: Problems): Token[] {
  const names = new Map<string, readonly Token[]>();
  const left: Token[] = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined) break;
    const first = at === 0 || ['end', 'sign'].includes(tokens[at - 1]?.kind ?? 'end');
    const [name, equals] = [tokens[at + 1], tokens[at + 2]];
    if (first && DEFINING.has(token.text) && name?.kind === 'word' && equals?.text === '=') {
      const end = endOf(tokens, at + 3);
      names.set(name.text, expand(tokens.slice(at + 3, end), names, problems));
      at = end;
    } else {
      const used = token.kind === 'sign' && token.text === '$' ? 2 : 1;
      for (const one of expand(tokens.slice(at, at + used), names, problems)) left.push(one);
      at += used;
    }
  }
  return left;
}

const DEFINING: ReadonlySet<string> = new Set(['define', 'redefine']);

function expand(tokens: readonly Token[], names: ReadonlyMap<string, readonly Token[]>, problems: Problems): readonly Token[] {
  if (!tokens.some(({ text }) => text === '$')) return tokens;
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    const name = tokens[at + 1];
    if (token.kind !== 'sign' || token.text !== '$' || name === undefined) {
      result.push(token);
      continue;
    }
    const value = names.get(name.text);
    if (value === undefined)
      problems.error(name, 'unknown-name', problems.advised(`$${name.text} is not defined.`, name.text, [...names.keys()]));
    const [start, end] = [token.start, name.end];
    for (const one of value ?? [{ ...name, kind: 'string' as const }]) result.push({ ...one, start, end });
    at += 1;
  }
  return result;
}
