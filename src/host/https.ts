/**
 * One HTTP request with a limit. What came of it is a status or a clause that says what went wrong; neither redirects nor bodies are read, since
 * what is sent may be signed, and an answer is only whether it was taken.
 */
import type { Clock } from '../model/outside.ts';
import { printable } from '../model/printable.ts';

export interface Request {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export type Answer =
  | { readonly kind: 'status'; readonly status: number }
  /** `words`: a clause, `no answer in 10 s`. */
  | { readonly kind: 'failed'; readonly words: string };

/** Injected in tests. Rejects where there is no answer. */
export type Send = (request: Request, signal: AbortSignal) => Promise<{ readonly status: number }>;

const REQUEST_TIMEOUT_MS = 10_000;

/** The machine's way out: Node's fetch, which knows of no proxy unless Node is told (NODE_USE_ENV_PROXY). */
export const systemSend: Send = async ({ url, method, headers, body }, signal) => {
  const answer = await fetch(url, { method, headers, body, redirect: 'manual', signal });
  // Whatever it says: unread it would keep the connection.
  await answer.body?.cancel();
  return { status: answer.status };
};

/** How requests get out, and what their limit goes by. */
export interface Way {
  readonly send: Send;
  readonly clock: Clock;
}

/** Sends it once, and waits at most 10 s. A failure of the network is an answer; anything else rejects. */
export async function request(given: Request, { send, clock }: Way): Promise<Answer> {
  const limit = new AbortController();
  const cancel = clock.after(REQUEST_TIMEOUT_MS, () => limit.abort());
  try {
    const { status } = await send(given, limit.signal);
    return { kind: 'status', status };
  } catch (error) {
    if (limit.signal.aborted) return { kind: 'failed', words: `no answer in ${REQUEST_TIMEOUT_MS / 1000} s` };
    return { kind: 'failed', words: wordsOf(error) };
  } finally {
    cancel();
  }
}

/** Null: it was taken (2xx); else why not, a clause. */
export function refusalOf(answer: Answer): string | null {
  if (answer.kind === 'failed') return answer.words;
  return answer.status >= 200 && answer.status < 300 ? null : `it answered ${answer.status}`;
}

/** Host and port alone: paths and queries of webhooks are secrets. */
export function placeText(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'its URL';
}

/** fetch says "fetch failed"; why is in the cause. Only codes: its messages may quote the URL, which is a secret. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  const { cause } = error;
  if (cause instanceof Error && cause.message === 'bad port') return 'Node sends nothing to that port';
  const code = [cause, error].map(codeOf).find((one) => one !== null);
  return code === undefined ? 'it could not be sent' : printable(code);
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
