/**
 * `config-live-mismatch`: a configuration and a probe that disagree on one flow. Denied on paper, and the probe got through; or permitted on
 * paper, and the probe was dropped or rejected although target and path were there.
 *
 * Worked example: no row of `workstations>internet:25/ipv4` permits 10.20.0.5 to 198.51.100.7, and a probe from there got a greeting: the text is
 * not what is loaded, or the packet takes another way. Where a second firewall of the evidence may stop the flow, a probe that was dropped
 * contradicts nobody. Nor does something that answers for others: it may stand before the firewall.
 */

import type { AddressRange } from '../model/address.ts';
import { endpointText, familyName, familyOf, numberOf } from '../model/address.ts';
import { setOfNetworks } from '../model/address-set.ts';
import type { ConfigurationLine, ConfigurationRow } from '../model/configuration.ts';
import type { ConfigurationQuestion } from '../model/configuration-question.ts';
import type { ConfigurationRecord } from '../model/evidence.ts';
import { GIVEN } from '../model/firewall-text.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf } from '../model/outcome.ts';
import type { NetworkCheck } from '../model/result.ts';
import { placeOf } from './configuration.ts';
import type { FirewallView } from './configuration-views.ts';
import { lineText } from './configuration-words.ts';
import { type Draft, type NetworkDraft, NO_SUBJECT, type Row } from './row.ts';

/** The configuration's rows, with a further finding on each that a probe contradicts. */
export function withMismatches(rows: readonly Row[], views: readonly FirewallView[], live: readonly Row[]): readonly Row[] {
  const seen = live.flatMap((row) => sightOf(row));
  const clashes = views.flatMap((view) => seen.flatMap((sight) => clashOf(view, sight, views)));
  const byCheck = groupBy(clashes, ({ check }) => check);
  return rows.map((row) => {
    const found = byCheck.get(row.check.id) ?? [];
    const [first] = found;
    return first === undefined ? row : withClash(row, first, found.length - 1);
  });
}

/** What a probe showed beyond doubt of one flow. */
interface Sight {
  readonly check: NetworkDraft;
  readonly segment: string;
  readonly source: NonNullable<NetworkCheck['source']>;
  readonly address: NonNullable<NetworkCheck['address']>;
  readonly port: number;
  readonly passed: boolean;
}

/** None where it was not judged, where somebody else answered, or where the target may simply be down. */
function sightOf({ check, drafts }: Row): Sight[] {
  if (check.kind !== 'reachability' && check.kind !== 'leak') return [];
  const { segment, source, address, port, outcome, verdict } = check;
  if (segment === null || source === null || address === null || port === null || outcome === null) return [];
  if (verdict === 'inconclusive') return [];
  if (drafts.some(({ subject }) => subject.code === 'intercepted' || subject.code === 'endpoint-down')) return [];
  const passed = classOf(outcome) === 'open';
  // A refusal may be the target's own.
  if (!passed && outcome !== 'dropped' && outcome !== 'rejected') return [];
  return [{ check, segment, source, address, port, passed }];
}

interface Clash {
  /** Id of the configuration's check. */
  readonly check: string;
  readonly question: ConfigurationQuestion;
  readonly said: Said;
  readonly sight: Sight;
  readonly read: string;
}

function clashOf(view: FirewallView, sight: Sight, views: readonly FirewallView[]): Clash[] {
  const told = tellingOf(view, sight);
  if (told === null || told.said.outcome === null) return [];
  const { question, said } = told;
  const others = views.filter((other) => other !== view).map((other) => tellingOf(other, sight));
  // Another firewall on the way that is not known to let it through explains why it did not arrive.
  const explained = others.some((other) => other !== null && other.said.outcome !== 'permitted');
  const clash = sight.passed ? said.outcome === 'denied' : said.outcome === 'permitted' && !explained;
  if (!clash) return [];
  const check = view.files === '' ? question.id : `${question.id}@${view.files}`;
  return [{ check, question, said, sight, read: view.record.at }];
}

