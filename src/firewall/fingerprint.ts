/**
 * What a question that no packet answers is about, beside its words: the rules and sets that feed it. Two versions of a configuration ask the same
 * question only where both are alike.
 *
 * Worked example: `meta mark 2` is fed by the rules that set marks, and by what stands before them in their chains. Where one of two versions marks
 * with 1 and the other with 2, `meta mark 2 {5f1c2a90}` and `meta mark 2 {c03d7e11}` are two questions, although both read `meta mark 2`.
 */
import { sha256 } from '../model/digest.ts';

/** `text`, marked by what feeds it; as it is where nothing does. */
export function fedBy(text: string, feeders: readonly string[]): string {
  return feeders.length === 0 ? text : `${text} {${sha256(feeders.join('\n')).slice(0, 8)}}`;
}

/** What `fedBy` put behind the text; empty where that was nothing. */
export function feedOf(key: string): string {
  return / \{[0-9a-f]{8}\}$/.exec(key)?.[0] ?? '';
}

/** Long texts as one short one, which can be kept; nothing of nothing. */
export function digestOf(texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [sha256(texts.join('\n'))];
}
