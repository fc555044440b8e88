/**
 * SARIF 2.1.0: each finding as a result at the line of the policy or configuration that it is about. Waived findings are suppressed results.
 *
 * GitHub tells alerts apart by `primaryLocationLineHash`, which its upload makes of the line where it is absent: several findings at one line of
 * a policy would become one alert. So it is given, made of the finding's fingerprint. An upload closes the alerts of earlier ones of its category
 * (`automationDetails.id`) that it does not tell again: what was seen by other eyes has another category, and a run that saw nothing says so.
 *
 * @see SARIF 2.1.0 (OASIS), sections 3.17 (automation details), 3.27 (result), 3.27.17 (partialFingerprints), 3.35 (suppression)
 */
import type { ConfigurationLine } from '../model/configuration.ts';
import { sha256 } from '../model/digest.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { printable } from '../model/printable.ts';
import type { Check, Result } from '../model/result.ts';
import { marksOf } from './pen.ts';
import { uriOf } from './place.ts';
import type { Renderer } from './renderer.ts';
import { runFinding } from './run-finding.ts';
import { levelOf, ruleIdOf, ruleOf, scoreOf } from './sarif-rules.ts';
import { count, shortened, toldAlone } from './words.ts';

/** GitHub shows 5,000 results of a run, and refuses more than 25,000. */
const MOST_RESULTS = 5_000;
const MOST_RELATED = 20;
const MOST_CHARACTERS = 4_000;
const MOST_CATEGORY = 100;
const MARKS = marksOf({ unicode: false, color: false, width: 100, verbose: false });

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export const renderSarif: Renderer = (result) => {
  const unseen = runFinding(result);
  const findings = unseen === null ? result.findings : [...result.findings, unseen];
  const rules = new Map(findings.map((finding) => [ruleIdOf(finding), finding]));
  const ids = [...rules.keys()].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: result.tool.name,
            semanticVersion: result.tool.version,
            rules: ids.flatMap((id) => rules.get(id) ?? []).map(ruleOf),
          },
        },
        automationDetails: { id: categoryOf(result) },
        columnKind: 'utf16CodeUnits',
        invocations: [invocationOf(result, unseen)],
        results: resultsOf(findings, { result, ids, checks: new Map(result.checks.map((check) => [check.id, check])) }),
        properties: { verdict: result.summary.verdict, policy: result.policy, scope: result.scope.notes },
      },
    ],
  };
  return `${JSON.stringify(log, (_, value: unknown) => (typeof value === 'string' ? shown(value) : value), 2)}\n`;
};

/** `postern/check/head-office/edge/`: what is before the last slash is the category. */
function categoryOf(result: Result): string {
  const series = seenBy(result);
  const readable = `postern/${series.replace(/[^\w.-]+/g, '/')}/`;
  return readable.length <= MOST_CATEGORY && /^[\w. -]+$/.test(series)
    ? readable
    : `postern/${result.run.command}/${sha256(series).slice(0, 16)}/`;
}

function invocationOf({ run }: Result, unseen: Finding | null): object {
  const { startedAt, finishedAt, interrupted } = run;
  return {
    executionSuccessful: !interrupted,
    startTimeUtc: startedAt,
    endTimeUtc: finishedAt,
    ...(unseen === null
      ? {}
      : { toolExecutionNotifications: [{ level: 'warning', message: { text: messageText(unseen.detail) } }] }),
  };
}

interface Context {
  readonly result: Result;
  /** Of the rules, in their order. */
  readonly ids: readonly string[];
  readonly checks: ReadonlyMap<string, Check>;
}

/** Beyond the limit what is alike at one line is told together; where there are too many lines, whatever is alike. */
function resultsOf(findings: readonly Finding[], context: Context): object[] {
  if (findings.length <= MOST_RESULTS) return findings.map((finding) => resultOf(finding, { ...context, alike: null }));
  const byLine = groupBy(findings, ({ code, severity, waiver, known = false, location }) =>
    JSON.stringify([code, severity, waiver, known, location]),
  );
  const groups =
    byLine.size <= MOST_RESULTS
      ? byLine
      : groupBy(findings, ({ code, severity, waiver, known = false }) =>
          JSON.stringify([code, severity, waiver !== null, known]),
        );
  return [...groups].flatMap(([key, group]) =>
    group.slice(0, 1).map((finding) => resultOf(finding, { ...context, alike: { key, number: group.length } })),
  );
}

