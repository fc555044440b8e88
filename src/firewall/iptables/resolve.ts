/**
 * What a target's name means: a module, a chain, or something that is not known here.
 *
 * Worked example: `-j LOG` is the module also where a chain has that name, because iptables asks for a module first; `-j mail` is the chain mail,
 * and a mistake where there is none; `-j FOO --bar` is taken for a module of somebody else's, whose verdict nobody knows.
 *
 * @see iptables, iptables/xshared.c, command_jump()
 */
import type { Problems } from '../problems.ts';
import { TARGET_MODULES } from './modules.ts';
import type { Target } from './options.ts';
import type { RawChain, RawTable, RawTarget } from './raw-table.ts';

export type Resolved =
  | { readonly kind: 'module' }
  | { readonly kind: 'chain'; readonly chain: RawChain }
  /** Not known here, and spelled as modules are. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'mistake'; readonly why: 'unknown' | 'built-in' | 'options' };

export function resolveTarget({ name, goto, options }: RawTarget, table: RawTable): Resolved {
  const chain = table.chains.get(name);
  const module = goto ? undefined : TARGET_MODULES.get(name);
  if (module?.addon === false) return { kind: 'module' };
  if (chain?.builtIn === true) return { kind: 'mistake', why: 'built-in' };
  if (chain !== undefined) return options.length === 0 ? { kind: 'chain', chain } : { kind: 'mistake', why: 'options' };
  if (module !== undefined) return { kind: 'module' };
  return !goto && (options.length > 0 || /^[A-Z][A-Z0-9]*$/.test(name))
    ? { kind: 'foreign' }
    : { kind: 'mistake', why: 'unknown' };
}

/** Names that a target could have meant. */
export interface TargetNames {
  readonly jump: readonly string[];
  readonly goto: readonly string[];
}

export interface TargetReport {
  readonly table: RawTable;
  readonly names: TargetNames;
  readonly problems: Problems;
}

export function targetNames(table: RawTable): TargetNames {
  const chains = [...table.chains.values()].filter(({ builtIn }) => !builtIn).map(({ name }) => name);
  return { jump: [...chains, ...TARGET_MODULES.keys()], goto: chains };
}

/** Says what is wrong with a target, or doubtful. */
export function reportTarget(target: Target, resolved: Resolved, { table, names, problems }: TargetReport): void {
  const { name } = target;
  const advised = (message: string): string => problems.advised(message, name, target.goto ? names.goto : names.jump);
  if (resolved.kind === 'foreign') {
    const message = `${name} is neither a chain nor a target that is known here: what becomes of a packet that it gets is not known.`;
    problems.warning(target, 'unknown-target', advised(message));
  } else if (resolved.kind === 'mistake' && resolved.why === 'unknown') {
    problems.error(target, 'unknown-chain', advised(`The table ${table.name} has no chain ${name}.`));
  } else if (resolved.kind === 'mistake' && resolved.why === 'built-in') {
    problems.error(target, 'built-in-chain', `${name} is a built-in chain: the kernel calls it, rules cannot.`);
  } else if (resolved.kind === 'mistake') {
    const option = target.options[0]?.spelling ?? '';
    const message = `The chain ${name} takes no option --${option}: name the match, or the protocol, that has it.`;
    problems.error(target.options[0] ?? target, 'unknown-option', message);
  }
}
