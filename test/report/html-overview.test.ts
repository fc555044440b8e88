import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { overviewHtml } from '../../src/report/html-overview.ts';
import { matrixOf } from '../../src/report/matrix.ts';
import { render } from '../../src/report/report.ts';
import { attribute, complaints, type Element, elementsOf, elementsWithin, textOf } from '../support/html.ts';
import { type LargeNetwork, largeResult, TEN_THOUSAND } from '../support/large-result.ts';
import { PLAIN, SAVED } from '../support/results.ts';

function withClass(document: string, name: string): Element[] {
  return elementsOf(document).filter((element) => (attribute(element, 'class') ?? '').split(' ').includes(name));
}

interface DrawnLine {
  readonly name: string;
  /** As they are read out. */
  readonly numbers: string;
  readonly spoken: string;
  /** Titles of its signs, in their order. */
  readonly signs: readonly string[];
}

/** The lines of the overview. */
function drawn(document: string): DrawnLine[] {
  const [table] = withClass(document, 'overview');
  if (table === undefined) return [];
  return elementsWithin(table)
    .filter(({ tagName }) => tagName === 'tr')
    .slice(1)
    .map((row) => {
      const [name, numbers, strip] = elementsWithin(row).filter(({ tagName }) => tagName === 'th' || tagName === 'td');
      const inner = strip === undefined ? [] : elementsWithin(strip);
      return {
        name: name === undefined ? '' : textOf(name),
        numbers: numbers === undefined ? '' : textOf(numbers).trim(),
        spoken: inner.flatMap((element) => attribute(element, 'aria-label') ?? []).join(),
        signs: inner.filter(({ tagName }) => tagName === 'title').map(textOf),
      };
    });
}

function columnsOf(document: string): string[] {
  const [names] = withClass(document, 'names');
  return names === undefined
    ? []
    : elementsWithin(names)
        .filter(({ tagName }) => tagName === 'text')
        .map(textOf);
}

/** Pairs of a segment and a destination with such a check, by segment. */
function pairs({ checks }: Result, verdict: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const check of checks)
    if (check.verdict === verdict) {
      const segment = check.segment ?? '';
      found.set(segment, (found.get(segment) ?? new Set<string>()).add(check.destination ?? ''));
    }
  return found;
}

function large(network: Partial<LargeNetwork>): Result {
  return largeResult({ ...TEN_THOUSAND, ...network });
}

test('of ten thousand checks every segment has a line, with a sign for each destination that deviates', () => {
  const result = largeResult(TEN_THOUSAND);
  expect(result.checks).toHaveLength(10_000);
  const document = render('html', result, PLAIN);
  const [violations, open] = [pairs(result, 'violation'), pairs(result, 'inconclusive')];
  const lines = drawn(document);
  expect(lines.map(({ name }) => name)).toEqual([...new Set(result.checks.map(({ segment }) => segment))]);
  for (const { name, numbers, spoken, signs } of lines) {
    const [bad, unknown] = [violations.get(name)?.size ?? 0, open.get(name)?.size ?? 0];
    const told = [bad > 0 ? `${bad} against the policy` : '', unknown > 0 ? `${unknown} no verdict` : ''];
    expect(numbers).toBe(told.filter((text) => text !== '').join('  ') || 'none');
    expect(signs).toHaveLength(bad + unknown);
    for (const destination of violations.get(name) ?? []) {
      expect(signs).toContain(`${destination} on 25, 465, 587 and 2525: against the policy`);
      expect(spoken).toContain(destination);
    }
    if (bad + unknown === 0) expect(spoken).toBe('all as the policy wants it');
  }
  expect(columnsOf(document)).toHaveLength(TEN_THOUSAND.destinations);
  expect(complaints(document)).toEqual([]);
});

test('a segment that deviates leads to its rows, which are folded', () => {
  const document = render('html', largeResult(TEN_THOUSAND), PLAIN);
  const elements = elementsOf(document);
  const [table] = withClass(document, 'overview');
  const links = table === undefined ? [] : elementsWithin(table).filter(({ tagName }) => tagName === 'a');
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) {
    const target = elements.find((element) => `#${attribute(element, 'id')}` === attribute(link, 'href'));
    expect(target === undefined ? '' : textOf(target).trim()).toMatch(new RegExp(`^${textOf(link)}\n`));
  }
  const folds = elements.filter(({ tagName }) => tagName === 'details');
  expect(folds.some((fold) => textOf(fold).startsWith('Port by port: 25 rows that deviate'))).toBe(true);
});

