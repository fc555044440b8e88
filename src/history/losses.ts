/**
 * What a state folder has lost for good: each is told by the run that finds it, once. What is not told yet stands in `losses.json`, so that a
 * process that dies before it told it leaves that to the next one.
 */
import type { StateFiles } from '../host/state-files.ts';
import { hasTypes, readDocument, replaceDocument } from './journal.ts';

const LOSSES = 'losses.json';
const SCHEMA = 'postern.losses/1';

export interface Losses {
  /** @param about  of the same loss always the same: the name of a file, numbers of runs. */
  add(about: string, words: string): void;
  /** A sentence each, as long as they can be seen or are untold. */
  all(): readonly string[];
  untold(): readonly string[];
  /** Writes down what nobody was told yet. */
  record(): void;
  /** @throws {InputError} `state-unwritable`. */
  told(): void;
}

interface Loss {
  readonly about: string;
  readonly words: string;
  readonly told: boolean;
}

/** @throws {InputError} `state-unreadable`; `record`: `state-unwritable`. */
export function readLosses(files: StateFiles): Losses {
  const document = readDocument(files, LOSSES);
  const listed = hasTypes(document, { schema: 'string', losses: 'object' }) && document.schema === SCHEMA ? document.losses : [];
  const written = Array.isArray(listed) ? listed.filter(isLoss) : [];
  const known = new Map(written.map((loss) => [loss.about, loss]));
  const seen = new Map<string, Loss>(written.filter(({ told }) => !told).map((loss) => [loss.about, loss]));
  const write = (): void => replaceDocument(files, LOSSES, { schema: SCHEMA, losses: [...seen.values()] });
  return {
    add: (about, words) => void seen.set(about, { about, words, told: known.get(about)?.told ?? false }),
    all: () => [...new Set([...seen.values()].map(({ words }) => words))],
    untold: () => [...seen.values()].filter(({ told }) => !told).map(({ words }) => words),
    record: () => {
      if ([...seen.values()].some(({ about, told }) => !told && !known.has(about))) write();
    },
    told: () => {
      if (![...seen.values()].some(({ told }) => !told)) return;
      for (const loss of seen.values()) seen.set(loss.about, { ...loss, told: true });
      write();
    },
  };
}

/** Runs of which nothing is left. */
export function addGap(losses: Losses, first: number, last: number): void {
  const [which, are] = first === last ? [`Run #${first}`, 'is'] : [`Runs #${first} to #${last}`, 'are'];
  losses.add(`#${first}-${last}`, `${which} ${are} lost: neither a file nor a line of the index is left.`);
}

function isLoss(value: unknown): value is Loss {
  return hasTypes(value, { about: 'string', words: 'string', told: 'boolean' });
}
