/**
 * Which option a spelling means: of which modules, in full or cut short as getopt_long(3) lets it be, and how many words it takes.
 *
 * Worked example: `-p tcp -m multiport --dport 25,465` works with iptables because `--dport` is short for multiport's `--dports`, as long as
 * nobody has loaded the match tcp, whose `--dport` would be exact.
 */
import { MATCH_ALIASES, MATCHES, type Module, type OptionSpec, TARGET_MODULES } from './modules.ts';

/** Modules that a protocol brings along. */
const PROTOCOL_MODULES: readonly string[] = ['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmp6', 'esp', 'ah', 'mh'];

/** Matches and targets: no two share a name. */
const MODULES: ReadonlyMap<string, Module> = new Map<string, Module>([
  ...MATCHES,
  ...TARGET_MODULES,
  ...[...MATCH_ALIASES].flatMap(([alias, name]): [string, Module][] => {
    const module = MATCHES.get(name);
    return module === undefined ? [] : [[alias, module]];
  }),
]);

/** @param name  of a match or a target. */
export function moduleByName(name: string): Module | null {
  return MODULES.get(name) ?? null;
}

/** The option of a module by its exact spelling, or by the only name that it begins; null where there is none. */
export function specOf(module: Module, spelling: string): OptionSpec | null {
  return module.options.get(spelling) ?? onlyPrefix([module], spelling);
}

/**
 * Words after an option, before it is known whose it is.
 *
 * @param named  the modules named so far, the last one last.
 * @returns      `greedy` for an option that is not known: whatever looks like a value.
 */
export function arityOf(spelling: string, named: readonly string[]): OptionSpec['words'] | 'greedy' {
  for (let index = named.length - 1; index >= 0; index--) {
    const exact = MODULES.get(named[index] ?? '')?.options.get(spelling);
    if (exact !== undefined) return exact.words;
  }
  const modules = named.map(moduleByName);
  const known = modules.filter((module) => module !== null);
  if (modules.at(-1) === null) return ofProtocols(spelling)?.words ?? 'greedy';
  const spec = onlyPrefix(known, spelling) ?? ofProtocols(spelling) ?? anywhere(spelling);
  return spec?.words ?? 'greedy';
}

/** The one option of these modules that begins so; null where there are several, or none. */
export function onlyPrefix(modules: readonly Module[], spelling: string): OptionSpec | null {
  const found = modules.flatMap((module) =>
    [...module.options].filter(([name]) => name.startsWith(spelling)).map(([, spec]) => spec),
  );
  const [first] = found;
  return first !== undefined && found.every((spec) => spec.name === first.name) ? first : null;
}

function ofProtocols(spelling: string): OptionSpec | null {
  for (const name of PROTOCOL_MODULES) {
    const spec = moduleByName(name)?.options.get(spelling);
    if (spec !== undefined) return spec;
  }
  return null;
}

/** An option that stands before the module it belongs to. */
function anywhere(spelling: string): OptionSpec | null {
  const specs = [...MATCHES.values(), ...TARGET_MODULES.values()].flatMap((module) => module.options.get(spelling) ?? []);
  const [first] = specs;
  return first !== undefined && specs.every((spec) => spec.words === first.words) ? first : null;
}
