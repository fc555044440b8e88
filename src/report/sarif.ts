/**
 * SARIF 2.1.0: each finding as a result at the line of the policy or configuration that it is about. Waived findings are suppressed results.
 *
 * GitHub tells alerts apart by `primaryLocationLineHash`, which its upload makes of the line where it is absent: several findings at one line of
 * a policy would become one alert. So it is given, made of the finding's fingerprint.
 *
 * @see SARIF 2.1.0 (OASIS), sections 3.27 (result), 3.27.17 (partialFingerprints), 3.35 (suppression)
 */
import { pageOf } from '../catalogue/catalogue.ts';
import type { ConfigurationLine } from '../model/configuration.ts';
import type { Finding, FindingCode, Severity } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { printable } from '../model/printable.ts';
import type { Check, Result } from '../model/result.ts';
import type { Renderer } from './renderer.ts';
import { count } from './words.ts';

/** Viewers show 5,000 results of a run; beyond that findings at one line are told together. */
const MOST_RESULTS = 5_000;
const MOST_RELATED = 20;
const MOST_DESCRIPTION = 1_000;

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export const renderSarif: Renderer = (result) => {
  const codes = [...new Set(result.findings.map(({ code }) => code))].sort();
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: result.tool.name, semanticVersion: result.tool.version, rules: codes.map(ruleOf) } },
        automationDetails: { id: `postern/${result.policy.name}/${result.run.command}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: !result.run.interrupted,
            startTimeUtc: result.run.startedAt,
            endTimeUtc: result.run.finishedAt,
          },
        ],
        results: resultsOf(result, codes),
        properties: { verdict: result.summary.verdict, policy: result.policy },
      },
    ],
  };
  return `${JSON.stringify(log, (_, value: unknown) => (typeof value === 'string' ? shown(value) : value), 2)}\n`;
};

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

/** GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium. */
const SCORES: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '1.0' };

function ruleOf(code: FindingCode): object {
  const { title, meaning, risk, fix, references, severity } = pageOf(code);
  const help = [meaning, risk, ...fix, ...references.map(({ label, about }) => `${label}: ${about}`)].join('\n\n');
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: meaning.slice(0, MOST_DESCRIPTION) },
    help: { text: help },
    defaultConfiguration: { level: levelOf(code, severity) },
    properties: { tags: ['security', 'smtp', 'egress'], precision: 'high', 'security-severity': SCORES[severity] },
  };
}

/** What could not be judged must be seen, however little it weighs. */
function levelOf(code: FindingCode, severity: Severity): 'error' | 'warning' | 'note' {
  return code === 'not-judged' ? 'warning' : LEVELS[severity];
}

function resultsOf(result: Result, codes: readonly FindingCode[]): object[] {
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const { findings } = result;
  if (findings.length <= MOST_RESULTS)
    return findings.map((finding) => resultOf(finding, { result, codes, check: checks.get(finding.check ?? ''), alike: 1 }));
  const groups = groupBy(findings, ({ code, location, waiver, severity }) => JSON.stringify([code, severity, location, waiver]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [resultOf(first, { result, codes, check: checks.get(first.check ?? ''), alike: group.length })];
  });
}

interface Told {
  readonly result: Result;
  readonly codes: readonly FindingCode[];
  readonly check: Check | undefined;
  /** Findings that this one stands for. */
  readonly alike: number;
}

function resultOf(finding: Finding, { result, codes, check, alike }: Told): object {
  const { code, severity, fingerprint, waiver, segment, destination, port, family, server, firewall } = finding;
  const others = alike === 1 ? '' : ` (and ${count(alike - 1, 'finding')} like it)`;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: levelOf(code, severity),
    message: { text: `${finding.title}. ${finding.detail}${others}` },
    locations: [
      {
        ...placeOf(finding.location ?? { file: result.policy.path, line: 1, column: 1 }),
        logicalLocations: [{ fullyQualifiedName: finding.check ?? subjectOf(finding) }],
      },
    ],
    ...relatedOf(check, finding),
    partialFingerprints: { primaryLocationLineHash: `${fingerprint}:1`, 'posternFinding/v1': fingerprint },
    suppressions:
      waiver === null
        ? []
        : [{ kind: 'external', status: 'accepted', justification: `${waiver.reason} (until ${waiver.until})` }],
    properties: { severity, segment, destination, port, family, server, firewall, verdict: check?.verdict ?? null },
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
      message: { text: line.text },
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

/** A file of a revision (`main:firewall/edge.nft`) is shown where it lies in the tree. */
function uriOf(file: string): string {
  const path = file.replace(/^[\w.~^@{}-][\w./~^@{}-]+:(?=[^\\])/, '').replaceAll('\\', '/');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return encoded.startsWith('/') ? `file://${encoded}` : encoded;
}

/** Text that a reader shows is text: no control characters but line feeds. */
function shown(text: string): string {
  return text.replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, printable);
}
