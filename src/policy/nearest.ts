/**
 * The candidate that was probably meant; null where none is near.
 *
 * Distance is Damerau-Levenshtein (optimal string alignment): insertions, deletions, replacements and swaps of neighbours.
 * One edit is allowed for every three characters of the name, at most three; letter case does not count.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > 64) return null;
  const wanted = name.toLowerCase();
  let best: { candidate: string; distance: number } | null = null;
  let looked = 0;
  for (const candidate of candidates) {
    // A text of many wrong names beside many right ones must not cost their product.
    if (++looked > 500) break;
    const limit = Math.min(3, Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3)));
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = distanceOf(wanted, candidate.toLowerCase());
    if (distance <= limit && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** ` Did you mean "x"?`, or what there is to choose from, or nothing. */
export function suggestion(name: string, candidates: readonly string[], kind: string): string {
  const near = nearest(name, candidates);
  if (near !== null) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return ` The policy has no ${kind}s.`;
  const shown = candidates.slice(0, 8).join(', ');
  return ` There ${candidates.length === 1 ? 'is' : 'are'}: ${shown}${candidates.length > 8 ? ', …' : ''}.`;
}

function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
