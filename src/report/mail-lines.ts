/** Lines of a mail: plain, narrow, printable ASCII. */
import { type Line, paragraph, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';

/** A mail is read on a telephone or in an 80-column terminal. */
export const MAIL: RenderOptions = { color: false, unicode: false, width: 76, verbose: false };

export function prose(text: string): Line[] {
  return paragraph({ lead: [], text }, MAIL);
}

export function item(text: string): Line[] {
  return paragraph({ lead: [span('  ')], text }, MAIL);
}

export function indented(text: string, maxLines: number): Line[] {
  return text === '' ? [] : paragraph({ lead: [span('      ')], text, maxLines }, MAIL);
}

export function section(head: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[span(head)], ...lines, []];
}

export function restLine(rest: number): Line[] {
  return rest > 0 ? [[span(`  ... and ${rest} more`)]] : [];
}
