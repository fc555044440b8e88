/** What a record of a relay test lacks, measured by its own battery; and which shapes it says itself were not asked, in words. */
import type { RelayRecord } from './evidence.ts';
import { listText } from './list-text.ts';
import { modeOn } from './ports.ts';
import type { RelayAttempt } from './relay.ts';

/** The part of the battery that is fit for a timer; every record has them, those that were skipped too. */
export const CORE_SHAPES: readonly string[] = 'C0 C1 C2 C3 C3b C4 B01 B02 B03 B04 B05 B10 B16 B20 B24 B25a B25b B31'.split(' ');
/** The others, of `all`. */
export const FURTHER_SHAPES: readonly string[] =
  'B06 B07 B08 B09 B11 B12 B13 B14 B15 B17 B18 B19 B21 B22 B23 B26 B27 B28 B29 B30a B30b B32 B33 B34'.split(' ');

/** Shapes whose paths hold a domain that the server hosts; and its own name. Without it they are skipped. */
export const WITH_HOSTED_DOMAIN: readonly string[] = 'C1 C2 B05 B09 B25a B25b B27 B30b B34'.split(' ');
export const WITH_SERVER_NAME: readonly string[] = 'C3b B04 B11 B17 B18 B20 B21 B24 B28'.split(' ');
/** Shapes that are not asked everywhere. */
export const CONDITIONAL: readonly string[] = 'B30a B30b B31 B32 B33'.split(' ');

/** Shapes that no server is spared, and that have to be answered. */
const PLAIN_SHAPES: readonly string[] = ['B01', 'B02', 'B03'];

type Tested = Pick<RelayRecord, 'attempts' | 'battery' | 'names' | 'port'>;

/** Ids that a test of this battery has, and the record has not, or without an answer that every test to its end has. */
export function lackingIn({ attempts, battery, names }: Tested): readonly string[] {
  const known = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const takesOwn = isPositive(known.get('C1')?.code ?? null);
  const maySkip = (id: string): boolean =>
    CONDITIONAL.includes(id) ||
    // Its first recipient is the server's own: where that is refused, none can stand behind it.
    (id === 'B34' && !takesOwn) ||
    (names.hostedDomain === null && WITH_HOSTED_DOMAIN.includes(id)) ||
    (names.serverName === null && WITH_SERVER_NAME.includes(id));
  const isThere = (id: string): boolean => {
    const attempt = known.get(id);
    if (attempt === undefined) return false;
    if (PLAIN_SHAPES.includes(id)) return attempt.code !== null;
    return attempt.code !== null || attempt.class !== 'skipped' || maySkip(id);
  };
  return [...CORE_SHAPES, ...(battery === 'all' ? FURTHER_SHAPES : [])].filter((id) => !isThere(id));
}

/** What was left out for want of a name, and that nothing was asked inside STARTTLS; one sentence each. */
export function leftOutText({ attempts, battery, names, port }: Tested): string {
  const skipped = attempts.filter(isUnasked).map(({ id }) => id);
  const hosted = names.hostedDomain === null ? skipped.filter((id) => WITH_HOSTED_DOMAIN.includes(id)) : [];
  const named = names.serverName === null ? skipped.filter((id) => WITH_SERVER_NAME.includes(id) && !hosted.includes(id)) : [];
  const clear = battery === 'core' && modeOn(port) === 'clear' && !attempts.some(({ secure }) => secure);
  return [
    ...(hosted.length === 0 ? [] : [`${listText(hosted)} not asked: no hosted-domain.`]),
    ...(named.length === 0 ? [] : [`${listText(named)} not asked: the server tells no name of its own.`]),
    ...(clear ? ['No shape was tried inside STARTTLS, which it did not insist on (battery core).'] : []),
  ].join(' ');
}

function isPositive(code: number | null): boolean {
  return code !== null && code >= 200 && code < 300;
}

function isUnasked({ id, code, class: kind }: RelayAttempt): boolean {
  return id.startsWith('B') && code === null && kind === 'skipped';
}
