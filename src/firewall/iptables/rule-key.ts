/**
 * When are two rules the same, as `-D` asks? Where they say the same, in whatever order.
 *
 * Worked example: `-D FORWARD -j DROP --dport 25 -p tcp` deletes `-A FORWARD -p tcp -m tcp --dport 25 -j DROP`.
 */
import type { CoreName } from './core-options.ts';
import { targetText, useText } from './opaque.ts';
import type { ModuleUse, ParsedOptions } from './options.ts';

/** Options that say which packets a rule is about. */
export const SPECIFYING: readonly CoreName[] = ['s', 'd', 'p', 'i', 'o', 'f'];

export function ruleKey(options: ParsedOptions): string {
  const core = SPECIFYING.map((name) => {
    const option = options.core[name];
    const text = option?.values[0]?.text ?? '';
    const value = name === 'i' || name === 'o' ? text : text.toLowerCase().replace(/\/(32|128|255\.255\.255\.255)$/, '');
    return option === undefined ? '' : `${option.inverted ? '!' : ''}${value}`;
  });
  const matches = options.matches.filter(says).map(useText).sort();
  const { target } = options;
  return JSON.stringify([core, matches, target === null ? null : [target.goto, targetText(target)]]);
}

/** `-m tcp` without options says no more than `-p tcp` does. */
function says(use: ModuleUse): boolean {
  return use.options.length > 0 || !['tcp', 'udp', 'sctp', 'dccp', 'udplite'].includes(use.name);
}
