/**
 * Which run is meant: an id or its beginning, `#12` (sequence), `latest`, `latest~1` (the run before it of the same series), or a day
 * `2026-11-21` (the last run that started on it, UTC).
 */
import type { RunEntry } from '../model/history.ts';
import { nearest } from '../model/nearest.ts';
import { type InputError, inputError } from '../model/problem.ts';

/** How many runs an error names. */
const SHOWN = 5;

const SYNTAX = 'Write an id or its beginning, #12, latest, latest~1, or a day such as 2026-11-21.';

/**
 * @param entries  oldest first.
 * @throws {InputError} `no-runs`, `unknown-run`, `ambiguous-run`; it names what there is.
 */
export function selectRun(entries: readonly RunEntry[], text: string): RunEntry {
  if (entries.length === 0)
    throw inputError('no-runs', 'There is no run in this state folder yet: audit with --state keeps one.');
  const steps = /^latest(?:~(\d{1,9}))?$/.exec(text);
  if (steps !== null) return latest(entries, text, Number(steps[1] ?? 0));
  if (/^#\d{1,9}$/.test(text)) return numbered(entries, text);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return onDay(entries, text);
  return byId(entries, text);
}

function latest(entries: readonly RunEntry[], text: string, back: number): RunEntry {
  const last = entries.at(-1);
  const alike = entries.filter(({ series }) => series === last?.series);
  const found = alike.at(-1 - back);
  if (found !== undefined) return found;
  const count = alike.length === 1 ? 'is only one run' : `are only ${alike.length} runs`;
  throw unknownRun(entries, `${text} is too far back: there ${count} of the same command, policy and segments.`);
}

function numbered(entries: readonly RunEntry[], text: string): RunEntry {
  const found = entries.find(({ sequence }) => sequence === Number(text.slice(1)));
  if (found !== undefined) return found;
  const [first, last] = [entries[0], entries.at(-1)];
  throw unknownRun(entries, `There is no run ${text}: they go from #${first?.sequence} to #${last?.sequence}.`);
}

function onDay(entries: readonly RunEntry[], day: string): RunEntry {
  const found = entries.findLast(({ startedAt }) => startedAt.startsWith(day));
  if (found !== undefined) return found;
  const [first, last] = [entries[0], entries.at(-1)];
  const span = `from ${first?.startedAt.slice(0, 10)} to ${last?.startedAt.slice(0, 10)}`;
  throw unknownRun(entries, `No run started on ${day} (UTC): they go ${span}.`);
}

function byId(entries: readonly RunEntry[], text: string): RunEntry {
  const start = text.toLowerCase();
  const found = start === '' ? [] : entries.filter(({ id }) => id.toLowerCase().startsWith(start));
  const exact = found.filter(({ id }) => id.toLowerCase() === start);
  // One run may have been kept twice: the later is meant.
  const only = exact.at(-1) ?? (new Set(found.map(({ id }) => id)).size === 1 ? found.at(-1) : undefined);
  if (only !== undefined) return only;
  if (found.length > 1) {
    throw inputError(
      'ambiguous-run',
      `${JSON.stringify(text)} begins the ids of ${found.length} runs: ${listed(found)}. Write more of it.`,
    );
  }
  const word = entries.some(({ sequence }) => `${sequence}` === text) ? `#${text}` : nearest(text, ['latest']);
  const meant = word === null ? '' : ` Did you mean ${word}?`;
  throw unknownRun(entries, `There is no run ${JSON.stringify(text)}.${meant} ${SYNTAX}`);
}

function unknownRun(entries: readonly RunEntry[], message: string): InputError {
  return inputError('unknown-run', `${message} The last runs: ${listed(entries)}.`);
}

function listed(entries: readonly RunEntry[]): string {
  const shown = entries.slice(-SHOWN).reverse();
  const rest = entries.length - shown.length;
  const texts = shown.map(
    ({ sequence, id, startedAt, command }) => `#${sequence} ${id.slice(0, 8)} ${command} ${startedAt.slice(0, 16)}Z`,
  );
  return `${texts.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
