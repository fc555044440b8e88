/**
 * TCP flags: which are looked at, and which of those are set.
 *
 * Worked example: `--syn` is `--tcp-flags FIN,SYN,RST,ACK SYN`: of these four exactly SYN, as in the first packet of a connection.
 *
 * @see RFC 9293 section 3.1; Linux, net/netfilter/xt_tcpudp.c, tcp_mt()
 */
import type { Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { ModuleOption } from './options.ts';
import { commaParts, type Word } from './words.ts';

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['FIN', 1],
  ['SYN', 2],
  ['RST', 4],
  ['PSH', 8],
  ['ACK', 16],
  ['URG', 32],
  ['ALL', 63],
  ['NONE', 0],
]);

const FLAG_NAMES: readonly string[] = [...FLAGS.keys()];

export function synCondition(): Condition {
  return { kind: 'flags', mask: 1 + 2 + 4 + 16, value: 2 };
}

/** `--tcp-flags MASK COMP`, without its `!`. A flag of COMP that MASK leaves out makes it never hold, as in the kernel. */
export function flagsCondition(option: ModuleOption, context: Context): Condition {
  const [mask, value] = option.values;
  return { kind: 'flags', mask: readFlags(mask, context), value: readFlags(value, context) };
}

function readFlags(word: Word | undefined, context: Context): number {
  let flags = 0;
  for (const part of word === undefined ? [] : commaParts(word)) {
    const flag = FLAGS.get(part.text.toUpperCase());
    if (flag === undefined) {
      const message = `${part.text === '' ? 'Nothing' : part.text} is no TCP flag.`;
      const all = 'TCP has FIN, SYN, RST, PSH, ACK and URG.';
      context.problems.error(part, 'unknown-flag', context.problems.advised(message, part.text, FLAG_NAMES, all));
    } else flags |= flag;
  }
  return flags;
}
