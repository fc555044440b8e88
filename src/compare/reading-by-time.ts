/**
 * What became of a probe that no nonce ties to the log: it was cut off before a receipt could be asked for, or never arrived. A connection without a
 * receipt, from a source of this network, on that port and at that time, is taken for the probe's only where it can be nobody else's.
 */
import type { Arrival } from './arrivals.ts';
import { readAbsent } from './reading-absent.ts';
import { arrivedText, readArrived } from './reading-arrived.ts';
import { type Ruling, unsure } from './ruling.ts';
import { anonymousAt, mayBeOf, portKey, type Scene, wideWindowOf, windowOf, within } from './scene.ts';
import type { Try } from './tries.ts';

export function readByTime(one: Try, scene: Scene): Ruling {
  const { mine, shared, stray } = candidatesOf(one, scene);
  const all = [...mine, ...shared, ...stray];
  if (all.length === 0 || (isSpoken(one) && !all.some((arrival) => couldHaveSaid(one, arrival))))
    return readAbsent(one, scene, all);
  if (shared.length > 0) {
    const which = shared.length === 1 ? 'it' : 'them';
    return unsure(shared, `${arrivedText(shared)}, and other probes could have made ${which}: ${CLOCKS}`);
  }
  if (mine.length === 0) {
    const which = stray.length === 1 ? 'it' : 'them';
    return unsure(stray, `${arrivedText(stray)}, within minutes of it, and no probe of this evidence made ${which}.`);
  }
  if (isSpoken(one) && !mine.some((arrival) => couldHaveSaid(one, arrival))) {
    return unsure(
      all,
      `${arrivedText(all)} about that time; the answer that was heard here went over none that can only be this probe's.`,
    );
  }
  return readArrived(one, scene, mine);
}

const CLOCKS = 'they cannot be told apart. Where the clocks are kept, --clock-skew narrows the time.';

interface Candidates {
  /** Nobody else's, as far as this evidence knows. */
  readonly mine: readonly Arrival[];
  /** Those of other probes as well. */
  readonly shared: readonly Arrival[];
  /** Out of time, and nobody's. */
  readonly stray: readonly Arrival[];
}

function candidatesOf(one: Try, scene: Scene): Candidates {
  const [near, wide] = [windowOf(scene, one), wideWindowOf(scene, one)];
  const possible = anonymousAt(scene, one, wide).filter((arrival) => mayBeOf(scene, one, arrival));
  const others = (scene.rivals.get(portKey(one)) ?? []).filter((other) => other !== one);
  const contested = (arrival: Arrival): boolean =>
    others.some((other) => within(arrival, windowOf(scene, other)) && mayBeOf(scene, other, arrival));
  const inTime = possible.filter((arrival) => within(arrival, near));
  return {
    mine: inTime.filter((arrival) => !contested(arrival)),
    shared: inTime.filter(contested),
    stray: possible.filter((arrival) => !within(arrival, near) && !contested(arrival)),
  };
}

/** Words of SMTP were heard here; a TLS handshake alone is done at this end before it is at the other. */
function isSpoken({ dialogue }: Try): boolean {
  return dialogue?.transcript.some((line) => line.startsWith('S: ')) === true;
}

/** Whether what was heard here may have been said on this connection: a greeting needs no word from the client, a reply to EHLO does. */
function couldHaveSaid({ dialogue }: Try, { connection, end }: Arrival): boolean {
  if (end === null) return true;
  return dialogue?.ehlo == null ? end.sent > 0 || connection === null : end.received > 0;
}
