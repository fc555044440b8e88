/** What one cell of the matrix says of its checks: a word, and how sure it is. */
import { classOf } from '../model/outcome.ts';
import type { Check, ConfigurationCheck, RelayCheck } from '../model/result.ts';
import type { Style } from './pen.ts';

export type CellKind = 'proven' | 'supported' | 'waived' | 'inconclusive' | 'violation';

export interface Cell {
  readonly kind: CellKind;
  readonly word: string;
  readonly style: Style;
  /** Checks of the cell that are in this state, of how many. */
  readonly like: number;
  readonly total: number;
}

/** As the policy wants it. */
export type FineKind = Extract<CellKind, 'proven' | 'supported'>;

export function isFine(kind: CellKind): kind is FineKind {
  return kind === 'proven' || kind === 'supported';
}

/** From good to bad. */
const ORDER: readonly CellKind[] = ['proven', 'supported', 'waived', 'inconclusive', 'violation'];

export const CELL_STYLES: Readonly<Record<CellKind, Style>> = {
  proven: 'good',
  supported: 'good',
  waived: 'faint',
  inconclusive: 'unsure',
  violation: 'bad',
};

/** What a kind of cell says, behind its mark. */
export const CELL_MEANINGS: Readonly<Record<CellKind, string>> = {
  proven: 'as the policy wants it, proven',
  supported: 'as the policy wants it, but only its own declaration vouches for the target',
  violation: 'against the policy',
  inconclusive: 'no verdict',
  waived: 'accepted for a time',
};
export const FLAWED_MEANING = 'FLAWED: gets out, but not as its rule requires';
export const COUNTED_MEANING = '1/3: one of three endpoints';

/** Those that a matrix of these checks shows, for its legend. */
export function cellKindsOf(checks: readonly Check[]): readonly CellKind[] {
  const kinds = new Set(checks.filter(({ kind }) => kind !== 'relay').map(kindOf));
  return (['proven', 'supported', 'violation', 'inconclusive', 'waived'] as const).filter((kind) => kinds.has(kind));
}

/** The worst of its checks. Throws where there is none: an empty cell is not drawn. */
export function cellOf(checks: readonly Check[]): Cell {
  const kinds = checks.map(kindOf);
  const worst = worstOf(kinds);
  const like = checks.filter((_, index) => kinds[index] === worst);
  return { kind: worst, word: commonWord(like), style: CELL_STYLES[worst], like: like.length, total: checks.length };
}

/** Throws where there is none. */
export function worstOf(kinds: readonly CellKind[]): CellKind {
  const worst = ORDER.findLast((kind) => kinds.includes(kind));
  if (worst === undefined) throw new TypeError('a cell without checks');
  return worst;
}

/** What is waived is neither good nor bad. */
export function kindOf(check: Check): CellKind {
  if (check.waived) return 'waived';
  if (check.verdict !== 'compliant') return check.verdict;
  return check.proof === 'proven' ? 'proven' : 'supported';
}

/** `allowed`, `blocked` as wanted; capitals are against the policy. */
export function wordOf(check: Check): string {
  if (check.kind === 'relay') return relayWordOf(check);
  if (check.kind === 'configuration' && check.verdict === 'violation') return configurationWordOf(check);
  if (check.verdict === 'inconclusive') return check.kind === 'coverage' ? 'untested' : 'unknown';
  if (check.verdict === 'compliant') return check.expect === 'allow' ? 'allowed' : check.expect === 'deny' ? 'blocked' : 'fine';
  if (check.expect === 'deny') return 'OPEN';
  const blocked = check.kind !== 'configuration' && check.outcome !== null && classOf(check.outcome) === 'blocked';
  return blocked ? 'BLOCKED' : 'FLAWED';
}

/** As the policy wants it, and a violation all the same: probes showed something else. */
function configurationWordOf({ expect, outcome }: ConfigurationCheck): string {
  if (outcome === 'permitted') return expect === 'allow' ? 'DIFFERS' : 'OPEN';
  if (outcome === 'denied') return expect === 'deny' ? 'DIFFERS' : 'BLOCKED';
  return outcome === 'redirected' ? 'DIVERTED' : 'FLAWED';
}

function relayWordOf({ verdict, outcome }: RelayCheck): string {
  if (verdict === 'inconclusive') return 'unknown';
  if (verdict === 'violation') return 'RELAYS';
  return outcome === 'rejected' || outcome === 'auth-required' ? 'refuses' : 'relays';
}

/** Several endpoints may be meant to differ: then the word is `mixed`; of faults the graver one shows. */
function commonWord(checks: readonly Check[]): string {
  const words = [...new Set(checks.map(wordOf))];
  const [only] = words;
  if (words.length === 1 && only !== undefined) return only;
  return ['OPEN', 'BLOCKED', 'DIVERTED', 'DIFFERS', 'FLAWED', 'unknown'].find((word) => words.includes(word)) ?? 'mixed';
}