interface Told extends Context {
  /** The findings that this one stands for; null: only itself. */
  readonly alike: { readonly key: string; readonly number: number } | null;
}

function resultOf(finding: Finding, { result, ids, checks, alike }: Told): object {
  const { severity, waiver, segment, destination, host, port, family, server, firewall } = finding;
  const check = checks.get(finding.check ?? '');
  const others = alike === null || alike.number === 1 ? '' : ` (and ${count(alike.number - 1, 'finding')} like it)`;
  const fingerprint = alike === null ? finding.fingerprint : sha256(alike.key).slice(0, 16);
  const score = scoreOf(finding);
  return {
    ruleId: ruleIdOf(finding),
    ruleIndex: ids.indexOf(ruleIdOf(finding)),
    level: levelOf(finding),
    message: { text: messageText(`${finding.title}. ${shortened(toldAlone(finding, check, MARKS), MOST_CHARACTERS)}${others}`) },
    locations: [
      {
        ...placeOf(finding.location ?? { file: result.policy.path, line: 1, column: 1 }),
        logicalLocations: [{ fullyQualifiedName: finding.check ?? subjectOf(finding) }],
      },
    ],
    ...relatedOf(check, finding),
    partialFingerprints: { primaryLocationLineHash: `${fingerprint}:1`, 'posternFinding/v1': fingerprint },
    ...(score === null ? {} : { rank: score * 10 }),
    ...(finding.known === undefined ? {} : { baselineState: finding.known ? 'unchanged' : 'new' }),
    suppressions:
      waiver === null
        ? []
        : [{ kind: 'external', status: 'accepted', justification: messageText(`${waiver.reason} (until ${waiver.until})`) }],
    properties: { severity, segment, destination, host, port, family, server, firewall, verdict: check?.verdict ?? null },
  };
}

function subjectOf({ code, firewall, server, segment, destination, port }: Finding): string {
  return [code, firewall, server, segment, destination, port].filter((part) => part !== null).join('/');
}

/** The other lines of a configuration that take part. */
function relatedOf(check: Check | undefined, { location }: Finding): object {
  if (check?.kind !== 'configuration') return {};
  const sides = check.change === null ? [] : [check.change.before.line, check.change.after.line].filter((line) => line !== null);
  const lines: readonly ConfigurationLine[] = [...sides, ...check.rows.flatMap(({ rules }) => rules)];
  const distinct = [...new Map(lines.map((line) => [`${line.file}:${line.line}`, line])).values()]
    .filter(({ file, line }) => file !== location?.file || line !== location.line)
    .slice(0, MOST_RELATED);
  if (distinct.length === 0) return {};
  return {
    relatedLocations: distinct.map((line, index) => ({
      id: index + 1,
      ...placeOf({ ...line, column: 1 }),
      message: { text: messageText(line.text) },
    })),
  };
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function placeOf({ file, line, column }: Place): { readonly physicalLocation: object } {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) },
    },
  };
}

/**
 * A reader makes a link of `[text](target)` and looks for an argument to `{0}`: a blank, which means nothing to nftables, keeps foreign text from
 * being either. Braces that hold anything else are not doubled, as the standard asks for: readers show both.
 *
 * @see SARIF 2.1.0, sections 3.11.5 (placeholders), 3.11.6 (embedded links)
 */
function messageText(text: string): string {
  return shown(text)
    .replace(/\](?=\()/g, '] ')
    .replace(/\{(?=\d+\})/g, '{ ');
}

/** Text that a reader shows is text: no control characters but line feeds. */
function shown(text: string): string {
  return text.replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, printable);
}

/** An upload replaces those of its category alone: what other eyes saw has another. */
function seenBy({ run, policy, vantages, checks }: Result): string {
  const segments = [...new Set(vantages.map(({ segment }) => segment))].sort();
  const firewalls = [...new Set(checks.flatMap((check) => (check.kind === 'configuration' ? [check.firewall] : [])))].sort();
  return [run.command, policy.name, ...segments, ...firewalls].join(' ');
}
