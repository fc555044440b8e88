/**
 * Prometheus text, version 0.0.4, for the textfile collector of node_exporter: how a run went, checks by verdict, findings by severity, and a
 * series for each finding in force, up to a limit.
 *
 * The collector reads all files of its folder as one: two of them may not hold the same series, nor describe a metric differently. So every series
 * says which policy, command and vantage it is of, and every description is fixed. It refuses a file with timestamps.
 *
 * A run that was interrupted, or whose verdict is inconclusive, has 0 as its last success: the result knows of no earlier run. So
 * `time() - max_over_time(postern_last_success_timestamp_seconds[7d])` is right whatever happened in between, and `time() - …` alone errs by alarming.
 *
 * @see Prometheus documentation, Exposition formats; node_exporter, textfile collector
 */
import { SEVERITIES } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { visible } from '../model/printable.ts';
import type { Check, Result } from '../model/result.ts';
import type { Renderer } from './renderer.ts';

/** Series of findings and of waivers, each; a dashboard shows fewer, and every one costs memory for hours. */
const MOST_SERIES = 200;

export const renderPrometheus: Renderer = (result) => {
  const whose = whoseOf(result);
  const families = [...runFamilies(result), ...countFamilies(result), ...findingFamilies(result)];
  return families
    .flatMap((family) => linesOf(family, whose))
    .join('\n')
    .concat('\n');
};

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly (readonly [Labels, number])[];
}

/** On every series. */
function whoseOf({ policy, run, vantages, checks }: Result): Labels {
  const firewalls = checks.flatMap((check) => (check.kind === 'configuration' ? [check.firewall] : []));
  const vantage = [...new Set([...vantages.map(({ segment }) => segment), ...firewalls])].sort().join(',');
  return { policy: policy.name, command: run.command, vantage };
}

function runFamilies({ tool, run, summary }: Result): readonly Family[] {
  const finished = Date.parse(run.finishedAt) / 1_000;
  const success = summary.verdict !== 'inconclusive' && !run.interrupted;
  return [
    gauge('postern_build_info', 'Version that made this file; always 1.', [[{ version: tool.version }, 1]]),
    gauge('postern_run_timestamp_seconds', 'When the run ended.', [[{}, finished]]),
    gauge('postern_run_duration_seconds', 'How long the run took.', [[{}, run.elapsedMs / 1_000]]),
    gauge('postern_run_success', 'Whether the run came to its end and to a verdict, whichever it is.', [[{}, success ? 1 : 0]]),
    gauge(
      'postern_last_success_timestamp_seconds',
      'When a run last came to its end and to a verdict; 0 where that was not this one.',
      [[{}, success ? finished : 0]],
    ),
    gauge(
      'postern_verdict',
      'The verdict of the run: 1 for the one that it is.',
      (['compliant', 'violation', 'inconclusive'] as const).map((verdict) => [{ verdict }, summary.verdict === verdict ? 1 : 0]),
    ),
  ];
}

const STATES = ['compliant', 'violation', 'inconclusive', 'waived'] as const;

function countFamilies({ checks, findings, scope }: Result): readonly Family[] {
  const bySegment = groupBy(checks, ({ segment }) => segment ?? '');
  const inForce = findings.filter(({ waiver }) => waiver === null);
  return [
    gauge(
      'postern_checks',
      'Checks of the run by segment and verdict; the waived ones are counted as waived alone.',
      [...bySegment].flatMap(([segment, ofSegment]) =>
        STATES.map((verdict) => [{ segment, verdict }, ofSegment.filter((check) => stateOf(check) === verdict).length] as const),
      ),
    ),
    gauge(
      'postern_findings',
      'Findings in force, by severity; what could not be judged is info.',
      SEVERITIES.map((severity) => [{ severity }, inForce.filter((finding) => finding.severity === severity).length]),
    ),
    gauge('postern_findings_waived', 'Findings that are accepted for a time.', [[{}, findings.length - inForce.length]]),
    gauge('postern_segments_unseen', 'Segments of the policy that nothing speaks for.', [[{}, scope.unseen.length]]),
  ];
}

function stateOf({ waived, verdict }: Check): (typeof STATES)[number] {
  return waived ? 'waived' : verdict;
}

function findingFamilies({ findings }: Result): readonly Family[] {
  const inForce = findings.filter(({ waiver }) => waiver === null);
  const waived = findings.flatMap(({ waiver, code, fingerprint }) => (waiver === null ? [] : [{ waiver, code, fingerprint }]));
  const omitted = Math.max(0, inForce.length - MOST_SERIES) + Math.max(0, waived.length - MOST_SERIES);
  return [
    gauge(
      'postern_deviation',
      'A finding in force, always 1: the gravest, up to a limit.',
      inForce.slice(0, MOST_SERIES).map((finding) => {
        const { code, severity, segment, destination, host, port, family, server, firewall, fingerprint } = finding;
        const about = { segment, destination, host, port: port === null ? null : String(port), family, server, firewall };
        return [{ code, severity, ...withoutNull(about), fingerprint }, 1];
      }),
    ),
    gauge(
      'postern_waiver_expiry_timestamp_seconds',
      'When a waived finding counts again: the end of the last day of its waiver, UTC.',
      waived.slice(0, MOST_SERIES).map(({ waiver, code, fingerprint }) => [{ code, fingerprint }, endOf(waiver.until)]),
    ),
    gauge('postern_series_omitted', 'Findings, in force and waived, beyond the limits of series.', [[{}, omitted]]),
  ];
}

/** Inclusive, UTC. */
function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`) / 1_000 + 86_400;
}

function gauge(name: string, help: string, samples: Family['samples']): Family {
  return { name, help, samples };
}

/** A label without a value is one that is not there. */
function withoutNull(labels: Readonly<Record<string, string | null>>): Labels {
  return Object.fromEntries(Object.entries(labels).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** Of the same series the first; of a metric without series nothing. */
function linesOf({ name, help, samples }: Family, whose: Labels): string[] {
  const series = new Map<string, number>();
  for (const [labels, value] of samples) {
    const key = `${name}{${Object.entries({ ...whose, ...labels })
      .map(([label, text]) => `${label}="${valueText(text)}"`)
      .join(',')}}`;
    if (!series.has(key)) series.set(key, value);
  }
  if (series.size === 0) return [];
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...[...series].map(([key, value]) => `${key} ${value}`)];
}

function valueText(text: string): string {
  return visible(text).replace(/[\\"]/g, '\\$&');
}
