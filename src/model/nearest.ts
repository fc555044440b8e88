/**
 * The name that was probably meant: what an error message offers for a misspelt one.
 *
 * Distance is optimal string alignment (Damerau-Levenshtein without edits inside a transposition): insert, delete, replace,
 * or swap two neighbours, each at a cost of 1. Letter case costs nothing.
 */

/** Longer words are not compared: the work grows with the product of both lengths, and input may be hostile. */
const MAX_LENGTH = 64;

/**
 * The candidate nearest to the word; the first one of several equally near.
 *
 * @returns null where none is near: farther than a third of the word's length (at least 1), or 3 edits.
 */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length === 0 || word.length > MAX_LENGTH) return null;
  const limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of candidates) {
    if (Math.abs(name.length - word.length) > limit) continue;
    const distance = editDistance(word.toLowerCase(), name.toLowerCase(), limit);
    if (distance <= limit && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

/**
 * Optimal string alignment distance, by rows: only the last two are kept.
 *
 * @param limit  beyond it nobody wants to know how far: infinity then.
 */
export function editDistance(a: string, b: string, limit: number = Number.POSITIVE_INFINITY): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY;
      const distance = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped);
      row.push(distance);
      least = Math.min(least, distance);
    }
    // The least of a row is never below that of the row before it, which is at most 1 above the one before that.
    if (least > limit) return Number.POSITIVE_INFINITY;
    beforeLast = last;
    last = row;
  }
  const distance = at(last, b.length);
  return distance > limit ? Number.POSITIVE_INFINITY : distance;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
