/** A clause as the beginning of a sentence: `the change …` becomes `The change …`. */
export function upperFirst(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
