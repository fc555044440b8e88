/**
 * Is a text a template, which becomes a configuration only where it is rendered?
 *
 * Worked example: `ip saddr {{ office_networks }} accept` of Jinja says nothing about addresses; what it renders does. `{ { 1, 2 }, 3 }` is none.
 */
import type { Source, Span } from '../../model/source.ts';

/** Braces of Jinja, Go and Mustache with a name in them; statements and comments of Jinja; ERB. */
const TEMPLATE = /\{\{-?\s*["'(]*[A-Za-z_.$][^{}\n]*\}\}|\{%[-+]?[^\n]*?%\}|<%[=-]?[^\n]*?%>/;

/** Where it shows; null where it does not. Comments are looked over. */
export function templateIn({ text }: Source): Span | null {
  const bare = text.replace(/(^|[\s;])#[^\n\r]*/g, (comment) => ' '.repeat(comment.length));
  const match = TEMPLATE.exec(bare);
  return match === null ? null : { start: match.index, end: match.index + match[0].length };
}
