/** How a report tells rows of a change that have one cause: within which bounds they are, not that all within these is in them. */
import { ELSEWHERE } from '../model/configuration-question.ts';
import { listText } from '../model/list-text.ts';
import type { ChangeGroup } from './change-groups.ts';
import { conditionText, fromText, portsText, toText } from './configuration-words.ts';
import { count } from './words.ts';

/** Names of destinations, conditions on interfaces, fingerprints that one still reads. */
const [SHOWN_NAMES, SHOWN_WAYS, SHOWN_FINGERPRINTS] = [4, 3, 3];
/** Of a condition on interfaces; a longer one is counted. */
const MOST_OF_A_WAY = 80;

/** Stands once before rows of which some are told together; empty where none are. */
export function groupedText(groups: readonly ChangeGroup[]): string {
  if (!groups.some(isGrouped)) return '';
  return 'Rows of one cause stand together, with the bounds that they are within: not every packet within these is in a row.';
}

export function isGrouped({ rows }: ChangeGroup): boolean {
  return rows.length > 1;
}

/** `388 rows within workstations (10.100.0.0/16)`; of one row as it stands. */
export function groupFromText(group: ChangeGroup): string {
  return `${withinText(group)}${fromText(group.told, group.told.rows[0])}`;
}

function withinText(group: ChangeGroup): string {
  return isGrouped(group) ? `${count(group.rows.length, 'row')} within ` : '';
}

/** `any`, `any except 10.20.0.0/16, of it provider and smarthost`. */
export function groupToText({ rows, told }: ChangeGroup): string {
  const to = toText(told, told.rows[0]);
  const names = [...new Set(rows.map(({ destination }) => destination ?? ELSEWHERE))].filter((name) => name !== ELSEWHERE);
  if (told.destination !== ELSEWHERE || names.length === 0) return to;
  const rest = names.length - SHOWN_NAMES;
  const shown = rest > 1 ? [...names.slice(0, SHOWN_NAMES), count(rest, 'more destination')] : names;
  return `${to}, of it ${listText(shown)}`;
}

export function groupFlowText(group: ChangeGroup, arrow: string): string {
  return `${withinText(group)}${boundsText(group, arrow)}`;
}

/** `workstations (10.100.0.0/16) → any, TCP 25 and 465`. */
export function boundsText(group: ChangeGroup, arrow: string): string {
  const { told } = group;
  const [row] = told.rows;
  return `${fromText(told, row)} ${arrow} ${groupToText(group)}, TCP ${portsText(told, row)}`;
}

/** What else must hold; where rows differ in it, by which interfaces some of them. */
export function groupConditionText({ rows, told, ways }: ChangeGroup): string | null {
  const [row] = told.rows;
  const condition = row === undefined ? null : conditionText(row);
  const some = ways.flatMap(([interfaces, rows]) => (interfaces === null ? [] : [{ interfaces, rows }]));
  if (some.length === 0) return condition;
  const shown = some.filter(({ interfaces }) => interfaces.length <= MOST_OF_A_WAY).slice(0, SHOWN_WAYS);
  const rest = some.length - shown.length;
  const more = rest > 0 ? [count(rest, shown.length === 0 ? 'long condition' : 'more such condition')] : [];
  const number = some.reduce((sum, way) => sum + way.rows, 0);
  const which = number === rows.length ? 'each row' : count(number, 'row');
  // A list of interfaces has commas itself: the numbers show where each ends.
  const named = shown.map((way) => (some.length === 1 ? way.interfaces : `${way.interfaces} (${count(way.rows, 'row')})`));
  const only = `${which} only by some interfaces: ${listText([...named, ...more], 'or')}`;
  return [condition, only].filter((part) => part !== null).join('; ');
}

/** Those that are shown, and how many more there are. Waived rows need no waiver. */
export function fingerprintsOf(group: ChangeGroup): { readonly shown: readonly string[]; readonly rest: number } {
  const { waived, findings } = group.told;
  if (waived) return { shown: [], rest: 0 };
  const shown = isGrouped(group) ? findings.slice(0, SHOWN_FINGERPRINTS) : findings;
  return { shown, rest: findings.length - shown.length };
}
