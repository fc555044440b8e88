/** Which of the policy's sentinels wrote a log: it says its keys and its name whenever it begins to listen. */
import { listText } from '../model/list-text.ts';
import type { Policy, Sentinel } from '../model/policy.ts';
import { type InputError, inputError } from '../model/problem.ts';
import type { SentinelEvent } from '../model/sentinel-log.ts';
import { type PublicKey, parsePublicKey } from '../receipt/keys.ts';

export interface LogAuthor {
  readonly sentinel: Sentinel;
  /** Null where the policy gives none. */
  readonly key: PublicKey | null;
  /** As it called itself, and the ids of its keys; empty where the log does not say. */
  readonly names: readonly string[];
  readonly keys: readonly string[];
}

/**
 * By the key; by the name where the policy gives no key; a log that tells neither can only be that of the one sentinel that there is.
 *
 * @throws {InputError} `no-sentinel`, `log-other-sentinel` or `log-two-sentinels`: a log of another would turn every reading round.
 */
export function authorOf(policy: Policy, events: readonly SentinelEvent[]): LogAuthor {
  if (policy.sentinels.length === 0) {
    throw inputError('no-sentinel', `${policy.path} names no sentinel; add it under \`sentinels\`, with its public-key.`);
  }
  const starts = events.filter((event) => event.event === 'listening');
  const names = [...new Set(starts.map(({ name }) => name))];
  // A sentinel reads its keys again on SIGHUP; what it then signs with stands with the receipts.
  const keys = [
    ...new Set(events.flatMap((event) => (event.event === 'listening' ? event.keys : 'key' in event ? [event.key] : []))),
  ];
  const all = policy.sentinels.map((sentinel) => ({
    sentinel,
    key: sentinel.publicKey === null ? null : parsePublicKey(sentinel.publicKey),
    names,
    keys,
  }));
  const fits = keys.length + names.length === 0 ? all : all.filter(hasWritten);
  const named = fits.filter(({ sentinel }) => isCalled(sentinel, names));
  const [only, ...others] = fits.length > 1 && named.length > 0 ? named : fits;
  if (only === undefined) throw otherSentinel(policy, names, keys);
  if (others.length > 0) throw twoSentinels([only, ...others], keys.length + names.length === 0);
  return only;
}

function hasWritten({ sentinel, key, names, keys }: LogAuthor): boolean {
  return key === null ? isCalled(sentinel, names) : keys.includes(key.id);
}

function isCalled({ name, host }: Sentinel, names: readonly string[]): boolean {
  return names.some((told) => [name, host].some((own) => own.toLowerCase() === told.toLowerCase()));
}

function otherSentinel(policy: Policy, names: readonly string[], keys: readonly string[]): InputError {
  const known = policy.sentinels.map(({ name, host, publicKey }) => {
    const id = publicKey === null ? null : parsePublicKey(publicKey)?.id;
    return `${name} (${host}, ${id == null ? 'no public-key' : `key ${id}`})`;
  });
  const told = `${names.length === 0 ? 'a sentinel' : listText(names)} with ${keys.length === 0 ? 'no key' : `${keys.length === 1 ? 'key' : 'keys'} ${listText(keys)}`}`;
  return inputError(
    'log-other-sentinel',
    `The log is that of ${told}; ${policy.path} knows ${listText(known)}. Give its log, or its public-key in the policy.`,
  );
}

function twoSentinels(authors: readonly LogAuthor[], silent: boolean): InputError {
  const names = listText(authors.map(({ sentinel }) => sentinel.name));
  return inputError(
    'log-two-sentinels',
    silent
      ? `The log does not say whose it is, and there are ${names}: put the older log before it, which begins with \`listening\`.`
      : `The log could be that of ${names}: join logs of one sentinel only, and reconcile them one by one.`,
  );
}
