/**
 * What a rule, a set and the place of a chain say, in one spelling: without what changes by itself, and the same in whichever words nft lists it.
 *
 * Worked example: `limit rate 5/second burst 5 packets counter packets 7 bytes 420 drop` is `limit rate 5/second counter drop`; `priority filter` is
 * `priority 0`.
 */
import { textOf } from './lexer.ts';
import { priorityText } from './priority.ts';
import type { RawChain, RawSet, RawTable } from './tree.ts';

/** Without counts, ages and handles, and without the burst that nft takes where none is given. */
export function lastingText(text: string): string {
  return text
    .replace(/\bpackets \d+ bytes \d+/g, '')
    .replace(/\b(used|expires) \S+( k?m?bytes)?/g, '')
    .replace(/"(used|packets|bytes|handle)": ?\d+/g, '')
    .replace(/ burst 5 packets\b/g, '')
    .replace(/[\s;]+/g, ' ')
    .trim();
}

/** `filter ingress device eth1 0 accept`; nothing of a chain that is only called. */
export function baseText({ base, policy }: RawChain, { family }: RawTable): string {
  if (base === null) return '';
  const device = base.device.length === 0 ? [] : [textOf(base.device)];
  return [base.type.text, base.hook.text, ...device, priorityText(base.priority, family), policy?.text ?? 'accept'].join(' ');
}

/** Its elements in one order. */
export function setText({ name, type, flags, statements, elements }: RawSet): string {
  const texts = elements.map((element) => lastingText(textOf(element))).sort();
  return `${name} ${textOf(type)} ${[...flags].sort().join(' ')} ${lastingText(textOf(statements))} { ${texts.join(', ')} }`;
}
