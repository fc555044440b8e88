/** A list in a sentence: `25`, `25 and 465`, `25, 465 and 587`; empty where there are no items. */
export function listText(items: readonly (string | number)[], conjunction: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}
