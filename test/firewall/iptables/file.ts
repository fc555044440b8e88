import { parseIpset } from '../../../src/firewall/iptables/ipset.ts';
import { chainId, parseIptables } from '../../../src/firewall/iptables/parse.ts';
import type { IpsetTable } from '../../../src/firewall/iptables/set-types.ts';
import type { TableName } from '../../../src/firewall/iptables/table-names.ts';
import type { RulesetPart } from '../../../src/firewall/ruleset.ts';
import type { Family } from '../../../src/model/address.ts';
import { InputError } from '../../../src/model/problem.ts';
import { sourceOf } from '../../../src/model/source.ts';
import { showChain } from '../show.ts';

export const NO_SETS: IpsetTable = { supplied: false, sets: new Map(), problems: [] };

export interface Small {
  readonly family?: Family;
  readonly table?: TableName;
  /** An ipset save. */
  readonly sets?: string;
}

/** A whole file around some lines: one table, and a chain `user` of its own that OUTPUT or POSTROUTING leads to at the end. */
export function fileOf(lines: string, { table = 'filter' }: Small = {}): string {
  const hook = table === 'raw' || table === 'nat' ? 'OUTPUT' : table === 'mangle' ? 'POSTROUTING' : 'OUTPUT';
  return `*${table}\n:${hook} ACCEPT [0:0]\n:user - [0:0]\n${lines}\n-A ${hook} -m comment --comment end -j user\nCOMMIT\n`;
}

export function parse(text: string, { family = 'ipv4', sets }: Small = {}): RulesetPart {
  return parseIptables(sourceOf('fw', text), { family, sets: sets === undefined ? NO_SETS : parseIpset(sets, 'sets') });
}

/** The rules that lines leave in a chain, without the one that leads to `user`. */
export function rulesOf(lines: string, small: Small = {}, chain: string = chainOf(lines)): readonly string[] {
  const { chains } = parse(fileOf(lines, small), small);
  const found = chains.get(chainId(small.family ?? 'ipv4', small.table ?? 'filter', chain));
  return found === undefined
    ? []
    : showChain(found).filter(
        (rule) => rule !== `always → jump ${chainId(small.family ?? 'ipv4', small.table ?? 'filter', 'user')}`,
      );
}

/** Problems as `line:column code message`; of a text that is fine none. */
export function mistakesOf(text: string, small: Small = {}): readonly string[] {
  try {
    parse(text, small);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ code, message, location }) => `${location?.line}:${location?.column} ${code} ${message}`);
  }
}

/** Warnings as `line code`. */
export function warningsOf(text: string, small: Small = {}): readonly string[] {
  return parse(text, small).problems.map(({ code, location }) => `${location?.line} ${code}`);
}

function chainOf(lines: string): string {
  return /-[AI] (\S+)/.exec(lines)?.[1] ?? 'OUTPUT';
}
