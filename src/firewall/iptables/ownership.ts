/**
 * Whose option is it? Of the match or target last named before it that has such an option; then of the module that the protocol brings; then,
 * because the order shall not matter, of one named after it.
 *
 * Worked example: in `-p tcp -m mark --mark 1 --dport 25 -j CONNMARK --save-mark` the match mark gets `--mark`, the target `--save-mark`, and
 * tcp, which nobody named, `--dport`.
 *
 * @see iptables, libxtables/xtables.c, xtables_merge_options(): the module loaded last goes first
 */
import type { Span } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import { protocolNumber } from '../services.ts';
import { CORE_NAMES, type CoreName, isCommand } from './core-options.ts';
import { MATCH_ALIASES, MATCHES, type Module, NEXT, type OptionSpec, TARGET_MODULES } from './modules.ts';
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
  const core: Partial<Record<CoreName, CoreOption>> = {};
  const uses: Use[] = [];
  let [command, target]: [CoreOption | null, Use | null] = [null, null];
  let good = true;
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item?.kind !== 'core') continue;
    const { option } = item;
    if (option.name === 'm' || option.name === 'j' || option.name === 'g') {
      const use = useOf(option, index);
      uses.push(use);
      if (use.kind === 'match') continue;
      if (target !== null) good = complain(problems, use, 'A rule has one target; this is another.');
      target = use;
    } else if (core[option.name] !== undefined) good = complain(problems, option, `${option.spelling} stands here twice.`);
    else {
      core[option.name] = option;
      if (!isCommand(option.name)) continue;
      if (command !== null) good = complain(problems, option, 'A line has one command; this is another.');
      command = option;
    }
  }
  const owners = new Owners(uses, core.p ?? null, problems);
  for (let index = 0; index < items.length; index++) {
    const item = items[index];
    if (item?.kind === 'module' && !owners.give(item.option, index)) good = false;
  }
  return good ? { command, core, matches: owners.matches, target: targetOf(target) } : null;
}

function complain(problems: Problems, span: Span, message: string): false {
  problems.error(span, 'option-twice', message);
  return false;
}

function useOf(option: CoreOption, index: number): Use {
  const { start, end } = option;
  const written = option.values[0]?.text ?? '';
  const kind = option.name === 'm' ? 'match' : option.name === 'j' ? 'jump' : 'goto';
  const name = kind === 'match' ? (MATCH_ALIASES.get(written) ?? written) : written;
  return { name, kind, index, start, end, module: kind === 'goto' ? null : moduleByName(name), options: [] };
}

function targetOf(use: Use | null): ParsedOptions['target'] {
  if (use === null) return null;
  const { name, module, options, start, end, kind } = use;
  return { name, known: module !== null, options, start, end, goto: kind === 'goto' };
}

function asModule({ name, module, options, start, end }: Use): ModuleUse {
  return { name, known: module !== null, options, start, end };
}

type Found = readonly [Use, OptionSpec | null];

class Owners {
  readonly #uses: readonly Use[];
  /** The module of the protocol, where no `-m` names it. */
  readonly #implied: Use | null;
  readonly #problems: Problems;

