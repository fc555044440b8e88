/**
 * Text inside Markdown: whatever a configuration, a policy or the network says shows as it is, and never as markup.
 *
 * Backslashes are not enough: GitHub and GitLab look for mentions, issues (`#12`), emoji (`:100:`) and commands in the text that is left after
 * Markdown. What they would find is broken by a zero-width space; but an IPv6 address, of which `:cd:` may be a part and which is copied into
 * firewalls, becomes a code span, where they do not look.
 *
 * @see GitHub Flavored Markdown spec 0.29, sections 2.4 (backslash escapes), 4.10 (tables), 6.3 (code spans), 6.9 (autolinks)
 */
import { visible } from '../model/printable.ts';

/** Foreign text in a sentence or a table cell, on one line. */
export function plain(text: string): string {
  return visible(text)
    .trim()
    .split(IPV6)
    .map((part, index) => (index % 2 === 1 ? code(part) : escaped(part)))
    .join('')
    .replace(/^(?:[-+=]|\d+(?=[.)](?: |$)))/, (marker) => (/\d/.test(marker) ? `${marker}\\` : `\\${marker}`));
}

/** Foreign text within a line of HTML of our own, where Markdown is not read. */
export function html(text: string): string {
  return unlinked(visible(text))
    .replace(/[&<>"']/g, entity)
    .replaceAll(BREAK, '&#8203;');
}

/** A code span that holds any text: its fence is longer than every run of backticks in it. */
export function code(text: string): string {
  const line = visible(text);
  if (line.trim() === '') return '';
  const longest = [...line.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/**
 * A row of a table; cells are Markdown already. A pipe ends a cell, also in a code span, unless the number of backslashes before it is odd.
 * A backslash right before a pipe cannot be written in a code span of a table: it gets lost.
 */
export function tableRow(cells: readonly string[]): string {
  const held = cells.map((cell) => cell.replace(/\\*\|/g, (run) => (run.length % 2 === 1 ? `\\${run}` : run)));
  return `| ${held.join(' | ')} |`;
}

export function tableHead(titles: readonly string[]): string[] {
  return [tableRow(titles), tableRow(titles.map(() => '---'))];
}

/** At least two colons in a row of hexadecimal groups, and nothing of a word, or of an IPv4 address, beside it. */
const IPV6 = /((?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:\/\d{1,3})?(?![\w:]))/i;

/** Stands for a zero-width space until the rest is escaped; no text has one by then. */
const BREAK = '\u200b';

function escaped(text: string): string {
  return unlinked(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, (character) => (/[<&]/.test(character) ? entity(character) : `\\${character}`))
    .replaceAll(BREAK, '&#8203;');
}

/** Mentions, references of GitHub and GitLab, emoji (of numbers only two are one, so that a line of a file can be copied), addresses of pages and mailboxes. */
function unlinked(text: string): string {
  return text.replace(
    /[@#!~$%&^](?=[\w"])|:(?=(?!\d+:)[\w+-]+:|(?:100|1234):)|(?<=\w):(?=\/\/)|\b(?:www(?=\.)|mailto:|xmpp:|GH(?=-\d))/gi,
    (found) => `${found}${BREAK}`,
  );
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
