/** The rows of configurations: every question of every firewall that the evidence tells of, with its answer judged. No answer is a row too. */

import { FAMILIES, type Family, familyName } from '../model/address.ts';
import type { ConfigurationLine } from '../model/configuration.ts';
import { type ConfigurationQuestion, ELSEWHERE, segmentsWithout } from '../model/configuration-question.ts';
import type { ConfigurationRecord, Evidence } from '../model/evidence.ts';
import { firewallText } from '../model/firewall-text.ts';
import { listText } from '../model/list-text.ts';
import type { Location, Policy, Segment } from '../model/policy.ts';
import { configurationNotes } from './configuration-notes.ts';
import { type ConfigurationFault, type ConfigurationRuling, ruleOnConfiguration } from './configuration-ruling.ts';
import { type FirewallView, firewallViews } from './configuration-views.ts';
import { runRow } from './coverage.ts';
import { deadLineDrafts } from './dead-lines.ts';
import { withFamilyGaps } from './family-gap.ts';
import { type ConfigurationDraft, type Draft, NO_SUBJECT, type Row } from './row.ts';

export interface ConfigurationRows {
  readonly rows: readonly Row[];
  /** Findings about no question: lines that can never match. */
  readonly loose: readonly Draft[];
  readonly notes: readonly string[];
  /** Segments that some question was about. */
  readonly segments: ReadonlySet<string>;
  readonly views: readonly FirewallView[];
}

/** @param evidence  runs that read configurations; the latest reading of each firewall counts. */
export function configurationRows(policy: Policy, evidence: readonly Evidence[]): ConfigurationRows {
  const { views, notes } = firewallViews(policy, evidence);
  const judged = views.flatMap((view) => withFamilyGaps(askedOf(view).map((question) => questionRow(policy, view, question))));
  const beside = views.flatMap((view) => [
    ...networklessRows(policy, view),
    ...familyRows(policy, view),
    ...doubtRows(policy, view),
  ]);
  return {
    rows: [...judged, ...beside, ...evidence.flatMap((run) => runRows(run, views))],
    loose: views.flatMap(({ record, files }) => deadLineDrafts(record.firewall, record.dead, files)),
    notes: [...notes, ...configurationNotes(policy, views)],
    segments: new Set(views.flatMap(({ questions }) => questions.flatMap(({ segment }) => segmentName(segment) ?? []))),
    views,
  };
}

/** Of a family that no file describes one row says it all (`familyRows`). */
function askedOf({ questions, record }: FirewallView): readonly ConfigurationQuestion[] {
  return questions.filter(({ segment, family }) => segment !== ELSEWHERE || record.families.includes(family));
}

function segmentName(segment: string): string | null {
  return segment === ELSEWHERE ? null : segment;
}

function questionRow(policy: Policy, view: FirewallView, question: ConfigurationQuestion): Row {
  const answer = answerTo(view, question);
  const ruling: ConfigurationRuling =
    typeof answer === 'string' ? { verdict: 'inconclusive', faults: [], reason: answer } : ruleOnConfiguration(question, answer);
  const known = typeof answer === 'string' ? null : answer;
  const { segment, destination, port, family, expect, rules } = question;
  const check: ConfigurationDraft = {
    ...emptyCheck(idIn(view, question.id), view.record.firewall),
    segment: segmentName(segment),
    destination,
    port,
    family,
    expect,
    rule: rules[0]?.name ?? null,
    outcome: known?.outcome ?? null,
    verdict: ruling.verdict,
    proof: ruling.verdict === 'inconclusive' ? 'none' : 'proven',
    reason: ruling.reason,
    rows: known?.rows ?? [],
    furtherRows: known?.furtherRows ?? 0,
  };
  const location = rules[0]?.location ?? policy.firewalls.find(({ name }) => name === view.record.firewall)?.location ?? null;
  return { check, host: null, drafts: draftsOf(view, question, { ruling, answer: known, location }) };
}

/** Why there is no answer that counts, as a sentence, or the answer. */
function answerTo(view: FirewallView, question: ConfigurationQuestion): ConfigurationRecord | string {
  const [answer, second] = view.answers.get(question.id) ?? [];
  if (view.unfit !== null) return view.unfit;
  if (answer === undefined) return unansweredReason(view);
  if (second !== undefined) return 'The evidence answers this question twice: run postern check again.';
  const same = (['segment', 'destination', 'port', 'family'] as const).every((field) => answer[field] === question[field]);
  return same ? answer : 'The evidence has an answer with this id that is about something else: run postern check again.';
}

function unansweredReason({ run: { trailer } }: FirewallView): string {
  if (trailer === null)
    return 'Not worked out: the run ended before it came to this, without a trailer. Run postern check again.';
  if (trailer.interrupted) return 'Not worked out: the run was interrupted before it came to this. Run postern check again.';
  return 'Not worked out: the evidence has no answer to this question, although its trailer says that the run is complete.';
}

interface Ruled {
  readonly ruling: ConfigurationRuling;
  readonly answer: ConfigurationRecord | null;
  /** Of the policy, for where no line of a configuration is to blame. */
  readonly location: Location | null;
}

function draftsOf(view: FirewallView, question: ConfigurationQuestion, { ruling, answer, location }: Ruled): Draft[] {
  const { segment, destination, port, family } = question;
  const row = view.files === '' ? null : view.files;
  const subject = {
    ...NO_SUBJECT,
    segment: segmentName(segment),
    destination,
    port,
    family,
    firewall: view.record.firewall,
    row,
  };
  const proof = { at: answer?.at ?? null, outcome: answer?.outcome ?? null, furtherRows: answer?.furtherRows ?? 0 };
  if (ruling.verdict === 'inconclusive') {
    const rows = answer?.rows ?? [];
    const place = placeOf(rows[0]?.rules[0]) ?? location;
    const evidence = { ...proof, ...shownBy(rows) };
    return [{ subject: { ...subject, code: 'not-judged' }, severity: null, detail: ruling.reason, location: place, evidence }];
  }
  return ruling.faults.map(({ code, severity, detail, rows }) => ({
    subject: { ...subject, code },
    severity,
    detail,
    location: placeOf(rows[0]?.rules[0]) ?? location,
    evidence: { ...proof, ...shownBy(rows) },
  }));
}

