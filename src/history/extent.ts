/**
 * How far a finding reaches, and whether that has grown. A hole from one host to one server and one from a whole segment to half the internet are the
 * same finding, as grave as each other; that the one became the other is news all the same. Pure.
 *
 * Rows are products: every source with every destination. What one list of them has and another has not:
 *
 *     10.20.0.0/16 × 8.0.0.0/8  without  10.20.5.5 × 8.8.8.8  =  (10.20.0.0/16 without 10.20.5.5) × 8.0.0.0/8
 *                                                               and 10.20.5.5 × (8.0.0.0/8 without 8.8.8.8)
 *
 * A row that holds without a condition covers one that has some. Checks of an audit are told by whether they were asked before: one that complied
 * and shows the finding now is growth, a new address of a name is not.
 */
import { type AddressSet, intersect, isEmpty, networks, subtract, toNetworks } from '../model/address-set.ts';
import type { ConfigurationOutcome } from '../model/configuration.ts';
import type { Finding, FindingCode } from '../model/finding.ts';
import type { Extent, ExtentRow, Reach } from '../model/history.ts';
import { listText } from '../model/list-text.ts';
import type { Check, Result } from '../model/result.ts';

/** The rows of a check that show a finding of that code. */
const OUTCOMES: Readonly<Partial<Record<FindingCode, ConfigurationOutcome>>> = {
  'config-permits-denied': 'permitted',
  'config-blocks-allowed': 'denied',
  'config-redirects': 'redirected',
};

/** Checks of one flow that are remembered as complying: a destination may be thousands of addresses, and the state is written at every run. */
const MOST_HELD = 1000;

/** Products beyond this are not worked out: the rows of both sides then count as another reach. */
const MOST_PRODUCTS = 4000;

/** Networks that a sentence names on either side. */
const MOST_NAMED = 4;

/** What a finding of a result reaches. */
export function extentOf(finding: Finding, { checks }: Result): Extent {
  const ids = new Set(finding.checks);
  const shown = checks.filter(({ id }) => ids.has(id));
  const outcome = OUTCOMES[finding.code];
  const rows = shown.flatMap((check) =>
    check.kind === 'configuration' ? check.rows.filter((row) => row.outcome === outcome).map(rowOf) : [],
  );
  const further = shown.reduce((sum, check) => sum + (check.kind === 'configuration' ? check.furtherRows : 0), 0);
  const probed = shown.filter(isProbe);
  if (probed.length === 0) return { rows, further: outcome === undefined ? 0 : further, shown: [], held: [] };
  const held = checks.filter((check) => isProbe(check) && check.verdict === 'compliant' && isBeside(check, probed));
  return { rows, further: 0, shown: probed.map(({ id }) => id), held: held.slice(0, MOST_HELD).map(({ id }) => id) };
}

export interface Followed {
  readonly reach: Reach;
  /** What two runs agree to be reached that was not before, as a sentence, and since when; null: nothing. */
  readonly grown: { readonly words: string; readonly since: string } | null;
}

/**
 * The next sighting. Of every part that counts which two of three say: what is confirmed, the sighting before, and this one.
 *
 * @param at  start of the run.
 */
export function follow({ confirmed, last }: Reach, now: Extent, at: string): Followed {
  const before = last?.extent ?? confirmed;
  const settled = isSame(now, before);
  if (settled && last === null) return { reach: { confirmed, last }, grown: null };
  const agreed = settled ? now : majority(confirmed, before, now);
  const words = growthOf(confirmed, settled ? now : both(before, now));
  const reach: Reach = { confirmed: agreed, last: isSame(now, agreed) ? null : { extent: now, at } };
  return { reach, grown: words === null ? null : { words, since: last?.at ?? at } };
}

/** What the second reaches and the first does not, as a sentence; null: nothing. */
export function growthOf(before: Extent, after: Extent): string | null {
  const held = new Set(before.held);
  const opened = after.shown.filter((id) => held.has(id));
  if (opened.length > 0) return `It reaches more than before: ${someText(opened)}.`;
  if (textOf(before.rows) === textOf(after.rows)) return after.further > before.further ? MORE_ROWS : null;
  const fresh = without(after.rows, before.rows);
  if (fresh === null) return 'It reaches something else than before: rows are too many to tell what.';
  const [first] = fresh;
  if (first === undefined) return after.further > before.further ? MORE_ROWS : null;
  const condition = first.condition === null ? '' : ` if ${first.condition}`;
  const more = fresh.length > 1 ? ', and more' : '';
  return `It reaches more than before: from ${someText(first.sources)} to ${someText(first.destinations)}${condition}${more}.`;
}

