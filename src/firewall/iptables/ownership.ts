/**
 * Whose option is it? Of the match or target last named before it that has such an option; then of the module that the protocol brings; then,
 * because the order shall not matter, of one named after it.
 *
 * Worked example: in `-p tcp -m mark --mark 1 --dport 25 -j CONNMARK --save-mark` the match mark gets `--mark`, the target `--save-mark`, and
 * tcp, which nobody named, `--dport`.
 *
 * @see iptables, libxtables/xtables.c, xtables_merge_options(): the module loaded last goes first
 */
import { nearest } from '../../model/nearest.ts';
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { protocolNumber } from '../services.ts';
import { CORE_NAMES, type CoreName, isCommand } from './core-options.ts';
import { MATCH_ALIASES, type Module, type OptionSpec } from './modules.ts';
import type { CoreOption, Item, ModuleOption, ModuleUse, ParsedOptions, RawOption } from './options.ts';
import { moduleByName, onlyPrefix, specOf } from './spellings.ts';

interface Use extends Span {
  readonly name: string;
  readonly module: Module | null;
  readonly options: ModuleOption[];
  /** Place in the order of items. */
  readonly index: number;
  readonly kind: 'match' | 'jump' | 'goto';
}

/** Null where something is wrong, which then is among the problems. */
export function assignOptions(items: readonly Item[], problems: Problems): ParsedOptions | null {
  const core = new Map<CoreName, CoreOption>();
  const uses: Use[] = [];
  let good = true;
  items.forEach((item, index) => {
    if (item.kind !== 'core') return;
    const { option } = item;
    if (option.name === 'm' || option.name === 'j' || option.name === 'g') uses.push(useOf(option, index));
    else if (core.has(option.name)) good = complain(problems, option, `${option.spelling} stands here twice.`);
    else core.set(option.name, option);
  });
  const targets = uses.filter(({ kind }) => kind !== 'match');
  for (const second of targets.slice(1)) good = complain(problems, second, 'A rule has one target; this is another.');
  if ([...core.keys()].filter(isCommand).length > 1)
    good = complain(problems, lastCommand(core), 'A line has one command; this is another.');
  const owners = new Owners(uses, core.get('p') ?? null, problems);
  items.forEach((item, index) => {
    if (item.kind === 'module') good = owners.give(item.option, index) && good;
  });
  return good ? { core, matches: owners.matches, target: targetOf(targets[0]) } : null;
}

function complain(problems: Problems, span: Span, message: string): false {
  problems.error(span, 'option-twice', message);
  return false;
}

function lastCommand(core: ReadonlyMap<CoreName, CoreOption>): Span {
  const commands = [...core.values()].filter(({ name }) => isCommand(name));
  return commands.at(-1) ?? { start: 0, end: 0 };
}

function useOf(option: CoreOption, index: number): Use {
  const { start, end } = option;
  const written = option.values[0]?.text ?? '';
  const kind = option.name === 'm' ? 'match' : option.name === 'j' ? 'jump' : 'goto';
  const name = kind === 'match' ? (MATCH_ALIASES.get(written) ?? written) : written;
  return { name, kind, index, start, end, module: kind === 'goto' ? null : moduleByName(name), options: [] };
}

function targetOf(use: Use | undefined): ParsedOptions['target'] {
  return use === undefined ? null : { ...asModule(use), goto: use.kind === 'goto' };
}

function asModule({ name, module, options, start, end }: Use): ModuleUse {
  return { name, known: module !== null, options, start, end };
}

class Owners {
  readonly #uses: Use[];
  /** The module of the protocol, where no `-m` names it. */
  readonly #implied: Use | null;
  readonly #problems: Problems;

  constructor(uses: readonly Use[], protocol: CoreOption | null, problems: Problems) {
    this.#uses = [...uses];
    this.#problems = problems;
    const name = protocol === null || protocol.inverted ? null : protocolModule(protocol.values[0]?.text ?? '');
    const named = uses.some((use) => use.kind === 'match' && use.name === name);
    const place = protocol ?? { start: 0, end: 0 };
    this.#implied =
      name === null || named
        ? null
        : { name, module: moduleByName(name), kind: 'match', index: -1, options: [], start: place.start, end: place.end };
  }

