/**
 * A sentence about the semantics of firewalls, and the smallest ruleset that shows it.
 *
 * Worked example of packets: `25`, `25 from 10.0.0.9`, `25 to 192.0.2.9 in eth0 out eth1`, `25 sport 80`, `v6 25`. What is not said is 10.0.0.5 (2001:db8:20::5)
 * to 198.51.100.7 (2001:db8:f::19); source port and interfaces are any.
 */
import type { Packet } from '../../../src/firewall/interpret.ts';
import type { Hook } from '../../../src/firewall/ruleset.ts';
import { numberOf, parseAddress } from '../../../src/model/address.ts';
import type { ConfigurationFormat } from '../../../src/model/policy.ts';

export interface Vector {
  readonly title: string;
  readonly files: readonly { readonly format: ConfigurationFormat; readonly text: string }[];
  readonly hook: Hook;
  /** By packet: `accept`, `drop`, `reject`, `redirect`, `conditional`. */
  readonly verdicts: Readonly<Record<string, string>>;
}

type Verdicts = Vector['verdicts'];

/** @param lines  `OUTPUT DROP` is a policy, `:c -` a chain, anything else a rule of the table filter; `*nat` begins another table. */
export function iptables(title: string, hook: Hook, lines: readonly string[], verdicts: Verdicts): Vector {
  return { title, hook, verdicts, files: [{ format: 'iptables-save', text: saved(lines) }] };
}

export function ip6tables(title: string, hook: Hook, lines: readonly string[], verdicts: Verdicts): Vector {
  return { title, hook, verdicts, files: [{ format: 'ip6tables-save', text: saved(lines) }] };
}

/** An ipset save beside it. */
export function withSets(vector: Vector, sets: readonly string[]): Vector {
  return { ...vector, files: [...vector.files, { format: 'ipset-save', text: `${sets.join('\n')}\n` }] };
}

export function nftables(title: string, hook: Hook, text: string, verdicts: Verdicts): Vector {
  return { title, hook, verdicts, files: [{ format: 'nftables', text: `flush ruleset\n${text}\n` }] };
}

/** One base chain of a table inet, at priority 0. */
export function chain(title: string, hook: Hook, rules: readonly string[], verdicts: Verdicts, policy = 'accept'): Vector {
  return nftables(title, hook, `table inet t {\n${base('c', hook, rules, { policy })}\n}`, verdicts);
}

export function base(
  name: string,
  hook: Hook,
  rules: readonly string[],
  { policy = 'accept', priority = '0', type = 'filter' }: { policy?: string; priority?: string; type?: string } = {},
): string {
  return `chain ${name} {\n type ${type} hook ${hook} priority ${priority}; policy ${policy};\n ${rules.join('\n ')}\n}`;
}

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

function saved(lines: readonly string[]): string {
  const tables: { readonly name: string; readonly lines: string[] }[] = [{ name: 'filter', lines: [] }];
  for (const line of lines) {
    if (line.startsWith('*')) tables.push({ name: line.slice(1), lines: [] });
    else tables.at(-1)?.lines.push(line);
  }
  return tables.map((table) => savedTable(table.name, table.lines)).join('');
}

function savedTable(name: string, lines: readonly string[]): string {
  const policies = new Map(lines.flatMap((line) => (/^[A-Z]+ (?:ACCEPT|DROP)$/.test(line) ? [splitOnce(line)] : [])));
  const heads = (BUILT_IN[name] ?? []).map((built) => `:${built} ${policies.get(built) ?? 'ACCEPT'} [0:0]`);
  const rest = lines.filter((line) => !/^[A-Z]+ (?:ACCEPT|DROP)$/.test(line));
  return `*${name}\n${[...heads, ...rest].join('\n')}\nCOMMIT\n`;
}

function splitOnce(line: string): [string, string] {
  const [name = '', policy = ''] = line.split(' ');
  return [name, policy];
}

export function packetOf(words: string): Packet {
  const [first = '', ...more] = words.split(' ');
  const family = first === 'v6' ? 'ipv6' : 'ipv4';
  const [port = '', ...pairs] = first === 'v6' ? more : [first, ...more];
  const said = new Map(pairs.flatMap((word, at) => (at % 2 === 0 ? [[word, pairs[at + 1] ?? ''] as const] : [])));
  const address = (name: string, usual: string): bigint => {
    const parsed = parseAddress(said.get(name) ?? usual);
    if (parsed === null) throw new TypeError(`no address in ${words}`);
    return numberOf(parsed);
  };
  const [inside, out, sourcePort] = [said.get('in'), said.get('out'), said.get('sport')];
  return {
    family,
    source: address('from', family === 'ipv4' ? '10.0.0.5' : '2001:db8:20::5'),
    destination: address('to', family === 'ipv4' ? '198.51.100.7' : '2001:db8:f::19'),
    port: Number(port),
    ...(sourcePort === undefined ? {} : { sourcePort: Number(sourcePort) }),
    ...(inside === undefined ? {} : { in: inside }),
    ...(out === undefined ? {} : { out }),
  };
}
