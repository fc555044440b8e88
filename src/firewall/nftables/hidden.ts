/**
 * What a rule's comment gives away: its handle, and parts of a rule of iptables-nft that nft cannot put into its own words.
 *
 * Worked example: an older nft prints the rule `-p tcp -m multiport --dports 25,587 -j DROP` as `ip protocol tcp # multiport dports 25,587 counter
 * packets 0 bytes 0 drop`, and `-j REJECT` as `counter packets 0 bytes 0 # reject-with icmp-port-unreachable`. Read as comments, the one would be a
 * rule that does nothing and the other as well. A person's comment behind a rule is none of this: `tcp dport 25 drop # no mail`.
 *
 * @see nftables, src/xt.c, xt_stmt_xlate()
 */
import type { Token } from './lexer.ts';
import { VERDICTS } from './words.ts';

export function handleOf(comment: string): number | null {
  const match = /(?:^|\s|#)handle (\d{1,15})$/.exec(comment);
  return match === null ? null : Number(match[1]);
}

/** What it hides, or null. @param comment  behind the last word of the rule, without its `#`. */
export function hiddenIn(tokens: readonly Token[], comment: string): string | null {
  const text = comment.replace(/#?\s*handle \d+$/, '').trim();
  if (text === '' || tokens.some((token) => token.kind === 'word' && (VERDICTS.has(token.text) || token.text === 'vmap')))
    return null;
  const match = /^xt_|\bcounter packets \d+ bytes \d+|\bcounter\b.*\b(accept|drop|return|reject|jump|goto)\b/.test(text);
  // iptables-nft writes the target behind a counter with numbers, which nobody writes by hand.
  const [word, , count] = tokens.slice(-4);
  const target = word?.text === 'packets' && count?.text === 'bytes';
  return match || target ? text : null;
}
