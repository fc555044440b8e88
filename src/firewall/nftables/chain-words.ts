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
import type { RawChain } from './tree.ts';

/** @returns the statements that are rules. */
export function readChainBlock(
  chain: RawChain,
  block: readonly (readonly Token[])[],
  problems: Problems,
): readonly (readonly Token[])[] {
  let policies = 0;
  return block.filter((statement) => {
    const [word, second] = statement;
    if (word?.text === 'type' && statement.some(({ text }) => text === 'hook')) readHook(chain, word, statement, problems);
    else if (word?.text === 'policy') {
      policies += 1;
      if (policies > 1) problems.error(word, 'second-policy', 'nft refuses a second policy: take one of them out.');
      refuseFurther(statement, 2, problems);
      chain.policy = second ?? null;
    } else if (word?.text === 'comment' || word?.text === 'flags') refuseFurther(statement, 2, problems);
    else return word !== undefined && word.text !== 'devices' && word.text !== 'device';
    return false;
  });
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

/** Words that nft does not take behind so many: they are a statement of their own, or none. */
export function refuseFurther(statement: readonly Token[], length: number, problems: Problems): void {
  const further = statement.slice(length).find(({ kind }) => kind !== 'end');
  if (further === undefined) return;
  const message = `nft refuses this file: it wants a new line or ; before ${further.text}, which is not of the statement before it.`;
  problems.error(further, 'separator', message);
}
