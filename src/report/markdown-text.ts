/**
 * Text inside Markdown: whatever a configuration, a policy or the network says shows as it is, and never as markup.
 *
 * @see GitHub Flavored Markdown spec 0.29, sections 2.4 (backslash escapes), 6.3 (code spans); mentions and autolinks are broken by a zero-width entity
 */
import { visible } from '../model/printable.ts';

/** Foreign text in a sentence or a table cell, on one line. */
export function plain(text: string): string {
  return visible(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, (character) => (character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`))
    .replace(/@(?=\w)/g, '@&#8203;')
    .replace(/(?<=\w)(:\/\/)/g, '&#8203;$1')
    .replace(/\b(www)\./gi, '$1&#8203;.');
}

/** A code span that holds any text: its fence is longer than every run of backticks in it. Within a table the pipe needs a backslash. */
export function code(text: string): string {
  const line = visible(text).replace(/\|/g, '\\|');
  if (line.trim() === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}

/** A row of a table; cells are Markdown already. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export function tableHead(titles: readonly string[]): string[] {
  return [tableRow(titles), tableRow(titles.map(() => '---'))];
}
