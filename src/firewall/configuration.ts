/**
 * The files of one firewall, as one ruleset: an iptables-save, an ip6tables-save and an ipset save belong together, and so do the files of an
 * nftables configuration.
 *
 * Worked example: of `edge.v4` (iptables-save, with `-m set --match-set relays src`) and `edge.sets` (ipset save, with the set relays) the rules
 * are read with the content of the set. IPv6 is described by no file: the ruleset says that its packets are accepted.
 */
import { FAMILIES, type Family, familyName } from '../model/address.ts';
import type { ConfigurationFormat } from '../model/policy.ts';
import { InputError, inputError, type Problem } from '../model/problem.ts';
import { problemAt, type Source, sourceOf } from '../model/source.ts';
import { inOrder } from './bases.ts';
import { type Detected, detectFormat } from './detect.ts';
import { parseIpset } from './iptables/ipset.ts';
import { parseIptables } from './iptables/parse.ts';
import type { IpsetTable } from './iptables/set-types.ts';
import type { Include } from './nftables/include.ts';
import { parseNftJson } from './nftables/json.ts';
import { parseNft } from './nftables/text.ts';
import type { Chain, Rule, Ruleset, RulesetPart } from './ruleset.ts';
import { behindTranslation } from './translated-sources.ts';

export interface ConfigurationInput {
  /** As problems and places name it. */
  readonly file: string;
  readonly text: string;
  /** Null: to be detected. */
  readonly format: ConfigurationFormat | null;
  /** The files that an nftables text includes. Without it, one that includes others is refused. */
  readonly include?: Include;
}

interface Known {
  readonly input: ConfigurationInput;
  readonly source: Source;
  readonly format: ConfigurationFormat;
}

/** @throws {InputError} with every problem of every file. */
export function readConfiguration(inputs: readonly ConfigurationInput[]): Ruleset {
  if (inputs.length === 0) throw inputError('no-configuration', 'No firewall configuration was given.');
  const reading = new Reading();
  const detected = inputs.map((input) => reading.detect(input));
  const sets = reading.sets(detected);
  const known = detected.flatMap((found) => reading.settle(found, sets));
  reading.fitTogether(known);
  const parts = known.flatMap((one) => reading.part(one, sets));
  reading.advise(known);
  reading.distinct(parts);
  reading.throwErrors();
  const families = FAMILIES.filter((family) => parts.some((part) => part.families.includes(family)));
  const bases = inOrder(parts.flatMap((part) => part.bases));
  const behind = behindTranslation({ bases, chains: new Map(parts.flatMap(({ chains }) => [...chains])) });
  return {
    files: known.map(({ input, source, format }) => ({ file: input.file, format, lines: linesOf(source) })),
    families,
    chains: behind.chains,
    bases,
    assumptions: [
      ...new Set([
        ...reading.assumptions,
        ...parts.flatMap(({ assumptions }) => assumptions),
        ...behind.assumptions,
        ...rewritten(parts),
        ...undescribed(families),
      ]),
    ],
    unseen: parts.flatMap(({ unseen }) => unseen),
    problems: reading.warnings(parts, sets),
  };
}

interface Found {
  readonly input: ConfigurationInput;
  readonly source: Source;
  readonly detected: Detected;
}

class Reading {
  readonly assumptions: string[] = [];
  readonly #problems: Problem[] = [];

  detect(input: ConfigurationInput): Found {
    const source = sourceOf(input.file, input.text);
    const detected = detectFormat(source);
    if (input.format === null) return { input, source, detected };
    const wrong = contradiction(input.format, detected);
    return wrong === null
      ? { input, source, detected: { kind: 'format', format: input.format } }
      : { input, source, detected: { kind: 'refused', code: 'other-format', span: { start: 0, end: 0 }, message: wrong } };
  }

  /** The sets of every ipset save together. */
  sets(found: readonly Found[]): IpsetTable {
    const tables = found
      .filter(({ detected }) => detected.kind === 'format' && detected.format === 'ipset-save')
      .flatMap(({ input }) => this.#attempt(() => ({ file: input.file, table: parseIpset(input.text, input.file) })));
    const sets = new Map(tables.flatMap(({ table }) => [...table.sets]));
    for (const [index, { file, table }] of tables.entries()) {
      for (const name of table.sets.keys()) {
        if (tables.slice(0, index).some((before) => before.table.sets.has(name)))
          this.#complain('set-twice', `${file} holds the set ${name} once more.`);
      }
    }
    return { supplied: tables.length > 0, sets, problems: tables.flatMap(({ table }) => table.problems) };
  }

  /** The format of a file; none where it was refused. */
  settle({ input, source, detected }: Found, sets: IpsetTable): readonly Known[] {
    if (detected.kind === 'format') return [{ input, source, format: detected.format }];
    if (detected.kind === 'refused') {
      this.#problems.push(problemAt(source, detected.span, detected.code, detected.message));
      return [];
    }
    if (detected.sets.some((name) => sets.sets.get(name)?.family === 'ipv6'))
      return [{ input, source, format: 'ip6tables-save' }];
    this.assumptions.push(
      `${input.file} does not show whether it is an iptables-save or an ip6tables-save: it is read as an iptables-save.`,
    );
    return [{ input, source, format: 'iptables-save' }];
  }

  /** Files that can describe one firewall. */
  fitTogether(known: readonly Known[]): void {
    for (const format of ['iptables-save', 'ip6tables-save'] as const) {
      const [first, second] = known.filter((one) => one.format === format);
      if (first === undefined || second === undefined) continue;
      const other = format === 'iptables-save' ? 'ip6tables-save' : 'iptables-save';
      const given = `in the policy files: [{ path: ${second.input.file}, format: ${other} }], else --config-format, once for each --config`;
      const advice = `Put the tables of one family into one file, or say where the family was guessed wrongly: ${given}.`;
      this.#complain('two-files', `${first.input.file} and ${second.input.file} are both read as an ${format}. ${advice}`);
    }
    const [nft, iptables] = [
      known.find(({ format }) => format.startsWith('nft')),
      known.find(({ format }) => format.startsWith('ip')),
    ];
    if (nft !== undefined && iptables !== undefined) {
      const advice = 'Give one of them: nft list ruleset shows the tables of iptables-nft as well.';
      this.#complain(
        'two-kinds',
        `${nft.input.file} is an nftables configuration, ${iptables.input.file} is of iptables or ipset. ${advice}`,
      );
    } else if (known.length > 0 && known.every(({ format }) => format === 'ipset-save')) {
      this.#complain('no-rules', 'An ipset save holds sets and no rules. Give an iptables-save or ip6tables-save beside it.');
    }
  }

