/**
 * `include`, put where it stands.
 *
 * Worked example: `include "zones/*.nft"` in `edge.nft` becomes the words of `zones/a.nft` and `zones/b.nft`; places in them name these files. A
 * pattern that matches nothing is nothing, a name without a file is an error.
 *
 * @see nft(8), INCLUDE FILES; nftables, src/scanner.l, scanner_include_file()
 */
import { type Span, sourceOf } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { type Token, type Words, wordsOf } from './lexer.ts';
import { isSign } from './tree.ts';

/**
 * The files that a pattern names, in order: relative to the file that includes it, or to /etc. Null where there is none and the pattern is a name.
 *
 * @param from  the file that includes them, as it was named.
 */
export type Include = (pattern: string, from: string) => readonly IncludedFile[] | null;

export interface IncludedFile {
  /** As problems and places name it. */
  readonly file: string;
  readonly text: string;
}

/** How deep nft reads. @see nftables, include/parser.h, MAX_INCLUDE_DEPTH */
const MAX_DEPTH = 16;

/** Files that include each other twice would be read without end. */
const MAX_FILES = 4_096;

/** @param words  of the file itself. */
export function withIncludes(words: Words, problems: Problems, include: Include | null): Words {
  const reading = new Including(problems, include);
  const tokens = reading.expand(words.tokens, problems.source.path, 1);
  return { tokens, comments: new Map([...words.comments, ...reading.comments]) };
}

class Including {
  readonly comments = new Map<number, string>();
  readonly #problems: Problems;
  readonly #include: Include | null;
  #files = 0;

  constructor(problems: Problems, include: Include | null) {
    this.#problems = problems;
    this.#include = include;
  }

  expand(tokens: readonly Token[], file: string, depth: number): readonly Token[] {
    const expanded: Token[] = [];
    for (let at = 0; at < tokens.length; at += 1) {
      const [token, name] = [tokens[at], tokens[at + 1]];
      if (token === undefined) break;
      if (startsStatement(tokens, at) && token.kind === 'word' && token.text === 'include' && name?.kind === 'string') {
        for (const one of this.#included(name.text, { start: token.start, end: name.end }, file, depth)) expanded.push(one);
        at += 1;
      } else expanded.push(token);
    }
    return expanded;
  }

  #included(pattern: string, span: Span, from: string, depth: number): readonly Token[] {
    if (depth > MAX_DEPTH || this.#files >= MAX_FILES) {
      this.#problems.error(
        span,
        'include-depth',
        `Files include each other more than ${MAX_DEPTH} times deep, or ${MAX_FILES} in all.`,
      );
      return [];
    }
    const found = this.#include === null ? null : this.#include(pattern, from);
    if (found === null) {
      const advice = 'Put it where this file looks for it, or give what nft list ruleset prints: that holds everything.';
      this.#problems.error(span, 'include', `${pattern}, which is included here, was not found. ${advice}`);
      return [];
    }
    return found.flatMap(({ file, text }) => {
      this.#files += 1;
      const source = sourceOf(file, text);
      const offset = this.#problems.further(source);
      const words = wordsOf(source, this.#problems, offset);
      for (const [end, comment] of words.comments) this.comments.set(end, comment);
      const end = offset + source.text.length;
      return [...this.expand(words.tokens, file, depth + 1), { kind: 'end', text: ';', start: end, end }];
    });
  }
}

/** Of the file, of a block, or behind another statement. */
function startsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before === undefined || before.kind === 'end' || isSign(before, '{') || isSign(before, '}');
}
