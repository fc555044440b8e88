import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { renderText } from '../../src/report/text.ts';

const OPTIONS = { color: false, unicode: true, width: 100, verbose: false };

function result(name: string): Result {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/results', name), 'utf8'));
}

function section(text: string, title: string): string {
  const parts = text.split(/\n(?=[A-Z][A-Z ]+(?:\n| {2}))/);
  return parts.find((part) => part.startsWith(title)) ?? '';
}

test('the first line is the verdict with its counts', () => {
  const first = (name: string): string | undefined => renderText(result(name), OPTIONS).split('\n')[0];
  expect(first('compliant.0.json')).toBe('✓ COMPLIANT  10 of 10 checks comply with policy head-office.');
  expect(first('violations.1.json')).toBe('✗ VIOLATION  6 of 11 checks violate policy head-office; 5 comply.');
  expect(first('inconclusive.3.json')).toMatch(
    /^\? INCONCLUSIVE {2}13 of 14 checks of policy head-office could not be judged; 1 compl/,
  );
  expect(first('empty.3.json')).toMatch(/^\? INCONCLUSIVE {2}nothing was asked/);
});

test('what is waived counts in no other number', () => {
  expect(renderText(result('waived.0.json'), OPTIONS)).toMatch(/^✓ COMPLIANT {2}2 of 5 checks comply .*; 3 waived\.\n/);
});

test('findings that are about no check show in the first line', () => {
  const loose = { ...result('interference.1.json'), checks: result('compliant.0.json').checks };
  expect(renderText(loose, { ...OPTIONS, width: 200 })).toMatch(
    /^✗ VIOLATION {2}All 10 checks comply .*; 2 findings beside the checks \(1 high, 1 medium\)\.\n/,
  );
});

