/**
 * Matches and targets of iptables-nft, of which only the name is known.
 *
 * Worked example: `xt target "REJECT"` rejects, whatever it answers; `xt target "LOG"` goes on with the next rule; `xt target "DNAT"` sends elsewhere, to
 * any place. What `xt match "multiport"` asks for is not known, and two of them may ask for different ports; `xt match "comment"` asks for nothing.
 *
 * @see iptables-extensions(8); nftables, src/xt.c
 */
import { ALWAYS, type Case, type Verdict } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import { elsewhere, toThisHost } from './translations.ts';
import { ASKED_OUTSIDE, type Judgement } from './verdicts.ts';

/** Null, and nothing taken, where none stands here whose name tells what it does. */
export function targetAt(cursor: Cursor, context: Context): Judgement | null {
  if (cursor.peek() !== 'xt' || cursor.peek(1) !== 'target') return null;
  const name = cursor.token(2)?.text ?? '';
  const cases = casesOf(name, context);
  if (cases === null) return null;
  cursor.at += 3;
  return { needs: ALWAYS, cases };
}

/** Asks for nothing: it is only there to be read. */
export function isComment(cursor: Cursor): boolean {
  return cursor.peek() === 'xt' && cursor.peek(1) === 'match' && cursor.token(2)?.text === 'comment';
}

/** They do something and go on. What they set is told by Facts. */
const PASSING: ReadonlySet<string> = new Set([
  ...[
    'LOG',
    'NFLOG',
    'ULOG',
    'AUDIT',
    'TRACE',
    'MARK',
    'CONNMARK',
    'CHECKSUM',
    'TCPMSS',
    'TOS',
    'DSCP',
    'TTL',
    'HL',
    'CT',
    'NOTRACK',
  ],
  ...['CLASSIFY', 'SET', 'SECMARK', 'CONNSECMARK', 'IDLETIMER', 'RATEEST', 'TEE', 'LED', 'TCPOPTSTRIP', 'ECN'],
]);

const ANY_PORT = [{ first: 0, last: 65_535 }];

function casesOf(name: string, context: Context): readonly Case[] | null {
  if (PASSING.has(name)) return [];
  const always = (verdict: Verdict): Case => ({ condition: ALWAYS, verdict });
  if (name === 'REJECT') return [always({ kind: 'reject', how: 'xt target REJECT' })];
  if (['NFQUEUE', 'QUEUE', 'SYNPROXY'].includes(name)) {
    context.assumptions.add(ASKED_OUTSIDE);
    return [always({ kind: 'unknown', key: `xt target ${name}`, text: `xt target ${name}` })];
  }
  // It rewrites the network of the source after routing, that of the destination before.
  const behind = context.hooks.size > 0 && [...context.hooks].every((hook) => hook === 'postrouting' || hook === 'input');
  if (name === 'MASQUERADE' || name === 'SNAT' || (name === 'NETMAP' && behind))
    return [always({ kind: 'translate-source', how: name })];
  if (name === 'REDIRECT')
    return toThisHost(always({ kind: 'divert', how: 'redirect', destination: null, port: ANY_PORT }), context);
  return name === 'DNAT' ? elsewhere(context) : null;
}
