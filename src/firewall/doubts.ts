/**
 * What a configuration holds, lacks or is asked that keeps its answers from being judged as a whole, whatever they say.
 *
 * Worked example: with `-i eth1 -j ACCEPT` and the segment workstations at eth11 nothing that it sends is let through, as if it were safe; no line
 * means eth11, and that is a doubt: eth1 was probably meant. Where no line asks for the interface a packet comes in by, it makes no difference.
 */
import type { Doubt } from '../model/configuration.ts';
import { sha256 } from '../model/digest.ts';
import { listText } from '../model/list-text.ts';
import { nearest } from '../model/nearest.ts';
import { reachedFrom } from './calls.ts';
import { hooksOf } from './hooks.ts';
import { LOOPBACK } from './mentioned.ts';
import { eachPart } from './parts.ts';
import type { Chain, Hook, Ruleset } from './ruleset.ts';
import { liesOnWay, mayTouch } from './unseen.ts';

export interface Doubting {
  /** Of the firewall, as the policy names it. */
  readonly name: string;
  readonly hook: Hook;
  readonly ports: readonly number[];
}

/** Of the text itself: what is missing in it, and chains at hooks that are not looked at. At most one of each. */
export function textDoubts({ unseen }: Ruleset, { name, hook, ports }: Doubting): readonly Doubt[] {
  const dumps = unseen.filter((one) => one.kind === 'dump');
  const chains = unseen.filter((one) => one.kind === 'chain').filter((one) => liesOnWay(one, hook) && mayTouch(one, ports));
  const texts = chains.map(({ chain, hook: at, place: { file, line } }) => `${chain} (${file}:${line}, hook ${at})`);
  const many = texts.length > 1;
  const meet = `Packets of mail may be stopped, rewritten or sent elsewhere by ${listText(texts)}: ${many ? 'chains of such hooks are' : 'a chain of such a hook is'} not worked out, and what is said of ${name} holds only for packets that ${many ? 'they leave' : 'it leaves'} alone. Let somebody look at ${many ? 'them' : 'it'}, or probe (postern audit).`;
  return [
    ...(dumps.length === 0
      ? []
      : [
          doubt(
            'dump',
            dumps.map(({ text }) => text).join(' '),
            dumps.map(({ content }) => [content]),
          ),
        ]),
    ...(chains.length === 0
      ? []
      : [
          doubt(
            'hooks',
            meet,
            chains.map(({ chain, content }) => [chain, content]),
          ),
        ]),
  ];
}

/** Which interface of which name of the policy, and on which side packets have it. */
export interface MappedInterface {
  readonly of: string;
  readonly interface: string;
  readonly side: 'in' | 'out';
}

/** Interfaces that the policy gives and that no line of any of the rulesets can mean, where lines on the way of the packets ask for one on that side. */
export function interfaceDoubts(
  rulesets: readonly Ruleset[],
  mapped: readonly MappedInterface[],
  { name, hook }: Pick<Doubting, 'name' | 'hook'>,
  where: string,
): readonly Doubt[] {
  const asked = rulesets.flatMap((ruleset) => interfacesIn(chainsOnWay(ruleset, hook)));
  const everything = rulesets.flatMap(({ chains }) => [...chains.values()]);
  const named = interfacesIn(everything);
  const texts = unknownTexts(everything);
  const strange = mapped.filter(
    (one) =>
      asked.some(({ side }) => side === one.side) &&
      !named.some((known) => (known.prefix ? one.interface.startsWith(known.name) : known.name === one.interface)) &&
      !texts.some((text) => text.split(/[^\w.@-]+/).includes(one.interface)),
  );
  if (strange.length === 0) return [];
  const names = [...new Set(named.filter(({ prefix }) => !prefix).map((one) => one.name))];
  const sentences = [...new Map(strange.map((one) => [`${one.of} ${one.interface}`, one])).values()].map((one) => {
    const meant = nearest(one.interface, names);
    const advice = meant === null ? `Its lines name ${listText(named.map(shown).slice(0, 8))}.` : `Did you mean ${meant}?`;
    return `No line of ${name} names ${one.interface}, the interface of ${one.of} by ${where}. ${advice}`;
  });
  const text = `${sentences.join(' ')} What is said of such an interface may be about one that is not there: correct it, or have it waived if it is right.`;
  return [
    doubt(
      'interfaces',
      text,
      strange.map((one) => [one.of, one.interface]),
    ),
  ];
}

function doubt(about: Doubt['about'], text: string, content: readonly (readonly string[])[]): Doubt {
  return { about, text, key: sha256(JSON.stringify([about, content])) };
}

interface NamedInterface {
  readonly side: 'in' | 'out';
  readonly name: string;
  readonly prefix: boolean;
}

function shown({ name, prefix }: NamedInterface): string {
  return prefix ? `${name}*` : name;
}

function chainsOnWay(ruleset: Ruleset, start: Hook): readonly Chain[] {
  return [...reachedFrom(ruleset, hooksOf(start))].flatMap((id) => ruleset.chains.get(id) ?? []);
}

/** Without the one of this host's own packets, and without what every name fulfils. */
function interfacesIn(chains: readonly Chain[]): readonly NamedInterface[] {
  const found = new Map<string, NamedInterface>();
  eachPart(chains, (part) => {
    if (part.kind !== 'interface' || part.name === '' || part.name === LOOPBACK) return;
    const { side, name, prefix } = part;
    found.set(`${side} ${shown({ side, name, prefix })}`, { side, name, prefix });
  });
  return [...found.values()];
}

/** What is not understood may name an interface as well. */
function unknownTexts(chains: readonly Chain[]): readonly string[] {
  const texts = new Set<string>();
  eachPart(chains, (part) => {
    if (part.kind === 'unknown') texts.add(part.text);
  });
  return [...texts];
}
