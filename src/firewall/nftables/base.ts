/**
 * The place of a chain in the path of a packet.
 *
 * Worked example: `type nat hook output priority dstnat` is a base chain of output at −100 with the policy accept. One of a dormant table is none.
 */
import { listText } from '../../model/list-text.ts';
import type { Problems } from '../problems.ts';
import { type BaseChain, HOOKS, type Hook, type Place } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Token } from './lexer.ts';
import { priorityOf } from './priority.ts';
import type { RawBase, RawChain } from './tree.ts';

/** Null of a chain that is only jumped to, that is switched off, or whose hook is not looked at. */
export function baseOf(chain: RawChain, place: Place, context: Context): BaseChain | null {
  const { base, policy } = chain;
  const { problems, table, assumptions } = context;
  if (base === null) return null;
  const [hook, kind] = [hookOf(base.hook.text), kindOf(base.type.text)];
  const priority = priorityOf(base.priority, table.family);
  if (kind === null)
    problems.error(base.type, 'unknown-type', `${base.type.text} is no type of chain: write filter, nat or route.`);
  if (priority === null)
    problems.error(
      base.priority[0] ?? base,
      'bad-priority',
      'Write a priority as a number, or as a name: filter, raw, filter - 10.',
    );
  if (policy !== null && policy.text !== 'accept' && policy.text !== 'drop')
    problems.error(policy, 'bad-policy', `${policy.text} is no policy: write accept or drop.`);
  if (hook !== null && kind !== null && priority !== null) refusePlace(base, { hook, kind, priority }, problems);
  for (const word of [base.type, base.hook, policy]) if (word !== null) refuseQuoted(word, problems);
  if (hook === null && (base.hook.text === 'ingress' || base.hook.text === 'egress')) {
    problems.warning(base.hook, 'unmodelled', `Chains of the hook ${base.hook.text} are not looked at.`);
    assumptions.add(`The chain ${context.idOf(chain.name)} is taken to let everything through.`);
  } else if (hook === null)
    problems.error(base.hook, 'unknown-hook', problems.advised(`${base.hook.text} is no hook.`, base.hook.text, HOOKS));
  if (table.dormant) {
    problems.warning(base, 'dormant', `The table ${table.name} is dormant: this chain does nothing.`);
    return null;
  }
  if (hook === null || kind === null || priority === null) return null;
  return { chain: context.idOf(chain.name), hook, kind, priority, policy: policy?.text === 'drop' ? 'drop' : 'accept', place };
}

/** nft takes no string for a word of its own; what a name stands for may be one. */
function refuseQuoted(word: Token, problems: Problems): void {
  if (word.kind === 'string' && problems.wordsOf(word).startsWith('"'))
    problems.error(word, 'quoted', `nft refuses a file with this word in quotes: write ${word.text} without them.`);
}

/**
 * What the kernel or nft refuses, with the file as a whole. Of the names of priorities as much is let through as any version of nft takes.
 *
 * @see nft(8), CHAINS; nftables, src/rule.c, std_prio_family_hook_compat(); Linux, net/netfilter/nf_tables_api.c, nft_chain_parse_hook()
 */
function refusePlace(
  base: RawBase,
  { hook, kind, priority }: Pick<BaseChain, 'hook' | 'kind' | 'priority'>,
  problems: Problems,
): void {
  const hooks = HOOKS_OF[kind];
  if (!hooks.includes(hook))
    problems.error(
      base.hook,
      'bad-hook',
      `A chain of type ${kind} cannot be at the hook ${hook}: write the type filter, or the hook ${listText(hooks, 'or')}.`,
    );
  if (kind === 'nat' && priority <= CONNTRACK)
    problems.error(base.type, 'bad-priority', `A chain of type nat needs a priority above ${CONNTRACK}.`);
  const name = base.priority[0]?.text ?? '';
  const named = NAT_NAMES[name] ?? null;
  if (named !== null && !named.includes(hook))
    problems.error(
      base.priority[0] ?? base,
      'bad-priority',
      `The priority ${name} has no meaning at the hook ${hook}: write a number.`,
    );
}

/** @see Linux, include/uapi/linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK */
const CONNTRACK = -200;

const NAT_NAMES: Readonly<Partial<Record<string, readonly Hook[]>>> = {
  dstnat: ['prerouting', 'output'],
  srcnat: ['postrouting', 'input'],
};

const HOOKS_OF: Readonly<Record<BaseChain['kind'], readonly Hook[]>> = {
  filter: HOOKS,
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  route: ['output'],
};

function hookOf(text: string): Hook | null {
  return HOOKS.find((hook) => hook === text) ?? null;
}

function kindOf(text: string): BaseChain['kind'] | null {
  return text === 'filter' || text === 'nat' || text === 'route' ? text : null;
}