test('where all is as the policy wants it, the overview says so, and there are no rows below it', () => {
  const document = render('html', large({ open: 0, unjudged: 0 }), PLAIN);
  expect(new Set(drawn(document).map(({ numbers, spoken }) => `${numbers}: ${spoken}`))).toEqual(
    new Set(['none: all as the policy wants it']),
  );
  expect(withClass(document, 'matrix')).toEqual([]);
  expect(complaints(document)).toEqual([]);
});

test('of few segments and many destinations the destinations are the lines', () => {
  const result = large({ segments: 3, destinations: 90, endpoints: 1 });
  const document = render('html', result, PLAIN);
  expect(drawn(document).map(({ name }) => name)).toEqual([...new Set(result.checks.map(({ destination }) => destination))]);
  expect(columnsOf(document)).toEqual(['building-1-clients', 'plant-1-clients', 'branch-1-clients']);
  expect(complaints(document)).toEqual([]);
});

test('of very many segments and destinations those that deviate are drawn, and the others are counted; verbose, every line is', () => {
  const result = large({ segments: 130, destinations: 70, endpoints: 1, open: 1, unjudged: 0 });
  const bad = pairs(result, 'violation');
  const across = new Set([...bad.values()].flatMap((names) => [...names]));
  const document = overviewOf(result, false);
  expect(drawn(document).map(({ name }) => name)).toEqual([...bad.keys()]);
  expect(columnsOf(document)).toHaveLength(across.size);
  expect(textOfAll(document)).toContain(
    `${130 - bad.size} segments, as the policy wants them, and ${70 - across.size} destinations, as the policy wants them, not drawn.`,
  );
  expect(drawn(overviewOf(result, true))).toHaveLength(130);
});

/** It alone: a whole document of so many checks takes long to take apart. */
function overviewOf({ checks }: Result, verbose: boolean): string {
  return overviewHtml(matrixOf(checks).rows, new Map(), verbose).html;
}

function textOfAll(document: string): string {
  return elementsOf(document).slice(0, 1).map(textOf).join('');
}

test('of very many that are all as the policy wants them the first are drawn', () => {
  const document = overviewOf(large({ segments: 130, destinations: 70, endpoints: 1, open: 0, unjudged: 0 }), false);
  expect(drawn(document)).toHaveLength(120);
  expect(columnsOf(document)).toHaveLength(60);
  expect(textOfAll(document)).toContain(
    '10 segments, as the policy wants them, and 10 destinations, as the policy wants them, not drawn.',
  );
});

test('a small matrix has none', () => {
  const some = SAVED.filter(({ result }) => drawn(render('html', result, PLAIN)).length > 0);
  expect(some.map(({ name }) => name)).toEqual([]);
});

test('lists that are too long for paper are marked, others are not', () => {
  const folds = (result: Result): string[] =>
    withClass(render('html', result, PLAIN), 'fold').map((fold) => {
      const kind = (attribute(fold, 'class') ?? '').includes('long') ? 'long' : 'short';
      return `${kind}: ${textOf(fold).split('\n')[0]}`;
    });
  const many = folds(large({ open: 200 }));
  expect(many).toContain('long: 1995 further egress-open findings: A denied mail flow gets out');
  expect(many).toContain('short: Port by port: 115 rows that deviate');
  expect(
    folds(large({ segments: 5, destinations: 5, endpoints: 1, open: 200 })).filter((fold) => fold.startsWith('long')),
  ).toEqual([]);
});

test('of many segments the head says the number, and the scope names them', () => {
  const document = render('html', largeResult(TEN_THOUSAND), PLAIN);
  const [head] = withClass(document, 'head');
  expect(head === undefined ? '' : textOf(head)).toContain('compare from 25 segments (on 25 hosts), 2026-11-21 20:37 UTC');
  expect(textOfAll(document)).toContain('shop-5-clients 10.44.0.5 and 2001:db8:38::5');
});
