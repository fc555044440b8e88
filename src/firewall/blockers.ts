/**
 * Which lines take the packets of a line that none reaches: those behind which a packet, as it is there, comes to the line no more, and before which
 * it still could have.
 *
 * Worked example: `-A FORWARD -j USER`, `-A USER -j RETURN`, `-A FORWARD -p tcp --dport 25 -j MAIL`, in MAIL `-d 10.0.0.9 -j ACCEPT` and
 * `-j REJECT`, and then `-A FORWARD -p tcp --dport 25 -j ACCEPT`, which is dead. The accept and the reject of MAIL take its packets. The RETURN takes
 * none: behind it they still come there.
 *
 * A rule that rewrites where packets go takes those that the line does not fit any more. The others are followed as they are then: of
 * `-j DNAT --to-destination 10.0.0.9:25` and a dead `-d 10.0.0.9 --dport 25 -j ACCEPT` in FORWARD, what takes its packets stands in FORWARD.
 */
import { type Bdd, EMPTY } from './bdd.ts';
import { type Looking, type MailLine, mailIn } from './mail-lines.ts';
import type { Meeting } from './meeting.ts';
import type { Onward } from './onward.ts';
import { reachOf } from './reach.ts';
import type { Place, Verdict } from './ruleset.ts';
import { Callers, Towards } from './towards.ts';

export interface Blockers {
  /** Those that do the opposite first, then those that take most; none: no packet is led to the line. */
  readonly lines: readonly Place[];
  readonly conflict: boolean;
}

/** @throws {NodeBudgetError} */
export function blockersOf({ views, hook, ports }: Looking, lines: readonly MailLine[]): ReadonlyMap<MailLine, Blockers> {
  if (lines.length === 0) return new Map();
  const reaches = views.map((view) => ({
    view,
    callers: new Callers(view, hook),
    reach: reachOf(view, hook, mailIn(view.space, ports)),
  }));
  return new Map(
    lines.map((line) => {
      const takers = new Map<string, Taker>();
      for (const { view, callers, reach } of reaches) {
        const towards = new Towards(callers, line);
        const take = (place: Place, verdict: Verdict, set: Bdd): void => noteTaker(takers, { view, line, place, verdict, set });
        reach.decidingThere(towards.region, {
          rule: (meeting) => {
            const ahead = aheadOf(towards, view, meeting);
            if (ahead !== EMPTY) take(meeting.leaf.rule.place, meeting.verdict, view.space.manager.and(meeting.set(), ahead));
          },
          policy: (base, { point }, set) => {
            if (base.policy === 'drop') take(base.place, DROP, view.space.manager.and(set, towards.beyond(point)));
          },
        });
      }
      return [line, inOrder([...takers.values()])];
    }),
  );
}

const DROP: Verdict = { kind: 'drop' };

/** Packets that could come to the line from here on, and cannot behind a rule that does this with them. */
function aheadOf(towards: Towards, { space: { manager } }: Onward, { where, base, chain, leaf, verdict }: Meeting): Bdd {
  const { hook } = base;
  const here = towards.behind(hook, chain, leaf.rule);
  switch (verdict.kind) {
    case 'jump':
      return EMPTY;
    case 'return':
      return here;
    case 'goto':
      return manager.diff(here, towards.within(hook, verdict.chain));
    case 'drop':
    case 'reject':
      return manager.orAll([here, towards.outside(hook, chain), towards.beyond(where.point)]);
    case 'divert':
      return manager.orAll([here, towards.outside(hook, chain), towards.lost(where.point, verdict)]);
    // The last word in this base chain only.
    default:
      return manager.or(here, towards.outside(hook, chain));
  }
}

interface Taker {
  readonly place: Place;
  /** Of all packets. */
  share: number;
  opposite: boolean;
}

interface Taking {
  readonly view: Onward;
  readonly line: MailLine;
  readonly place: Place;
  readonly verdict: Verdict;
  readonly set: Bdd;
}

/** A line may be several rules, with several verdicts, for each family. */
function noteTaker(takers: Map<string, Taker>, { view, line, place, verdict, set }: Taking): void {
  if (set === EMPTY) return;
  const key = `${place.file}:${place.line}:${place.column}`;
  const taker = takers.get(key) ?? { place, share: 0, opposite: false };
  taker.share += view.space.share(set);
  taker.opposite ||= isOpposite(line, verdict);
  takers.set(key, taker);
}

function inOrder(takers: readonly Taker[]): Blockers {
  const sorted = takers.toSorted((a, b) => Number(b.opposite) - Number(a.opposite) || b.share - a.share);
  return { lines: sorted.map(({ place }) => place), conflict: sorted[0]?.opposite === true };
}

function isOpposite({ rules }: MailLine, verdict: Verdict): boolean {
  const action = actionOf(verdict);
  const own = rules.flatMap(({ rule }) => rule.cases.map((one) => actionOf(one.verdict)));
  return action !== null && own.some((one) => one !== null && one !== action);
}

function actionOf({ kind }: Verdict): 'accept' | 'drop' | null {
  if (kind === 'drop' || kind === 'reject') return 'drop';
  return kind === 'accept' || kind === 'divert' ? 'accept' : null;
}