  constructor(uses: readonly Use[], protocol: CoreOption | null, problems: Problems) {
    this.#uses = uses;
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
    const matches: ModuleUse[] = [];
    if (this.#implied !== null && this.#implied.options.length > 0) matches.push(asModule(this.#implied));
    for (const use of this.#uses) if (use.kind === 'match') matches.push(asModule(use));
    return matches;
  }

  /** @returns whether it found an owner. */
  give(option: RawOption, index: number): boolean {
    const found = this.#find(option, index);
    if (found === null) {
      this.#problems.error(option, 'unknown-option', this.#unknown(option));
      return false;
    }
    const [use, spec] = found;
    if (spec === null && use.module !== null) {
      const message = `--${option.spelling} is not known here: it is taken for an option of ${use.name}.`;
      this.#problems.warning(option, 'unknown-option', message);
    }
    const name = spec?.name ?? option.spelling;
    if (spec !== null && !this.#fits(option, use, spec)) return false;
    const { spelling, values, inverted, start, end } = option;
    use.options.push({ name, spelling, values, inverted, start, end });
    return true;
  }

  #find({ spelling }: RawOption, index: number): Found | null {
    for (let at = this.#uses.length - 1; at >= 0; at--) {
      const use = this.#uses[at];
      const spec = use === undefined || use.index > index ? undefined : use.module?.options.get(spelling);
      if (use !== undefined && spec !== undefined) return [use, spec];
    }
    return this.#search(spelling, index);
  }

  #search(spelling: string, index: number): Found | null {
    const exact = (uses: readonly Use[]): Found | null => firstWith(uses, (module) => module.options.get(spelling) ?? null);
    const before = this.#uses.filter((use) => use.index < index).reverse();
    const after = this.#uses.filter((use) => use.index > index);
    const implied = this.#implied === null ? [] : [this.#implied];
    const cut = (uses: readonly Use[]): Found | null => cutShort(uses, spelling);
    const known = cut(before) ?? exact(implied) ?? exact(after) ?? cut(implied) ?? cut(after);
    if (known !== null) return known;
    const foreign = [...before, ...after].find((use) => use.module === null) ?? before.find(isOpaque);
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
    else if (ofThisElement(use.options).some(({ name }) => name === spec.name))
      this.#problems.error(option, 'option-twice', `${said} of ${use.name} stands here twice.`);
    else return true;
    return false;
  }

  #unknown({ spelling }: RawOption): string {
    if (/^(sport|dport|source-port|destination-port|syn|tcp-flags)$/.test(spelling)) {
      return `--${spelling} belongs to a protocol: this rule needs -p tcp (or udp …) for it.`;
    }
    if (/^(sports|dports|ports|source-ports|destination-ports)$/.test(spelling)) return `--${spelling} belongs to -m multiport.`;
    const names = [...this.#uses, ...(this.#implied === null ? [] : [this.#implied])].flatMap(({ module }) => [
      ...(module?.options.keys() ?? []),
    ]);
    const spelled = [...names, ...CORE_NAMES].map((name) => `--${name}`);
    const otherwise = 'Name the match (-m …) that it belongs to.';
    return this.#problems.advised(`Nothing in this rule has an option --${spelling}.`, `--${spelling}`, spelled, otherwise);
  }
}

/**
 * Nothing of it is read, or nothing that decides: an option more, of a newer version, changes nothing but its text. A match that is one open
 * question stays one.
 */
function isOpaque({ name }: Use): boolean {
  const kind = MATCHES.get(name)?.kind;
  return kind === 'functional' || kind === 'counting' || (TARGET_MODULES.has(name) && !READ_TARGETS.has(name));
}

/** Targets whose options say what becomes of a packet, or that have none. */
const READ_TARGETS: ReadonlySet<string> = new Set([
  'ACCEPT',
  'DROP',
  'RETURN',
  'QUEUE',
  'REJECT',
  'DNAT',
  'REDIRECT',
  'NETMAP',
  'TPROXY',
  'SET',
  'CT',
  'NOTRACK',
]);

/** Of `policy --strict` each `--next` begins another element, which has the same options again. */
function ofThisElement(options: readonly ModuleOption[]): readonly ModuleOption[] {
  return options.slice(options.findLastIndex(({ name }) => name === NEXT) + 1);
}

/** An option whose name is only begun. A multiport that has its ports takes no more: what looks like one of it is meant for another. */
function cutShort(uses: readonly Use[], spelling: string): Found | null {
  const open = uses.filter((use) => use.name !== 'multiport' || use.options.length === 0);
  const modules = open.flatMap(({ module }) => module ?? []);
  return onlyPrefix(modules, spelling) === null ? null : firstWith(open, (module) => specOf(module, spelling));
}

function firstWith(uses: readonly Use[], find: (module: Module) => OptionSpec | null): Found | null {
  for (const use of uses) {
    const spec = use.module === null ? null : find(use.module);
    if (spec !== null) return [use, spec];
  }
  return null;
}

/** `tcp` of `-p tcp` and of `-p 6`; of a name that is no protocol as well, so that this is the one mistake. */
function protocolModule(text: string): string | null {
  const number = protocolNumber(text);
  return number === null ? 'tcp' : (PROTOCOL_NUMBERS.get(number) ?? null);
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
