/**
 * Chains that call each other in a circle, or too deep: the kernel refuses the ruleset.
 *
 * Worked example: of `chain a { jump b }` and `chain b { jump a }` with a base chain that jumps to `a`, the chain `a` comes back to itself.
 *
 * @see Linux, net/netfilter/nf_tables_api.c, nft_chain_validate(), NFT_JUMP_STACK_SIZE
 */
import { circleText } from '../calls.ts';
import type { Problems } from '../problems.ts';
import { calledBy } from './reach.ts';
import type { RawTable } from './tree.ts';

/** Chains one behind the other, the base chain among them. */
const DEEPEST = 16;

export function refuseDeepCalls(table: RawTable, problems: Problems): void {
  const depths = new Map<string, number>();
  let refused = false;
  const refuse = (name: string, code: string, message: string): number => {
    if (!refused) problems.error(table.chains.get(name) ?? table, code, message);
    refused = true;
    return 0;
  };
  /** How many calls follow upon each other from this chain on. */
  const depthOf = (name: string, callers: readonly string[]): number => {
    if (callers.includes(name)) return refuse(name, 'circle', circleText(callers, name));
    const known = depths.get(name);
    if (known === undefined && callers.length < DEEPEST) {
      const called = new Set((table.chains.get(name)?.rules ?? []).flatMap((rule) => calledBy(rule, table)));
      const depth = Math.max(0, ...[...called].map((one) => depthOf(one, [...callers, name]) + 1));
      depths.set(name, depth);
    }
    const deepest = callers.length + (depths.get(name) ?? 0);
    if (deepest < DEEPEST) return depths.get(name) ?? 0;
    const message = `By way of this chain more than ${DEEPEST - 1} calls follow upon each other, which the kernel refuses. Put the rules of one chain into its caller.`;
    return refuse(name, 'deep-calls', message);
  };
  for (const { name, base } of table.chains.values()) if (base !== null) depthOf(name, []);
}
