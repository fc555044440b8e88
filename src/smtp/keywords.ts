import type { Reply } from '../model/dialogue.ts';

/**
 * Extensions that an EHLO reply offers, upper case, each once, in the server's order. The first line is the greeting and
 * names none. `AUTH=LOGIN`, the form from before RFC 2554, is written `AUTH LOGIN`.
 *
 * @see RFC 5321 section 4.1.1.1, RFC 4954 section 3
 */
export function keywordsOf(reply: Reply): readonly string[] {
  const keywords = reply.lines
    .slice(1)
    .map((line) =>
      line
        .trim()
        .replace(/ +/g, ' ')
        .toUpperCase()
        .replace(/^AUTH=/, 'AUTH '),
    )
    .filter((line) => line !== '');
  return [...new Set(keywords)];
}

/** Whether a keyword is offered, with or without parameters. */
export function offers(keywords: readonly string[], keyword: string): boolean {
  return keywords.some((offered) => offered.split(' ')[0] === keyword);
}
