import { join } from 'node:path';
import fc from 'fast-check';
import { parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/model/digest.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Check, Result } from '../../src/model/result.ts';
import { pathOf } from '../../src/report/path.ts';
import { type Annex, FORMATS, render } from '../../src/report/report.ts';
import { isWhole } from '../../src/report/words.ts';
import { HOSTILE_TEXTS } from '../support/hostile.ts';
import { attribute, complaints, elementOf, elementsOf, elementsWithin, textOf } from '../support/html.ts';
import { PLAIN, poisoned, RESULTS, SAVED, savedResult } from '../support/results.ts';

const ANNEX: Annex = {
  history: [
    {
      id: 'one',
      startedAt: '2026-11-01T08:00:00.000Z',
      verdict: 'compliant',
      checks: { compliant: 9, violation: 0, inconclusive: 0 },
    },
    {
      id: 'two',
      startedAt: '2026-11-02T08:00:00.000Z',
      verdict: 'inconclusive',
      checks: { compliant: 0, violation: 0, inconclusive: 9 },
    },
  ],
  evidence: [{ file: 'office.jsonl', sha256: 'ab'.repeat(32) }],
};

describe.each(SAVED)('$name as HTML', ({ result }) => {
  const documents = [
    render('html', result, PLAIN),
    render('html', result, { ...PLAIN, verbose: true }, ANNEX),
    render('html', result, { ...PLAIN, unicode: false }, ANNEX),
  ];

  test('is valid, and has what a screen reader needs', () => {
    expect(documents.flatMap(complaints)).toEqual([]);
  });

  test('no id is given twice, and every link leads to one', () => {
    for (const document of documents) {
      const elements = elementsOf(document);
      const ids = elements.flatMap((element) => attribute(element, 'id') ?? []);
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
      const targets = elements.flatMap((element) => attribute(element, 'href') ?? []);
      expect(targets.filter((target) => !target.startsWith('#') || !ids.includes(target.slice(1)))).toEqual([]);
    }
  });

  test('headings begin with one h1 and leave no level out', () => {
    for (const document of documents) {
      const levels = elementsOf(document).flatMap(({ tagName }) => (/^h\d$/.test(tagName) ? [Number(tagName.slice(1))] : []));
      expect(levels.filter((level) => level === 1)).toEqual([1]);
      expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    }
  });

  test('it says the verdict, every finding by its fingerprint, and the digests that it is filed by', () => {
    const [document = ''] = documents;
    const text = textOf(parse(document));
    const told = result.findings.filter(({ code }) => code !== 'not-judged').map(({ fingerprint }) => fingerprint);
    expect(told.filter((fingerprint) => !text.includes(fingerprint))).toEqual([]);
    expect(text).toContain(result.policy.digest);
    expect(text).toContain(`sha256:${sha256(FORMATS.json(result, PLAIN))}`);
  });

  test('without Unicode it is ASCII, and says the same', () => {
    const [unicode = '', , ascii = ''] = documents;
    expect(ascii).toMatch(/^[\n\x20-\x7e]*$/);
    expect(textOf(parse(ascii)).startsWith(textOf(parse(unicode)).slice(0, 200))).toBe(true);
  });
});

test('the policy of the document lets in its own style, and nothing else', () => {
  const elements = elementsOf(render('html', savedResult('violations'), PLAIN));
  const style = elements.filter(({ tagName }) => tagName === 'style');
  expect(style).toHaveLength(1);
  const digest = Buffer.from(sha256(style.map(textOf).join('')), 'hex').toString('base64');
  const policy = elements.find((element) => attribute(element, 'http-equiv') === 'Content-Security-Policy');
  expect(policy === undefined ? null : attribute(policy, 'content')).toBe(
    `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`,
  );
});

/** Elements and attributes that can load or run something, or that the policy forbids. */
function active(document: string): string[] {
  return elementsOf(document).flatMap((element) => {
    const { tagName, attrs } = element;
    const forbidden = [
      'script',
      'iframe',
      'object',
      'embed',
      'link',
      'base',
      'form',
      'input',
      'img',
      'image',
      'foreignobject',
      'animate',
      'set',
    ];
    const bad = attrs.filter(
      ({ name, value }) => /^(?:on|style$|src|srcset$|action$)/.test(name) || (/href$/.test(name) && !value.startsWith('#')),
    );
    return [...(forbidden.includes(tagName.toLowerCase()) ? [tagName] : []), ...bad.map(({ name }) => `${tagName} ${name}`)];
  });
}

/** The tags of a document in their order, with the names of their attributes: what foreign text must not change. */
function shape(document: string): string[] {
  return elementsOf(document).map(({ tagName, attrs }) => `${tagName} ${attrs.map(({ name }) => name).join(' ')}`);
}

const hostile = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .tuple(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ maxLength: 10 }), fc.constantFrom(...HOSTILE_TEXTS))
    .map((parts) => parts.join('')),
);

