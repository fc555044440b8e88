/**
 * Named sets, and maps of verdicts, of a random table.
 *
 * Worked example: `map m0 { type inet_service : verdict; flags interval; elements = { 25 : jump c1, 26-464 : drop, * : accept } }`.
 */
import { elementsApart, type Field, type NamedSet, type Setting } from './nftables-matches.ts';
import type { Random } from './random.ts';

export interface Declared {
  readonly set: NamedSet;
  readonly text: string;
}

/** @param calls  chains that the elements of a map may call. */
export function declaredIn(family: Setting['family'], calls: readonly string[], random: Random): readonly Declared[] {
  const sets = random.times(0, 2, (index) => declared(`s${index}`, family, null, random));
  return [...sets, ...random.times(0, 1, (index) => declared(`m${index}`, family, calls, random))];
}

/** What is looked up in anonymous maps. */
export const MAPPED: readonly (readonly Field[])[] = [
  ['dport'],
  ['dport'],
  ['iifname'],
  ['oifname'],
  ['saddr'],
  ['daddr'],
  ['daddr', 'dport'],
  ['saddr', 'dport'],
];

/** The verdict of an element. */
export function mapped(calls: readonly string[], random: Random): string {
  const jump = calls.length > 0 && random.chance(0.5);
  return jump
    ? `${random.one(['jump', 'goto'])} ${random.one(calls)}`
    : random.one(['accept', 'drop', 'drop', 'return', 'continue']);
}

const KEYS: readonly (readonly Field[])[] = [
  ['dport'],
  ['sport'],
  ['saddr'],
  ['daddr'],
  ['daddr', 'dport'],
  ['saddr', 'daddr', 'dport'],
  ['iifname'],
  ['iifname', 'dport'],
];

function declared(name: string, family: Setting['family'], calls: readonly string[] | null, random: Random): Declared {
  // A rule about IPv6 could not look up addresses of IPv4: where a table has both, sets hold ports and interfaces.
  const addressed = (field: Field): boolean => field === 'saddr' || field === 'daddr';
  const fields = random.one(KEYS.filter((all) => family !== 'inet' || !all.some(addressed)));
  const merged = calls === null && fields.join() === 'dport' && random.chance(0.4);
  const keys = [...elementsApart(fields, family === 'ip6' ? 'ip6' : 'ip', random), ...(merged ? ['25-30', '20-25'] : [])];
  const elements = keys.map((key) => (calls === null ? key : `${key} : ${mapped(calls, random)}`));
  const otherwise = calls !== null && random.chance(0.3) ? [`* : ${mapped(calls, random)}`] : [];
  const all = [...elements, ...otherwise];
  const type = fields.map((field) => (addressed(field) ? (family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr') : TYPES[field]));
  const lines = [
    `type ${type.join(' . ')}${calls === null ? '' : ' : verdict'}`,
    'flags interval',
    ...(merged ? ['auto-merge'] : []),
    ...(all.length === 0 ? [] : [`elements = { ${all.join(', ')} }`]),
  ];
  const text = `  ${calls === null ? 'set' : 'map'} ${name} {\n${lines.map((line) => `    ${line}\n`).join('')}  }\n`;
  return { set: { name, map: calls !== null, leads: all.some((one) => /jump|goto/.test(one)), fields }, text };
}

const TYPES: Readonly<Record<Field, string>> = {
  saddr: 'ipv4_addr',
  daddr: 'ipv4_addr',
  dport: 'inet_service',
  sport: 'inet_service',
  iifname: 'ifname',
  oifname: 'ifname',
};
