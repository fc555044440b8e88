/**
 * From which hooks a chain is reached.
 *
 * Worked example: of a chain `mail` that only the base chain of output jumps to, the hooks are output.
 */
import type { Hook } from '../ruleset.ts';
import type { RawChain, RawTable } from './tree.ts';

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

export function hooksOf(chain: RawChain, table: RawTable): ReadonlySet<Hook> {
  const callers = new Set<RawChain>([chain]);
  // A set grows while it is walked: every chain that calls one of them comes to it.
  for (const called of callers)
    for (const caller of table.chains.values()) if (mentions(caller, called.name)) callers.add(caller);
  const named = new Set([...callers].map(({ base }) => base?.hook.text));
  const sets = [...table.sets.values()].some(
    ({ map, elements }) => map && elements.flat().some(({ text }) => text === chain.name),
  );
  return new Set(HOOKS.filter((hook) => sets || named.has(hook)));
}

function mentions(chain: RawChain, name: string): boolean {
  return chain.rules.some((rule) =>
    rule.some(({ text }, at) => text === name && ['jump', 'goto'].includes(rule[at - 1]?.text ?? '')),
  );
}
