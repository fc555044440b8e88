/**
 * A review: what a change to a firewall newly lets through, stops and diverts. What the policy does not like comes first, each row with a packet
 * that shows it and the lines that decide on both sides; rows of one cause together.
 */

import type { ConfigurationLine } from '../model/configuration.ts';
import { CHANGE_KINDS, type ChangeKind } from '../model/configuration-change.ts';
import { GIVEN } from '../model/firewall-text.ts';
import { listText } from '../model/list-text.ts';
import type { Result } from '../model/result.ts';
import { isUnjudged } from '../model/unjudged.ts';
import { CELL_STYLES, kindOf } from './cell.ts';
import { fingerprintsOf, groupConditionText, groupedText, groupFlowText } from './change-group-words.ts';
import { alone, type Changed, type ChangeGroup, changeGroups } from './change-groups.ts';
import { lineText, moreLinesText, sideText, witnessText } from './configuration-words.ts';
import { field, type Line, markOf, marksOf, paragraph, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count, isWhole } from './words.ts';

export const CHANGE_TITLES: Readonly<Record<ChangeKind, string>> = {
  'newly-allowed': 'NEWLY ALLOWED',
  'newly-redirected': 'NEWLY REDIRECTED',
  'newly-blocked': 'NEWLY BLOCKED',
};

/** Whether the result is about a change to firewalls. */
export function isReview({ run }: Pick<Result, 'run'>): boolean {
  return run.command === 'review';
}

/** Whether all of it was read from configurations: nothing was sent. */
export function isUnsent({ run, vantages, checks }: Pick<Result, 'run' | 'vantages' | 'checks'>): boolean {
  if (run.command === 'check' || run.command === 'review') return true;
  return (
    vantages.length === 0 &&
    checks.some(({ kind }) => kind === 'configuration') &&
    checks.every(({ kind }) => kind === 'configuration' || kind === 'coverage')
  );
}

/** Those of which anything was worked out; where there is none, those that it is about. */
export function firewallsOf({ checks }: Pick<Result, 'checks'>): readonly string[] {
  const about = checks.filter((check) => check.kind === 'configuration');
  const told = about.filter((check) => check.verdict !== 'inconclusive' || !isWhole(check));
  return [...new Set((told.length > 0 ? told : about).map(({ firewall }) => firewall))];
}

/** `the configuration of edge`; empty where there is none. */
export function configurationsText(result: Pick<Result, 'checks'>): string {
  const firewalls = firewallsOf(result);
  if (firewalls.length === 0) return '';
  return firewalls.length === 1 && firewalls[0] === GIVEN
    ? 'the given configuration'
    : `the configuration of ${listText(firewalls)}`;
}

/** The rows of each kind that there are: violations first, then what is not judged, then what fits. */
export function changesByKind({
  checks,
}: Pick<Result, 'checks'>): readonly { readonly kind: ChangeKind; readonly rows: readonly Changed[] }[] {
  const changed = checks.filter((check): check is Changed => check.kind === 'configuration' && check.change !== null);
  const rank = (check: Changed): number =>
    ['violation', 'inconclusive', 'compliant'].indexOf(check.verdict) + (check.waived ? 3 : 0);
  return CHANGE_KINDS.map((kind) => ({
    kind,
    rows: changed.filter(({ change }) => change.kind === kind).toSorted((a, b) => rank(a) - rank(b)),
  })).filter(({ rows }) => rows.length > 0);
}

/** The verdict of a review in a sentence. */
export function reviewSentence(result: Result): string {
  const rows = changesByKind(result).flatMap((group) => group.rows);
  const firewalls = new Set(result.checks.flatMap((check) => (check.kind === 'configuration' ? [check.firewall] : [])));
  const at = firewalls.size === 1 && !firewalls.has(GIVEN) ? ` at ${[...firewalls].join('')}` : '';
  const open = result.checks.filter(({ verdict, waived }) => verdict === 'inconclusive' && !waived).length;
  if (rows.length === 0 && open === 0) {
    const beyond = result.scope.notes.some(isUnjudged);
    const none = `the change has no effect on mail${beyond ? ` that the policy asks about${at}; see the notes` : at}`;
    return `${[none, deadText(result)].filter((part) => part !== '').join('; ')}.`;
  }
  const counted = (verdict: string): number => rows.filter((row) => row.verdict === verdict && !row.waived).length;
  const parts = [
    counted('violation') > 0
      ? `${counted('violation')} of ${count(rows.length, 'row')} of the change${at} against policy ${result.policy.name}`
      : '',
    open > 0 ? `${open} could not be judged` : '',
    counted('compliant') > 0
      ? `${counted('compliant')} ${counted('compliant') === 1 ? 'fits' : 'fit'} policy ${result.policy.name}`
      : '',
    rows.some(({ waived }) => waived) ? `${rows.filter(({ waived }) => waived).length} waived` : '',
    deadText(result),
  ];
  return `${parts.filter((part) => part !== '').join('; ')}.`;
}