test('whatever a text holds, it is text: nothing runs, nothing loads, no control character is left', () => {
  const results = fc
    .record({
      result: fc.constantFrom(...SAVED.map((saved) => saved.result)),
      texts: fc.array(hostile, { minLength: 1, maxLength: 20 }),
    })
    .map(({ result, texts }) => poisoned(result, texts));
  fc.assert(
    fc.property(results, fc.boolean(), fc.boolean(), (result, verbose, unicode) => {
      const document = render(
        'html',
        result,
        { ...PLAIN, verbose, unicode },
        { ...ANNEX, evidence: [{ file: HOSTILE_TEXTS.join(''), sha256: '' }] },
      );
      expect(active(document)).toEqual([]);
      expect(document).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      expect(elementsOf(document).filter(({ tagName }) => tagName === 'style')).toHaveLength(1);
    }),
    { numRuns: 60 },
  );
});

test.each(HOSTILE_TEXTS)('as a reason, a segment and a banner, %j leaves the document as it was', (text) => {
  const told = (words: string): string => {
    const result = savedResult('leak');
    const checks = result.checks.map((check): Check => ({ ...check, reason: words, segment: `a${words}` }));
    const findings = result.findings.map(
      (finding): Finding => ({ ...finding, title: words, evidence: { transcript: [`S: 220 ${words}`] } }),
    );
    return render('html', { ...result, checks, findings, policy: { ...result.policy, name: words } }, PLAIN);
  };
  expect(shape(told(text))).toEqual(shape(told('harmless')));
});

test('an endless text is cut, and how much is said', () => {
  const result = savedResult('leak');
  const endless = '<b>'.repeat(3_500_000);
  const checks = result.checks.map((check): Check => ({ ...check, reason: endless }));
  const document = render('html', { ...result, checks }, PLAIN);
  expect(document.length).toBeLessThan(1_000_000);
  expect(document).toContain('more characters');
  expect(active(document)).toEqual([]);
});

function many(total: number, deviating: number): Result {
  const result = savedResult('violations');
  const [bad, good] = [
    result.checks.find(({ verdict }) => verdict === 'violation'),
    result.checks.find(({ verdict }) => verdict === 'compliant'),
  ];
  const [finding] = result.findings;
  if (bad === undefined || good === undefined || finding === undefined) throw new TypeError('the fixture has neither');
  const checks = Array.from({ length: total }, (_, index): Check => {
    const base = index < deviating ? bad : good;
    const place = {
      family: 'ipv4' as const,
      segment: `s${index % 20}`,
      destination: `d${Math.floor(index / 80)}`,
      port: [25, 465, 587, 2525][Math.floor(index / 20) % 4] ?? 25,
    };
    return { ...base, ...place, id: `check-${index}`, findings: index < deviating ? [`f${index}`] : [] };
  });
  const findings = checks
    .slice(0, deviating)
    .map(({ id }, index): Finding => ({ ...finding, fingerprint: `f${index}`, check: id, checks: [id] }));
  return { ...result, checks, findings };
}

test('of ten thousand checks those that deviate are drawn, and the others are counted', () => {
  const document = render('html', many(10_000, 300), PLAIN);
  expect(document.length).toBeLessThan(1_500_000);
  const matrix = elementOf(document, 'matrix');
  const text = matrix === undefined ? '' : textOf(matrix);
  expect(text).toContain('2420 rows of 2500 not drawn');
  expect(elementsOf(document).filter((element) => attribute(element, 'class')?.startsWith('finding ') === true)).toHaveLength(5);
  expect(textOf(parse(document))).toContain('295 further egress-open findings');
  expect(complaints(document)).toEqual([]);
});

test('with --verbose all are', () => {
  const document = render('html', many(3_000, 30), { ...PLAIN, verbose: true });
  const checks = elementOf(document, 'checks');
  const rows = checks === undefined ? [] : elementsWithin(checks).filter(({ tagName }) => tagName === 'tr');
  expect(rows).toHaveLength(3_000 + 20);
  expect(elementsOf(document).filter((element) => /^finding-\d+$/.test(attribute(element, 'id') ?? ''))).toHaveLength(30);
});

test('the lines of a configuration that several findings share stand before them', () => {
  const [section] = elementsOf(render('html', savedResult('check'), PLAIN)).filter((one) => attribute(one, 'id') === 'findings');
  expect(section === undefined ? '' : textOf(section)).toMatch(
    /^\s*Findings\s+2 lines of the configuration cause all 26 of these findings: /,
  );
});

