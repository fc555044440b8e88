/**
 * What nft refuses of sets and maps as they are in the end, with the file as a whole.
 *
 * Worked example: `set s { type inet_service; elements = { 25-30 } }` lacks the flag interval.
 *
 * @see nftables, src/segtree.c, src/intervals.c; nft(8), SETS
 */
import type { Problems } from '../problems.ts';
import { type Token, textOf } from './lexer.ts';
import { overlapOf } from './overlaps.ts';
import { refuseMissingComma } from './refused-values.ts';
import type { RawSet, Tree } from './tree.ts';
import { keyOf } from './values.ts';

export function refuseSets(tree: Tree, problems: Problems): void {
  for (const { sets } of tree.values()) for (const set of sets.values()) refuseSet(set, problems);
}

function refuseSet(set: RawSet, problems: Problems): void {
  const kind = set.map ? 'map' : 'set';
  const of = `the ${kind} ${set.name}`;
  if (set.type.length === 0)
    problems.error(
      set,
      'missing-type',
      `The ${kind} ${set.name} has no type: write one, such as type inet_service or typeof tcp dport.`,
    );
  for (const element of set.elements) refuseMissingComma(keyOf(element), problems);
  const range = set.elements.map(keyOf).find(isInterval)?.[0];
  if (!set.flags.includes('interval')) {
    const message = `A network, a range or the beginning of a name needs the flag interval: write flags interval; in ${of}.`;
    if (range !== undefined) problems.error(range, 'missing-flag', message);
    return;
  }
  const overlap = set.merges ? null : overlapOf(set);
  const [first] = overlap?.second ?? [];
  if (overlap === null || first === undefined) return;
  const advice = set.map ? 'Take one of them out.' : `Take one of them out, or write auto-merge; in ${of}.`;
  const [one, other] = [overlap.first, overlap.second].map((element) => textOf(keyOf(element)));
  problems.error(first, 'overlap', `nft refuses this file: ${one} and ${other} in ${of} overlap. ${advice}`);
}

/** A prefix of all bits is one as well, and the beginning of a name. */
function isInterval(key: readonly Token[]): boolean {
  return key.some(({ kind, text }) => (kind === 'sign' ? text === '-' || text === '/' : /[^\\]\*$/.test(text)));
}
