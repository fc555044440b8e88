/**
 * What `nft -j list ruleset` prints, and what `nft -j -f` reads.
 *
 * Worked example: `{"nftables": [{"table": …}, {"chain": …}, {"rule": {…, "handle": 7, "expr": […]}}]}` is the ruleset that the same nft prints as text. Of a
 * text of one line the rule's handle is its line: `nft -a list ruleset` shows which rule that is.
 *
 * @see libnftables-json(5)
 */
import { visible } from '../../model/printable.ts';
import { sourceOf } from '../../model/source.ts';
import { Problems } from '../problems.ts';
import type { Place, RulesetPart } from '../ruleset.ts';
import { partOf } from './assemble.ts';
import { treeOf } from './commands.ts';
import { JsonCommands } from './json-commands.ts';
import { parseJson } from './json-syntax.ts';
import { at } from './json-tokens.ts';
import { type Token, textOf } from './lexer.ts';
import { addsTo } from './text.ts';
import type { RawChain, RawRule } from './tree.ts';

/**
 * @param file  as problems and places name it.
 * @throws {InputError} with every problem of the text.
 */
export function parseNftJson(text: string, file: string): RulesetPart {
  const problems = new Problems(sourceOf(file, text));
  const root = parseJson(problems);
  const list = at(root, 'nftables');
  if (list?.kind !== 'array') {
    problems.error(list ?? root, 'no-ruleset', 'A ruleset of nftables is {"nftables": [ … ]}.');
    problems.throwErrors();
  }
  const commands = new JsonCommands(problems);
  for (const item of list?.kind === 'array' ? list.items : []) commands.command(item);
  const { tokens, comments, handles, starts } = commands;
  const read = treeOf({ tokens, comments }, problems, shown);
  const flushes = tokens.some(
    ({ kind, text: word }, index) => kind === 'word' && word === 'flush' && tokens[index + 1]?.text === 'ruleset',
  );
  if (read.tree.size === 0 && problems.all.length === 0 && !flushes && !commands.listed)
    problems.error(root, 'empty', 'This holds no table. A firewall without rules is written as flush ruleset.');
  const assumptions = flushes ? read.assumptions : [addsTo(file), ...read.assumptions];
  const oneLine = problems.source.lineStarts.length < 2 || problems.source.text.trim().split(/[\r\n]/).length < 2;
  return partOf({ tree: read.tree, assumptions }, problems, (element) =>
    placeOf(element, { problems, handles, starts, oneLine }),
  );
}

/** As nft -a prints it, but for quotes that it needs not. */
function shown(tokens: readonly Token[], handle: number | null): string {
  const text = textOf(tokens)
    .replace(/\bto : /, 'to :')
    .replace(/\bto (\S+|\[ \S+ \]) : (?=\d)/, (_, address: string) => `to ${address.replace(/ /g, '')}:`)
    .replace(/ comment ([^" ]+)$/, ' comment "$1"');
  return handle === null ? text : `${text} # handle ${handle}`;
}

interface Placing {
  readonly problems: Problems;
  readonly handles: ReadonlyMap<number, number>;
  readonly starts: ReadonlyMap<number, number>;
  readonly oneLine: boolean;
}

function placeOf(element: RawChain | RawRule, { problems, handles, starts, oneLine }: Placing): Place {
  const start = ('tokens' in element ? starts.get(element.end) : null) ?? element.start;
  const place = problems.placeOf({ start, end: start });
  const rule = 'tokens' in element ? element : null;
  const handle = rule === null ? (handles.get(element.start) ?? null) : rule.handle;
  const text = rule?.shown ?? `chain ${'name' in element ? element.name : ''}${handle === null ? '' : ` # handle ${handle}`}`;
  return { ...place, line: oneLine && handle !== null ? handle : place.line, text: visible(text) };
}
