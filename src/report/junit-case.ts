/** One check, or one finding that is about no check, as a test case. */
import type { Finding } from '../model/finding.ts';
import { locationText } from '../model/problem.ts';
import type { Check } from '../model/result.ts';
import { fromText, lineText, portsText, toText, witnessText } from './configuration-words.ts';
import { marksOf } from './pen.ts';
import { flow, groupOf, isWhole, seenText, shortened, subjectText } from './words.ts';
import { element, type Xml } from './xml.ts';

export interface TestCase {
  /** The segment; where there is none, what else it is about. */
  readonly suite: string;
  readonly title: string;
  /** Tells two of the same title apart. */
  readonly id: string;
  readonly elapsedMs: number;
  readonly state: 'passed' | 'skipped' | 'error' | 'failure';
  /** What the case holds: nothing, or elements of its state. */
  readonly outcome: readonly Xml[];
  /** Fingerprints of the findings that it tells. */
  readonly told: readonly string[];
}

/** Of a body; a reader of the report has the rest in the text or JSON. */
const MOST_CHARACTERS = 8_000;
const MOST_OF_A_MESSAGE = 500;
const MOST_LINES = 30;
const MARKS = marksOf({ unicode: false, color: false, width: 100, verbose: false });

/** @param findings  those of the check, waived ones included. */
export function caseOfCheck(check: Check, findings: readonly Finding[], review: boolean): TestCase {
  const { state, outcome, told } = stateOf(check, findings);
  return {
    suite: groupOf(check),
    title: titleOf(check, review),
    id: check.id,
    elapsedMs: check.elapsedMs ?? 0,
    state,
    outcome,
    told: told.map(({ fingerprint }) => fingerprint),
  };
}

/** A finding in force that no check tells. */
export function caseOfFinding(finding: Finding): TestCase {
  const { fingerprint, segment, code, title } = finding;
  const subject = subjectText(finding);
  const state = code === 'not-judged' ? 'error' : 'failure';
  return {
    suite: segment ?? 'policy',
    title: subject === '' ? title : `${title}: ${subject}`,
    id: fingerprint,
    elapsedMs: 0,
    state,
    outcome: [faultOf(state, finding, undefined)],
    told: [fingerprint],
  };
}

type State = Pick<TestCase, 'state' | 'outcome'> & { readonly told: readonly Finding[] };

function stateOf(check: Check, findings: readonly Finding[]): State {
  const inForce = findings.filter(({ waiver }) => waiver === null);
  const counting = inForce.filter(({ known }) => known !== true);
  if (check.verdict === 'compliant') return { state: 'passed', outcome: [], told: [] };
  if (check.waived || (inForce.length > 0 && counting.length === 0))
    return { state: 'skipped', outcome: [element('skipped', {}, [acceptedText(check, findings)])], told: inForce };
  const state = check.verdict === 'inconclusive' ? 'error' : 'failure';
  const faults = counting.map((finding) => faultOf(state, finding, check));
  return { state, outcome: faults.length > 0 ? faults : [bare(state, check)], told: inForce };
}

/**
 * A line each, whatever a part holds. None but the first, which stands behind its tag, begins with a foreign word: on the stdout of a job that
 * might be a command (`::error::`).
 */
function linesText(parts: readonly string[]): string {
  const lines = parts.map((part) => part.trim().replaceAll('\n', '\\n')).filter((part) => part !== '');
  return shortened(lines.join('\n'), MOST_CHARACTERS);
}

/** A verdict that no finding explains. */
function bare(kind: 'error' | 'failure', { verdict, reason }: Check): Xml {
  return element(kind, { type: verdict, message: shortened(reason, MOST_OF_A_MESSAGE) }, [linesText([reason])]);
}

/** The first check of a finding tells all of it, the others what they saw themselves. */
function faultOf(kind: 'error' | 'failure', finding: Finding, check: Check | undefined): Xml {
  const { code, severity, title, remediation, location, fingerprint, since } = finding;
  const seen = seenText(finding, check);
  const whole = check === undefined || finding.check === null || finding.check === check.id;
  const body = [
    whole ? finding.detail : (check?.reason ?? ''),
    ...(whole ? [...configurationText(check), ...transcriptText(finding)] : []),
    remediation === '' ? '' : `Fix: ${remediation}`,
    typeof since === 'string' ? `Open since: ${since}` : '',
    location === null ? '' : `At: ${locationText(location)}`,
    `More: postern explain ${code}; fingerprint ${fingerprint}`,
  ];
  return element(kind, { type: code, message: shortened(`${severity}: ${title}. ${seen}`, MOST_OF_A_MESSAGE) }, [
    linesText(body),
  ]);
}

function configurationText(check: Check | undefined): string[] {
  const [row] = check?.kind === 'configuration' ? check.rows : [];
  if (row === undefined) return [];
  return [
    `Witness: ${witnessText(row.witness, MARKS.arrow)}`,
    ...row.rules.slice(0, MOST_LINES).map((line) => `Line: ${lineText(line)}`),
  ];
}

function transcriptText({ evidence }: Finding): string[] {
  const { transcript } = evidence;
  return Array.isArray(transcript)
    ? transcript
        .filter((line) => typeof line === 'string')
        .slice(0, MOST_LINES)
        .map((line) => `| ${line}`)
    : [];
}

/** By which waivers, or that the baseline has it. */
function acceptedText({ reason }: Check, findings: readonly Finding[]): string {
  const words = findings.map(({ waiver }) =>
    waiver === null ? 'In the baseline.' : `Waived until ${waiver.until}: ${waiver.reason}`,
  );
  return linesText([...new Set(words), reason === '' ? '' : `Seen: ${reason}`]);
}

/** `workstations 10.20.0.5 -> mx.example.org 198.51.100.7 port 25, expect deny`. */
function titleOf(check: Check, review: boolean): string {
  const expected = check.expect === null ? '' : `, expect ${check.expect}`;
  if (check.kind === 'relay') return `relay ${check.server}: ${flow(check, MARKS)}`;
  if (check.kind !== 'configuration') return `${check.kind === 'coverage' ? 'coverage: ' : ''}${flow(check, MARKS)}${expected}`;
  // Rows of one firewall come and go: each has a name of its own, whichever is the first.
  if (isWhole(check)) return `${flow(check, MARKS)} (${check.id})`;
  const [row] = check.rows;
  if (!review || check.change === null) return `${check.firewall}: ${flow(check, MARKS)}${expected}`;
  const flowText = `${fromText(check, row)} ${MARKS.arrow} ${toText(check, row)}, TCP ${portsText(check, row)}`;
  return shortened(`${check.firewall} ${check.change.kind}: ${flowText}`, MOST_OF_A_MESSAGE);
}
