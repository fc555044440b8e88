import { expect, test } from 'vitest';
import { CATALOGUE, pageOf, referencesOf, remediationOf } from '../../src/catalogue/catalogue.ts';
import { FINDING_CODES, type FindingCode, type Severity } from '../../src/model/finding.ts';

/** The public contract: which severity a finding has unless it says otherwise. */
const SEVERITIES: Readonly<Record<FindingCode, Severity>> = {
  'egress-open': 'critical',
  'egress-blocked': 'high',
  'endpoint-down': 'low',
  'ipv6-unregulated': 'high',
  'open-relay': 'critical',
  'submission-without-auth': 'high',
  'starttls-missing': 'high',
  'starttls-stripped': 'critical',
  'banner-masked': 'high',
  intercepted: 'critical',
  'auth-before-tls': 'high',
  'tls-outdated': 'medium',
  'certificate-invalid': 'high',
  'unexpected-service': 'medium',
  'family-gap': 'high',
  'config-permits-denied': 'critical',
  'config-blocks-allowed': 'high',
  'config-redirects': 'high',
  'rule-shadowed': 'low',
  'config-live-mismatch': 'critical',
  'waiver-expired': 'medium',
  'not-judged': 'info',
};

const FAMILIES = [
  /^RFC \d{4}(?: section \d+(?:\.\d+)*)?$/,
  /^NIST SP 800-\d+(?: [A-Z]{2}-\d+(?:\(\d+\))?)?$/,
  /^PCI DSS 4\.0 \d+\.\d+\.\d+$/,
  /^CIS Controls v8 \d+\.\d+$/,
  /^MITRE ATT&CK T\d{4}(?:\.\d{3})?$/,
  /^CWE-\d+$/,
];

test('every code has its page, and there are no others', () => {
  expect(Object.keys(CATALOGUE).sort()).toEqual([...FINDING_CODES].sort());
});

test.each(FINDING_CODES)('%s: the page is whole', (code) => {
  const page = pageOf(code);
  expect(page.code).toBe(code);
  expect(page.severity).toBe(SEVERITIES[code]);
  expect(page.title).toMatch(/^[A-Z].{10,70}[^.]$/);
  for (const text of [page.meaning, page.risk]) expect(text).toMatch(/^[^ ].*\.$/s);
  expect(page.meaning.length).toBeGreaterThan(200);
  expect(page.risk.length).toBeGreaterThan(80);
  expect(page.fix.length).toBeGreaterThanOrEqual(3);
});

test.each(FINDING_CODES)('%s: the first step is one sentence that stands alone', (code) => {
  expect(remediationOf(code)).toMatch(/^[A-Z][^\n]{20,140}\.$/);
});

test.each(FINDING_CODES)('%s: references are of known families, each once, each with what it says', (code) => {
  const labels = referencesOf(code);
  expect(labels.length).toBeGreaterThanOrEqual(2);
  expect(new Set(labels).size).toBe(labels.length);
  for (const label of labels)
    expect(
      FAMILIES.some((family) => family.test(label)),
      label,
    ).toBe(true);
  for (const { about } of pageOf(code).references) expect(about).toMatch(/^.{5,100}[^.]$/);
});

test('one reference has one meaning on a page, and texts are plain ASCII in whole paragraphs', () => {
  for (const page of Object.values(CATALOGUE)) {
    const texts = [page.title, page.meaning, page.risk, ...page.fix, ...page.references.map(({ about }) => about)];
    for (const text of texts) expect(text).toMatch(/^[\x20-\x7e\n]+$/);
    for (const paragraph of `${page.meaning}\n\n${page.risk}`.split('\n\n')) expect(paragraph).not.toContain('\n');
  }
});

test('whoever is told an iptables command is told the one for IPv6 too', () => {
  for (const page of Object.values(CATALOGUE)) {
    const commands = page.fix.flatMap((step) => step.split('\n').slice(1));
    for (const [v4, v6] of [
      ['iptables', 'ip6tables'],
      ['ip saddr', 'ip6 saddr'],
    ] as const) {
      const ipv4 = commands.some((line) => new RegExp(`(?:^|[ (<])${v4} `).test(line));
      if (ipv4)
        expect(
          commands.some((line) => line.includes(v6)),
          `${page.code}: ${v6}`,
        ).toBe(true);
    }
  }
});

test('only what was not judged is mere information', () => {
  const informative = Object.values(CATALOGUE).filter(({ severity }) => severity === 'info');
  expect(informative.map(({ code }) => code)).toEqual(['not-judged']);
});
