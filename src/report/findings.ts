/** The findings, each with where, what was seen, why it matters and what to do; then those that are waived. */
import { pageOf } from '../catalogue/catalogue.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Check, Result } from '../model/result.ts';
import { type Alike, alike } from './alike.ts';
import { configurationLines } from './configuration-rows.ts';
import { sinceText, tellingLines, togetherText, toldFindings, transcriptOf, whereText } from './finding-words.ts';
import { clipped, field, type Line, marksOf, paragraph, SEVERITY_STYLES, type Span, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count, seenText } from './words.ts';

/** More of one code than these are counted, unless the report is verbose. */
const SHOWN_OF_A_CODE = 5;
/** A reason that quotes a talkative server ends here. */
const SEEN_LINES = 6;

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
  const lines: Line[] = [[span('FINDINGS', 'strong')], []];
  const hidden = new Map<string, number>();
  const seen = new Map<string, number>();
  const groups = options.verbose ? shown.map((finding): Alike => ({ finding, others: [] })) : alike(shown, checks);
  groups.forEach((group, index) => {
    const { finding } = group;
    const earlier = seen.get(finding.code) ?? 0;
    seen.set(finding.code, earlier + 1);
    if (options.verbose || earlier < SHOWN_OF_A_CODE) lines.push(...describe(group, index + 1, context), []);
    else hidden.set(finding.code, (hidden.get(finding.code) ?? 0) + 1 + group.others.length);
  });
  for (const [code, number] of hidden) {
    const text = `${count(number, `further ${code} finding`)}; --verbose shows all.`;
    lines.push(...paragraph({ lead: [span(`${marksOf(options).more} `)], text }, options), []);
  }
  return lines;
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

function describe(group: Alike, number: number, context: Context): Line[] {
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
    ...(rest > 0 ? [clipped([span(`${more} `.padStart(10), 'faint')], count(rest, 'more line'), options)] : []),
  ];
}
