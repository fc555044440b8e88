/** What a kept run tells, and to whom: the mail of `--cron`, the webhook, and sentences on stderr. */
import { type Memory, memoryFrom, withoutOldJobs } from './history/memory.ts';
import { type Decision, decide, type Told } from './history/notice.ts';
import type { Appended, HistoryStore } from './history/store.ts';
import { deliver, spool } from './host/webhook.ts';
import type { KeepOutside, KeepSettings, KeptWork } from './kept-run.ts';
import { sha256 } from './model/digest.ts';
import { EVENT_SCHEMA, type Notice, type NoticeRun, type NoticeScene } from './model/notice.ts';
import { InputError, renderProblem, UsageError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { renderMail } from './report/mail.ts';
import { mailSubject } from './report/mail-subject.ts';

/** How a run ended. */
export type RunEnd = JudgedEnd | FailedEnd;

interface End {
  readonly exitCode: number;
  readonly startedAt: string;
  /** Null: there is none, or it could not be opened. */
  readonly store: HistoryStore | null;
  /** Of the state folder, a sentence each. */
  readonly problems: readonly string[];
}

export interface JudgedEnd extends End {
  readonly kind: 'judged';
  readonly result: Result;
  readonly appended: Appended | null;
  readonly known: ReadonlySet<string>;
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
  readonly troubles: ReadonlyMap<string, string>;
}

/** Mails and webhooks are read by different people: what one was told the other was not. */
const MAILED = 'cron.json';
const POSTED = 'webhook.json';

/** Tells what is news, and then remembers that. Nothing that goes wrong here changes what the run found. */
export async function tell(end: RunEnd, telling: Telling): Promise<void> {
  const { settings, steps } = telling;
  const name = settings.cron ? MAILED : POSTED;
  const memory = memoryFrom(end.store?.readDocument(name) ?? null);
  const troubles = new Map(telling.troubles);
  if (end.problems.length > 0) troubles.set('state', end.problems.join(' '));
  const run = toldOf(end);
  const deciding = { job: settings.job, remindMs: settings.remindMs };
  const posted = await post(decide(memory, run, { ...deciding, troubles: new Map(), losses: [] }), end, telling);
  if (posted.trouble !== null) troubles.set('webhook', posted.trouble);
  const { losses } = posted;
  const decision = decide(memory, run, { ...deciding, troubles, losses });
  if (!settings.cron) for (const sentence of [...troubles.values(), ...losses]) steps.warn(sentence);
  else if (decision.notice !== null) await steps.say(renderMail(decision.notice, sceneOf(end, decision.notice, settings)));
  if (settings.cron || settings.webhook !== null) remember(end.store, name, decision.memory, telling);
}

function remember(store: HistoryStore | null, name: string, memory: Memory, { outside, steps }: Telling): void {
  try {
    store?.writeDocument(name, withoutOldJobs(memory, outside.clock.now()));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    steps.warn(
      `what was told cannot be remembered, and will be told again: ${error.problems.map(({ message }) => message).join(' ')}`,
    );
  }
}

interface Posted {
  readonly trouble: string | null;
  readonly losses: readonly string[];
}

/** What waits from earlier runs goes first, also where there is no news. */
async function post({ notice }: Decision, end: RunEnd, { settings, outside }: Telling): Promise<Posted> {
  const { webhook, folder } = settings;
  if (webhook === null || folder === null) return { trouble: null, losses: [] };
  const files = outside.files(folder);
  try {
    const scene = sceneOf(end, notice, settings);
    if (notice?.news.some(({ kind }) => kind !== 'reminder' && kind !== 'trouble')) {
      spool(files, webhook, eventOf(notice, scene, settings), outside.clock);
    }
    const { waiting, words, givenUp } = await deliver(files, webhook, outside);
    const rest = `${waiting} ${waiting === 1 ? 'event waits' : 'events wait'} in ${folder}/outbox, and are tried again at the next run.`;
    return { trouble: words === null ? null : `The webhook did not take an event (${words}); ${rest}`, losses: givenUp };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { trouble: error.problems.map(({ message }) => message).join(' '), losses: [] };
  }
}

/** `text` is what Slack and Mattermost show. */
function eventOf(notice: Notice, scene: NoticeScene, { job }: KeepSettings): { readonly id: string; readonly body: string } {
  const { news, open, unseen } = notice;
  const told = news.filter(({ kind }) => kind !== 'trouble' && kind !== 'reminder');
  const same = told.map((one) => (one.kind === 'changed' ? one.transitions.map(({ id }) => id) : one));
  const id = sha256(JSON.stringify([job, scene.run?.series ?? null, same])).slice(0, 32);
  const { folder: _, ...where } = scene;
  const body = { schema: EVENT_SCHEMA, id, ...where, subject: mailSubject(notice, scene), text: renderMail(notice, scene) };
  return { id, body: JSON.stringify({ ...body, news: told, open, unseen }) };
}

function sceneOf(end: RunEnd, notice: Notice | null, { host, subject, folder }: KeepSettings): NoticeScene {
  const { exitCode, startedAt: at } = end;
  const judged = end.kind === 'judged' ? `${end.result.run.command} ${end.result.policy.name}` : subject;
  return { host, subject: judged, at, folder: folder ?? '', exitCode, run: end.kind === 'judged' ? runOf(end, notice) : null };
}

function runOf(end: JudgedEnd, notice: Notice | null): NoticeRun {
  const { run, policy, summary } = end.result;
  const { sequence = null, series = '' } = end.appended?.entry ?? {};
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
  const { series = '', sequence = 0 } = appended?.entry ?? {};
  const state = appended?.state.series[series] ?? { runs: 1, recent: [], standings: [] };
  const transitions = (store?.transitions() ?? []).filter((transition) => transition.series === series);
  return { kind: 'judged', series, startedAt: end.startedAt, sees, state, sequence, transitions, known };
}

function wordsOf(error: unknown): readonly string[] {
  if (error instanceof InputError) return error.problems.flatMap((problem) => renderProblem(problem).split('\n'));
  if (error instanceof UsageError) return [error.message];
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ['This is a bug in Postern. Please report it with these lines and the command that you ran.', ...stack.split('\n')];
}
