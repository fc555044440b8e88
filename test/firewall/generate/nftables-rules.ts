/**
 * A random rule of a chain that filters: matches, statements that judge nothing, a verdict.
 *
 * Worked example: `ip daddr 203.0.113.0/24 tcp dport 25 counter log prefix "mail: drop " jump c2 comment "tcp dport 25 accept"`.
 */
import { elementsApart, fieldsText, fits, matchesOf, type Setting, type Subject, subjectOf } from './nftables-matches.ts';
import { MAPPED, mapped } from './nftables-sets.ts';
import type { Random } from './random.ts';

/** @param calls  chains that it may jump to. */
export function ruleOf(setting: Setting, calls: readonly string[], random: Random): string {
  const subject = subjectOf(setting, random);
  const matches = matchesOf(subject, setting, random);
  const extra = random.weighted<string>([
    [14, ''],
    [3, 'counter'],
    [1, 'counter packets 5 bytes 300'],
    [2, 'log prefix "mail: drop "'],
    [0.4, 'meta mark set 0x10'],
    [0.2, 'ct mark set 0x1'],
  ]);
  const words = [...matches, extra, verdictOf(subject, setting, calls, random)].filter((word) => word !== '');
  const comment = random.chance(0.1) ? ' comment "tcp dport 25 accept"' : '';
  return `${words.length === 0 ? 'counter' : words.join(' ')}${comment}`;
}

function verdictOf(subject: Subject, setting: Setting, calls: readonly string[], random: Random): string {
  if (calls.length > 0 && random.chance(0.4)) return `${random.one(['jump', 'jump', 'goto'])} ${random.one(calls)}`;
  if (random.chance(0.2)) return verdictMap(subject, setting, calls, random);
  return random.weighted<string>([
    [8, 'accept'],
    [8, 'drop'],
    [2, rejectOf(subject, setting, random)],
    [2, 'return'],
    [1, 'continue'],
    [1, ''],
  ]);
}

/** ICMP of one family belongs to rules about it; a reset, to those about TCP. Only these hooks know a reject. */
function rejectOf({ network, transport }: Subject, { hooks, family }: Setting, random: Random): string {
  if (!hooks.every((hook) => ['input', 'forward', 'output'].includes(hook))) return 'drop';
  const ways = ['reject'];
  if (transport === 'tcp') ways.push('reject with tcp reset');
  if (family !== 'ip6' && network !== 'ip6') ways.push('reject with icmp type host-prohibited');
  if (family !== 'ip' && network !== 'ip') ways.push('reject with icmpv6 type admin-prohibited');
  if (family === 'inet') ways.push('reject with icmpx type admin-prohibited');
  return random.one(ways);
}

/** A named one may lead to a chain that stands before this one: only base chains, which have every chain to call, use it. */
function verdictMap(subject: Subject, setting: Setting, calls: readonly string[], random: Random): string {
  const maps = setting.sets.filter(({ map, fields }) => map && fields.every((field) => fits(field, subject)));
  const usable = maps.filter(({ leads }) => !leads || calls.includes('c1'));
  if (usable.length > 0 && random.chance(0.5)) {
    const { fields, name } = random.one(usable);
    return `${fieldsText(fields, subject)} vmap @${name}`;
  }
  const fields = random.one(MAPPED.filter((all) => all.every((field) => fits(field, subject))));
  const elements = elementsApart(fields, subject.network ?? 'ip', random).map((key) => `${key} : ${mapped(calls, random)}`);
  const otherwise = random.chance(0.25) ? [`* : ${mapped(calls, random)}`] : [];
  return `${fieldsText(fields, subject)} vmap { ${[...elements, ...otherwise].join(', ')} }`;
}
