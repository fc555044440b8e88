/**
 * Whose socket a packet comes from. A packet without a socket (forwarded, made by the kernel, of a socket that is gone) has no owner: a match
 * does not hold then, and a negated one does.
 *
 * Worked example: `! --uid-owner 0` holds for every user but root, and for a packet that belongs to nobody. nftables differs: its
 * `meta skuid != 0` does not hold for the latter.
 *
 * @see Linux, net/netfilter/xt_owner.c, owner_mt(): `return (info->match ^ info->invert) == 0` where there is no socket
 */
import { allOf, anyOf, not, signed } from '../conditions.ts';
import { ALWAYS, type Condition, type Interval } from '../ruleset.ts';
import type { Context } from './context.ts';
import { criterionText } from './opaque.ts';
import type { ModuleOption, ModuleUse } from './options.ts';

const SOCKET: Condition = { kind: 'owner', of: 'user', ids: null };

/** Numbers beyond it are no user. */
const HIGHEST_ID = 0xffff_ffff;

export function ownerCondition(use: ModuleUse, context: Context): Condition {
  const groups = use.options.find(({ name }) => name === 'suppl-groups');
  const asking = use.options.filter((option) => option !== groups);
  if (asking.length === 0)
    context.problems.error(use, 'missing-value', 'The match owner needs --uid-owner, --gid-owner or --socket-exists.');
  return allOf(asking.map((option) => criterion(option, groups, context)));
}

function criterion(option: ModuleOption, groups: ModuleOption | undefined, context: Context): Condition {
  if (option.name === 'socket-exists') return signed(SOCKET, option.inverted);
  const of = option.name === 'uid-owner' ? 'user' : option.name === 'gid-owner' ? 'group' : null;
  const [word] = option.values;
  if (of === null || word === undefined) {
    return signed(allOf([SOCKET, context.functional(criterionText('owner', option), { about: 'sender' })]), option.inverted);
  }
  const ids = word.text === 'root' ? { first: 0, last: 0 } : readIds(word.text);
  if (ids === 'unfit') {
    context.problems.error(
      word,
      'bad-owner',
      `${word.text} is no ${of}: write a name, a number without leading zeros, or two with a dash, lowest first.`,
    );
    return ALWAYS;
  }
  const named = ids === null ? context.named(word.text, criterionText('owner', option), 'sender') : null;
  const holds = named === null ? ownedBy(of, ids) : allOf([SOCKET, named]);
  if (of === 'user' || groups === undefined) return signed(holds, option.inverted);
  // With --suppl-groups a packet without a socket never matches, negated or not: that flag is never inverted.
  const any = anyOf([holds, context.functional(criterionText('owner', option, [groups]), { about: 'sender' })]);
  return allOf([SOCKET, option.inverted ? not(any) : any]);
}

function ownedBy(of: 'user' | 'group', ids: Interval<number> | null): Condition {
  return { kind: 'owner', of, ids: ids === null ? null : [ids] };
}

/** A number or a range; null for a name. With a leading zero iptables reads octal: unfit. @see iptables, libxtables/xtables.c, xtables_strtoul() */
function readIds(text: string): Interval<number> | 'unfit' | null {
  const match = /^(0|[1-9]\d*)(?:-(0|[1-9]\d*))?$/.exec(text);
  if (match === null) return /^[A-Za-z_][\w.$-]*$/.test(text) ? null : 'unfit';
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last && last <= HIGHEST_ID ? { first, last } : 'unfit';
}
