/**
 * What the rules of a text do beside judging packets.
 *
 * Worked example: `add @seen { ip saddr }` in any rule makes the content of the set `seen` unknown everywhere; `notrack`, or a base chain before
 * priority −200, makes `ct state` an open question.
 */
import type { Facts } from './context.ts';
import type { Token } from './lexer.ts';
import { priorityOf } from './priority.ts';
import type { Tree } from './tree.ts';

export function factsOf(tree: Tree): Facts {
  const chains = [...tree.values()].flatMap((table) =>
    [...table.chains.values()].map((chain) => ({ chain, family: table.family })),
  );
  const rules = chains.flatMap(({ chain }) => chain.rules);
  return {
    marks: rules.some(setsMark),
    untracks:
      rules.some((rule) => rule.some(({ kind, text }) => kind === 'word' && text === 'notrack')) ||
      chains.some(
        ({ chain, family }) =>
          chain.base !== null && (priorityOf(chain.base.priority, family) ?? 0) <= CONNTRACK && chain.rules.some(asksState),
      ),
    changedSets: new Set(rules.flatMap(changed)),
  };
}

/** @see Linux, include/uapi/linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK */
const CONNTRACK = -200;

function asksState(rule: readonly Token[]): boolean {
  return rule.some(({ text }, at) => text === 'ct' && rule[at + 1]?.text === 'state');
}

function setsMark(rule: readonly Token[]): boolean {
  return rule.some(({ text }, at) => text === 'mark' && rule[at + 1]?.text === 'set');
}

function changed(rule: readonly Token[]): readonly string[] {
  return rule.flatMap(({ text }, at) => {
    const before = rule[at - 1]?.text ?? '';
    if (text === '@' && ['add', 'update', 'delete'].includes(before)) return [rule[at + 1]?.text ?? ''];
    return text === 'set' && ['add', 'update', 'delete'].includes(rule[at + 1]?.text ?? '')
      ? rule.flatMap((one, i) => (one.text === '@' ? [rule[i + 1]?.text ?? ''] : []))
      : [];
  });
}