test('findings are numbered without gaps, whatever is not told in full', () => {
  const many = result('many.1.json');
  const other = result('violations.1.json').findings.filter(({ code }) => code !== 'egress-open');
  const findings = section(renderText({ ...many, findings: [...many.findings, ...other] }, OPTIONS), 'FINDINGS');
  const numbers = [...findings.matchAll(/^(\d+) {2}[A-Z]+ {2}/gm)].map(([, number]) => Number(number));
  expect(findings).toContain('7 further egress-open findings');
  expect(numbers.length).toBeGreaterThan(5);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

test('the lines of a configuration that several findings share stand before them', () => {
  const told = section(renderText(result('check.1.json'), { ...OPTIONS, width: 400 }), 'FINDINGS').split('\n');
  expect(told[2]).toBe(
    '2 lines of the configuration cause all 26 of these findings: after.nft:13 (tcp sport { 80, 443 } ip saddr 10.20.0.0/16 accept) 20 and after.nft:17 (tcp dport { 25, 465, 587, 2525 } reject with tcp reset) 6.',
  );
  expect(section(renderText(result('violations.1.json'), OPTIONS), 'FINDINGS')).not.toContain('of the configuration');
});

test('that the families differ is told where the line is told, unless it is new and the line is not', () => {
  const check = result('check.1.json');
  const titles = (told: Result): readonly string[] =>
    [...section(renderText(told, OPTIONS), 'FINDINGS').matchAll(/^\d+ {2}HIGH {2}IPv4 and IPv6/gm)].map(([title]) => title);
  expect(titles(check)).toEqual([]);
  expect(section(renderText(check, { ...OPTIONS, width: 400 }), 'FINDINGS')).toContain(
    '   also   over IPv6 these flows are treated the other way: 10 findings (family-gap); --verbose shows them.',
  );
  const since = '2026-11-20T20:38:00.000Z';
  const findings = check.findings.map((finding) => ({ ...finding, since: finding.code === 'family-gap' ? null : since }));
  expect(titles({ ...check, findings })).not.toEqual([]);
});

test('what is not told in full says which flows it is about, where these are few', () => {
  const check = result('check.1.json');
  const findings = check.findings
    .filter(({ code }) => code === 'config-permits-denied')
    .map((finding, index) => ({ ...finding, location: { file: 'after.nft', line: index + 1, column: 1 } }));
  const told = section(renderText({ ...check, findings: findings.slice(0, 7) }, { ...OPTIONS, width: 400 }), 'FINDINGS');
  expect(told).toMatch(
    /… 2 further config-permits-denied findings: workstations → .* on \d+ \(IPv4\); .*; --verbose shows all\./,
  );
});

test('the same reason and remedy is told once, then pointed to', () => {
  const findings = section(renderText(result('violations.1.json'), OPTIONS), 'FINDINGS');
  expect(findings.match(/Malware and stolen accounts/g)).toHaveLength(1);
  expect(findings.match(/as in 1, and so is the fix/g)).toHaveLength(2);
});

test('many findings of one code are counted; --verbose shows all', () => {
  const short = section(renderText(result('many.1.json'), OPTIONS), 'FINDINGS');
  expect(short).toContain('… 7 further egress-open findings; --verbose shows all.');
  expect(short.match(/CRITICAL/g)).toHaveLength(5);
  expect(renderText(result('many.1.json'), { ...OPTIONS, verbose: true }).match(/CRITICAL/g)).toHaveLength(12);
});

test('a finding shows the lines of the dialogue that prove it', () => {
  const findings = section(renderText(result('violations.1.json'), OPTIONS), 'FINDINGS');
  expect(findings).toContain('          C: STARTTLS\n          S: 502 5.5.1 Command not implemented');
  expect(findings).not.toContain('PIPELINING');
});

test('what was not judged stands in groups, with what would settle it, and nowhere else', () => {
  const text = renderText(result('inconclusive.3.json'), OPTIONS);
  const open = section(text, 'NOT JUDGED');
  expect(open).toContain('?  9 checks: No answer in 8 s.');
  expect(open).toContain('… and 6 more checks; --verbose shows all');
  expect(open).toContain('settle  make the name resolve');
  expect(section(text, 'FINDINGS')).toBe('');
});

test('reasons that differ only in names and numbers are one group', () => {
  const open = section(renderText(result('coverage.3.json'), OPTIONS), 'NOT JUDGED');
  expect(open).toContain('?  3 checks, such as: workstations may use 25/tcp nowhere');
});

test('waived findings stand with their end, reason and owner, and not among the others', () => {
  const text = renderText(result('waived.0.json'), OPTIONS);
  expect(section(text, 'WAIVED')).toContain('until 2027-01-31: CHG-1234 migration of the scanners (netops)');
  expect(section(text, 'FINDINGS')).toBe('');
});

test('the scope says ports, sources, and what was not looked at', () => {
  const scope = section(renderText(result('violations.1.json'), OPTIONS), 'SCOPE');
  expect(scope).toContain('TCP ports 25, 465, 587 and 2525');
  expect(scope).toContain('workstations 10.20.0.5 and 2001:db8:20::5, relays 10.1.0.25');
  expect(scope).toContain('web proxies, webmail or other ports');
  expect(scope).toContain('guests: no evidence speaks for it');
});

test('notes that differ only in numbers are told once', () => {
  const base = result('compliant.0.json');
  const noted = { ...base, scope: { ...base.scope, notes: ['port 25 was not asked', 'port 465 was not asked', 'another'] } };
  expect(section(renderText(noted, OPTIONS), 'SCOPE')).toContain(
    'port 25 was not asked (And 1 note like it; --verbose shows all.)',
  );
  expect(section(renderText(noted, { ...OPTIONS, verbose: true }), 'SCOPE')).toContain('port 465 was not asked');
});

test('it ends with the command to run next', () => {
  expect(renderText(result('violations.1.json'), OPTIONS)).toMatch(/\n\nNext: postern explain egress-open \(.*\)\n$/);
  expect(renderText(result('coverage.3.json'), OPTIONS)).toMatch(/\n\nNext: postern explain not-judged \(.*\)\n$/);
  expect(renderText(result('compliant.0.json'), OPTIONS)).toMatch(/\n\nNext: postern policy explain postern\.yaml \(.*\)\n$/);
});

test('with every row, each check has its id, expectation, outcome and reason', () => {
  const rows = section(renderText(result('violations.1.json'), { ...OPTIONS, width: 400, verbose: true }), 'CHECKS');
  for (const check of result('violations.1.json').checks) {
    expect(rows).toContain(check.id);
    expect(rows).toContain(check.reason);
  }
});

test('a talkative server does not fill the screen', () => {
  const base = result('leak.1.json');
  const reason = 'word '.repeat(2_000).trim();
  const loud = { ...base, findings: base.findings.map((finding) => ({ ...finding, detail: reason })) };
  expect(renderText(loud, OPTIONS).split('\n').length).toBeLessThan(60);
});