test('a cell that deviates says what was wanted, has a sign beside its colour, and leads to its finding', () => {
  const document = render('html', savedResult('leak'), PLAIN);
  const cells = elementsOf(document).filter(
    ({ tagName, attrs }) => tagName === 'td' && attrs.some(({ name, value }) => name === 'class' && value === 'violation'),
  );
  const inMatrix = cells.filter((cell) => attribute(cell, 'title') !== null);
  expect(inMatrix.length).toBeGreaterThan(0);
  for (const cell of inMatrix) {
    expect(textOf(cell)).toMatch(/^[A-Z]+.*wanted: (?:allowed|blocked)$/);
    const [first] = cell.childNodes.flatMap((child) => ('tagName' in child ? [child] : []));
    expect(first === undefined ? null : attribute(first, 'href')).toMatch(/^#finding-\d+$/);
    expect(elementsWithin(cell).some(({ tagName }) => tagName === 'svg')).toBe(true);
  }
});

test('earlier runs are a strip and a table, this run the last of them', () => {
  const result = savedResult('violations');
  const text = textOf(parse(render('html', result, PLAIN, ANNEX)));
  expect(text).toContain('3 runs, the last one on the right is this one');
  expect(text).toContain('2026-11-01 08:00 UTC: Compliant, 0 against the policy, 0 not judged, 9 comply');
  expect(textOf(parse(render('html', result, PLAIN)))).not.toContain('History');
});

test('of runs that are not drawn the number is said, and a run with violations is seen among the others', () => {
  const [first] = ANNEX.history ?? [];
  if (first === undefined) throw new TypeError('no run');
  const history = Array.from({ length: 99 }, (_, index) => ({
    ...first,
    verdict: index === 90 ? ('violation' as const) : first.verdict,
    checks: { ...first.checks, violation: index === 90 ? 1 : 0 },
  }));
  const document = render('html', savedResult('compliant'), PLAIN, { history });
  const [strip] = elementsOf(document).filter((element) => attribute(element, 'class') === 'strip');
  expect(textOf(parse(document))).toContain('60 runs, the last one on the right is this one; 40 older runs not drawn');
  expect(strip === undefined ? null : attribute(strip, 'aria-label')).toBe('60 runs, 1 of them with violations');
  const failing =
    strip === undefined ? [] : elementsWithin(strip).filter((element) => attribute(element, 'class') === 'violation');
  const heights = failing.flatMap((element) => attribute(element, 'height') ?? []);
  expect(heights.filter((height) => Number(height) > 0)).toHaveLength(2);
});

test.each(['violations', 'check', 'many'])('%s says since when each finding is open, and what the baseline has', (name) => {
  const result = savedResult(name);
  const marked = result.findings.map((finding) => ({ ...finding, since: '2026-11-13T12:00:00.000Z', known: true }));
  const document = render('html', { ...result, findings: marked }, PLAIN);
  const told = elementsOf(document).filter((element) => /^finding-\d+$/.test(attribute(element, 'id') ?? ''));
  expect(told.length).toBeGreaterThan(0);
  for (const article of told) {
    const text = textOf(article);
    expect(text).toContain('Sincethe run of 2026-11-13 12:00 UTC; the baseline has it too: it does not count');
    expect(text).toContain('in the baseline');
  }
  const rows = elementsOf(document).filter((element) => attribute(element, 'class')?.startsWith('fold further') === true);
  for (const row of rows) expect(textOf(row)).toContain('open since the run of 2026-11-13 12:00 UTC');
  expect(complaints(document)).toEqual([]);
  expect(textOf(parse(render('html', result, PLAIN)))).not.toMatch(/in the baseline|open since/);
});

test('a firewall that could not be read is told as a whole, and has no way and no segment', () => {
  const result = savedResult('unread');
  const unread = result.checks.flatMap((check) => (check.kind === 'configuration' && isWhole(check) ? [check] : []));
  expect(unread.map(({ id }) => id)).toContain('config:core');
  const document = render('html', result, PLAIN);
  const [open, checks] = ['open', 'checks'].map((id) => {
    const element = elementOf(document, id);
    return element === undefined ? '' : textOf(element);
  });
  for (const check of unread) {
    expect(pathOf({ code: 'not-judged' }, check)).toBeNull();
    expect(open).toContain(check.reason);
    expect(checks).toContain(`firewall ${check.firewall}: `);
    expect(checks).toContain(`${check.firewall} as a whole`);
  }
  expect(checks).not.toContain('no segment: ');
  expect(complaints(document)).toEqual([]);
});

test('rows of a change that have one cause are one article, the gravest of them on it, and each with its fingerprint in its fold', () => {
  const result = savedResult('review-cause');
  const findings = result.findings.map((finding, index) => (index === 0 ? { ...finding, severity: 'high' as const } : finding));
  const article = elementOf(render('html', { ...result, findings }, PLAIN), 'newly-allowed-1');
  if (article === undefined) throw new TypeError('no article');
  expect(textOf(article)).toMatch(/violation\s*critical\s*9 rows within workstations/);
  const [path] = elementsWithin(article).filter(({ tagName }) => tagName === 'ol');
  expect(path === undefined ? '' : textOf(path)).toMatch(/anywhere\s*any except 10\.20\.0\.0\/16, TCP 25, 465, 587 and 2525/);
  const [fold] = elementsWithin(article).filter(({ tagName }) => tagName === 'details');
  const told = fold === undefined ? '' : textOf(fold);
  expect(told).toMatch(/^All 9 rows/);
  const own = result.findings.filter(({ code }) => code === 'config-permits-denied').map(({ fingerprint }) => fingerprint);
  expect(own.filter((fingerprint) => told.includes(fingerprint))).toHaveLength(9);
});

test('it looks as it did', async () => {
  await expect(render('html', savedResult('leak'), PLAIN, ANNEX)).toMatchFileSnapshot(join(RESULTS, 'leak.html'));
});
