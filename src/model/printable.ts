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