function shownBy(rows: ConfigurationFault['rows']): Readonly<Record<string, unknown>> {
  return { witness: rows[0]?.witness ?? null, lines: rows[0]?.rules ?? [], rows };
}

/** The answers know lines, not columns. */
export function placeOf(line: ConfigurationLine | null | undefined): Location | null {
  return line === null || line === undefined ? null : { file: line.file, line: line.line, column: 1 };
}

/** A segment without networks: nobody can tell which packets are its own. */
function networklessRows(policy: Policy, view: FirewallView): Row[] {
  const { firewall } = view.record;
  return policy.segments
    .filter(({ name }) => !view.questions.some(({ segment }) => segment === name))
    .map(({ name, location }) => {
      const reason = `Which packets are those of ${name} cannot be told: the policy gives it no networks of its own. Give it networks.`;
      return unjudged(view, { id: `config:${firewall}:${name}>*`, segment: name, family: null, reason, location });
    });
}

/** Files that do not speak of a family, beside segments that have no networks of it: what such packets meet was asked by nobody. */
function familyRows(policy: Policy, view: FirewallView): Row[] {
  const { record } = view;
  return FAMILIES.filter((family) => !record.families.includes(family)).flatMap((family) =>
    familyRow(view, segmentsWithout(policy, family), family),
  );
}

function familyRow(view: FirewallView, without: readonly Segment[], family: Family): Row[] {
  const { record } = view;
  if (without.length === 0) return [];
  const names = listText(without.map(({ name }) => name));
  const reason = `No file of ${firewallText(record.firewall)} describes ${familyName(family)}, and the policy gives ${names} no ${familyName(family)} networks: whether mail leaves that way was asked of nothing. Give what describes it (${DESCRIBES[family]}), or give ${names} ${familyName(family)} networks.`;
  const location = without[0]?.location ?? null;
  return [unjudged(view, { id: `config:${record.firewall}:*>*/${family}`, segment: null, family, reason, location })];
}

const DESCRIBES: Readonly<Record<Family, string>> = {
  ipv4: 'an iptables-save; of nftables the tables of ip and inet',
  ipv6: 'an ip6tables-save; of nftables the tables of ip6 and inet',
};

/** Whatever the answers are: something else may decide, or they may be about something else. */
function doubtRows(policy: Policy, view: FirewallView): Row[] {
  const { firewall, doubts } = view.record;
  const location = policy.firewalls.find(({ name }) => name === firewall)?.location ?? null;
  return doubts.map(({ about, text, key }) => {
    const id = `config:${firewall}:${about}`;
    return unjudged(view, { id, segment: null, family: null, reason: text, location, key });
  });
}

interface Unjudged {
  readonly id: string;
  readonly segment: string | null;
  readonly family: Family | null;
  readonly reason: string;
  readonly location: Location | null;
  /** What tells it from another of its kind. */
  readonly key?: string;
}

function unjudged(view: FirewallView, { id, segment, family, reason, location, key = '' }: Unjudged): Row {
  const firewall = view.record.firewall;
  const row = [view.files, key].filter((part) => part !== '').join(' ') || null;
  const subject = { ...NO_SUBJECT, code: 'not-judged' as const, segment, family, firewall, row };
  return {
    check: { ...emptyCheck(idIn(view, id), firewall), segment, family, reason },
    host: null,
    drafts: [{ subject, severity: null, detail: reason, location, evidence: {} }],
  };
}

/** A row that says nothing yet. */
export function emptyCheck(id: string, firewall: string): ConfigurationDraft {
  return {
    id,
    kind: 'configuration',
    firewall,
    segment: null,
    source: null,
    destination: null,
    host: null,
    address: null,
    family: null,
    port: null,
    expect: null,
    rule: null,
    outcome: null,
    detail: null,
    verdict: 'inconclusive',
    proof: 'none',
    reason: '',
    elapsedMs: null,
    change: null,
    rows: [],
    furtherRows: 0,
  };
}

/** Ids are unique: of several firewalls without a name, each is told by its files. */
function idIn({ files }: FirewallView, id: string): string {
  return files === '' ? id : `${id}@${files}`;
}

/** What is wrong with a run as a whole. */
function runRows(run: Evidence, views: readonly FirewallView[]): Row[] {
  const { header, trailer, records } = run;
  const named = `The run on ${header.vantage.hostname}, started ${header.run.startedAt},`;
  const unfinished = `${named} read configurations and has no trailer: it did not end by itself. Run postern check again.`;
  const read = new Set(records.flatMap((record) => (record.type === 'firewall' ? [record.firewall] : [])));
  const asked = new Set(views.flatMap(({ questions }) => questions.map(({ id }) => id)));
  const strays = records.filter(
    (record) => record.type === 'configuration' && !(read.has(record.firewall) && asked.has(record.id)),
  );
  const ids = strays.flatMap((record) => (record.type === 'configuration' ? [record.id] : []));
  const misfit = `${named} has answers that no question of this policy asks for, ${ids.length} in all: ${ids.slice(0, 3).join(', ')}.`;
  return [
    ...(trailer === null ? [runRow(run, null, unfinished)] : []),
    ...(ids.length > 0 ? [runRow(run, 'misfit', misfit)] : []),
  ];
}
