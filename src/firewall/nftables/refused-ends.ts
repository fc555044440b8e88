/**
 * A byte order mark and carriage returns, which nft refuses, so that nothing is loaded. In a comment it takes the latter.
 *
 * @see nftables, src/scanner.l: "unexpected junk" is whatever no other rule takes
 */
import { locate } from '../../model/source.ts';
import type { Problems } from '../problems.ts';
import type { Unseen } from '../ruleset.ts';

const RETURN = /(?<=^|\n)[^#\n]*\r\n/;

/** Of the text, and of those that it includes. */
export function refusedEnds({ texts }: Problems): readonly Unseen[] {
  return texts.flatMap((source) => {
    const { marked, path, text } = source;
    const found = RETURN.exec(text);
    const line = found === null ? null : locate(source, found.index).line;
    const [mark, end] = [
      `${path} begins with a byte order mark: nft refuses that, and loads nothing. Save it as UTF-8 without one.`,
      `Line ${line} of ${path} ends with a carriage return, and others may: nft refuses that, and loads nothing. Write line feeds alone; where git makes the others, *.nft text eol=lf in .gitattributes keeps it from that.`,
    ];
    return [
      ...(marked ? [{ kind: 'dump', content: 'nft byte-order-mark', text: mark } as const] : []),
      ...(line === null ? [] : [{ kind: 'dump', content: 'nft carriage-return', text: end } as const]),
    ];
  });
}
