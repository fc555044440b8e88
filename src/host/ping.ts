/** A dead man's switch: `URL/start` before the run, `URL/EXITCODE` after it. Who hears nothing knows that nothing ran. @see https://healthchecks.io/docs/http_api/ */
import type { Clock } from '../model/outside.ts';
import { placeText, request, type Send } from './https.ts';

/** @returns null, or a sentence that says what went wrong: no run fails of it. */
export async function ping(url: string, signal: 'start' | number, send: Send, clock: Clock): Promise<string | null> {
  const answer = await request({ url: pingUrl(url, `${signal}`), method: 'GET', headers: {}, body: null }, send, clock);
  if (answer.kind === 'status' && answer.status >= 200 && answer.status < 300) return null;
  const why = answer.kind === 'status' ? `it answered ${answer.status}` : answer.words;
  return `The ping to ${placeText(url)} failed (${why}).`;
}

/** The signal is the last part of the path; what is asked after `?` stays. */
function pingUrl(url: string, signal: string): string {
  const made = new URL(url);
  made.pathname = `${made.pathname.replace(/\/$/, '')}/${signal}`;
  return made.href;
}
