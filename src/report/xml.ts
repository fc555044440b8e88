/**
 * XML as text. What is foreign in attributes and text can end neither, and has no character that XML forbids.
 *
 * @see XML 1.0, sections 2.2 (characters), 2.4 (`>` after `]]`), 3.3.3 (blanks in attributes)
 */
import { printable } from '../model/printable.ts';

export interface Xml {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Elements, or text. */
  readonly content: readonly (Xml | string)[];
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: readonly (Xml | string)[],
): Xml {
  return { name, attributes, content };
}

/** The document, an element a line, ending in a line feed. */
export function xmlDocument(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${linesOf(root, '').join('\n')}\n`;
}

/** Text stays as it is; elements are indented. */
function linesOf({ name, attributes, content }: Xml, indent: string): string[] {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value), /[\p{C}\p{Zl}\p{Zp}]/gu)}"`);
  const opening = `${indent}<${name}${given.join('')}`;
  if (content.length === 0) return [`${opening}/>`];
  if (content.some((part) => typeof part === 'string'))
    return [
      `${opening}>${content.map((part) => (typeof part === 'string' ? textOf(part) : linesOf(part, '').join(''))).join('')}</${name}>`,
    ];
  const inner = content.flatMap((part) => (typeof part === 'string' ? [] : linesOf(part, `${indent}  `)));
  return [`${opening}>`, ...inner, `${indent}</${name}>`];
}

function textOf(text: string): string {
  return escaped(text, /(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu);
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };

/** Control characters as escapes that show, the rest as references. */
function escaped(text: string, hidden: RegExp): string {
  return text.replace(hidden, printable).replace(/[<>&"']/g, (character) => ENTITIES[character] ?? character);
}
