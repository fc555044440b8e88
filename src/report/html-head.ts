/** The head of the HTML report: the verdict in words, how many checks went which way, and who ran it, when, under which policy. */
import type { Result, Verdict } from '../model/result.ts';
import { upperFirst } from '../model/upper-first.ts';
import { CELL_MEANINGS, type CellKind, kindOf } from './cell.ts';
import { headFacts, sentence } from './headline.ts';
import { glyph, verdictSign } from './html-glyph.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  compliant: 'Compliant',
  violation: 'Violation',
  inconclusive: 'Inconclusive',
};

export function headHtml(result: Result): Html {
  const { verdict } = result.summary;
  return html`<header class="head ${verdict}">
<p class="kicker">Postern ${result.run.command} report, policy ${result.policy.name}</p>
<h1>${glyph(verdictSign(verdict))} ${VERDICT_WORDS[verdict]}</h1>
<p class="lead">${upperFirst(sentence(result))}</p>
${balanceHtml(result)}
${factsHtml([...headFacts(result).map(([name, text]) => [upperFirst(name), text] as const), ['Run id', result.run.id]])}
</header>`;
}

/** Names and what is said under them. */
export function factsHtml(facts: readonly (readonly [name: string, text: string | Html])[]): Html {
  return html`<dl class="facts">
${lines(facts.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`))}</dl>`;
}

const ORDER: readonly CellKind[] = ['violation', 'inconclusive', 'waived', 'supported', 'proven'];

const BALANCE_WORDS: Readonly<Record<CellKind, string>> = {
  violation: 'against the policy',
  inconclusive: 'not judged',
  waived: 'waived',
  supported: 'as wanted, supported',
  proven: 'as wanted, proven',
};

/** All checks as one bar, and the same in numbers. */
function balanceHtml({ checks }: Result): Html {
  if (checks.length === 0) return NOTHING;
  const numbers = new Map<CellKind, number>();
  for (const check of checks) numbers.set(kindOf(check), (numbers.get(kindOf(check)) ?? 0) + 1);
  const shares = ORDER.flatMap((kind) => ({ kind, number: numbers.get(kind) ?? 0 })).filter(({ number }) => number > 0);
  const items = shares.map(
    ({ kind, number }) =>
      html`<li class="${kind}" title="${CELL_MEANINGS[kind]}">${glyph(kind)} <b>${number}</b> <span>${BALANCE_WORDS[kind]}</span></li>`,
  );
  return html`${barHtml(shares)}
<p class="unseen">Checks by verdict:</p>
<ul class="balance">
${lines(items)}</ul>`;
}

/** Parts of a bar one after the other; what is not judged or waived is hatched. */
function barHtml(shares: readonly { readonly kind: CellKind; readonly number: number }[]): Html {
  const total = Math.max(
    1,
    shares.reduce((sum, { number }) => sum + number, 0),
  );
  let at = 0;
  const parts = shares.map(({ kind, number }) => {
    const width = (number / total) * 1_000;
    const part = html`<rect class="${kind}" x="${at.toFixed(1)}" y="0" width="${Math.max(2, width - 2).toFixed(1)}" height="12"/>`;
    at += width;
    return part;
  });
  return html`<svg class="bar" aria-hidden="true" focusable="false" viewBox="0 0 1000 12" preserveAspectRatio="none">${parts}</svg>`;
}
