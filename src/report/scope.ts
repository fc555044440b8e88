/** What the verdict speaks of, and what it does not. */

import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { ascending } from '../model/ports.ts';
import type { Result } from '../model/result.ts';
import { configurationsText, isUnsent } from './changes.ts';
import { type Line, paragraph, span } from './pen.ts';
import { isRelayTest } from './relay.ts';
import type { RenderOptions } from './renderer.ts';
import { count, sources } from './words.ts';

/** Always there: no verdict stands without what it speaks of. */
export function scopeLines(result: Result, options: RenderOptions): Line[] {
  return [
    [span('SCOPE', 'strong')],
    [],
    ...scopeFacts(result, options).flatMap(([name, text]) =>
      paragraph({ lead: [span('   '), span(name.padEnd(6), 'faint'), span('  ')], text }, options),
    ),
    [],
  ];
}

/** What was looked at and what not, each under its name; the notes last. */
export function scopeFacts(
  result: Result,
  options: Pick<RenderOptions, 'verbose'>,
): readonly (readonly [name: string, text: string])[] {
  const { scope, summary } = result;
  const { sent, open } = summary.leakProbes;
  const rows: [string, string][] = [
    ['asked', isRelayTest(result) ? `whether mail servers relay, on ${portsText(relayPorts(result))}` : portsText(scope.ports)],
    ...whereTo(result),
  ];
  if (scope.unseen.length > 0)
    rows.push(['unseen', `${listText(scope.unseen)}: no evidence speaks for ${scope.unseen.length === 1 ? 'it' : 'them'}`]);
  if (sent > 0) rows.push(['leaks', `${count(sent, 'further probe')} of undeclared ports on own endpoints, ${open} got out`]);
  return [...rows, ...notes(scope.notes, options).map((note): [string, string] => ['note', note])];
}

function whereTo(result: Result): [string, string][] {
  if (isUnsent(result)) {
    return [
      ['of', `${configurationsText(result) || 'no configuration'}: first packets of new TCP connections`],
      [
        'not',
        'what is loaded at this moment, other devices on the way, routing, hardware offload; nor web proxies or other ports',
      ],
    ];
  }
  return [
    ['source', sources(result).join(', ') || 'nowhere'],
    ['to', count(result.scope.endpoints, 'endpoint')],
    [
      'not',
      isRelayTest(result)
        ? 'what clients at other addresses get: a server may trust this one, or one that was not asked from'
        : 'web proxies, webmail or other ports; nor segments and endpoints that are not named here',
    ],
  ];
}

function relayPorts({ checks }: Result): number[] {
  return ascending(checks.flatMap(({ port }) => port ?? []));
}

function portsText(ports: readonly number[]): string {
  return ports.length === 0 ? 'no ports' : `TCP ${ports.length === 1 ? 'port' : 'ports'} ${listText(ports)}`;
}

/** Notes that differ only in numbers are told once, with how many are like it. */
function notes(all: readonly string[], options: Pick<RenderOptions, 'verbose'>): readonly string[] {
  if (options.verbose) return all;
  return [...groupBy(all, (note) => note.replace(/\d+/g, '#')).values()].map(([first = '', ...others]) =>
    others.length === 0 ? first : `${first} (And ${count(others.length, 'note')} like it; --verbose shows all.)`,
  );
}
