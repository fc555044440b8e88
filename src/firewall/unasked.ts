/**
 * What the questions of a policy leave out, and a configuration lets through: notes beside the answers, which they do not change. Interfaces that the
 * policy does not give, senders that it does not name, mail of the firewall itself.
 */
import type { AddressRange, Family } from '../model/address.ts';
import { type AddressSet, ANY, subtract, UNUSABLE } from '../model/address-set.ts';
import type { ConfigurationQuestion } from '../model/configuration-question.ts';
import type { InterfacePermission } from '../model/interface-permissions.ts';
import { EMPTY, FULL } from './bdd.ts';
import { lentSet } from './lent.ts';
import type { Onward } from './onward.ts';
import { outsidersIn } from './outsiders.ts';
import { type Passage, passage } from './passage.ts';
import { interfacesOn } from './region.ts';
import type { BaseChain, Hook, Ruleset } from './ruleset.ts';
import { outsidersText, ownMailText, unmappedTexts } from './unasked-words.ts';
import { askedAbout, unmappedWays, type View } from './unmapped-ways.ts';

export interface Unasked {
  /** Addresses of all segments. */
  readonly owned: AddressSet;
  /** Interfaces that the policy gives to anything. */
  readonly mapped: readonly string[];
  /** What whoever comes in by interfaces of segments may send. */
  readonly lent: readonly InterfacePermission[];
  /** Senders of no segment are asked about by nobody. */
  readonly outsiders: boolean;
  /** Mail that the firewall itself sends is asked about nowhere. */
  readonly ownMail: boolean;
  /** The policy does not name the firewall: what it is told is told on the command line. */
  readonly given: boolean;
}

/** One family. */
export interface Looked {
  readonly family: Family;
  readonly seen: Seen;
}

export interface Seen {
  readonly onward: Onward;
  /** @throws {NodeBudgetError} */
  through(): Passage;
}

export interface Asked {
  readonly hook: Hook;
  readonly questions: readonly ConfigurationQuestion[];
  readonly ports: readonly number[];
}

/** Addresses that are looked for, and have to be told apart. */
export function namedBeside(unasked: Unasked | undefined, family: Family): readonly AddressRange[] {
  if (unasked === undefined) return [];
  return [...unasked.owned[family], ...unasked.lent.flatMap(({ addresses }) => addresses[family])];
}

/** Sentences. @throws {NodeBudgetError} */
export function unaskedNotes(looks: readonly Looked[], asked: Asked, unasked: Unasked): readonly string[] {
  const { hook, questions, ports } = asked;
  const { owned, given } = unasked;
  const families = looks.filter(({ family, seen }) => seen.onward.ruleset.families.includes(family));
  const ofFamily = (family: Family): readonly ConfigurationQuestion[] =>
    questions.filter((question) => question.family === family && question.destinations.length > 0);
  const ways = families.flatMap(({ family, seen }) => unmappedWays(viewOf(seen, hook), ofFamily(family), unasked));
  const outsiders =
    !unasked.outsiders || hook !== 'forward'
      ? []
      : families.map(({ family, seen }) => {
          const view = viewOf(seen, hook);
          const { space } = seen.onward;
          const settled = space.manager.or(askedAbout(view, ofFamily(family)), lentSet(space, hook, unasked.lent));
          return outsidersIn(view, { owned, settled, ports });
        });
  return [
    ...unmappedTexts(ways, given),
    ...outsidersText(outsiders),
    ...(unasked.ownMail && hook !== 'output' ? ownMailNote(families, ports, given) : []),
  ];
}

function viewOf(seen: Seen, hook: Hook): View {
  return { onward: seen.onward, hook, accepted: seen.through().accepted.set };
}

/** Of the firewall's own packets to others, some that may pass. */
function ownMailNote(families: readonly Looked[], ports: readonly number[], given: boolean): readonly string[] {
  const [base] = families.flatMap(({ family, seen }) => outputBase(seen.onward.ruleset, family) ?? []);
  if (base === undefined || !families.some(({ seen }) => sendsMail(seen.onward, ports))) return [];
  return [ownMailText(base, given)];
}

function outputBase({ bases, chains }: Ruleset, family: Family): BaseChain | undefined {
  return bases.find(
    ({ hook, kind, chain }) => hook === 'output' && kind === 'filter' && chains.get(chain)?.families.includes(family),
  );
}

function sendsMail(onward: Onward, ports: readonly number[]): boolean {
  const { space } = onward;
  const { manager } = space;
  if (outputBase(onward.ruleset, space.family) === undefined) return false;
  const mail = [
    space.portSet(ports),
    space.within('destination', subtract(ANY, UNUSABLE)[space.family]),
    interfacesOn(space, 'output', 'out', null),
  ].reduce((a, b) => manager.and(a, b), FULL);
  return manager.and(passage(onward, 'output').accepted.set, mail) !== EMPTY;
}
