import { expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { PLAIN, SAVED, savedResult } from '../support/results.ts';

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly rank?: number;
  readonly baselineState?: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions: readonly { readonly justification: string }[];
}

interface SarifRun {
  readonly automationDetails: { readonly id: string };
  readonly tool: {
    readonly driver: { readonly rules: readonly { readonly id: string; readonly properties: Record<string, unknown> }[] };
  };
  readonly invocations: readonly { readonly executionSuccessful: boolean }[];
  readonly results: readonly SarifResult[];
}

function sarif(result: Result): SarifRun {
  const { runs }: { runs: [SarifRun] } = JSON.parse(render('sarif', result, PLAIN));
  return runs[0];
}

/** A result with these findings alone, each like the first of `violations` but for what is given. */
function finding(...given: readonly Partial<Finding>[]): Result {
  const result = savedResult('violations');
  const [first] = result.findings;
  if (first === undefined) throw new TypeError('no finding');
  return { ...result, findings: given.map((one) => ({ ...first, ...one })) };
}

const uriOf = ({ locations }: SarifResult): string | undefined => locations[0]?.physicalLocation.artifactLocation.uri;

test('an alert has the severity of its finding: a code of several severities is several rules', () => {
  const { tool, results } = sarif(finding({ severity: 'critical' }, { severity: 'medium' }, { severity: 'medium' }));
  expect(tool.driver.rules.map(({ id, properties }) => [id, properties['security-severity']])).toEqual([
    ['egress-open', '9.5'],
    ['egress-open/medium', '5.5'],
  ]);
  expect(results.map(({ ruleId, ruleIndex, level, rank }) => [ruleId, ruleIndex, level, rank])).toEqual([
    ['egress-open', 0, 'error', 95],
    ['egress-open/medium', 1, 'warning', 55],
    ['egress-open/medium', 1, 'warning', 55],
  ]);
});

test('what could not be judged is a warning, and no security severity files it under low', () => {
  const { tool, results } = sarif(savedResult('coverage'));
  expect(tool.driver.rules.map(({ id, properties }) => [id, properties])).toEqual([
    ['not-judged', { tags: ['smtp'], precision: 'high' }],
  ]);
  expect(new Set(results.map(({ level, rank }) => `${level} ${rank}`))).toEqual(new Set(['warning undefined']));
});

test('a run that asked nothing is no empty list, which would close what earlier runs found', () => {
  const { results, invocations } = sarif(savedResult('empty'));
  expect(results.map(({ ruleId, message }) => [ruleId, message.text])).toEqual([
    ['not-judged', 'Not enough evidence for a verdict. nothing was asked: policy deny-all has no question for workstations.'],
  ]);
  expect(invocations[0]?.executionSuccessful).toBe(true);
});

test('an interrupted run without findings says so, and is no successful one', () => {
  const compliant = savedResult('compliant');
  const { results, invocations } = sarif({ ...compliant, run: { ...compliant.run, interrupted: true } });
  expect(results.map(({ ruleId }) => ruleId)).toEqual(['not-judged']);
  expect(invocations[0]?.executionSuccessful).toBe(false);
  expect(sarif(compliant).results).toEqual([]);
});

test('what other eyes saw has another category: an upload replaces what it does not tell again', () => {
  const categories = SAVED.map(({ result }) => sarif(result).automationDetails.id);
  expect(categories).toContain('postern/check/small-office/given/');
  expect(categories).toContain('postern/audit/head-office/relays/workstations/');
  const result = savedResult('compliant');
  const [vantage] = result.vantages;
  if (vantage === undefined) throw new TypeError('no vantage');
  const of = (...segments: readonly string[]): string =>
    sarif({ ...result, vantages: segments.map((segment) => ({ ...vantage, segment })) }).automationDetails.id;
  expect(of('staff')).not.toBe(of('guests'));
  expect(of(...Array.from({ length: 30 }, (_, index) => `segment-${index}`))).toMatch(/^postern\/audit\/[0-9a-f]{16}\/$/);
});

test('a waived finding is suppressed with its reason, and every other has an empty list of suppressions', () => {
  const { results } = sarif(savedResult('waived'));
  expect(results.map(({ suppressions }) => suppressions.map(({ justification }) => justification))).toEqual(
    savedResult('waived').findings.map(({ waiver }) => (waiver === null ? [] : [`${waiver.reason} (until ${waiver.until})`])),
  );
  expect(sarif(savedResult('violations')).results.every(({ suppressions }) => suppressions.length === 0)).toBe(true);
});

test('fingerprints keep findings at one line apart', () => {
  const { results } = sarif(savedResult('check'));
  expect(new Set(results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash)).size).toBe(26);
});

test('a finding that does not say which flow it is about gets the flow of its check', () => {
  const texts = sarif(savedResult('inconclusive')).results.map(({ message }) => message.text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts[0]).toMatch(/^Not enough evidence for a verdict\. workstations 10\.20\.0\.5 -> .+ port 25: No answer/);
});

test('beyond 5,000 findings those of one line are one result, which says how many', () => {
  const many = Array.from({ length: 6_000 }, (_, index) => ({
    fingerprint: index.toString(16).padStart(16, '0'),
    location: { file: 'postern.yaml', line: 1 + (index % 3), column: 1 },
  }));
  const { results } = sarif(finding(...many));
  expect(results.map(({ message }) => /\(and (.*)\)$/.exec(message.text)?.[1])).toEqual(Array(3).fill('1999 findings like it'));
  expect(new Set(results.map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash)).size).toBe(3);
  const lines = many.map((one, index) => ({ ...one, location: { ...one.location, line: 1 + index } }));
  expect(sarif(finding(...lines)).results).toHaveLength(1);
});

test.each([
  ['postern.yaml', 'postern.yaml'],
  ['policies/büro #1.yaml', 'policies/b%C3%BCro%20%231.yaml'],
  ['main:firewall/edge.nft', 'firewall/edge.nft'],
  ['HEAD~1:edge.nft', 'edge.nft'],
  ['built-in:least-privilege', 'built-in%3Aleast-privilege'],
  ['/etc/nftables.conf', 'file:///etc/nftables.conf'],
  ['//host/nftables.conf', 'file:///host/nftables.conf'],
  ['C:\\fw\\edge.nft', 'file:///C:/fw/edge.nft'],
  ['a\ud800b', 'a%EF%BF%BDb'],
])('the file %j is looked up as %s', (file, uri) => {
  expect(sarif(finding({ location: { file, line: 1, column: 1 } })).results.map(uriOf)).toEqual([uri]);
});

test('with a baseline a finding is new or unchanged', () => {
  const { results } = sarif(finding({ known: true }, { known: false }, {}));
  expect(results.map(({ baselineState }) => baselineState)).toEqual(['unchanged', 'new', undefined]);
});
