/**
 * From which hooks a chain is reached.
 *
 * Worked example: of a chain `mail` that only the base chain of output jumps to, the hooks are output.
 */
import type { Hook } from '../ruleset.ts';
import type { RawChain, RawTable } from './tree.ts';

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

export function hooksOf(chain: RawChain, table: RawTable): ReadonlySet<Hook> {
  const named = new Set(callersOf(chain, table).map(({ base }) => base?.hook.text));
  return new Set(HOOKS.filter((hook) => named.has(hook)));
}

/** The chain, and all from which it is reached. What is in a map of verdicts may be called from everywhere. */
export function callersOf(chain: RawChain, table: RawTable): readonly RawChain[] {
  const callers = new Set<RawChain>([chain]);
  const mapped = new Set(
    [...table.sets.values()].filter(({ map }) => map).flatMap(({ elements }) => elements.flat().map(({ text }) => text)),
  );
  // A set grows while it is walked: every chain that calls one of them comes to it.
  for (const called of callers) {
    for (const caller of table.chains.values()) if (mapped.has(called.name) || mentions(caller, called.name)) callers.add(caller);
  }
  return [...callers];
}

function mentions(chain: RawChain, name: string): boolean {
  return chain.rules.some(({ tokens }) =>
    tokens.some(({ text }, at) => text === name && ['jump', 'goto'].includes(tokens[at - 1]?.text ?? '')),
  );
}
