/**
 * Two slips that a YAML parser tells as something else, often a line late: a key without a blank behind its colon, and a tab in an indentation.
 *
 * Worked example: of `- name:relays-deliver` the parser takes the whole for a text, and complains that the next line does not line up.
 */
import { printable } from '../model/printable.ts';
import type { Span } from '../model/source.ts';

/** Of a line that a person wrote. */
const MOST_CHARACTERS = 500;

export interface Slip {
  readonly code: 'tab' | 'syntax';
  readonly message: string;
  readonly span: Span;
}

/** @param offset  where the parser gave up. @returns the slip on that line, else on the last one before it that says anything; null without any. */
export function slipAt(text: string, offset: number): Slip | null {
  const end = text.indexOf('\n', offset);
  const lines = text.slice(0, end === -1 ? text.length : end).split('\n');
  const at = lines.length - 1;
  const before = lines.findLastIndex((line, index) => index < at && /^\s*[^\s#]/.test(line));
  for (const index of [at, before]) {
    const slip = slipIn(lines[index] ?? '', lines.slice(0, Math.max(index, 0)).join('\n').length + (index > 0 ? 1 : 0));
    if (slip !== null) return slip;
  }
  return null;
}

/** `name: relays-deliver` for `name:relays-deliver`; null where the text is no key with its value behind it. */
export function keyAndValue(text: string): { readonly key: string; readonly meant: string } | null {
  if (text.length > MOST_CHARACTERS) return null;
  const [, key = '', value = ''] = /^([a-z][a-z0-9-]*):([^\s:/].*)$/is.exec(text) ?? [];
  return key === '' ? null : { key, meant: `${key}: ${value}` };
}

export function blankMissing(meant: string): string {
  return `A blank is missing after the colon: ${printable(meant)}`;
}

function slipIn(line: string, from: number): Slip | null {
  if (line.length > MOST_CHARACTERS) return null;
  const tab = /^\s*\t/.test(line) ? line.indexOf('\t') : -1;
  if (tab >= 0) return { code: 'tab', message: TAB, span: { start: from + tab, end: from + tab + 1 } };
  const [head = ''] = /^\s*(?:- +)*/.exec(line) ?? [];
  const found = keyAndValue(
    line
      .slice(head.length)
      .replace(/\s+#.*$/, '')
      .trimEnd(),
  );
  if (found === null) return null;
  const start = from + head.length;
  return { code: 'syntax', message: `${blankMissing(found.meant)}.`, span: { start, end: start + found.key.length + 1 } };
}

export const TAB = 'A tab stands in the indentation, and tabs may not indent YAML: put spaces in its place.';
