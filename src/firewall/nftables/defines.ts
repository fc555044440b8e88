/**
 * What `define` gives a name to, put where the name stands.
 *
 * Worked example: after `define mail = { 25, 587 }` the rule `tcp dport $mail drop` is `tcp dport { 25, 587 } drop`. A name that is not defined, or
 * no longer (`undefine`, the end of the block that defined it), is an error, and so is one that is defined a second time.
 *
 * @see nft(8), SYMBOLIC VARIABLES; nftables, src/parser_bison.y, common_block
 */
import type { Problems } from '../problems.ts';
import { endOf } from './blocks.ts';
import type { Token } from './lexer.ts';
import { isSign } from './tree.ts';

export function withoutDefines(tokens: readonly Token[], problems: Problems): Token[] {
  const names: Names = new Map();
  const left: Token[] = [];
  let [at, depth] = [0, 0];
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined) break;
    const end = definedAt({ tokens, names, problems }, at, depth);
    if (end !== null) {
      at = end;
      continue;
    }
    if (isSign(token, '{')) depth += 1;
    if (isSign(token, '}')) {
      depth -= 1;
      for (const [name, defined] of names) if ((defined.at(-1)?.block ?? 0) > depth) forget(name, names);
    }
    const used = token.kind === 'sign' && token.text === '$' ? 2 : 1;
    for (const one of expand(tokens.slice(at, at + used), names, problems)) left.push(one);
    at += used;
  }
  return left;
}

interface Defined {
  readonly value: readonly Token[];
  /** In how many braces: it ends with the innermost. */
  readonly block: number;
}

/** The innermost last: what a block redefines is as before behind it. What it undefines is gone, the definition of an outer block too. */
type Names = Map<string, readonly Defined[]>;

interface Reading {
  readonly tokens: readonly Token[];
  readonly names: Names;
  readonly problems: Problems;
}

function forget(name: string, names: Names): void {
  const outer = names.get(name)?.slice(0, -1) ?? [];
  if (outer.length > 0) names.set(name, outer);
  else names.delete(name);
}

/** Where the definition ends that stands here; null where none does. @param block  in how many braces it stands. */
function definedAt({ tokens, names, problems }: Reading, at: number, block: number): number | null {
  const [word, name, equals] = tokens.slice(at, at + 3);
  if ((at > 0 && !['end', 'sign'].includes(tokens[at - 1]?.kind ?? 'end')) || word?.kind !== 'word' || name?.kind !== 'word')
    return null;
  if (word.text === 'undefine') {
    if (names.has(name.text)) forget(name.text, names);
    else refuseUnknown(name, names, problems);
    return at + 2;
  }
  if (!DEFINING.has(word.text) || equals?.text !== '=') return null;
  if (word.text === 'define' && names.has(name.text))
    problems.error(name, 'defined-twice', `${name.text} is defined already, and nft refuses a second define. Write redefine.`);
  const end = endOf(tokens, at + 3);
  const value = expand(tokens.slice(at + 3, end), names, problems);
  names.set(name.text, [...(names.get(name.text) ?? []).filter((one) => one.block !== block), { value, block }]);
  return end;
}

const DEFINING: ReadonlySet<string> = new Set(['define', 'redefine']);

function refuseUnknown(name: Token, names: Names, problems: Problems): void {
  problems.error(name, 'unknown-name', problems.advised(`$${name.text} is not defined.`, name.text, [...names.keys()]));
}

function expand(tokens: readonly Token[], names: Names, problems: Problems): readonly Token[] {
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
    const value = names.get(name.text)?.at(-1)?.value;
    if (value === undefined) refuseUnknown(name, names, problems);
    const [start, end] = [token.start, name.end];
    for (const one of value ?? [{ ...name, kind: 'string' as const }]) result.push({ ...one, start, end });
    at += 1;
  }
  return result;
}
