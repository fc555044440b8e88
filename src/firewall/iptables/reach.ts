/**
 * Which chains lead to which: from which hooks a chain is reached, and what is wrong with the way.
 *
 * Worked example: `-A FORWARD -j mail`, `-A mail -g log`: the chain mail and the chain log are reached from the hook forward. Had log a rule
 * `-j mail`, a packet would never come out: the kernel refuses such a circle.
 *
 * @see Linux, net/ipv4/netfilter/ip_tables.c, mark_source_chains()
 */
import { circleText } from '../calls.ts';
import type { Problems } from '../problems.ts';
import type { Hook } from '../ruleset.ts';
import { optionsOf, type RawChain, type RawRule, type RawTable } from './raw-table.ts';
import { reportTarget, resolveTarget, targetNames } from './resolve.ts';
import { HOOK_OF } from './table-names.ts';

/** Hooks from which each chain is reached; none for one that nothing leads to. Reports mistakes in targets, circles, and chains without use. */
export function reachOf(table: RawTable, problems: Problems): ReadonlyMap<RawChain, ReadonlySet<Hook>> {
  const next = callsOf(table, problems);
  reportCircles(next, problems);
  const reached = new Map<RawChain, Set<Hook>>([...table.chains.values()].map((chain) => [chain, new Set()]));
  for (const chain of table.chains.values()) {
    const hook = chain.builtIn ? HOOK_OF.get(chain.name) : undefined;
    if (hook !== undefined) spread(chain, hook, next, reached);
  }
  for (const chain of table.chains.values()) {
    if (reached.get(chain)?.size !== 0 || chain.builtIn) continue;
    problems.warning(
      chain.span,
      'chain-unused',
      `No built-in chain of ${table.name} leads to ${chain.name}: its rules do nothing.`,
    );
  }
  return reached;
}

interface Call {
  readonly to: RawChain;
  readonly rule: RawRule;
}

type Calls = ReadonlyMap<RawChain, readonly Call[]>;

function callsOf(table: RawTable, problems: Problems): Calls {
  const calls = new Map<RawChain, Call[]>();
  const names = targetNames(table);
  for (const chain of table.chains.values()) {
    const own: Call[] = [];
    for (const rule of chain.rules) {
      const { target } = rule;
      if (target === null) continue;
      const resolved = resolveTarget(target, table);
      if (resolved.kind === 'chain') own.push({ to: resolved.chain, rule });
      else if (resolved.kind !== 'module') {
        const { target: here } = optionsOf(rule, problems.source);
        if (here !== null) reportTarget(here, resolved, { table, names, problems });
      }
    }
    calls.set(chain, own);
  }
  return calls;
}

/** Depth first, with a stack of its own: chains may be nested deeper than calls can be. */
function reportCircles(calls: Calls, problems: Problems): void {
  const done = new Set<RawChain>();
  for (const start of calls.keys()) {
    const path: { readonly chain: RawChain; at: number }[] = [{ chain: start, at: 0 }];
    const onPath = new Set([start]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const call = done.has(top.chain) ? undefined : calls.get(top.chain)?.[top.at++];
      if (call === undefined) {
        done.add(top.chain);
        onPath.delete(top.chain);
        path.pop();
      } else if (onPath.has(call.to))
        problems.error(
          call.rule,
          'circle',
          circleText(
            path.map(({ chain }) => chain.name),
            call.to.name,
          ),
        );
      else if (!done.has(call.to)) {
        path.push({ chain: call.to, at: 0 });
        onPath.add(call.to);
      }
    }
  }
}

function spread(from: RawChain, hook: Hook, calls: Calls, reached: ReadonlyMap<RawChain, Set<Hook>>): void {
  const waiting = [from];
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop()) {
    const hooks = reached.get(chain);
    if (hooks === undefined || hooks.has(hook)) continue;
    hooks.add(hook);
    waiting.push(...(calls.get(chain) ?? []).map(({ to }) => to));
  }
}
