/**
 * Foreign text made safe to show: everything but printable ASCII is written as an escape, so that a banner can neither move
 * the cursor, nor hide text, nor break a line. `\t`, `\r` and `\n` keep their usual names; other bytes become `\xNN`, other
 * characters `\u{N}`.
 */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    if (character === '\n') return '\\n';
    return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The same of what no reader sees, or a terminal acts on, alone: control and format characters, separators of lines. Letters of any script stay. */
export function visible(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, printable);
}
