/** Which firewalls the evidence tells of: the latest reading of each, with what was asked of it and what it answered. */
import { type ConfigurationQuestion, configurationQuestions } from '../model/configuration-question.ts';
import type { ConfigurationRecord, Evidence, FirewallRecord } from '../model/evidence.ts';
import { firewallText, GIVEN } from '../model/firewall-text.ts';
import { groupBy } from '../model/group-by.ts';
import type { Firewall, Policy } from '../model/policy.ts';

export interface FirewallView {
  readonly run: Evidence;
  readonly record: FirewallRecord;
  readonly firewall: Firewall;
  readonly questions: readonly ConfigurationQuestion[];
  /** By the question's id. */
  readonly answers: ReadonlyMap<string, readonly ConfigurationRecord[]>;
  /** Why none of its answers counts, as a sentence; null where they do. */
  readonly unfit: string | null;
  /** Files, where several firewalls have the same name; empty where the name is enough. */
  readonly files: string;
}

/** Whether a run read configurations. */
export function isInspection({ records }: Evidence): boolean {
  return records.some(({ type }) => type === 'firewall' || type === 'unread-firewall' || type === 'configuration');
}

/** A run that read configurations probed nothing; one that holds both is taken for both. */
export function isProbing(run: Evidence): boolean {
  return !isInspection(run) || run.header.vantage.legs.length > 0;
}

/** By name as the policy lists them, then as they were read; with notes on what was left out. */
export function firewallViews(
  policy: Policy,
  evidence: readonly Evidence[],
): { readonly views: readonly FirewallView[]; readonly notes: readonly string[] } {
  const read = [...evidence]
    .sort(oldestFirst)
    .flatMap((run) => run.records.flatMap((record) => (record.type === 'firewall' ? [{ run, record }] : [])));
  const notes: string[] = [];
  const latest = [...groupBy(read, ({ record }) => keyOf(record)).values()].flatMap((ofOne) => {
    for (const { run, record } of ofOne.slice(0, -1)) notes.push(replacedNote(run, record));
    return ofOne.slice(-1);
  });
  const given = latest.filter(({ record }) => record.firewall === GIVEN).length > 1;
  const views = latest.map(({ run, record }) => viewOf(policy, run, record, given && record.firewall === GIVEN));
  return { views: views.sort(inOrder(policy)), notes };
}

function oldestFirst({ header: { run: a } }: Evidence, { header: { run: b } }: Evidence): number {
  return Date.parse(a.startedAt) - Date.parse(b.startedAt) || (a.id < b.id ? -1 : 1);
}

function keyOf(record: FirewallRecord): string {
  return record.firewall === GIVEN ? JSON.stringify([GIVEN, filesOf(record)]) : JSON.stringify([record.firewall]);
}

function filesOf({ files }: FirewallRecord): string {
  return files.map(({ file }) => file).join(' ');
}

function replacedNote({ header: { run, vantage } }: Evidence, { firewall }: FirewallRecord): string {
  const name = firewall === GIVEN ? 'The configuration' : `Firewall ${firewall}`;
  return `${name} was read again after the run started ${run.startedAt} on ${vantage.hostname}: only the latest was judged.`;
}

function viewOf(policy: Policy, run: Evidence, record: FirewallRecord, several: boolean): FirewallView {
  const firewall = firewallOf(record);
  const records = run.records.filter((one) => one.type === 'configuration').filter((one) => one.firewall === record.firewall);
  return {
    run,
    record,
    firewall,
    questions: configurationQuestions(policy, firewall),
    answers: groupBy(records, ({ id }) => id),
    unfit: whyUnfit(policy, run, record),
    files: several ? filesOf(record) : '',
  };
}

/** As the questions were asked: the policy's digest does not cover its firewalls, they may have been described anew since. */
function firewallOf({ firewall: name, hook, interfaces }: FirewallRecord): Firewall {
  const location = { file: '', line: 1, column: 1 };
  return { name, format: null, files: [], hook, interfaces: new Map(Object.entries(interfaces)), location };
}

function whyUnfit(policy: Policy, run: Evidence, record: FirewallRecord): string | null {
  const name = record.firewall;
  if (run.header.policy.digest !== policy.digest)
    return `What ${firewallText(name)} was asked came from another policy, so that its answers may be about other addresses: run postern check under this one.`;
  const own = policy.firewalls.find((firewall) => firewall.name === name);
  if (own === undefined) return null;
  const same = own.hook === record.hook && interfacesKey(own.interfaces) === interfacesKey(Object.entries(record.interfaces));
  return same
    ? null
    : `${name} was asked at another hook, or with other interfaces, than the policy gives it now: run postern check again.`;
}

function interfacesKey(interfaces: Iterable<readonly [string, readonly string[]]>): string {
  const entries = [...interfaces].map(([name, names]) => [name, [...names].sort()] as const);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function inOrder(policy: Policy): (a: FirewallView, b: FirewallView) => number {
  const names = policy.firewalls.map(({ name }) => name);
  const rank = ({ record }: FirewallView): number => {
    const index = names.indexOf(record.firewall);
    return index < 0 ? names.length : index;
  };
  return (a, b) =>
    rank(a) - rank(b) ||
    (a.record.firewall < b.record.firewall ? -1 : a.record.firewall > b.record.firewall ? 1 : 0) ||
    (a.files < b.files ? -1 : 1);
}
