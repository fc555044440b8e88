import { nearest } from '../model/nearest.ts';

/** Names that a message may look through and list: a text of many wrong names must not cost their product with the right ones. */
const MAX_CANDIDATES = 500;
const MAX_LISTED = 8;

/** ` Did you mean "x"?`, or what there is to choose from; begins with a blank. */
export function suggestion(name: string, candidates: readonly string[], kind: string): string {
  const near = nearest(name, candidates.slice(0, MAX_CANDIDATES));
  if (near !== null) return ` Did you mean "${near}"?`;
  if (candidates.length === 0) return ` The policy names no ${kind}.`;
  const listed = candidates.slice(0, MAX_LISTED).join(', ');
  return ` There ${candidates.length === 1 ? 'is' : 'are'}: ${listed}${candidates.length > MAX_LISTED ? ', …' : ''}.`;
}
