/** Notes of what a change does beyond what a review judges: a verdict over the rest must not be read as one over them. */

const WORDS = 'That was not judged';

/** @param told  what it is, as a sentence. @param advice  further sentences, or none. */
export function unjudgedNote(told: string, advice = ''): string {
  return `${told} ${WORDS}${advice === '' ? '.' : advice}`;
}

export function isUnjudged(note: string): boolean {
  return note.includes(WORDS);
}
