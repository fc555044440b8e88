/**
 * The rules that write what others ask about, those that lead to them, and what stands before either: whether a packet comes there hangs on it. What
 * such rules ask themselves is looked after in the same way.
 *
 * Worked example: `mark` is written by `-A PREROUTING -m recent --rcheck --name knocked -j MARK --set-mark 1`, so that it hangs on every rule before
 * that one, and on those that put addresses into the list knocked.
 */
import { remembered } from '../model/remembered.ts';
import { digestOf } from './fingerprint.ts';

/** A chain, with the rules as far as they matter here. */
export interface FeedingChain {
  /** With its hook and priority, where it has them. */
  readonly name: string;
  readonly rules: readonly FeedingRule[];
  readonly textAt: (index: number) => string;
}

/** What is written and read is told in words that both sides use: `mark`, and with a name `set relays`. */
export interface FeedingRule {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  /** Names of the chains that it calls. */
  readonly calls: readonly string[];
}

/** What a target may write that is not known here. */
export const WHATEVER: readonly string[] = [
  ...['mark', 'connmark', 'tracking', 'nat', 'tos', 'ttl', 'tcp-options', 'packet', 'priority', 'label', 'zone', 'helper'],
  ...['secmark', 'rateest'],
];

/** What each rule that has it also uses up: of one rule alone it is part of the question itself. */
export const SHARED = 'shared ';

interface Position {
  readonly chain: string;
  readonly index: number;
}

export class Feeders {
  readonly #chains: ReadonlyMap<string, FeedingChain>;
  readonly #writers = new Map<string, Position[]>();
  readonly #callers = new Map<string, Position[]>();
  readonly #found = new Map<string, readonly string[]>();

  constructor(chains: ReadonlyMap<string, FeedingChain>) {
    this.#chains = chains;
    for (const [chain, { rules }] of chains)
      for (const [index, { writes, calls }] of rules.entries()) {
        for (const one of writes) note(this.#writers, one, { chain, index });
        for (const called of calls) note(this.#callers, called, { chain, index });
      }
  }

  /** One short text for all of it; nothing where nothing writes it. */
  of(asked: string): readonly string[] {
    return remembered(this.#found, asked, () => digestOf(this.lines(asked)));
  }

  lines(asked: string): readonly string[] {
    return [...this.#lasts(asked)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([id, last]) => {
        const chain = this.#chains.get(id);
        return chain === undefined ? [] : [chain.name, ...chain.rules.slice(0, last + 1).map((_, at) => chain.textAt(at))];
      });
  }

  /** The last rule of each chain that matters. */
  #lasts(asked: string): ReadonlyMap<string, number> {
    const lasts = new Map<string, number>();
    const wanted = new Set([asked]);
    // A set can be added to while it is gone through.
    for (const one of wanted) {
      const waiting = [...this.#writersOf(one)];
      for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
        const before = lasts.get(at.chain) ?? -1;
        if (before < 0) waiting.push(...(this.#callers.get(at.chain) ?? []));
        if (at.index <= before) continue;
        for (const { reads } of this.#chains.get(at.chain)?.rules.slice(before + 1, at.index + 1) ?? [])
          for (const read of reads) wanted.add(read);
        lasts.set(at.chain, at.index);
      }
    }
    return lasts;
  }

  #writersOf(asked: string): readonly Position[] {
    const writers = this.#writers.get(asked) ?? [];
    return asked.startsWith(SHARED) && writers.length < 2 ? [] : writers;
  }
}

function note(positions: Map<string, Position[]>, key: string, position: Position): void {
  const known = positions.get(key);
  if (known === undefined) positions.set(key, [position]);
  else known.push(position);
}
