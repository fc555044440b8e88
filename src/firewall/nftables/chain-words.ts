/**
 * What stands in the block of a chain beside its rules.
 *
 * Worked example: `type filter hook output priority 0` and `policy drop` are statements of their own; `policy drop tcp dport 25 accept` is refused, as
 * nft refuses it, and so are two policies.
 *
 * @see nft(8), CHAINS; nftables, src/parser_bison.y, chain_block
 */
import type { Problems } from '../problems.ts';
import type { Token } from './lexer.ts';
import { refuseFurther } from './separators.ts';
import type { RawChain } from './tree.ts';

/** @returns the statements that are rules. */
export function readChainBlock(
  chain: RawChain,
  block: readonly (readonly Token[])[],
  problems: Problems,
): readonly (readonly Token[])[] {
  const rules: (readonly Token[])[] = [];
  let policies = 0;
  for (const statement of block) {
    const [word, second] = statement;
    if (word === undefined || word.text === 'device' || word.text === 'devices') continue;
    if (word.text === 'type' && statement.some(({ text }) => text === 'hook')) readHook(chain, word, statement, problems);
    else if (word.text === 'policy') {
      policies += 1;
      if (policies > 1)
        problems.error(word, 'second-policy', 'nft refuses this file: this chain has a policy already. Take one of them out.');
      refuseFurther(statement, 2, problems);
      chain.policy = second ?? null;
    } else if (word.text === 'comment' || word.text === 'flags') refuseFurther(statement, 2, problems);
    else rules.push(statement);
  }
  return rules;
}

function readHook(chain: RawChain, word: Token, statement: readonly Token[], problems: Problems): void {
  const [type, keyword, hook] = statement.slice(1, 4);
  if (type === undefined || keyword?.text !== 'hook' || hook === undefined) {
    problems.error(word, 'bad-base', 'A base chain is written as: type filter hook output priority 0;');
    return;
  }
  const at = statement.findIndex(({ text }) => text === 'priority');
  const priority = at < 0 ? [] : statement.slice(at + 1);
  const device = at < 0 ? [] : statement.slice(4, at);
  if (device[0] !== undefined && device[0].text !== 'device' && device[0].text !== 'devices')
    problems.error(device[0], 'bad-base', `Between the hook and its priority stands a device alone: ${device[0].text} is none.`);
  chain.base = { type, hook, device, priority, start: word.start, end: hook.end };
}
