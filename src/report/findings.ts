/** The findings, each with where, what was seen, why it matters and what to do; then those that are waived. */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Finding, FindingCode } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Check, Result } from '../model/result.ts';
import { flowsText } from './alike.ts';
import { causesText } from './causes.ts';
import { configurationLines } from './configuration-rows.ts';
import { gapText, type Told, toldTogether } from './family-gaps.ts';
import { sinceText, tellingLines, togetherText, toldFindings, transcriptOf, whereText } from './finding-words.ts';
import { clipped, field, type Line, marksOf, paragraph, SEVERITY_STYLES, type Span, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count, seenText } from './words.ts';

/** More of one code than these are counted, unless the report is verbose. */
const SHOWN_OF_A_CODE = 5;
/** A reason that quotes a talkative server ends here. */
const SEEN_LINES = 6;

/** Flows that one still reads in a sentence. */
const MOST_FLOWS = 4;

interface Context {
  readonly checks: ReadonlyMap<string, Check>;
  readonly options: RenderOptions;
  /** The number of the first finding that gave this reason and this remedy. */
  readonly told: Map<string, number>;
}

/** What has a section of its own (`not-judged`, waived findings) is not here. */
export function findingLines(result: Result, options: RenderOptions): Line[] {
  const shown = toldFindings(result);
  if (shown.length === 0) return [];
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const context: Context = { checks, options, told: new Map() };
  const causes = causesText(shown, checks);
  const lines: Line[] = [[span('FINDINGS', 'strong')], []];
  if (causes !== null) lines.push(...paragraph({ lead: [], text: causes }, options), []);
  const groups = options.verbose
    ? shown.map((finding): Told => ({ finding, others: [], beside: [] }))
    : toldTogether(shown, checks);
  const { told, further } = shortened(groups, options);
  for (const [index, group] of told.entries()) lines.push(...describe(group, index + 1, context), []);
  for (const [code, hidden] of further)
    lines.push(
      ...paragraph({ lead: [span(`${marksOf(options).more} `)], text: furtherText(code, hidden, context) }, options),
      [],
    );
  return lines;
}

/** Of each code the first, and the others. */
function shortened(
  groups: readonly Told[],
  { verbose }: RenderOptions,
): { readonly told: readonly Told[]; readonly further: ReadonlyMap<FindingCode, readonly Told[]> } {
  const byCode = groupBy(groups, ({ finding }) => finding.code);
  const shown = new Set([...byCode.values()].flatMap((group) => (verbose ? group : group.slice(0, SHOWN_OF_A_CODE))));
  const hidden = groups.filter((group) => !shown.has(group));
  return { told: groups.filter((group) => shown.has(group)), further: groupBy(hidden, ({ finding }) => finding.code) };
}

/** Which cells of the matrix they are, where that is short; and how to see them. */
function furtherText(code: FindingCode, groups: readonly Told[], { checks, options }: Context): string {
  const number = groups.reduce((sum, { others, beside }) => sum + 1 + others.length + beside.length, 0);
  const about = groups.map((group) => flowsText(group, checks, marksOf(options).arrow));
  const flows = about.includes('') || about.length > MOST_FLOWS ? '' : `: ${about.join('; ')}`;
  return `${count(number, `further ${code} finding`)}${flows}; --verbose shows all.`;
}

/** One line each, by waiver. */
export function waivedLines(result: Result, options: RenderOptions): Line[] {
  const waived = result.findings.filter((finding) => finding.waiver !== null);
  if (waived.length === 0) return [];
  const checks = new Map(result.checks.map((check) => [check.id, check]));
  const text = 'accepted for a time; counts for neither verdict nor exit code';
  const lines: Line[] = [...paragraph({ lead: [span('WAIVED', 'strong'), span('  ')], text }, options), []];
  for (const [, group] of groupBy(waived, ({ waiver }) => JSON.stringify(waiver))) {
    for (const finding of group) {
      const lead = [span('   '), span(finding.code, 'strong'), span('  ')];
      lines.push(...paragraph({ lead, text: whereText(finding, checks, marksOf(options)) }, options));
    }
    const waiver = group[0]?.waiver;
    const owner = waiver?.owner ? ` (${waiver.owner})` : '';
    lines.push(...paragraph({ lead: [span('     ')], text: `until ${waiver?.until}: ${waiver?.reason}${owner}` }, options), []);
  }
  return lines;
}

function describe(group: Told, number: number, context: Context): Line[] {
  const { options, checks } = context;
  const { finding, others } = group;
  const page = pageOf(finding.code);
  const label: Span = span(finding.severity.toUpperCase(), SEVERITY_STYLES[finding.severity]);
  const [risk = ''] = page.risk.split(/(?<=[.!?]) /);
  return [
    ...paragraph({ lead: [span(`${number}  `), label, span('  ')], text: finding.title, style: 'strong' }, options),
    ...field(
      'where',
      others.length === 0 ? whereText(finding, checks, marksOf(options)) : togetherText(group, checks, marksOf(options)),
      options,
    ),
    ...field('saw', seenText(finding, checks.get(finding.check ?? '')), options, options.verbose ? {} : { maxLines: SEEN_LINES }),
    ...field('since', sinceText(finding), options),
    ...field('grown', finding.grown ?? '', options),
    ...field('also', gapText(group, checks), options),
    ...transcriptLines(finding, options),
    ...configurationLines(context.checks.get(finding.check ?? ''), options),
    ...whyAndFix(risk, finding.remediation || (page.fix[0] ?? ''), number, context),
    ...field('more', `postern explain ${finding.code} ${marksOf(options).dot} fingerprint ${finding.fingerprint}`, options, {
      style: 'faint',
    }),
  ];
}

/** Repeated reasons and remedies tire the reader: the second finding points to the first. */
function whyAndFix(risk: string, fix: string, number: number, { told, options }: Context): Line[] {
  const key = `${risk}\n${fix}`;
  const first = told.get(key);
  if (first !== undefined) return field('why', `as in ${first}, and so is the fix`, options);
  told.set(key, number);
  return [...field('why', risk, options), ...field('fix', fix, options)];
}

/** A skipped part of the dialogue shows as an ellipsis in the margin of the line after it. */
function transcriptLines(finding: Finding, options: RenderOptions): Line[] {
  const lines = transcriptOf(finding);
  const shown = options.verbose ? [...lines.keys()] : tellingLines(lines, finding);
  const { more } = marksOf(options);
  const rest = lines.length - 1 - (shown.at(-1) ?? -1);
  return [
    ...shown.map((index, place) => {
      const skipped = index > (shown[place - 1] ?? -1) + 1;
      return clipped([span(`${skipped ? more : ''} `.padStart(10), 'faint')], lines[index] ?? '', options);
    }),
    ...(rest > 0
      ? [
          clipped(
            [span(`${more} `.padStart(10), 'faint')],
            `${count(rest, 'more line')}${options.verbose ? '' : '; --verbose shows them'}`,
            options,
          ),
        ]
      : []),
  ];
}
