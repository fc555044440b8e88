/** An nftables configuration in the language of nft(8): scripts and what `nft list ruleset` prints. */
import { inputError } from '../../model/problem.ts';
import type { RulesetPart } from '../ruleset.ts';

/**
 * @param file  as problems and places name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseNft(_text: string, file: string): RulesetPart {
  throw inputError('not-supported', `${file} is an nftables configuration, which cannot be read yet.`);
}
