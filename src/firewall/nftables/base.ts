/**
 * The place of a chain in the path of a packet.
 *
 * Worked example: `type nat hook output priority dstnat` is a base chain of output at −100 with the policy accept. One of a dormant table is none.
 */
import type { Problems } from '../problems.ts';
import type { BaseChain, Hook, Place } from '../ruleset.ts';
import type { Context } from './context.ts';
import type { Token } from './lexer.ts';
import { priorityOf } from './priority.ts';
import type { RawChain } from './tree.ts';

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

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

function hookOf(text: string): Hook | null {
  return HOOKS.find((hook) => hook === text) ?? null;
}

function kindOf(text: string): BaseChain['kind'] | null {
  return text === 'filter' || text === 'nat' || text === 'route' ? text : null;
}
