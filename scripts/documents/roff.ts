/**
 * The few man(7) requests that the manual takes. Text comes in as it is and goes out so that no character of it is a request: a
 * backslash, a dash that shall stay one, a dot or an apostrophe at the beginning of a line, and what is beyond ASCII.
 *
 * @see man(7), mandoc_char(7), groff_char(7)
 */

/** Columns of a line of the source; mandoc's lint asks for at most 80. */
const WIDTH = 78;

/** Words that end a sentence only seemingly. */
const ABBREVIATED = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs)\.$/;

/** `text` in a line of the source. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/[^\n -~]/gu, (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replaceAll(/^\./gm, '\\&.');
}

/** Prose: filled, every sentence on a line of its own, which is how a formatter learns where to put the wider space. */
export function prose(text: string): string {
  return sentences(text.trim().replaceAll(/\s+/g, ' ')).map(wrapped).join('\n');
}

/** Lines as they are, in a fixed-width font. */
export function verbatim(lines: readonly string[]): string {
  return ['.EX', ...lines.map((line) => (line === '' ? '\\&' : escapeRoff(line))), '.EE'].join('\n');
}

export function bold(text: string): string {
  return `\\fB${escapeRoff(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escapeRoff(text)}\\fR`;
}

/** One entry of a list; `term` is roff already. */
export function entry(term: string, text: string): string {
  return `.TP\n${term}\n${prose(text)}`;
}

export function section(title: string, ...blocks: readonly string[]): string {
  return `.SH ${quoted(title.toUpperCase())}\n${headed(blocks)}`;
}

export function subsection(title: string, ...blocks: readonly string[]): string {
  return `.SS ${quoted(title)}\n${headed(blocks)}`;
}

/** A heading begins a paragraph by itself. */
function headed(blocks: readonly string[]): string {
  return blocks.join('\n').replace(/^\.PP\n/, '');
}

export function paragraph(text: string): string {
  return `.PP\n${prose(text)}`;
}

/** An argument of a request. */
export function quoted(text: string): string {
  return `"${escapeRoff(text).replaceAll('"', '\\(dq')}"`;
}

function sentences(text: string): readonly string[] {
  const found: string[] = [];
  let rest = text;
  for (let cut = 0; ; ) {
    const end = /[.!?][)"]?(?= [A-Z"(])/.exec(rest.slice(cut));
    if (end === null) return [...found, rest];
    cut += end.index + end[0].length;
    if (ABBREVIATED.test(rest.slice(0, cut))) continue;
    found.push(rest.slice(0, cut));
    rest = rest.slice(cut + 1);
    cut = 0;
  }
}

function wrapped(sentence: string): string {
  const lines: string[] = [];
  for (const word of escapeRoff(sentence).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  // A word in the midst of a sentence may begin with a dot, and then begins a line.
  return lines.map((line) => line.replace(/^\./, '\\&.')).join('\n');
}
