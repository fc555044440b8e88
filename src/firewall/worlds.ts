/**
 * All the ways in which open questions can be answered. A run that asks is run again for every sequence of answers that it can get.
 *
 * Worked example: a run that asks "user 105?" and, only if that is denied, "-m limit --limit 1/sec?" has three worlds: yes; no and yes; no and no.
 */
export interface Question {
  /** The same question has the same one in every world; words may be the same for several. */
  readonly key: string;
  /** What a yes, and a no, means, in words that follow an `if`. */
  readonly yes: string;
  readonly no: string;
  /** Takes the answer as known for the rest of this world. */
  readonly settle: (answer: boolean) => void;
}

export interface Answer {
  readonly question: Question;
  readonly answer: boolean;
}

export interface World<T> {
  readonly answers: readonly Answer[];
  readonly outcome: T;
}

export type Ask = (question: Question) => boolean;

/**
 * @param run  asks the same questions after the same answers.
 * @returns null where there are more worlds than `most`.
 */
export function everyWorld<T>(run: (ask: Ask) => T, most: number): readonly World<T>[] | null {
  const worlds: World<T>[] = [];
  for (let start: readonly boolean[] | null = []; start !== null; ) {
    if (worlds.length === most) return null;
    const world: World<T> = oneWorld(run, start);
    worlds.push(world);
    start = next(world.answers);
  }
  return worlds;
}

/** The answers of `start`, and yes to whatever is asked beyond. */
function oneWorld<T>(run: (ask: Ask) => T, start: readonly boolean[]): World<T> {
  const answers: Answer[] = [];
  const outcome = run((question) => {
    const answer = start[answers.length] ?? true;
    answers.push({ question, answer });
    question.settle(answer);
    return answer;
  });
  return { answers, outcome };
}

/** As counting down in binary: the last yes becomes a no, and what followed it is asked anew. */
function next(answers: readonly Answer[]): readonly boolean[] | null {
  const given = answers.map(({ answer }) => answer);
  const last = given.lastIndexOf(true);
  return last < 0 ? null : [...given.slice(0, last), false];
}
