/** What it means that a probe is not in the log. */
import { familyName } from '../model/address.ts';
import { listText } from '../model/list-text.ts';
import { upperFirst } from '../model/upper-first.ts';
import type { Arrival } from './arrivals.ts';
import { unwatched } from './log-watch.ts';
import type { Ruling } from './ruling.ts';
import { anonymousAt, type Scene, windowOf } from './scene.ts';
import type { Try } from './tries.ts';

/**
 * Nothing arrived, or nothing that can have to do with what was heard here. That proves something only where the log would tell.
 *
 * @param empty  connections on which nothing was said.
 */
export function readAbsent(one: Try, scene: Scene, empty: readonly Arrival[]): Ruling {
  const window = windowOf(scene, one);
  const why = scene.distrust ?? unwatched(scene.watch, one.port, window);
  const open = { matched: null, arrived: [] } as const;
  if (why !== null) return { reading: 'not-covered', reason: `${upperFirst(why)}.`, ...open };
  const sources = [...scene.sources[one.family].known].filter(
    (address) => !scene.sources[one.family].own.has(address) || address === one.source,
  );
  const from = scene.sources[one.family].complete ? ` from ${listText(sources, 'or')}` : '';
  const others = anonymousAt(scene, one, window).length;
  const rest = others === 0 ? '' : ` (${others} from elsewhere)`;
  const nothing = `the log covers that time and has no connection on port ${one.port} over ${familyName(one.family)}${from}${rest}`;
  if (one.state === 'heard') {
    const told =
      empty.length === 0 ? nothing : 'of what was said here nothing reached the sentinel, by a log that covers that time';
    return {
      reading: 'stranger',
      reason: `Something answered here, and ${told}: whoever answered is not the sentinel.`,
      ...open,
    };
  }
  const refused = one.record.type !== 'relay' && one.record.outcome === 'refused';
  const how = one.state === 'connected' ? HANDSHAKE : refused ? REFUSED : DROPPED;
  return { reading: 'never-arrived', reason: `${upperFirst(nothing)}. ${how}${deafText(one, scene)}`, ...open };
}

const DROPPED =
  'Something on the way stopped it, or the answer to its first packet: a process that listens sees only handshakes that were completed.';
const REFUSED = "Something before the sentinel refused it: a device on the way, or the packet filter of the sentinel's own host.";
const HANDSHAKE =
  'Something on the way completed the handshake in its place, or its last packet was lost, or it was reset before the sentinel could look at it.';

/** No door at all would look the same. */
function deafText({ family }: Try, { arrivals }: Scene): string {
  if (arrivals.connections.some((arrival) => arrival.family === family)) return '';
  return ` The log has no connection over ${familyName(family)} at all: does the sentinel listen there?`;
}
