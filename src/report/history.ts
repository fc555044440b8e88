/** Earlier runs for a person or a program. Pure. */
import { groupBy } from '../model/group-by.ts';
import { type FindingBrief, type RunEntry, TRANSITION_KINDS, type Transition, type TransitionKind } from '../model/history.ts';
import type { HistoryDocument, HistoryFinding, HistoryRun } from '../model/history-document.ts';
import { jsonText } from './json-text.ts';
import { draw, type Line, markOf, marksOf, paragraph, SEVERITY_STYLES, type Style, span } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';
import { shellWord } from './shell-word.ts';
import { count, moment, subjectText } from './words.ts';

/** @returns the document, ending in a line feed; as JSON `policies/history.schema.json` describes it. */
export function renderHistory(format: PlainFormat, document: HistoryDocument, options: RenderOptions): string {
  if (format === 'json') return `${jsonText(document)}\n`;
  const { findings, transitions, verification, problems } = document;
  const only = findings !== null || transitions !== null || verification !== null;
  return draw(
    [
      ...(only ? [] : runLines(document, options)),
      ...(findings === null ? [] : findingLines(findings, options)),
      ...(transitions === null ? [] : transitionLines(transitions, options)),
      ...(verification === null ? [] : verificationLines(verification, options)),
      ...problems.flatMap((problem) => paragraph({ lead: [span('note  ', 'unsure')], text: problem }, options)),
    ],
    options,
  );
}

/** Newest first, by series: runs of another series are not comparable. */
function runLines({ runs, total, folder }: HistoryDocument, options: RenderOptions): Line[] {
  const rest = total - runs.length;
  return [
    ...[...groupBy([...runs].reverse(), ({ series }) => series)].flatMap(([series, group]) => [
      [span(series, 'strong')],
      ...group.map((run) => runLine(run, options)),
      [],
    ]),
    ...(rest > 0
      ? paragraph({ lead: [], text: `${count(rest, 'earlier run')} in ${folder}: --last ${total} shows all.` }, options)
      : []),
    [span('Next: ', 'strong'), span(`postern history --state ${shellWord(folder)} --findings`)],
  ];
}

const STYLES: Readonly<Record<RunEntry['verdict'], Style>> = { compliant: 'good', violation: 'bad', inconclusive: 'unsure' };

function runLine(run: HistoryRun, options: RenderOptions): Line {
  const { sequence, id, startedAt, verdict, checks, interrupted } = run;
  const counts = `${checks.compliant}/${checks.total} comply`;
  const unsure = checks.inconclusive > 0 ? `, ${checks.inconclusive} inconclusive` : '';
  const changed = changesText(run.changes);
  return [
    span(`  #${String(sequence).padEnd(5)} ${id.slice(0, 8).padEnd(8)}  ${moment(startedAt)}  `),
    span(`${markOf(verdict, options)} ${verdict.padEnd(12)}`, STYLES[verdict]),
    span(`  ${counts}${unsure}${interrupted ? ', interrupted' : ''}`),
    span(changed === '' ? '' : `  ${marksOf(options).dot} ${changed}`, 'strong'),
  ];
}

function changesText(changes: HistoryRun['changes']): string {
  return TRANSITION_KINDS.flatMap((kind) => (changes[kind] > 0 ? [`${changes[kind]} ${WORDS[kind] ?? kind}`] : [])).join(', ');
}

/** Where the kind is no word of a sentence. */
const WORDS: Readonly<Partial<Record<TransitionKind, string>>> = { unasked: 'no longer asked' };

const STATUS: Readonly<Record<HistoryFinding['status'], string>> = {
  open: '',
  opening: '; seen by the last run alone, not confirmed',
  closing: '; not seen by the last run, not confirmed',
};

function findingLines(findings: readonly HistoryFinding[], options: RenderOptions): Line[] {
  if (findings.length === 0) return [[span('No finding is open.')]];
  return [...groupBy(findings, ({ series }) => series)].flatMap(([series, group]) => [
    [span(series, 'strong')],
    ...group.flatMap(({ finding, since, status, unsteady }) => {
      const when = `since ${moment(since)}${STATUS[status]}${unsteady ? '; comes and goes' : ''}`;
      return briefLines(finding, when, options);
    }),
    [],
  ]);
}

function transitionLines(transitions: readonly Transition[], options: RenderOptions): Line[] {
  if (transitions.length === 0) return [[span('Nothing has changed.')]];
  return transitions.flatMap(({ kind, at, since, before, sequence, finding }) => {
    const was = before === null ? '' : ` from ${before}`;
    const waived = kind === 'closed' && finding.waived ? ' (waived)' : '';
    const head = `${moment(at)}  #${sequence}  ${WORDS[kind] ?? kind}${was}${waived}`;
    return [[span(head, 'strong')], ...briefLines(finding, `since ${moment(since)}`, options)];
  });
}

/** A finding in three lines: what it is, what it is about and since when, its fingerprint. */
export function briefLines(finding: FindingBrief, when: string, options: RenderOptions): Line[] {
  const { severity, code, title, fingerprint, family } = finding;
  const about = `${subjectText(finding)}${family === 'ipv6' ? ', IPv6' : ''}`;
  return [
    ...paragraph(
      { lead: [span(`  ${severity.toUpperCase().padEnd(8)}  `, SEVERITY_STYLES[severity])], text: `${title} (${code})` },
      options,
    ),
    ...paragraph({ lead: [span('            ')], text: [about, when].filter((part) => part !== '').join('; ') }, options),
    ...paragraph({ lead: [span('            ')], text: `fingerprint ${fingerprint}`, style: 'faint' }, options),
  ];
}

function verificationLines(
  { runs, prunedThrough, head, problems }: NonNullable<HistoryDocument['verification']>,
  options: RenderOptions,
): Line[] {
  const pruned = prunedThrough > 0 ? `; those up to #${prunedThrough} were removed` : '';
  const good = problems.length === 0;
  return [
    ...paragraph(
      {
        lead: [span(good ? `${marksOf(options).pass} ` : `${marksOf(options).fail} `, good ? 'good' : 'bad')],
        text: `${count(runs, 'run')} read${pruned}; ${good ? 'each is as it was written, and follows on the one before' : count(problems.length, 'problem')}.`,
      },
      options,
    ),
    ...problems.flatMap((problem) => paragraph({ lead: [span('  ')], text: problem }, options)),
    ...(head === null ? [] : [[span(`  the last file's SHA-256 is ${head}`, 'faint')]]),
  ];
}
