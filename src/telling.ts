/** What a kept run tells, and to whom: the mail of `--cron`, the webhook, and sentences on stderr. */

import type { Fault } from './history/fault-news.ts';
import { memoryFrom, withoutOldJobs } from './history/memory.ts';
import { type Decision, decide, type Loss, type Told } from './history/notice.ts';
import type { Appended, HistoryStore } from './history/store.ts';
import type { Way } from './host/https.ts';
import { deliver, sendAtOnce, spool, type Webhook, type WebhookEvent } from './host/webhook.ts';
import type { KeepOutside, KeepSettings, KeptWork } from './kept-run.ts';
import { sha256 } from './model/digest.ts';
import type { Finding } from './model/finding.ts';
import { briefOf, isBlindness, type SeriesState, seriesOf } from './model/history.ts';
import {
  EVENT_SCHEMA,
  type LossKind,
  type News,
  type Notice,
  type NoticeRun,
  type NoticeScene,
  type TroubleKind,
} from './model/notice.ts';
import { InputError, renderProblem, UsageError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { renderMail } from './report/mail.ts';
import { mailSubject } from './report/mail-subject.ts';

/** How a run ended. */
export type RunEnd = JudgedEnd | FailedEnd;

interface End {
  readonly exitCode: number;
  readonly startedAt: string;
  /** Null: there is none, or it cannot even be read. */
  readonly store: HistoryStore | null;
  readonly writable: boolean;
  /** Of the state folder, a sentence each. */
  readonly problems: readonly string[];
}

export interface JudgedEnd extends End {
  readonly kind: 'judged';
  readonly result: Result;
  readonly appended: Appended | null;
  readonly known: ReadonlySet<string>;
  /** What a reader must know of what was judged, a sentence each, by what it is about. */
  readonly notes: ReadonlyMap<TroubleKind, string>;
  readonly faults: readonly EndFault[];
}

/** What could not be done with the result: keep it (`unkept`), or write a document of it. */
export interface EndFault {
  readonly kind: Fault['kind'];
  readonly error: unknown;
}

export interface FailedEnd extends End {
  readonly kind: 'failed';
  readonly error: unknown;
}

export interface Telling {
  readonly settings: KeepSettings;
  readonly steps: Pick<KeptWork, 'say' | 'warn'>;
  readonly outside: KeepOutside;
  /** What went wrong beside the run, by what it is about. */
  readonly troubles: ReadonlyMap<TroubleKind, string>;
}

/** Mails and webhooks are read by different people: what one was told the other was not. */
const MAILED = 'cron.json';
const POSTED = 'webhook.json';

/** Tells what is news, and then remembers that. Nothing that goes wrong here changes what the run found. */
export async function tell(end: RunEnd, telling: Telling): Promise<void> {
  const { settings, steps, outside } = telling;
  const name = settings.cron ? MAILED : POSTED;
  const memory = memoryFrom(end.store?.readDocument(name) ?? null);
  const troubles = new Map([...telling.troubles, ...(end.kind === 'judged' ? end.notes : [])]);
  if (end.problems.length > 0) troubles.set('state', end.problems.join(' '));
  const run = toldOf(end);
  const deciding = { job: settings.job, remindMs: settings.remindMs };
  const posted = await post(decide(memory, run, { ...deciding, troubles: new Map(), losses: [] }), end, telling);
  if (posted.trouble !== null) troubles.set('webhook', posted.trouble);
  const lost = (what: LossKind, sentences: readonly string[]): readonly Loss[] => sentences.map((words) => ({ what, words }));
  const losses = [...lost('lost-run', end.store?.untold() ?? []), ...lost('lost-event', posted.losses)];
  const decision = decide(memory, run, { ...deciding, troubles, losses });
  if (!settings.cron) for (const sentence of [...troubles.values(), ...losses.map(({ words }) => words)]) steps.warn(sentence);
  else if (decision.notice !== null) await steps.say(renderMail(decision.notice, sceneOf(end, decision.notice, settings)));
  remember(end, telling, () => {
    end.store?.lossesTold();
    if (settings.cron || settings.webhook !== null) {
      end.store?.writeDocument(name, withoutOldJobs(decision.memory, outside.clock.now()));
    }
  });
}

/** Where the run could not be kept, that is what was told: that it may be told again needs no words of its own. */
function remember(end: RunEnd, { steps }: Telling, write: () => void): void {
  if (!end.writable) return;
  try {
    write();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (end.kind === 'judged' && end.faults.some(({ kind }) => kind === 'unkept')) return;
    steps.warn(
      `what was told cannot be remembered, and will be told again: ${error.problems.map(({ message }) => message).join(' ')}`,
    );
  }
}

interface Posted {
  readonly trouble: string | null;
  readonly losses: readonly string[];
}

/** What waits from earlier runs goes first, also where there is no news. What cannot be written down is sent all the same. */
async function post({ notice }: Decision, end: RunEnd, { settings, outside }: Telling): Promise<Posted> {
  const { webhook, folder } = settings;
  if (webhook === null || folder === null) return { trouble: null, losses: [] };
  const news = notice?.news.some(({ kind }) => kind !== 'reminder' && kind !== 'trouble') ? notice : null;
  const event = news === null ? null : eventOf(news, sceneOf(end, news, settings), settings);
  try {
    if (!end.writable) return await postAtOnce(webhook, event, outside);
    const files = outside.files(folder);
    const unspooled = event === null ? null : spooled(() => spool(files, webhook, event, outside.clock));
    if (unspooled !== null) return await postAtOnce(webhook, event, outside);
    const { waiting, words, givenUp } = await deliver(files, webhook, outside);
    const rest = `${waiting} ${waiting === 1 ? 'event waits' : 'events wait'} in ${folder}/outbox, to be tried again at the next run.`;
    return { trouble: words === null ? null : `The webhook did not take an event (${words}); ${rest}`, losses: givenUp };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { trouble: error.problems.map(({ message }) => message).join(' '), losses: [] };
  }
}

function spooled(write: () => void): InputError | null {
  try {
    write();
    return null;
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

async function postAtOnce(webhook: Webhook, event: WebhookEvent | null, way: Way): Promise<Posted> {
  const words = event === null ? null : await sendAtOnce(webhook, event, way);
  const lost = `The webhook did not take an event (${words}), which could not be put into the outbox: it is lost.`;
  return { trouble: null, losses: words === null ? [] : [lost] };
}

/** `text` is what Slack and Mattermost show. */
function eventOf(notice: Notice, scene: NoticeScene, { job }: KeepSettings): { readonly id: string; readonly body: string } {
  const { news, open, unseen } = notice;
  const told = news.filter(({ kind }) => kind !== 'trouble' && kind !== 'reminder');
  const same = told.map((one) => sameOf(one, scene));
  const id = sha256(JSON.stringify([job, scene.run?.series ?? null, same])).slice(0, 32);
  const { folder: _, ...where } = scene;
  const body = { schema: EVENT_SCHEMA, id, ...where, subject: mailSubject(notice, scene), text: renderMail(notice, scene) };
  return { id, body: JSON.stringify({ ...body, news: told, open, unseen }) };
}

/** A run that cannot be kept is told by every run that could not remember it: once a day it is another event. */
function sameOf(news: News, { at }: NoticeScene): unknown {
  if (news.kind === 'changed') return news.transitions.map(({ id }) => id);
  if (news.kind === 'unkept') return [news.kind, at.slice(0, 10), news.found.map(({ fingerprint }) => fingerprint)];
  return news;
}

function sceneOf(end: RunEnd, notice: Notice | null, { host, subject, folder }: KeepSettings): NoticeScene {
  const { exitCode, startedAt: at } = end;
  const judged = end.kind === 'judged' ? `${end.result.run.command} ${end.result.policy.name}` : subject;
  return { host, subject: judged, at, folder: folder ?? '', exitCode, run: end.kind === 'judged' ? runOf(end, notice) : null };
}

function runOf(end: JudgedEnd, notice: Notice | null): NoticeRun {
  const { run, policy, summary } = end.result;
  const sequence = end.appended?.entry.sequence ?? null;
  const series = end.store === null ? '' : seriesOf(end.result);
  const before = runBefore(end, notice);
  return { id: run.id, sequence, series, before, policyDigest: policy.digest, verdict: summary.verdict, checks: summary.checks };
}

/** The last run of the series that none of the changes is in. */
function runBefore({ store, appended }: JudgedEnd, notice: Notice | null): string | null {
  const since = (notice?.news ?? []).flatMap((news) => (news.kind === 'changed' ? news.transitions.map((one) => one.since) : []));
  const first = since.sort()[0];
  if (first === undefined) return null;
  const { series } = appended?.entry ?? {};
  return store?.entries.findLast((entry) => entry.series === series && entry.startedAt < first)?.id ?? null;
}

function toldOf(end: RunEnd): Told {
  if (end.kind === 'failed') {
    return { kind: 'failed', startedAt: end.startedAt, exitCode: end.exitCode, words: wordsOf(end.error) };
  }
  const { result, appended, store, known } = end;
  const sees = result.checks.some(({ verdict }) => verdict !== 'inconclusive');
  const series = store === null ? '' : seriesOf(result);
  const whole = appended?.state ?? store?.state() ?? null;
  const state = whole?.series[series] ?? { runs: 1, recent: [], standings: [] };
  const sequence = appended?.entry.sequence ?? whole?.sequence ?? 0;
  const transitions = (store?.transitions() ?? []).filter((transition) => transition.series === series);
  const faults = end.faults.map((fault) => toldFault(fault, end, state));
  return { kind: 'judged', series, startedAt: end.startedAt, sees, state, sequence, transitions, known, faults };
}

function toldFault({ kind, error }: EndFault, { result, known }: JudgedEnd, { standings }: SeriesState): Fault {
  const words = wordsOf(error);
  if (kind === 'unwritten') return { kind, words };
  const open = new Map(
    standings.flatMap(({ status, fingerprint, finding }) => (status === 'open' ? [[fingerprint, finding]] : [])),
  );
  const isNews = ({ code, fingerprint, severity, waiver }: Finding): boolean =>
    waiver === null && !isBlindness(code) && !known.has(fingerprint) && open.get(fingerprint)?.severity !== severity;
  return { kind, words, found: result.findings.filter(isNews).map(briefOf) };
}

function wordsOf(error: unknown): readonly string[] {
  if (error instanceof InputError) return error.problems.flatMap((problem) => renderProblem(problem).split('\n'));
  if (error instanceof UsageError) return [error.message];
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ['This is a bug in Postern. Please report it with these lines and the command that you ran.', ...stack.split('\n')];
}
