/**
 * What the attempts of a relay test say together: which 2xx is a relay's, measured by the controls, and which refusals decide anything. The
 * class that an attempt was given is not relied on: it is worked out anew from the reply.
 */
import type { RelayAttempt } from './relay.ts';
import { type Ground, meaningOf } from './relay-reply.ts';

export interface ReadAttempt extends RelayAttempt {
  readonly ground: Ground | null;
}

/**
 * How the forward path of a shape looks to the server: plainly `foreign`, through it (`routed`), or like an address of its own, at its
 * address (`literal`), its name (`name`), nowhere (`bare`), at the domain that it hosts (`hosted`), or at a name under that (`below`). What
 * looks like its own may be taken as a local mailbox, so that its 2xx has to be measured against an unknown user of the same kind.
 */
export type Form = 'foreign' | 'routed' | 'literal' | 'name' | 'bare' | 'hosted' | 'below';

const FORMS: ReadonlyMap<string, Form> = new Map([
  ...['B10', 'B15', 'B16', 'B23', 'B32'].map((id) => [id, 'literal'] as const),
  ...['B11', 'B17', 'B18', 'B24'].map((id) => [id, 'name'] as const),
  ...['B12', 'B13', 'B14', 'B22'].map((id) => [id, 'bare'] as const),
  ...['B19', 'B20', 'B21'].map((id) => [id, 'routed'] as const),
  ...['B25a', 'B25b'].map((id) => [id, 'hosted'] as const),
  ['B27', 'below'] as const,
]);

/** Which form a shape has; what is not known here is foreign. */
export function formOf(id: string): Form {
  return FORMS.get(id) ?? 'foreign';
}

/** What was asked as a shape, in the order given; without controls and without what was skipped. */
export function shapesOf(attempts: readonly ReadAttempt[]): readonly ReadAttempt[] {
  return attempts.filter(({ id, class: kind }) => id.startsWith('B') && kind !== 'skipped');
}

/** With class and ground as the replies have them. Without a reply only `skipped` is believed: all else did not come. */
export function readAttempts(attempts: readonly RelayAttempt[]): readonly ReadAttempt[] {
  return attempts.map((attempt) => {
    if (attempt.code === null) return { ...attempt, class: attempt.class === 'skipped' ? 'skipped' : 'limited', ground: null };
    const { class: kind, ground } = meaningOf(attempt);
    // A 2xx counts where a recipient was asked about, and with C0 where a verb was.
    const askedSo = (attempt.stage === 'verb') === (attempt.id === 'C0');
    return { ...attempt, class: kind === 'accepted' && !askedSo ? 'unknown' : kind, ground };
  });
}

export type ControlState = 'accepted' | 'refused' | 'undecided';

export interface Controls {
  /** C0 or C4, where nonsense was accepted: no 2xx of this server says anything. */
  readonly acceptsNonsense: ReadAttempt | null;
  /** Nonsense was refused, so that a 2xx says something. */
  readonly refusesNonsense: boolean;
  /** C1: what the server hosts. */
  readonly hosted: ControlState;
  /** C2, C3, C3b: an unknown user of the domain, at the address, at the name. */
  readonly unknownUser: ControlState;
  readonly atLiteral: ControlState;
  readonly atName: ControlState;
  /** R is D, or lies under it in a tree of which any name is taken: recipients at R are no strangers. */
  readonly ownProbeDomain: boolean;
}

export function controlsOf(attempts: readonly ReadAttempt[]): Controls {
  const find = (id: string): ReadAttempt | undefined => attempts.find((attempt) => attempt.id === id);
  const nonsense = [find('C0'), find('C4')];
  return {
    acceptsNonsense: nonsense.find((attempt) => attempt?.class === 'accepted') ?? null,
    refusesNonsense: nonsense.some((attempt) => stateOf(attempt) === 'refused'),
    hosted: stateOf(find('C1')),
    unknownUser: stateOf(find('C2')),
    atLiteral: stateOf(find('C3')),
    atName: stateOf(find('C3b')),
    ownProbeDomain: isOwn(domainOf(find('B02')), domainOf(find('C2')), find('B27')?.class === 'accepted'),
  };
}

/**
 * What an accepted shape is worth: `relay`; `local`, where this server takes any local part of that kind; `unsure`, where the control that
 * would tell was not decided.
 */
export function worthOf({ id }: ReadAttempt, controls: Controls): 'relay' | 'local' | 'unsure' {
  const { unknownUser, atLiteral, atName } = controls;
  const form = formOf(id);
  if (form === 'below') return 'local';
  if (form === 'foreign') return controls.ownProbeDomain ? 'unsure' : 'relay';
  if (unknownUser === 'accepted') return 'local';
  if (form === 'hosted') return baseline([unknownUser]);
  if (form === 'literal') return baseline([atLiteral]);
  if (form === 'name') return baseline([atName]);
  return form === 'bare' ? baseline([unknownUser, atLiteral, atName]) : baseline([unknownUser, refusedOnly(atLiteral)]);
}

/** Accepted shapes by which a stranger's mail would leave; none where the server accepts nonsense. */
export function relaysAmong(attempts: readonly ReadAttempt[]): readonly ReadAttempt[] {
  const controls = controlsOf(attempts);
  if (controls.acceptsNonsense !== null) return [];
  return shapesOf(attempts).filter((shape) => shape.class === 'accepted' && worthOf(shape, controls) === 'relay');
}

function baseline(states: readonly ControlState[]): 'relay' | 'local' | 'unsure' {
  if (states.includes('accepted')) return 'local';
  return states.includes('refused') ? 'relay' : 'unsure';
}

/** A source route leads away from this host, whatever it takes for itself: that it takes any user is no ground against one. */
function refusedOnly(state: ControlState): ControlState {
  return state === 'refused' ? 'refused' : 'undecided';
}

function stateOf(attempt: ReadAttempt | undefined): ControlState {
  if (attempt === undefined || attempt.code === null) return 'undecided';
  if (attempt.class === 'accepted') return 'accepted';
  return attempt.code >= 500 && attempt.class !== 'tls-required' ? 'refused' : 'undecided';
}

function isOwn(probe: string | null, hosted: string | null, anyBelow: boolean): boolean {
  if (probe === null || hosted === null) return false;
  return probe === hosted || (anyBelow && probe.endsWith(`.${hosted}`));
}

/** Of a plain forward path; names are compared without case. */
function domainOf(attempt: ReadAttempt | undefined): string | null {
  return attempt?.rcptTo?.split('@').at(-1)?.toLowerCase() ?? null;
}