/** They are of no row, and make a violation of a change that does nothing else. */
function deadText({ findings }: Result): string {
  const dead = findings.filter(({ code, waiver, known }) => code === 'rule-shadowed' && waiver === null && known !== true);
  return dead.length === 0 ? '' : `${count(dead.length, 'line')} newly ${dead.length === 1 ? 'meets' : 'meet'} no packet of mail`;
}

/** @returns no lines where the result is no review, or nothing changes. */
export function changeLines(result: Result, options: RenderOptions): Line[] {
  return changesByKind(result).flatMap(({ kind, rows }) => {
    const groups = options.verbose ? rows.map(alone) : changeGroups(rows);
    const note = groupedText(groups);
    return [
      [span(CHANGE_TITLES[kind], 'strong'), span(`  ${count(rows.length, 'row')}`)],
      ...(note === '' ? [] : paragraph({ lead: [], text: `${note} --verbose shows each row.`, style: 'faint' }, options)),
      [],
      ...groups.flatMap((group) => [...describe(group, options), []]),
    ];
  });
}

function describe(group: ChangeGroup, options: RenderOptions): Line[] {
  const { told } = group;
  const [row] = told.rows;
  const { arrow } = marksOf(options);
  const style = CELL_STYLES[kindOf(told)];
  const word = told.waived ? 'waived' : told.verdict;
  const fields: [string, string | null][] = [
    ['why', told.reason],
    ['was', sideText(told.change.before)],
    ['now', sideText(told.change.after, row?.target)],
    ['if', groupConditionText(group)],
    ['shows', row === undefined ? null : witnessText(row.witness, arrow)],
    ['lines', row === undefined ? null : furtherLines(group, options)],
    ['waive', waiverText(group)],
  ];
  return [
    ...paragraph(
      {
        lead: [span(`${markOf(told.verdict, options).padEnd(2)} ${word}  `, style)],
        text: groupFlowText(group, arrow),
        style: 'strong',
      },
      options,
    ),
    ...fields.flatMap(([name, text]) => field(name, text ?? '', options)),
  ];
}

function waiverText(group: ChangeGroup): string {
  const { shown, rest } = fingerprintsOf(group);
  if (shown.length === 0) return '';
  return `fingerprint ${shown.join(', ')}${rest === 0 ? '' : ` and ${rest} more: --verbose, or the JSON document, has each with its row`}`;
}

/** Lines of the rows beside the two that decide of the witness. */
function furtherLines({ rows, told }: ChangeGroup, { verbose }: RenderOptions): string {
  const [row] = told.rows;
  const others = furtherRules(told);
  const shown = others.slice(0, verbose ? others.length : 3).map(lineText);
  const rest = others.length - shown.length + (row?.furtherRules ?? 0);
  // What is not kept of two rows may be the same lines.
  const least = rows.length > 1 && rows.some((one) => one.rows.some(({ furtherRules: more }) => more > 0)) ? 'at least ' : '';
  return [...shown, rest > 0 ? `and ${least}${moreLinesText(rest, others.length - shown.length)}` : '']
    .filter((part) => part !== '')
    .join('; ');
}

/** Those that the result holds. */
export function furtherRules({ rows, change }: Changed): readonly ConfigurationLine[] {
  const decide = [change.before.line, change.after.line].flatMap((line) => (line === null ? [] : [`${line.file}:${line.line}`]));
  return rows[0]?.rules.filter(({ file, line }) => !decide.includes(`${file}:${line}`)) ?? [];
}
