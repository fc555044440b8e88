/**
 * A byte order mark and carriage returns, which nft refuses, so that nothing is loaded. In a comment it takes the latter.
 *
 * @see nftables, src/scanner.l: "unexpected junk" is whatever no other rule takes
 */
import { locate, type Source } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import type { Unseen } from '../ruleset.ts';

/** Of the text, and of those that it includes. */
export function refusedEnds({ texts }: Problems): readonly Unseen[] {
  return texts.flatMap((source) => [...markOf(source), ...returnOf(source)]);
}

function markOf({ marked, path }: Source): readonly Unseen[] {
  if (!marked) return [];
  const text = `${path} begins with a byte order mark: nft refuses that, and loads nothing. Save it as UTF-8 without one.`;
  return [{ kind: 'dump', content: 'nft byte-order-mark', text }];
}

const RETURN = /(?<=^|\n)[^#\n]*\r\n/;

function returnOf(source: Source): readonly Unseen[] {
  const found = RETURN.exec(source.text);
  if (found === null) return [];
  const { file, line } = locate(source, found.index);
  const text = `Line ${line} of ${file} ends with a carriage return, and others may: nft refuses that, and loads nothing. Write line feeds alone; where git makes the others, *.nft text eol=lf in .gitattributes keeps it from that.`;
  return [{ kind: 'dump', content: 'nft carriage-return', text }];
}
