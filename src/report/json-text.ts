/**
 * JSON that says the same to a parser as `JSON.stringify`, and nothing to a terminal: that escapes C0 and lone surrogates only. DEL, C1,
 * bidirectional controls, zero-width characters and line separators become escapes here as well.
 *
 * @param indent  columns; 0: all on one line.
 */
export function jsonText(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, null, indent);
  // To look for properties of characters in megabytes of ASCII takes longer than to write them.
  return /[^\n\x20-\x7e]/.test(text) ? text.replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, escaped) : text;
}

function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}
