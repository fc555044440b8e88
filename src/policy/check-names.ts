/** Whether names are unique, free to use, and mean something where they are used. */
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { locate, problemAt, type Span } from '../model/source.ts';
import { child, entriesOf, itemsOf, type Node, type Text, textOf, textsOf } from './node.ts';
import type { Reading } from './reading.ts';
import { suggestion } from './suggestion.ts';

const RESERVED = ['any', 'public', 'private'];

/** Of firewalls: what files of the command line are called in ids. */
const RESERVED_FIREWALL = 'given';

/** Problems `name-clash`, `reserved-name`, `duplicate-name`, `unknown-name`. */
export function checkNames(reading: Reading): Problem[] {
  return [...clashes(reading), ...reservedNames(reading), ...duplicates(reading), ...references(reading)];
}

function clashes({ source, root }: Reading): Problem[] {
  const segments = new Map(entriesOf(child(root, 'segments')).map(({ name, key }) => [name, key]));
  return entriesOf(child(root, 'destinations')).flatMap(({ name, key }) => {
    const segment = segments.get(name);
    if (segment === undefined) return [];
    const message = `"${printable(name)}" is a segment too (line ${locate(source, segment.start).line}); rules name both, so one of them needs another name.`;
    return [problemAt(source, key, 'name-clash', message)];
  });
}

function reservedNames({ source, root }: Reading): Problem[] {
  const firewalls = entriesOf(child(root, 'firewalls'))
    .filter(({ name }) => name === RESERVED_FIREWALL)
    .map(({ name, key }) => {
      const message = `"${name}" is what files of the command line (--config) are called; choose another name.`;
      return problemAt(source, key, 'reserved-name', message);
    });
  const places = ['segments', 'destinations'].flatMap((section) =>
    entriesOf(child(root, section))
      .filter(({ name }) => RESERVED.includes(name))
      .map(({ name, key }) => {
        const message = `"${name}" has a meaning of its own (any, public and private stand for networks); choose another name.`;
        return problemAt(source, key, 'reserved-name', message);
      }),
  );
  return [...places, ...firewalls];
}

function duplicates({ source, root }: Reading): Problem[] {
  return ['rules', 'servers'].flatMap((section) => {
    const seen = new Map<string, Span>();
    return itemsOf(child(root, section)).flatMap((item) => {
      const name = textOf(child(item, 'name'));
      if (name === null) return [];
      const before = seen.get(name.text);
      seen.set(name.text, before ?? name);
      if (before === undefined) return [];
      const line = locate(source, before.start).line;
      return [
        problemAt(
          source,
          name,
          'duplicate-name',
          `Two ${section} are named "${printable(name.text)}"; the first is on line ${line}.`,
        ),
      ];
    });
  });
}

interface Reference {
  readonly text: Text;
  readonly kind: string;
  readonly names: readonly string[];
  /** Names of the other kinds, to say what was mixed up. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
}

function references({ source, root }: Reading): Problem[] {
  const names = namesOf(root);
  const all = [
    ...ruleReferences(root, names),
    ...probeReferences(root, names),
    ...waiverReferences(root, names),
    ...interfaceReferences(root, names),
  ];
  const known = new Map<readonly string[], ReadonlySet<string>>();
  return all.flatMap((reference) => {
    const set = known.get(reference.names) ?? new Set(reference.names);
    known.set(reference.names, set);
    if (set.has(reference.text.text)) return [];
    return [problemAt(source, reference.text, 'unknown-name', unknownName(reference))];
  });
}

interface Names {
  readonly segments: readonly string[];
  readonly destinations: readonly string[];
  readonly sentinels: readonly string[];
  readonly servers: readonly string[];
  readonly firewalls: readonly string[];
  readonly targets: readonly string[];
  readonly waivable: readonly string[];
}

function namesOf(root: Node): Names {
  const keys = (section: string): string[] => entriesOf(child(root, section)).map(({ name }) => name);
  const [segments, destinations] = [keys('segments'), keys('destinations')];
  const servers = itemsOf(child(root, 'servers')).flatMap((server) => textOf(child(server, 'name'))?.text ?? []);
  const targets = [...destinations, ...segments];
  return {
    segments,
    destinations,
    sentinels: keys('sentinels'),
    servers,
    firewalls: keys('firewalls'),
    targets,
    waivable: [...targets, ...servers],
  };
}

function ruleReferences(root: Node, names: Names): Reference[] {
  return itemsOf(child(root, 'rules')).flatMap((rule) => {
    const named = (key: string): Text[] => textsOf(child(rule, key)).filter(({ text }) => text !== 'any');
    const others = { destination: names.destinations };
    return [
      ...named('from').map((text): Reference => ({ text, kind: 'segment', names: names.segments, others })),
      ...named('to').map((text): Reference => ({ text, kind: 'destination or segment', names: names.targets })),
    ];
  });
}

function probeReferences(root: Node, names: Names): Reference[] {
  return entriesOf(child(root, 'destinations'))
    .flatMap(({ value }) => itemsOf(child(value, 'probes')))
    .flatMap((probe) => textOf(child(probe, 'sentinel')) ?? [])
    .map((text) => ({ text, kind: 'sentinel', names: names.sentinels }));
}

function waiverReferences(root: Node, names: Names): Reference[] {
  const kinds = { segment: names.segments, destination: names.waivable, server: names.servers, firewall: names.firewalls };
  return itemsOf(child(root, 'waivers')).flatMap((waiver) =>
    Object.entries(kinds).flatMap(([kind, known]): Reference[] => {
      const text = textOf(child(waiver, kind));
      return text === null ? [] : [{ text, kind, names: known }];
    }),
  );
}

function interfaceReferences(root: Node, names: Names): Reference[] {
  return entriesOf(child(root, 'firewalls')).flatMap(({ value }) =>
    entriesOf(child(value, 'interfaces')).map(({ name, key }) => ({
      text: { text: name, ...key },
      kind: 'segment or destination',
      names: names.targets,
    })),
  );
}

function unknownName({ text, kind, names, others = {} }: Reference): string {
  const name = printable(text.text);
  if (kind.includes('destination') && (text.text === 'public' || text.text === 'private')) {
    return `"${name}" is a network, not a destination: name a destination with networks: [${name}].`;
  }
  const mixedUp = Object.entries(others).find(([, known]) => known.includes(text.text));
  if (mixedUp !== undefined) return `"${name}" is a ${mixedUp[0]}, not a ${kind}.${suggestion(text.text, names, kind)}`;
  return `There is no ${kind} "${name}".${suggestion(text.text, names, kind)}`;
}
