/**
 * JUnit XML: each check as a test case, in a suite for each segment. A violation is a failure, what could not be judged an error, what is waived
 * or in the baseline is skipped; a suite is never empty and green, since a run that judged nothing is an error of its own.
 *
 * There is no standard. This is what Jenkins' schema takes, which allows `file` nowhere in a test case and no attribute to `skipped`.
 *
 * @see jenkinsci/xunit-plugin, junit-10.xsd
 */
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Check, Result } from '../model/result.ts';
import { isReview } from './changes.ts';
import { caseOfCheck, caseOfFinding, type TestCase } from './junit-case.ts';
import type { Renderer } from './renderer.ts';
import { runFinding } from './run-finding.ts';
import { element, type Xml, xmlDocument } from './xml.ts';

export const renderJunit: Renderer = (result) => {
  const cases = casesOf(result);
  const suites = [...groupBy(cases, ({ suite }) => suite)].map(([name, ofSuite]) => suiteOf(name, ofSuite, result));
  const { policy, run } = result;
  const totals = { name: `postern ${run.command} ${policy.name}`, ...countsOf(cases), time: seconds(run.elapsedMs) };
  return xmlDocument(element('testsuites', totals, suites));
};

interface NamedCase extends TestCase {
  readonly name: string;
}

/** The checks, then the findings that count and that no check has told. */
function casesOf(result: Result): readonly NamedCase[] {
  const findings = new Map(result.findings.map((finding) => [finding.fingerprint, finding]));
  const about = (check: Check): Finding[] => check.findings.flatMap((fingerprint) => findings.get(fingerprint) ?? []);
  const checks = result.checks.map((check) => caseOfCheck(check, about(check), isReview(result)));
  const told = new Set(checks.flatMap((one) => one.told));
  const unseen = runFinding(result);
  const loose = [...result.findings, ...(unseen === null ? [] : [unseen])].filter(
    ({ fingerprint, waiver, known }) => waiver === null && known !== true && !told.has(fingerprint),
  );
  return named([...checks, ...loose.map(caseOfFinding)]);
}

/** Readers tell tests of a suite apart by their names alone: the second of a name has its id too. */
function named(cases: readonly TestCase[]): readonly NamedCase[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const key = JSON.stringify([one.suite, one.title]);
    const earlier = seen.get(key) ?? 0;
    seen.set(key, earlier + 1);
    return { ...one, name: earlier === 0 ? one.title : `${one.title} (${one.id}${earlier === 1 ? '' : `, ${earlier}`})` };
  });
}

function suiteOf(name: string, cases: readonly NamedCase[], { run, policy, vantages, summary, tool }: Result): Xml {
  const hosts = [...new Set(vantages.filter(({ segment }) => segment === name).map(({ hostname }) => hostname))];
  const facts = {
    verdict: summary.verdict,
    policy: policy.path,
    'policy-digest': policy.digest,
    run: run.id,
    [tool.name]: tool.version,
  };
  return element(
    'testsuite',
    {
      name,
      ...countsOf(cases),
      skipped: cases.filter(({ state }) => state === 'skipped').length,
      time: seconds(cases.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)),
      timestamp: run.startedAt,
      ...(hosts.length === 0 ? {} : { hostname: hosts.join(' ') }),
    },
    [
      element(
        'properties',
        {},
        Object.entries(facts).map(([fact, value]) => element('property', { name: fact, value }, [])),
      ),
      ...cases.map((one) =>
        element('testcase', { classname: `postern.${name}`, name: one.name, time: seconds(one.elapsedMs) }, one.outcome),
      ),
    ],
  );
}

function countsOf(cases: readonly TestCase[]): { readonly tests: number; readonly failures: number; readonly errors: number } {
  const counted = (state: TestCase['state']): number => cases.filter((one) => one.state === state).length;
  return { tests: cases.length, failures: counted('failure'), errors: counted('error') };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
