import { printable } from '../model/printable.ts';

/** A text as one word of a shell's command line, so that what is printed can be copied. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`;
}