/** What a configuration says of one flow: for sure, whatever the interfaces and source ports; null: it hangs on something, or is not known. */
interface Said {
  readonly outcome: 'permitted' | 'denied' | null;
  readonly line: ConfigurationLine | null;
}

const UNKNOWN: Said = { outcome: null, line: null };

/** Null where the firewall was not asked of this flow at all. */
function tellingOf(
  view: FirewallView,
  { check, segment, source, address, port }: Sight,
): { readonly question: ConfigurationQuestion; readonly said: Said } | null {
  if (view.unfit !== null) return null;
  const covering = view.questions.filter(
    (question) =>
      question.segment === segment &&
      question.port === port &&
      question.family === familyOf(address) &&
      holds(question.sources, source) &&
      holds(question.destinations, address),
  );
  const question = covering.find(({ destination }) => destination === check.destination) ?? covering[0];
  if (question === undefined) return null;
  const [answer, second] = view.answers.get(question.id) ?? [];
  const said = answer === undefined || second !== undefined ? UNKNOWN : saidOf(question, answer, { source, address });
  return { question, said };
}

/** The rows are all that is not as expected; where some are not listed, what is in none of them is not known. */
function saidOf(
  { expect }: ConfigurationQuestion,
  { outcome, rows, furtherRows }: ConfigurationRecord,
  flow: Pick<Sight, 'source' | 'address'>,
): Said {
  if (outcome === null) return UNKNOWN;
  const own = rows.filter((row) => isIn(row, flow));
  const [row] = own;
  if (row === undefined) return furtherRows > 0 ? UNKNOWN : { outcome: expect === 'allow' ? 'permitted' : 'denied', line: null };
  const sure = own.length === 1 && row.condition === null && row.sourcePorts === null;
  const plain = row.outcome === 'permitted' || row.outcome === 'denied' ? row.outcome : null;
  return sure ? { outcome: plain, line: row.rules[0] ?? null } : UNKNOWN;
}

function isIn({ sources, destinations }: ConfigurationRow, { source, address }: Pick<Sight, 'source' | 'address'>): boolean {
  const family = familyOf(address);
  return holds(setOfNetworks(sources)[family], source) && holds(setOfNetworks(destinations)[family], address);
}

function holds(ranges: readonly AddressRange[], address: Sight['address']): boolean {
  const number = numberOf(address);
  return ranges.some(({ family, first, last }) => family === familyOf(address) && first <= number && number <= last);
}

/** What is permitted or denied on paper only complies with nothing. */
function withClash(row: Row, clash: Clash, further: number): Row {
  if (row.check.kind !== 'configuration') return row;
  const { check } = row;
  const draft = draftOf(clash, check.firewall, further);
  const reason = `${check.reason} The network disagrees: ${clash.sight.check.reason}`;
  const judged = check.verdict === 'compliant' ? ({ verdict: 'violation', proof: 'proven' } as const) : {};
  return { ...row, check: { ...check, ...judged, reason }, drafts: [...row.drafts, draft] };
}

function draftOf({ question, said, sight, read }: Clash, firewall: string, further: number): Draft {
  const { segment, destination, port, family } = question;
  const flow = `${segment} (${sight.source}) to ${endpointText(sight.address, port)}`;
  const line = said.line === null ? '' : ` (${lineText(said.line)})`;
  const paper = `${firewall === GIVEN ? 'The configuration' : `The configuration of ${firewall}`} ${said.outcome === 'denied' ? 'denies' : 'permits'} ${flow} over ${familyName(family)}${line}`;
  const network = sight.passed ? 'the probe got through' : 'the probe did not get through, though path and target were there';
  const more = further === 0 ? '' : ` The same of ${further} more ${further === 1 ? 'flow' : 'flows'}.`;
  return {
    subject: { ...NO_SUBJECT, code: 'config-live-mismatch', segment, destination, port, family, firewall },
    severity: null,
    detail: `${paper}, and ${network}: ${sight.check.reason}${more}`,
    location: placeOf(said.line),
    evidence: {
      configuration: { outcome: said.outcome, line: said.line, at: read },
      live: { check: sight.check.id, outcome: sight.check.outcome },
    },
  };
}
