/**
 * Of a region, what is not treated as the policy expects: disjoint sets of packets, each with what becomes of it.
 *
 * To be denied: what surely passes is permitted, what may be redirected is redirected, what else may pass is conditional. What may be sent anywhere,
 * because nobody knows what becomes of it, may pass as well: it is conditional. To be allowed: what is
 * surely dropped is denied, what may be redirected is redirected, what else does not surely pass is conditional. Source ports and interfaces belong to a
 * packet: what is to be denied and passes by one interface is permitted there. What is to be allowed is denied where no interface lets it pass; where
 * some may, the answer is conditional, since nobody knows by which it goes, and the row that says which is denied.
 *
 * Worked example: `-A FORWARD -i eth1 -j ACCEPT` and the policy drop. To be denied: permitted, one row, if incoming interface eth1. To be allowed:
 * conditional, one row that is denied, if incoming interface other than eth1.
 */
import type { ConfigurationOutcome } from '../model/configuration.ts';
import { type Bdd, EMPTY, FULL } from './bdd.ts';
import type { Treated } from './describe-rows.ts';
import { ANYWHERE } from './divert-text.ts';
import type { PacketSpace } from './packet-space.ts';
import type { Passage } from './passage.ts';
import type { Region } from './region.ts';

export interface Unexpected {
  /** Of the region as a whole, the farthest from what is expected. */
  readonly outcome: ConfigurationOutcome;
  /** The farthest from what is expected first; none is empty. */
  readonly parts: readonly Treated[];
}

export function unexpectedIn(space: PacketSpace, passage: Passage, region: Region, expect: 'allow' | 'deny'): Unexpected {
  return expect === 'deny' ? notDenied(space, passage, region) : notAllowed(space, passage, region);
}

function notDenied(space: PacketSpace, { accepted, targets }: Passage, { set }: Region): Unexpected {
  const { manager } = space;
  const passing = manager.and(set, accepted.set);
  const sure = space.must(passing);
  const known = knownSet(space, targets);
  const sent = manager.and(set, space.may(known));
  const open = manager.diff(space.may(passing), manager.or(sure, sent));
  const parts: readonly Treated[] = [
    { set: sure, outcome: 'permitted', target: null },
    ...byTarget(space, manager.and(sent, known), targets),
    { set: manager.and(open, passing), outcome: 'conditional', target: null },
  ];
  const found = parts.filter((part) => part.set !== EMPTY);
  return { outcome: found[0]?.outcome ?? 'denied', parts: found };
}

function notAllowed(space: PacketSpace, { accepted, dropped, targets }: Passage, region: Region): Unexpected {
  const { manager } = space;
  const { set } = region;
  const blocked = space.must(manager.and(set, dropped.set));
  const known = knownSet(space, targets);
  const sent = manager.and(set, space.may(known));
  const passing = manager.and(set, accepted.set);
  const open = manager.diff(set, manager.orAll([space.must(passing), blocked, sent]));
  const parts: readonly Treated[] = [
    { set: blocked, outcome: 'denied', target: null },
    ...byTarget(space, manager.and(sent, known), targets),
    { set: manager.and(open, passing), outcome: 'conditional', target: null },
  ];
  const found = parts.filter((part) => part.set !== EMPTY);
  return { outcome: outcomeOfAllowed(space, blocked, region, found), parts: found };
}

function outcomeOfAllowed(space: PacketSpace, blocked: Bdd, region: Region, parts: readonly Treated[]): ConfigurationOutcome {
  if (parts.length === 0) return 'permitted';
  if (everywhere(space, blocked, region) !== EMPTY) return 'denied';
  return parts.some(({ outcome }) => outcome === 'redirected') ? 'redirected' : 'conditional';
}

/** Sent to a place that is known. */
function knownSet({ manager }: PacketSpace, targets: Passage['targets']): Bdd {
  return manager.orAll(targets.flatMap(({ text, set }) => (text === ANYWHERE ? [] : [set])));
}

/** The packets of a set that are in it on every interface of the region. */
function everywhere(space: PacketSpace, set: Bdd, { domain }: Region): Bdd {
  const { manager } = space;
  const others = (['in', 'out'] as const).map((side) => manager.not(domain[side] ?? FULL));
  return (['in', 'out'] as const).reduce(
    (left, side) => {
      const { first, width } = space.bits(side);
      return manager.forall(left, first, first + width - 1);
    },
    manager.orAll([set, ...others]),
  );
}

/** Packets that may be sent to the same places share a part. */
function byTarget(space: PacketSpace, sent: Bdd, targets: Passage['targets']): readonly Treated[] {
  const { manager } = space;
  let parts: readonly { readonly packets: Bdd; readonly texts: readonly string[] }[] = [{ packets: space.may(sent), texts: [] }];
  for (const { text, set } of targets) {
    const here = space.may(manager.and(sent, set));
    if (here === EMPTY) continue;
    parts = parts
      .flatMap(({ packets, texts }) => [
        { packets: manager.and(packets, here), texts: [...texts, text] },
        { packets: manager.diff(packets, here), texts },
      ])
      .filter(({ packets }) => packets !== EMPTY);
  }
  return parts
    .filter(({ packets }) => packets !== EMPTY)
    .map(({ packets, texts }) => ({
      set: manager.and(packets, sent),
      outcome: 'redirected',
      target: texts.length === 0 ? null : texts.join(' or '),
    }));
}
