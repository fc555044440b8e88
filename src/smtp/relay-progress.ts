/** How far a relay test has come: what was asked, what is still to ask, and whether enough is known. Says nothing to anybody. */
import type { RelayAttempt } from '../model/relay.ts';
import { readAttempts, relaysAmong } from '../model/relay-attempts.ts';
import { unsent } from './relay-attempt.ts';
import { type AskedShape, type PlannedShape, planRelay, type RelayServer } from './relay-plan.ts';

/** Accepted shapes after which more of them tell nothing new. */
const ENOUGH = 3;

/** What became of the shapes that were not sent: `limited` where they could not be, `skipped` where they need not. */
interface Rest {
  readonly kind: 'skipped' | 'limited';
  readonly reason: string;
}

export class RelayProgress {
  /** Why the test ended before its end; null where it did not. */
  failure: string | null = null;
  #server: RelayServer;
  readonly #exhaustive: boolean;
  readonly #onProgress: (done: number, total: number) => void;
  #plan: readonly PlannedShape[] | null = null;
  #queue: AskedShape[] = [];
  #again = new Set<string>();
  #attempts = new Map<string, RelayAttempt>();
  #rest: Rest | null = null;

  constructor(server: Omit<RelayServer, 'keywords'>, exhaustive: boolean, onProgress: (done: number, total: number) => void) {
    this.#server = { ...server, keywords: null };
    this.#exhaustive = exhaustive;
    this.#onProgress = onProgress;
  }

  get planned(): boolean {
    return this.#plan !== null;
  }

  get over(): boolean {
    return this.#rest !== null || (this.#plan !== null && this.#queue.length === 0);
  }

  /** The shape to ask next; null before there is a plan, and after the end. */
  get next(): AskedShape | null {
    return this.#rest === null ? (this.#queue[0] ?? null) : null;
  }

  /** In the order of the battery, whatever the order of asking. */
  get attempts(): readonly RelayAttempt[] {
    const plan = this.#plan ?? planRelay(this.#server);
    const { kind, reason } = this.#rest ?? { kind: 'limited', reason: 'Not run.' };
    return plan.map(
      (planned) =>
        this.#attempts.get(planned.shape.id) ??
        (planned.kind === 'skipped' ? unsent(planned, 'skipped', planned.reason) : unsent(planned, kind, reason)),
    );
  }

  /** Begins with what the server has told of itself; what was answered before a restart is forgotten. */
  plan(told: Pick<RelayServer, 'names' | 'tls' | 'keywords'>): void {
    this.#server = { ...this.#server, ...told };
    this.#plan = planRelay(this.#server);
    this.#queue = inOrder(this.#plan.filter((planned) => planned.kind !== 'skipped'));
    this.#again = new Set();
    this.#attempts = new Map();
  }

  /** All is to be asked again, in another way. */
  restart(): void {
    this.#plan = null;
    this.#queue = [];
  }

  /** Takes the answer to `next`. */
  record(attempt: RelayAttempt): void {
    this.#queue = this.#queue.filter(({ shape }) => shape.id !== attempt.id);
    this.#attempts.set(attempt.id, attempt);
    const total = this.#plan?.filter(({ kind }) => kind !== 'skipped').length ?? 0;
    this.#onProgress(this.#attempts.size, total);
  }

  /** The connection ended instead of an answer, maybe not because of this shape: it is asked once more, after the others. */
  cutOff(planned: AskedShape, attempt: RelayAttempt): void {
    this.record(attempt);
    if (this.#again.has(attempt.id)) return;
    this.#again.add(attempt.id);
    this.#queue.push(planned);
  }

  /** From now on with the other sender, where a shape has one. */
  changeSender(): void {
    this.#queue = this.#queue.map((planned) =>
      planned.kind === 'mail' && planned.otherMail !== null ? { ...planned, mail: planned.otherMail, otherMail: null } : planned,
    );
  }

  /** Nothing is sent for these any more. */
  skip(which: (planned: AskedShape) => boolean, reason: string): void {
    for (const planned of this.#queue.filter(which)) this.record(unsent(planned, 'skipped', reason));
  }

  /** The end, before its time; shapes that were never asked stay so. */
  fail(failure: string, kind: Rest['kind'] = 'limited'): void {
    const unasked = this.#queue.filter(({ shape }) => !this.#attempts.has(shape.id));
    if (this.planned && unasked.length === 0) this.#queue = [];
    else {
      this.failure = `${failure.charAt(0).toUpperCase()}${failure.slice(1)}`;
      this.#rest = { kind, reason: `Not run: ${failure}` };
    }
  }

  /** Enough is known. */
  stop(reason: string): void {
    this.#rest ??= { kind: 'skipped', reason: `Not run: ${reason}` };
  }

  /** Whether a shape was accepted that only a relay accepts, as far as the controls have told by now. */
  isRelay(id: string): boolean {
    return this.#attempts.get(id)?.class === 'accepted' && this.#relays().includes(id);
  }

  /** Looks whether enough is known. */
  settle(): void {
    if (this.#attempts.get('C0')?.class === 'accepted') this.stop('the server accepts a command that does not exist.');
    else if (this.#attempts.get('C4')?.class === 'accepted') this.stop('the server accepts a recipient that is no address.');
    else if (!this.#exhaustive && this.#relays().length >= ENOUGH) this.stop(`${ENOUGH} shapes were accepted already.`);
  }

  #relays(): readonly string[] {
    const attempts = [...this.#attempts.values()];
    if (!attempts.some(({ id, class: kind }) => kind === 'accepted' && id.startsWith('B'))) return [];
    return relaysAmong(readAttempts(attempts)).map(({ id }) => id);
  }
}

/** Controls first; of the shapes B27, for what it tells about R; those last that want a connection of their own. */
function inOrder(planned: readonly AskedShape[]): AskedShape[] {
  const rank = ({ shape, ehlo, tls }: AskedShape): number => {
    if (shape.id.startsWith('C')) return 0;
    if (shape.id === 'B27') return 1;
    return ehlo === null && !tls ? 2 : 3;
  };
  return [...planned].sort((a, b) => rank(a) - rank(b));
}
