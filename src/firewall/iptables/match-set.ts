/**
 * `-m set`: is the packet in a set?
 *
 * Worked example: `-m set ! --match-set relays src,dst` holds where source address and destination port are no element of the set `relays`.
 */
import { allOf, signed } from '../conditions.ts';
import { ALWAYS, type Condition } from '../ruleset.ts';
import type { Context } from './context.ts';
import { criterionText } from './opaque.ts';
import type { ModuleOption, ModuleUse } from './options.ts';
import { setCondition } from './set-condition.ts';
import { commaParts, type Word } from './words.ts';

/** Options that change what is counted, not what matches. */
const SILENT = ['update-counters', 'update-subcounters', 'return-nomatch'];

export function setMatchCondition(use: ModuleUse, context: Context): Condition {
  const match = use.options.find(({ name }) => name === 'match-set');
  if (match === undefined) {
    context.problems.error(use, 'missing-value', 'The match set needs --match-set NAME src (or dst, or src,dst …).');
    return ALWAYS;
  }
  const nomatch = use.options.some(({ name }) => name === 'return-nomatch');
  const counters = use.options.filter((option) => option !== match && !SILENT.includes(option.name));
  return allOf([
    memberCondition(match, nomatch, context),
    ...counters.map((option) =>
      signed(context.counting(criterionText('set', option, [{ ...match, inverted: false }])), option.inverted),
    ),
  ]);
}

function memberCondition(option: ModuleOption, nomatch: boolean, context: Context): Condition {
  const [name, flags] = option.values;
  if (name === undefined || flags === undefined) return ALWAYS;
  const ends = readEnds(flags, context);
  if (ends === null) return ALWAYS;
  if (context.sets.supplied && !context.sets.sets.has(name.text)) {
    const message = `No ipset save that was given has the set ${name.text}.`;
    context.problems.warning(name, 'unknown-set', context.problems.advised(message, name.text, [...context.sets.sets.keys()]));
  }
  return signed(setCondition({ name: name.text, ends, nomatch }, context), option.inverted);
}

/** @see ip_set.h, IPSET_DIM_MAX: at most six, of which three are in use */
function readEnds(word: Word, context: Context): ('source' | 'destination')[] | null {
  const ends: ('source' | 'destination')[] = [];
  for (const part of commaParts(word)) {
    if (part.text === 'src') ends.push('source');
    else if (part.text === 'dst') ends.push('destination');
    else {
      context.problems.error(part, 'bad-direction', `${part.text === '' ? 'Nothing' : part.text} is neither src nor dst.`);
      return null;
    }
  }
  if (ends.length <= 6) return ends;
  context.problems.error(word, 'bad-direction', 'A set has at most six dimensions.');
  return null;
}
