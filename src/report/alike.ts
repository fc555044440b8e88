/**
 * Findings of configurations that have one cause: the same line decides, under the same condition. A person wants to read them once; but what is
 * new stands apart from what was so before.
 *
 * Worked example: one `tcp sport 80 accept` lets two segments reach three destinations on four ports: 24 findings, one entry, "workstations →
 * provider on 25, 465 and 2525; workstations → internet and elsewhere on 25, 465, 587 and 2525".
 */
import { familyName } from '../model/address.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { ascending } from '../model/ports.ts';
import type { Check, ConfigurationCheck } from '../model/result.ts';
import { destinationText } from './words.ts';

export interface Alike {
  readonly finding: Finding;
  /** Further findings of the same cause, in their order. */
  readonly others: readonly Finding[];
}

/** In the order of the first of each; what is not of a configuration stands alone. */
export function alike(findings: readonly Finding[], checks: ReadonlyMap<string, Check>): readonly Alike[] {
  return [...groupBy(findings, (finding) => causeOf(finding, checks)).values()].flatMap(([finding, ...others]) =>
    finding === undefined ? [] : [{ finding, others }],
  );
}

/** What all of them are about, together: each segment with the destinations that share the same ports. */
export function flowsText({ finding, others }: Alike, checks: ReadonlyMap<string, Check>, arrow: string): string {
  const about = [finding, ...others].flatMap(({ check }) => configurationOf(check, checks) ?? []);
  return flowsInWords(about, arrow);
}

export type Flow = Pick<Finding, 'segment' | 'destination' | 'family' | 'port'>;

/** Each segment with the destinations that share the same ports. */
export function flowsInWords(flows: readonly Flow[], arrow: string): string {
  const byEnds = groupBy(flows, ({ segment, destination }) => JSON.stringify([segment, destination]));
  const alikeFlows = groupBy([...byEnds.values()], (ofFlow) => JSON.stringify([ofFlow[0]?.segment, shapeOf(ofFlow)]));
  return [...alikeFlows.values()].map((group) => groupText(group, arrow)).join('; ');
}

function causeOf(finding: Finding, checks: ReadonlyMap<string, Check>): string | Finding {
  const { code, location, check, since = null, known = false, grown } = finding;
  const about = configurationOf(check, checks);
  // What is said of a firewall as a whole has no flow to share.
  if (about === null || about.port === null || location === null) return finding;
  const [row] = about.rows;
  const decided = [about.firewall, row?.condition ?? null, row?.target ?? null];
  return JSON.stringify([code, location.file, location.line, ...decided, since, known, grown !== undefined]);
}

function configurationOf(id: string | null, checks: ReadonlyMap<string, Check>): ConfigurationCheck | null {
  const check = id === null ? undefined : checks.get(id);
  return check?.kind === 'configuration' ? check : null;
}

/** Ports by family; that of both has no name. */
function shapeOf(flows: readonly Flow[]): readonly (readonly [string, string])[] {
  const byFamily = groupBy(flows, ({ family }) => (family === null ? '' : ` (${familyName(family)})`));
  return [...byFamily].map(([family, ofFamily]) => [family, listText(ascending(ofFamily.flatMap(({ port }) => port ?? [])))]);
}

function groupText(group: readonly (readonly Flow[])[], arrow: string): string {
  const [first = []] = group;
  const shape = shapeOf(first);
  const destinations = group.map(([one]) => destinationText(one?.destination ?? null) ?? 'anywhere');
  const ports = new Set(shape.map(([, text]) => text));
  const on =
    ports.size === 1
      ? `${[...ports].join('')}${shape.length === 1 ? shape[0]?.[0] : ''}`
      : shape.map(([family, text]) => `${text}${family}`).join(', ');
  return `${first[0]?.segment ?? 'no segment'} ${arrow} ${listText(destinations)} on ${on}`;
}