  part({ input, source, format }: Known, sets: IpsetTable): readonly RulesetPart[] {
    const { text, file, include = null } = input;
    switch (format) {
      case 'iptables-save':
        return this.#attempt(() => parseIptables(source, { family: 'ipv4', sets }));
      case 'ip6tables-save':
        return this.#attempt(() => parseIptables(source, { family: 'ipv6', sets }));
      case 'nftables':
        return this.#attempt(() => parseNft(text, file, include));
      case 'nftables-json':
        return this.#attempt(() => parseNftJson(text, file));
      case 'ipset-save':
        return [];
    }
  }

  /** What several files of nftables may have been meant as, where one lacks what another makes. */
  advise(known: readonly Known[]): void {
    const [first, ...others] = known.filter(({ format }) => format === 'nftables').map(({ input }) => input.file);
    if (first === undefined || others.length === 0 || !this.#problems.some(({ code }) => LACKS.has(code))) return;
    const names = [first, ...others].map((file) => `include "${file.replace(/^.*[/:]/, '')}"`);
    const shown = names.length > MOST_INCLUDES ? [...names.slice(0, MOST_INCLUDES), '…'] : names;
    this.#complain(
      'read-alone',
      `Each of ${names.length} nftables files was read alone, since none includes the others. If they are loaded one after the other, write that into one file, in that order (flush ruleset; ${shown.join('; ')}), and name that file alone.`,
    );
  }

  /** No chain is described twice, which only files of nftables could do: two of iptables for one family are refused as such. */
  distinct(parts: readonly RulesetPart[]): void {
    if (this.#problems.some(({ severity }) => severity === 'error')) return;
    const seen = new Map<string, Chain>();
    for (const chain of parts.flatMap(({ chains }) => [...chains.values()])) {
      const before = seen.get(chain.id);
      if (before !== undefined)
        this.#complain('chain-twice', `${before.place.file} and ${chain.place.file} both describe the chain ${chain.id}.`);
      seen.set(chain.id, chain);
    }
  }

  /** @throws {InputError} */
  throwErrors(): void {
    if (this.#problems.some(({ severity }) => severity === 'error')) throw new InputError(this.#problems);
  }

  warnings(parts: readonly RulesetPart[], sets: IpsetTable): readonly Problem[] {
    return [...this.#problems, ...sets.problems, ...parts.flatMap(({ problems }) => problems)];
  }

  #attempt<T>(parse: () => T): readonly T[] {
    try {
      return [parse()];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#problems.push(...error.problems);
      return [];
    }
  }

  #complain(code: string, message: string): void {
    this.#problems.push(...inputError(code, message).problems);
  }
}

/** Of problems: something is asked for that the file does not make. */
const LACKS: ReadonlySet<string> = new Set(['unknown-table', 'unknown-chain', 'unknown-name', 'unknown-set']);

/** Files that an advice names. */
const MOST_INCLUDES = 5;

/** Why a text is not of the format that it is said to be of; null where it may be. */
function contradiction(given: ConfigurationFormat, detected: Detected): string | null {
  if (detected.kind === 'refused')
    return detected.code === 'other-format' || detected.code === 'not-text'
      ? `It is given as ${given}. ${detected.message}`
      : null;
  if (detected.kind === 'either-family')
    return given === 'iptables-save' || given === 'ip6tables-save' ? null : mismatch(given, 'iptables-save');
  return detected.format === given ? null : mismatch(given, detected.format);
}

function mismatch(given: ConfigurationFormat, seen: ConfigurationFormat): string {
  return `It is given as ${given}, and looks like ${seen}.`;
}

/** Whose an address is, a ruleset does not show. */
function rewritten(parts: readonly RulesetPart[]): readonly string[] {
  return parts.some(({ chains }) => [...chains.values()].some(({ rules }) => rules.some(writesDestination)))
    ? [
        "Addresses that rules write as new destinations are taken to be other hosts', except where the way to those is closed: then it is conditional.",
      ]
    : [];
}

function writesDestination({ cases }: Rule): boolean {
  return cases.some(({ verdict }) => verdict.kind === 'divert' && verdict.how === 'dnat' && verdict.destination !== null);
}

/** @see RFC 4291: a host with IPv6 sends by it as it likes, whatever IPv4's rules say */
function undescribed(families: readonly Family[]): readonly string[] {
  return FAMILIES.filter((family) => !families.includes(family)).map(
    (family) => `No file describes ${familyName(family)}: every ${familyName(family)} packet is taken to be accepted.`,
  );
}

/** Lines with an end, or something on them. */
function linesOf({ text, lineStarts }: Source): number {
  return lineStarts.at(-1) === text.length ? lineStarts.length - 1 : lineStarts.length;
}
