/**
 * What the rules of a text do beside judging packets.
 *
 * Worked example: `add @seen { ip saddr }` in any rule makes the content of the set `seen` unknown everywhere; `notrack`, or a base chain before
 * priority −200, makes `ct state` an open question.
 */
import type { Facts } from './context.ts';
import { writtenBy } from './effects.ts';
import { Feeding } from './feeding.ts';
import type { Token } from './lexer.ts';
import { priorityOf } from './priority.ts';
import { reachOf } from './reach.ts';
import type { RawRule, RawTable, Tree } from './tree.ts';

export function factsOf(tree: Tree): Facts {
  const rules = [...tree.values()].flatMap((table) => [...table.chains.values()].flatMap((chain) => chain.rules));
  const targets = rules.flatMap(targetsOf);
  const written = new Set(rules.flatMap((rule) => writtenBy({ ...rule, hidden: null })));
  return {
    marks: rules.some(({ tokens }) => hasPair(tokens, 'mark', 'set')) || targets.some((name) => /^$|MARK/.test(name)),
    untracks:
      rules.some(({ tokens }) => tokens.some(({ kind, text }) => kind === 'word' && text === 'notrack')) ||
      targets.some((name) => /^$|^CT$|NOTRACK/.test(name)) ||
      [...tree.values()].some(asksEarly),
    feeding: new Feeding(tree),
    changedSets: new Set([...written].flatMap((one) => (one.startsWith(SET) ? [one.slice(SET.length)] : []))),
    rewritten: written,
  };
}

const SET = 'set ';

/** Of iptables-nft; empty where it is not known which. */
function targetsOf({ tokens, hidden }: RawRule): readonly string[] {
  const named = tokens.flatMap(({ kind, text }, at) => {
    if (kind !== 'word' || text !== 'xt') return [];
    const [type = '', name = ''] = [tokens[at + 1]?.text, tokens[at + 2]?.text];
    return type === 'match' || type === 'watcher' ? [] : [/^\w+$/.test(name) ? name : ''];
  });
  return hidden === null ? named : [...named, ''];
}

/** @see Linux, include/uapi/linux/netfilter_ipv4.h, NF_IP_PRI_CONNTRACK */
const CONNTRACK = -200;

/** A chain asks for the state that is reached from before connections are tracked. */
function asksEarly(table: RawTable): boolean {
  const asking = [...table.chains.values()].filter((chain) => chain.rules.some(({ tokens }) => hasPair(tokens, 'ct', 'state')));
  if (asking.length === 0) return false;
  const reach = reachOf(table);
  return asking.some(({ name }) =>
    (reach.get(name) ?? []).some(({ base }) => base !== null && (priorityOf(base.priority, table.family) ?? 0) <= CONNTRACK),
  );
}

function hasPair(tokens: readonly Token[], first: string, second: string): boolean {
  return tokens.some(({ kind, text }, at) => kind === 'word' && text === first && tokens[at + 1]?.text === second);
}
