/**
 * A dead man's switch: `URL/start` before the run, `URL/EXITCODE` after it. Who hears nothing knows that nothing ran.
 *
 * @see https://healthchecks.io/docs/http_api/
 */
import { placeText, refusalOf, request, type Way } from './https.ts';

/** @returns null, or a sentence that says what went wrong: no run fails of it. */
export async function ping(url: string, signal: 'start' | number, way: Way): Promise<string | null> {
  const why = refusalOf(await request({ url: pingUrl(url, `${signal}`), method: 'GET', headers: {}, body: null }, way));
  return why === null ? null : `The ping to ${placeText(url)} failed (${why}).`;
}

/** The signal is the last part of the path; what is asked after `?` stays. */
function pingUrl(url: string, signal: string): string {
  const made = new URL(url);
  made.pathname = `${made.pathname.replace(/\/$/, '')}/${signal}`;
  return made.href;
}
