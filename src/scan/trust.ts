/** Whom to trust at which destination: what the policy says, with its files read. */
import type { Trust } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import { inputError } from '../model/problem.ts';

/** What holds for every destination that is not in the map. */
export const ELSEWHERE = '';

/**
 * A destination's own anchors are the only ones that count for it; the policy's (`audit.trust`) count beside the usual ones.
 *
 * @param usual     PEM of the anchors that everybody trusts.
 * @param readFile  the text of a file that the policy names.
 * @throws {InputError} `no-certificate` where a file holds none.
 */
export function trustOf(
  policy: Policy,
  usual: readonly string[],
  readFile: (name: string) => string,
): ReadonlyMap<string, Trust> {
  const read = (name: string): string => {
    const text = readFile(name);
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    throw inputError('no-certificate', `${name}, which ${policy.path} names as trust anchors, holds no certificate (PEM).`);
  };
  const { trust } = policy.audit;
  const common = trust.length === 0 ? null : [...usual, ...trust.map(read)];
  const special = policy.destinations.flatMap(({ name, ca, pins }): [string, Trust][] =>
    ca === null && pins.length === 0 ? [] : [[name, { anchors: ca === null ? common : [read(ca)], pins }]],
  );
  return new Map<string, Trust>([[ELSEWHERE, { anchors: common, pins: [] }], ...special]);
}
