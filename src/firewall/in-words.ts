/**
 * On what a verdict hangs, in words.
 *
 * Worked example: accepted where "user 105" is answered with yes, or with no and then "group 8" with yes; dropped otherwise: `if user 105 or
 * group 8`. That group 8 is asked only after a no need not be said: no dropped world has user 105.
 */
import type { Answer, World } from './worlds.ts';

/** The best of them is what the words are about; accept, or else the word stands before the `if`. */
const BEST_FIRST = ['accept', 'redirect', 'reject', 'drop'];

/** Worlds, and parts of a condition, that can still be read. */
const [MOST_COMPARED, MOST_CLAUSES] = [128, 4];

export function conditionInWords(worlds: readonly World<string>[]): string {
  const best = BEST_FIRST.find((verdict) => worlds.some(({ outcome }) => outcome === verdict));
  const about = best === undefined || best === 'accept' ? '' : `${best} `;
  const clauses = worlds.length > MOST_COMPARED || ambiguous(worlds) ? [] : clausesOf(worlds, best);
  if (clauses.length > 0 && clauses.length <= MOST_CLAUSES) return `${about}if ${clauses.map(clauseText).join(' or ')}`;
  const questions = new Set(worlds.flatMap(({ answers }) => answers.map(({ question }) => question.yes)));
  return `${about}depending on ${[...questions].join('; ')}`;
}

/** Two rate limits that are written alike are two questions. */
function ambiguous(worlds: readonly World<string>[]): boolean {
  const [keys, words] = [new Set<string>(), new Set<string>()];
  for (const { answers } of worlds)
    for (const { question } of answers) {
      keys.add(question.key);
      words.add(question.yes);
    }
  return keys.size !== words.size;
}

type Clause = readonly Answer[];

/** What the worlds with one verdict have that no other world has: each as short as it can be, and none twice. */
function clausesOf(worlds: readonly World<string>[], best: string | undefined): readonly Clause[] {
  const others = worlds.filter(({ outcome }) => outcome !== best).map(({ answers }) => answers);
  const clauses = worlds.filter(({ outcome }) => outcome === best).map(({ answers }) => shortened(answers, others));
  return clauses.filter(
    (clause, index) =>
      !clauses.some((other, at) => at !== index && contains(clause, other) && (at < index || !contains(other, clause))),
  );
}

/** Without the answers that no other world needs in order to be told from it. */
function shortened(clause: Clause, others: readonly Clause[]): Clause {
  let short = clause;
  for (const answer of clause) {
    const rest = short.filter((one) => one !== answer);
    if (others.every((other) => contradict(rest, other))) short = rest;
  }
  return short;
}

function contradict(a: Clause, b: Clause): boolean {
  return a.some((one) => b.some((other) => one.question.key === other.question.key && one.answer !== other.answer));
}

function contains(clause: Clause, part: Clause): boolean {
  return part.every((one) => clause.some((other) => one.question.key === other.question.key && one.answer === other.answer));
}

function clauseText(clause: Clause): string {
  return clause.map(({ question, answer }) => (answer ? question.yes : question.no)).join(' and ');
}
