import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Check, Result } from '../../src/model/result.ts';
import { code, html, plain, tableRow } from '../../src/report/markdown-text.ts';
import { render } from '../../src/report/report.ts';
import { PLAIN, savedResult } from '../support/results.ts';

describe('foreign text', () => {
  test.each([
    ['2001:db8:100::25 over', '`2001:db8:100::25` over'],
    ['to [2001:db8::1]:25', 'to \\[`2001:db8::1`\\]:25'],
    ['net 2001:db8:20::/48.', 'net `2001:db8:20::/48`.'],
    ['edge.nft:100:5', 'edge.nft:&#8203;100:5'],
    ['edge.nft:13:5', 'edge.nft:13:5'],
    ['192.0.2.25:587: no', '192.0.2.25:587: no'],
    ['@team #12 !3', '@&#8203;team \\#&#8203;12 \\!&#8203;3'],
    ['GH-12', 'GH&#8203;-12'],
    ['https://example.org', 'https:&#8203;//example.org'],
    ['<b> & </b>', '&#60;b\\> &#38; &#60;/b\\>'],
    ['a|b', 'a\\|b'],
    ['- x', '\\- x'],
    ['1. x', '1\\. x'],
    ['10.20.0.5 to', '10.20.0.5 to'],
    ['   x\n# y', 'x\\\\n\\# y'],
    ['\u202ex', '\\\\u\\{202e\\}x'],
  ])('%j in a sentence is written %j', (text, written) => {
    expect(plain(text)).toBe(written);
  });

  test.each([
    ['a`b', '`` a`b ``'],
    ['``', '``` `` ```'],
    [' ', ''],
    ['a|b', '`a|b`'],
    ['@team <b>', '`@team <b>`'],
  ])('%j in a code span is written %j', (text, written) => {
    expect(code(text)).toBe(written);
  });

  test.each([
    ['`a|b`', '| `a\\|b` |'],
    ['a\\|b', '| a\\|b |'],
    ['`a\\\\|b`', '| `a\\\\\\|b` |'],
  ])('the pipe of the cell %j ends no cell: %j', (cell, row) => {
    expect(tableRow([cell])).toBe(row);
  });

  test('in HTML of our own Markdown is not read, so entities do it all', () => {
    expect(html('a_b <x> & "y" @z')).toBe('a_b &#60;x&#62; &#38; &#34;y&#34; @&#8203;z');
  });
});

function markdown(result: Result): string {
  return render('markdown', result, PLAIN);
}

function many(number: number, given: Partial<Finding>): Result {
  const result = savedResult('violations');
  const [first] = result.findings;
  if (first === undefined) throw new TypeError('no finding');
  return {
    ...result,
    findings: Array.from({ length: number }, (_, index) => ({ ...first, check: null, fingerprint: `${index}`, ...given })),
  };
}

test('a reason of any length leaves room for the findings behind it', () => {
  const text = markdown(many(30, { detail: 'x'.repeat(100_000) }));
  expect(text.length).toBeLessThan(60_000);
  expect(text.match(/^\| \*\*critical\*\* /gm)).toHaveLength(30);
  expect(text).toContain(' ... (99300 more characters)');
});

test('of a table that does not fit the first rows stay, and the rest is said to be missing', () => {
  const text = markdown(many(30, { detail: '#1'.repeat(400), title: '#1'.repeat(1_000) }));
  expect(text.length).toBeLessThan(60_200);
  expect(text.match(/^\| \*\*critical\*\* /gm)?.length).toBeGreaterThan(3);
  expect(text).toMatch(/\n\n_More than fits into a comment: see the full report \(text or JSON\)\._\n$/);
});

test('a finding tells what it saw, not what its check did', () => {
  const rows = markdown(savedResult('check')).match(/^\|.*family-gap.*$/gm);
  expect(rows?.map((row) => / \| ([^|]*?)<br>/.exec(row.slice(row.lastIndexOf('<br>`')))?.[1])).toEqual([
    'workstations to provider:25 gets through over IPv4 and is blocked over IPv6: the rules of one family lack what those of the other say.',
    'relays to provider:25 gets through over IPv4 and is blocked over IPv6: the rules of one family lack what those of the other say.',
  ]);
});

test('what a reviewer reads below a table names its row', () => {
  const text = markdown(savedResult('review'));
  expect(text.match(/^\| \d .{3}/gmu)).toEqual(['| 1 ❌ | ', '| 2 ❌ | ', '| 1 ❌ | '].map((row) => row.slice(0, 7)));
  expect(text.match(/^- Row \d: [^`]*/gm)).toEqual([
    '- Row 1: No rule of the policy permits it. Witness: ',
    '- Row 2: No rule of the policy permits it. Witness: ',
    '- Row 1: The policy permits it (rule relays-deliver). Witness: ',
  ]);
});

test('an interrupted run says so below its verdict', () => {
  const result = savedResult('compliant');
  expect(markdown({ ...result, run: { ...result.run, interrupted: true } })).toContain('\n\nThe run was interrupted: ');
  expect(markdown(result)).not.toContain('interrupted');
});

test('since when, and that the baseline has it, stand with a finding', () => {
  const text = markdown(many(1, { since: '2026-11-20T20:38:00.000Z', known: true }));
  expect(text).toContain('| **critical**<br>in the baseline | ');
  expect(text).toContain('<br>open since 2026-11-20 20:38 UTC<br>fingerprint ');
});

test('ids of checks keep their pipes: they stand in no table', () => {
  const result = savedResult('inconclusive');
  const checks = result.checks.map((check): Check => ({ ...check, id: 'a|b' }));
  expect(markdown({ ...result, checks })).toContain('\n- `a|b`: ');
});
