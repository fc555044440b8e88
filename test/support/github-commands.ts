/** What GitHub's runner reads from the stdout of a step. @see actions/toolkit, packages/core/src/command.ts (escapeData, escapeProperty) */
import { printable } from '../../src/model/printable.ts';

export interface WorkflowCommand {
  readonly level: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** @throws where a line is no command, or the document does not end in a line feed. */
export function commandsIn(document: string): readonly WorkflowCommand[] {
  const lines = document.split('\n');
  if (lines.pop() !== '') throw new TypeError('no line feed at the end');
  return lines.map((line) => {
    const match = /^::(error|warning|notice)(?: ([^:]*))?::(.*)$/.exec(line);
    if (match === null) throw new TypeError(`no command: ${line.slice(0, 200)}`);
    const pairs = match[2] === undefined ? [] : match[2].split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2));
    const properties = Object.fromEntries(pairs.map(([name = '', value = '']) => [name, decoded(value)]));
    return { level: match[1] ?? '', properties, message: decoded(match[3] ?? '') };
  });
}

/** A text as an annotation shows it. */
export function textOf(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => (/[\r\n]/.test(character) ? character : printable(character)));
}

function decoded(text: string): string {
  return text.replace(/%(0D|0A|3A|2C|25)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
