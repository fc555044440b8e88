/** Whether what stands for a host, a mail domain or an address is one. */
import { parseAddress } from '../model/address.ts';
import { printable } from '../model/printable.ts';
import type { Problem } from '../model/problem.ts';
import { problemAt } from '../model/source.ts';
import { domainProblem, hostProblem } from './host-name.ts';
import { child, entriesOf, itemsOf, type Node, type Text, textOf, textsOf } from './node.ts';
import type { Reading } from './reading.ts';

/** Problems `bad-host`, `bad-domain`, `bad-address`; each says what to write instead. */
export function checkHosts({ source, root }: Reading): Problem[] {
  const problems = (code: string, texts: readonly Text[], problemOf: (text: string) => string | null): Problem[] =>
    texts.flatMap((text) => {
      const message = problemOf(text.text);
      return message === null ? [] : [problemAt(source, text, code, message)];
    });
  return [
    ...problems('bad-host', hostsOf(root), hostProblem),
    ...problems('bad-domain', domainsOf(root), domainProblem),
    ...problems('bad-address', sourcesOf(root), addressProblem),
  ];
}

function hostsOf(root: Node): Text[] {
  const destinations = valuesOf(child(root, 'destinations'));
  const holders = [
    ...destinations.flatMap((destination) => itemsOf(child(destination, 'probes'))),
    ...valuesOf(child(root, 'segments')).flatMap((segment) => itemsOf(child(segment, 'controls'))),
    ...itemsOf(child(root, 'audit', 'controls')),
    ...itemsOf(child(root, 'servers')),
    ...valuesOf(child(root, 'sentinels')),
    ...itemsOf(child(root, 'waivers')),
  ];
  return [
    ...destinations.flatMap((destination) => itemsOf(child(destination, 'hosts'))),
    ...holders.map((holder) => child(holder, 'host')),
  ]
    .map(textOf)
    .filter((text) => text !== null);
}

function domainsOf(root: Node): Text[] {
  return [
    ...valuesOf(child(root, 'destinations')).flatMap((destination) => itemsOf(child(destination, 'mx'))),
    ...itemsOf(child(root, 'servers')).map((server) => child(server, 'hosted-domain')),
    child(root, 'audit', 'probe-domain'),
    child(root, 'audit', 'ehlo'),
  ]
    .map(textOf)
    .filter((text) => text !== null);
}

function sourcesOf(root: Node): readonly Text[] {
  return valuesOf(child(root, 'sentinels')).flatMap((sentinel) => textsOf(child(sentinel, 'expected-sources')));
}

function addressProblem(text: string): string | null {
  return parseAddress(text) === null ? `"${printable(text)}" is no IP address, such as 198.51.100.20.` : null;
}

function valuesOf(node: Node | null): Node[] {
  return entriesOf(node).map(({ value }) => value);
}