const MORE_ROWS = 'It reaches more than before: it has more rows than are listed.';

function isSame(one: Extent, other: Extent): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function rowOf({ sources, destinations, ports, condition, sourcePorts, target }: ExtentRow): ExtentRow {
  return { sources, destinations, ports, condition, sourcePorts, target };
}

function isProbe({ kind }: Check): boolean {
  return kind === 'reachability' || kind === 'leak';
}

/** Another address of the flow that one of them is about. */
function isBeside(check: Check, shown: readonly Check[]): boolean {
  const fields = ['segment', 'destination', 'host', 'port', 'expect'] as const;
  return shown.some((one) => fields.every((field) => check[field] === one[field]));
}

function majority(confirmed: Extent, before: Extent, now: Extent): Extent {
  const agreed = new Set(before.shown.filter((id) => now.shown.includes(id)));
  const heldTwice = now.held.filter((id) => before.held.includes(id));
  const held = [...new Set([...confirmed.held.filter((id) => !agreed.has(id)), ...heldTwice])].slice(-MOST_HELD);
  const parts = [common(before.rows, now.rows), common(confirmed.rows, now.rows), common(confirmed.rows, before.rows)];
  // Where that is too much work nothing is agreed until two runs are the same.
  const rows = parts.some((part) => part === null) ? confirmed.rows : parts.flatMap((part) => part ?? []);
  const [, further = 0] = [confirmed.further, before.further, now.further].sort((a, b) => a - b);
  return { rows: rows.length > MOST_PRODUCTS ? confirmed.rows : rows, further, shown: now.shown, held };
}

/** What both reach. */
function both(before: Extent, now: Extent): Extent {
  return {
    rows: common(before.rows, now.rows) ?? [],
    further: Math.min(before.further, now.further),
    shown: now.shown.filter((id) => before.shown.includes(id)),
    held: [],
  };
}

interface Product {
  readonly row: ExtentRow;
  readonly sources: AddressSet;
  readonly destinations: AddressSet;
}

/** Null: too many. */
function without(rows: readonly ExtentRow[], minus: readonly ExtentRow[]): readonly ExtentRow[] | null {
  let rest = rows.map(productOf);
  for (const cut of minus.map(productOf)) {
    rest = rest.flatMap((product) => (covers(cut.row, product.row) ? parts(product, cut) : [product]));
    if (rest.length > MOST_PRODUCTS) return null;
  }
  return rest.map(written);
}

function parts(product: Product, cut: Product): Product[] {
  const beside = { ...product, sources: subtract(product.sources, cut.sources) };
  const within = {
    ...product,
    sources: intersect(product.sources, cut.sources),
    destinations: subtract(product.destinations, cut.destinations),
  };
  return [beside, within].filter(isSome);
}

/** Null: too many. */
function common(one: readonly ExtentRow[], other: readonly ExtentRow[]): readonly ExtentRow[] | null {
  if (one.length * other.length > MOST_PRODUCTS) return null;
  const others = other.map(productOf);
  const shared = one.map(productOf).flatMap((a) =>
    others.flatMap((b) => {
      if (!covers(a.row, b.row) && !covers(b.row, a.row)) return [];
      const { row } = covers(a.row, b.row) ? b : a;
      return [{ row, sources: intersect(a.sources, b.sources), destinations: intersect(a.destinations, b.destinations) }];
    }),
  );
  return shared.filter(isSome).map(written);
}

/** Whether whatever meets the second row's conditions meets the first one's. */
function covers(one: ExtentRow, other: ExtentRow): boolean {
  return (
    one.target === other.target &&
    isWithin(other.ports, one.ports) &&
    (one.condition === null || one.condition === other.condition) &&
    (one.sourcePorts === null || JSON.stringify(one.sourcePorts) === JSON.stringify(other.sourcePorts))
  );
}

function isWithin(ports: readonly string[], wide: readonly string[]): boolean {
  return ports.every((port) => wide.includes(port));
}

function productOf(row: ExtentRow): Product {
  return { row, sources: networks(...row.sources), destinations: networks(...row.destinations) };
}

function isSome({ sources, destinations }: Product): boolean {
  return !isEmpty(sources) && !isEmpty(destinations);
}

function written({ row, sources, destinations }: Product): ExtentRow {
  return { ...row, sources: toNetworks(sources), destinations: toNetworks(destinations) };
}

function textOf(rows: readonly ExtentRow[]): string {
  return JSON.stringify(rows);
}

function someText(texts: readonly string[]): string {
  if (texts.length <= MOST_NAMED) return listText(texts);
  return `${texts.slice(0, MOST_NAMED).join(', ')} and ${texts.length - MOST_NAMED} more`;
}
