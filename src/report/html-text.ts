/**
 * HTML that cannot be broken by what it shows: only `html` makes it, and every value in it that is not HTML itself is text, which is made visible,
 * cut where it is endless, and escaped. Attributes are always in double quotes.
 *
 * Worked example: html`<b title="${name}">${name}</b>` with name `"><script>` is `<b title="&quot;&gt;&lt;script&gt;">&quot;&gt;…</b>`.
 */
import { visible } from '../model/printable.ts';

export interface Html {
  readonly html: string;
}

export type Part = Html | readonly Part[] | string | number | null;

/** Characters of one text that are shown; a reader of more has the JSON document. */
const MOST_CHARACTERS = 4_000;

/** A template whose text between the values is HTML; null shows as nothing, a list as its items one after the other. */
export function html(template: TemplateStringsArray, ...values: readonly Part[]): Html {
  let made = template[0] ?? '';
  values.forEach((value, index) => {
    made += shown(value) + (template[index + 1] ?? '');
  });
  return { html: made };
}

export const NOTHING: Html = { html: '' };

/** Parts with a line feed after each, so that the source can be read. */
export function lines(parts: readonly Part[]): Html {
  return { html: parts.map((part) => `${shown(part)}\n`).join('') };
}

function shown(value: Part): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escaped(visible(cut(value)));
  return 'html' in value ? value.html : value.map(shown).join('');
}

function cut(text: string): string {
  if (text.length <= MOST_CHARACTERS) return text;
  const rest = text.length - MOST_CHARACTERS;
  return `${text.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, '')} … and ${rest} more characters`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
