/**
 * `reject`: what it answers with, and what that needs.
 *
 * Worked example: `reject with icmpv6 no-route` is of IPv6 only. `reject with accept` is refused by nft, with the whole file.
 *
 * @see nft(8), REJECT STATEMENT; Linux, net/netfilter/nft_reject_inet.c; nftables, src/evaluate.c, stmt_evaluate_reject()
 */
import type { Family } from '../../model/address.ts';
import { ALWAYS, type Case, type Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';

/** @param cursor  behind the word itself. */
export function reject(cursor: Cursor, context: Context): { readonly needs: Condition; readonly cases: readonly Case[] } {
  const { families } = context;
  const only = families.length === 1 ? families[0] : null;
  const usual = only === 'ipv4' ? 'icmp' : only === 'ipv6' ? 'icmpv6' : 'icmpx';
  if (!cursor.taken('with')) return rejected(`${usual} port-unreachable`, ALWAYS);
  const last = cursor.token(-1);
  const kindToken = cursor.token() ?? last;
  const kind = cursor.take();
  if (!KINDS.includes(kind)) {
    const message = 'Behind reject with stands tcp reset, or icmp, icmpv6 or icmpx and a reason.';
    error(context, kindToken, context.problems.advised(message, kind, KINDS));
    cursor.rest();
    return rejected(kind, ALWAYS);
  }
  if (cursor.peek() === 'type') cursor.take();
  const reasonToken = cursor.token() ?? kindToken;
  const reason = cursor.take();
  const reasons = REASONS[kind] ?? [];
  if (!reasons.includes(reason) && (kind === 'tcp' || !NUMBER.test(reason))) {
    const message = reason === '' ? `reject with ${kind} needs a reason.` : `${reason} is no reason of reject with ${kind}.`;
    error(context, reasonToken, context.problems.advised(message, reason, reasons, `Known are ${reasons.join(', ')}.`));
  }
  const family: Family | null = kind === 'icmp' ? 'ipv4' : kind === 'icmpv6' ? 'ipv6' : null;
  const needs: Condition = kind === 'tcp' ? TCP : family === null || family === only ? ALWAYS : { kind: 'family', family };
  return rejected(`${kind} ${reason}`, needs);
}

function rejected(how: string, needs: Condition): { readonly needs: Condition; readonly cases: readonly Case[] } {
  return { needs, cases: [{ condition: ALWAYS, verdict: { kind: 'reject', how } }] };
}

function error({ problems }: Context, token: Token | undefined, message: string): void {
  problems.error(token ?? { start: 0, end: 0 }, 'bad-reject', message);
}

const TCP: Condition = { kind: 'protocol', ranges: [{ first: 6, last: 6 }] };

const NUMBER = /^(0x[\da-f]+|\d+)$/i;

/** @see nft describe icmp_code, icmpv6_code, icmpx_code */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  tcp: ['reset'],
  icmp: [
    ...['net-unreachable', 'host-unreachable', 'prot-unreachable', 'port-unreachable', 'frag-needed'],
    ...['net-prohibited', 'host-prohibited', 'admin-prohibited'],
  ],
  icmpv6: ['no-route', 'admin-prohibited', 'addr-unreachable', 'port-unreachable', 'policy-fail', 'reject-route'],
  icmpx: ['port-unreachable', 'admin-prohibited', 'no-route', 'host-unreachable'],
};

const KINDS: readonly string[] = Object.keys(REASONS);
