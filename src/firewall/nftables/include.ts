/**
 * `include`, put where it stands.
 *
 * Worked example: `include "zones/*.nft"` in `edge.nft` becomes the words of `zones/a.nft` and `zones/b.nft`; places in them name these files. A
 * pattern that matches nothing is nothing, a name without a file is an error. The line's end behind `include` is read before the file: a file whose last
 * line has none goes on with what stands below, which nft refuses.
 *
 * @see nft(8), INCLUDE FILES; nftables, src/scanner.l, scanner_include_file()
 */
import { type Span, sourceOf } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { type Token, type Words, wordsOf } from './lexer.ts';
import { endsBound, refuseOpenComment } from './separators.ts';
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
  const tokens = reading.expand(words.tokens, { file: problems.source.path, text: problems.source.text, offset: 0 }, 1);
  reading.end();
  return { tokens, comments: new Map([...words.comments, ...reading.comments]) };
}

class Including {
  readonly comments = new Map<number, string>();
  readonly #problems: Problems;
  readonly #include: Include | null;
  #files = 0;
  /** The last word of a file that was included, where no line's end stands behind it. */
  #open: { readonly file: string; readonly token: Token; readonly bound: boolean } | null = null;

  constructor(problems: Problems, include: Include | null) {
    this.#problems = problems;
    this.#include = include;
  }

  /** @param offset  of the text among all that are read. */
  expand(tokens: readonly Token[], { file, text, offset }: Expanded, depth: number): readonly Token[] {
    const expanded: Token[] = [];
    for (let at = 0; at < tokens.length; at += 1) {
      const [token, name] = [tokens[at], tokens[at + 1]];
      if (token === undefined) break;
      if (startsStatement(tokens, at) && token.kind === 'word' && token.text === 'include' && name?.kind === 'string') {
        this.#refuseOpen();
        for (const one of this.#included(name.text, { start: token.start, end: name.end }, file, depth)) expanded.push(one);
        const behind = text.slice(
          name.end - offset,
          (tokens.slice(at + 2).find(({ kind }) => kind !== 'end')?.start ?? offset + text.length) - offset,
        );
        if (separators(behind) > 1) this.#open = null;
        at += 1;
      } else {
        if (token.kind !== 'end') this.#refuseOpen();
        expanded.push(token);
      }
    }
    const last = tokens.at(-1);
    if (depth > 1 && last !== undefined && last.kind !== 'end') this.#open = { file, token: last, bound: endsBound(tokens) };
    return expanded;
  }

  /** Behind the last of all: a file may end there, but not with a definition. */
  end(): void {
    if (this.#open?.bound === true) this.#refuseOpen();
  }

  #refuseOpen(): void {
    if (this.#open === null) return;
    const { file, token } = this.#open;
    const message = `nft refuses this file where it is included: no line feed ends its last line, and what stands behind the include would go on with it. Put one at the end of ${file}.`;
    this.#problems.error(token, 'separator', message);
    this.#open = null;
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
      refuseOpenComment({ text: source.text, offset }, words.tokens, this.#problems);
      for (const [end, comment] of words.comments) this.comments.set(end, comment);
      const end = offset + source.text.length;
      return [
        ...this.expand(words.tokens, { file, text: source.text, offset }, depth + 1),
        { kind: 'end', text: ';', start: end, end },
      ];
    });
  }
}

interface Expanded {
  readonly file: string;
  readonly text: string;
  readonly offset: number;
}

/** Ends of statements in what stands between two. A line of a comment alone is none. @see nftables, src/scanner.l, comment_line */
function separators(text: string): number {
  const words = text.replace(/(?<=\n)(?:[ \t]*#[^\n]*\n)+/g, '').replace(/#[^\n]*|\\\n/g, '');
  return words.match(/[\n;]/g)?.length ?? 0;
}

/** Of the file, of a block, or behind another statement. */
function startsStatement(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before === undefined || before.kind === 'end' || isSign(before, '{') || isSign(before, '}');
}