  get matches(): readonly ModuleUse[] {
    const implied = this.#implied === null || this.#implied.options.length === 0 ? [] : [this.#implied];
    return [...implied, ...this.#uses.filter(({ kind }) => kind === 'match')].map(asModule);
  }

  /** @returns whether it found an owner. */
  give(option: RawOption, index: number): boolean {
    const found = this.#find(option, index);
    if (found === null) {
      this.#problems.error(option, 'unknown-option', this.#unknown(option));
      return false;
    }
    const [use, spec] = found;
    const name = spec?.name ?? option.spelling;
    if (spec !== null && !this.#fits(option, use, spec)) return false;
    use.options.push({ ...option, name });
    return true;
  }

  #find({ spelling }: RawOption, index: number): readonly [Use, OptionSpec | null] | null {
    const before = this.#uses.filter((use) => use.index < index).reverse();
    const after = this.#uses.filter((use) => use.index > index);
    const implied = this.#implied === null ? [] : [this.#implied];
    const exact = (uses: readonly Use[]): readonly [Use, OptionSpec] | null =>
      firstWith(uses, (module) => module.options.get(spelling) ?? null);
    const cut = (uses: readonly Use[]): readonly [Use, OptionSpec] | null => {
      const open = uses.filter((use) => use.name !== 'multiport' || use.options.length === 0);
      if (
        onlyPrefix(
          open.flatMap(({ module }) => module ?? []),
          spelling,
        ) === null
      )
        return null;
      return firstWith(open, (module) => specOf(module, spelling));
    };
    const known = exact(before) ?? cut(before) ?? exact(implied) ?? exact(after) ?? cut(implied) ?? cut(after);
    if (known !== null) return known;
    const foreign = [...before, ...after].find((use) => use.module === null);
    return foreign === undefined ? null : [foreign, null];
  }

  #fits(option: RawOption, use: Use, spec: OptionSpec): boolean {
    const said = `--${option.spelling}`;
    const words = spec.words === 'optional' ? Math.min(option.values.length, 1) : spec.words;
    if (option.values.length < words)
      this.#problems.error(option, 'missing-value', `${said} of ${use.name} needs ${words} words.`);
    else if (option.values.length > words)
      this.#problems.error(option, 'stray-word', `${said} of ${use.name} takes ${words} words.`);
    else if (option.inverted && !spec.negatable)
      this.#problems.error(option, 'not-negatable', `${said} of ${use.name} cannot be negated.`);
    else if (use.options.some(({ name }) => name === spec.name))
      this.#problems.error(option, 'option-twice', `${said} of ${use.name} stands here twice.`);
    else return true;
    return false;
  }

  #unknown({ spelling }: RawOption): string {
    if (/^(sport|dport|source-port|destination-port|syn|tcp-flags)$/.test(spelling)) {
      return `--${spelling} belongs to a protocol: this rule needs -p tcp (or udp …) for it.`;
    }
    if (/^(sports|dports|ports|source-ports|destination-ports)$/.test(spelling)) return `--${spelling} belongs to -m multiport.`;
    const names = this.#uses.flatMap(({ module }) => [...(module?.options.keys() ?? [])]);
    const meant = nearest(spelling, [...names, ...CORE_NAMES]);
    const advice = meant === null ? 'Name the match (-m …) that it belongs to.' : `Did you mean --${meant}?`;
    return `Nothing in this rule has an option --${spelling}. ${advice}`;
  }
}

function firstWith(uses: readonly Use[], find: (module: Module) => OptionSpec | null): readonly [Use, OptionSpec] | null {
  for (const use of uses) {
    const spec = use.module === null ? null : find(use.module);
    if (spec !== null) return [use, spec];
  }
  return null;
}

/** `tcp` of `-p tcp` and of `-p 6`; of a name that is no protocol as well, so that this is the one mistake. */
function protocolModule(text: string): string | null {
  const looked = protocolNumber(text);
  if (!('number' in looked)) return 'tcp';
  return PROTOCOL_NUMBERS.get(looked.number) ?? null;
}

const PROTOCOL_NUMBERS: ReadonlyMap<number, string> = new Map([
  [6, 'tcp'],
  [17, 'udp'],
  [136, 'udplite'],
  [132, 'sctp'],
  [33, 'dccp'],
  [1, 'icmp'],
  [58, 'icmp6'],
  [50, 'esp'],
  [51, 'ah'],
  [135, 'mh'],
]);
