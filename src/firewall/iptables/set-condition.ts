/**
 * When does a packet match a set? Where every dimension of some element fits, and no more specific element takes it out again.
 *
 * Worked example: of a hash:net with 10.1.0.0/16 and 10.1.9.0/24 nomatch, `--match-set relays src` holds for sources 10.1.0.0–10.1.8.255
 * and 10.1.10.0–10.1.255.255. Of a hash:ip,port, `src,dst` compares the source address with the destination port. With fewer words than the set
 * has dimensions the kernel never matches; nor does a set of the other family.
 *
 * @see Linux, net/netfilter/ipset/ip_set_core.c, ip_set_test(); ip_set_hash_gen.h, mtype_test_cidrs()
 */

import { allOf, anyOf } from '../conditions.ts';
import { type Condition, NEVER } from '../ruleset.ts';
import type { Context } from './context.ts';
import { ElementReader, type SetMatch, timedText } from './element-reader.ts';
import type { Ipset } from './set-types.ts';

/** What `-m set --match-set` asks, without its `!`. */
export function setCondition(match: SetMatch, context: Context): Condition {
  const text = matchText(match);
  const known = context.setConditions.get(text);
  if (known !== undefined) return known;
  const counted = context.counted;
  const condition = build(match, context, text, new Set());
  if (context.counted === counted) context.setConditions.set(text, condition);
  return condition;
}

/** As iptables-save prints it. */
function matchText({ name, ends, nomatch }: SetMatch): string {
  const words = ends.map((end) => (end === 'source' ? 'src' : 'dst')).join(',');
  return `-m set --match-set ${name} ${words}${nomatch ? ' --return-nomatch' : ''}`;
}

function build(match: SetMatch, context: Context, text: string, inside: ReadonlySet<string>): Condition {
  if (context.facts.changedSets.has(match.name)) {
    context.assumptions.add(`Rules add to the set ${match.name} or take from it: what hangs on it is conditional.`);
    return context.counting(text);
  }
  const set = context.sets.sets.get(match.name);
  if (set === undefined) {
    context.assumptions.add(`The content of the set ${match.name} is not supplied: what hangs on it is conditional.`);
    return context.functional(text);
  }
  if (set.dimensions === null) return context.functional(text, { key: `${text} of ${set.type}: ${set.raw.join('; ')}` });
  if (match.ends.length < set.dimensions.length || (set.family !== null && set.family !== context.family)) return NEVER;
  if (set.type === 'list:set') return members(set, match, context, inside);
  const flips = match.nomatch && set.dimensions.includes('net');
  const elements = flips ? set.elements.map((element) => ({ ...element, nomatch: !element.nomatch })) : set.elements;
  return new ElementReader(set, set.dimensions, match, context).read(elements);
}

/** A list matches where one of its sets does; no list is in a list, says the kernel, and a file that says otherwise must not hang us. */
function members(set: Ipset, match: SetMatch, context: Context, inside: ReadonlySet<string>): Condition {
  if (inside.has(set.name)) return NEVER;
  const deeper = new Set([...inside, set.name]);
  return anyOf(
    set.elements.flatMap(({ parts, timed }) =>
      parts.map((part) => {
        if (part.kind !== 'set') return NEVER;
        const member = { ...match, name: part.name };
        const condition = build(member, context, matchText(member), deeper);
        return timed ? allOf([condition, context.functional(timedText(set))]) : condition;
      }),
    ),
  );
}
