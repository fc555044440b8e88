/**
 * The tables of iptables, their built-in chains, and where the kernel calls them.
 *
 * Worked example: a forwarded packet passes raw, mangle and nat PREROUTING (−300, −150, −100), then mangle, filter and security FORWARD, then
 * mangle and nat POSTROUTING.
 *
 * @see Linux, include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities; net/ipv4/netfilter/iptable_*.c
 */
import type { BaseChain, Hook } from '../ruleset.ts';

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';

export const TABLE_NAMES: readonly TableName[] = ['raw', 'mangle', 'nat', 'filter', 'security'];

export const HOOK_OF: ReadonlyMap<string, Hook> = new Map([
  ['PREROUTING', 'prerouting'],
  ['INPUT', 'input'],
  ['FORWARD', 'forward'],
  ['OUTPUT', 'output'],
  ['POSTROUTING', 'postrouting'],
]);

const ALL = [...HOOK_OF.keys()];
const HOST = ['INPUT', 'FORWARD', 'OUTPUT'];

export const BUILT_IN: Readonly<Record<TableName, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ALL,
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: HOST,
  security: HOST,
};

const PRIORITY: Readonly<Record<Exclude<TableName, 'nat'>, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

export function tableNamed(text: string): TableName | null {
  return TABLE_NAMES.find((name) => name === text) ?? null;
}

/** Where the kernel calls a built-in chain: nat rewrites destinations at −100 and sources at 100. */
export function placeOfChain(table: TableName, chain: string): Pick<BaseChain, 'hook' | 'kind' | 'priority'> | null {
  const hook = BUILT_IN[table].includes(chain) ? HOOK_OF.get(chain) : undefined;
  if (hook === undefined) return null;
  if (table === 'nat') return { hook, kind: 'nat', priority: hook === 'prerouting' || hook === 'output' ? -100 : 100 };
  return { hook, kind: table === 'mangle' && hook === 'output' ? 'route' : 'filter', priority: PRIORITY[table] };
}
