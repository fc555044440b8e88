/** What `nft -j list ruleset` prints. */
import { inputError } from '../../model/problem.ts';
import type { RulesetPart } from '../ruleset.ts';

/**
 * @param file  as problems and places name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseNftJson(_text: string, file: string): RulesetPart {
  throw inputError('not-supported', `${file} is an nftables configuration in JSON, which cannot be read yet.`);
}
