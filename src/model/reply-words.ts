/** What a reply says in words, where its code leaves the meaning open: whole words, never parts of names or digits. */

/** An address, a path or the name of a host: it may hold any word (`u@relay.example.com`), and servers echo many. */
const NAME = /@|[a-z0-9"][!%.][a-z0-9"]/i;

/** The words of a reply in lower case with a blank on either side of each, without names and addresses. `mx-relay` is one word, `relay1` is too. */
export function wordsOf(text: string): string {
  const plain = text
    .replace(/<[^<>]*>/g, ' ')
    .split(/\s+/)
    .filter((token) => !NAME.test(token));
  const words = plain
    .join(' ')
    .replace(/['’]/g, '')
    .toLowerCase()
    .match(/[a-z0-9]+(?:-[a-z0-9]+)*/g);
  return ` ${(words ?? []).join(' ')} `;
}

/** Whether any of the phrases is among the words, each a run of whole words. */
export function says(words: string, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => words.includes(` ${phrase} `));
}
