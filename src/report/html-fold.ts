/** What a reader unfolds on a screen. On paper it is unfolded, unless it is a long list. */

/** Entries of a list that goes to paper without being asked for: some four pages of a table. */
const MOST_ON_PAPER = 200;

/** The classes of a folded part. */
export function foldClass(entries: number): 'fold' | 'fold long' {
  return entries > MOST_ON_PAPER ? 'fold long' : 'fold';
}
