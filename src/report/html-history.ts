/** Earlier runs as a strip, the oldest first: a column each, as high as the share of checks that were against the policy or not judged. */
import type { Result } from '../model/result.ts';
import type { EarlierRun } from './annex.ts';
import { glyph, verdictSign } from './html-glyph.ts';
import { VERDICT_WORDS } from './html-head.ts';
import { stripHtml } from './html-strip.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { count, moment } from './words.ts';

/** Columns of the strip; of older runs the number is said. */
const MOST_RUNS = 60;
const [HEIGHT, WIDTH, GAP] = [40, 12, 3];

/** @returns nothing without earlier runs. The run of the result itself is the last column. */
export function historyHtml({ run, summary }: Result, earlier: readonly EarlierRun[]): Html {
  if (earlier.length === 0) return NOTHING;
  const now: EarlierRun = { id: run.id, startedAt: run.startedAt, verdict: summary.verdict, checks: summary.checks };
  const runs = [...earlier, now];
  const shown = runs.slice(-MOST_RUNS);
  const older = runs.length - shown.length;
  const rows = shown
    .toReversed()
    .map(
      ({ startedAt, verdict, checks, id }) =>
        html`<tr><th scope="row">${moment(startedAt)}</th><td class="${verdictSign(verdict)}">${glyph(verdictSign(verdict))} ${VERDICT_WORDS[verdict]}</td><td>${checks.violation}</td><td>${checks.inconclusive}</td><td>${checks.compliant}</td><td><code>${id}</code></td></tr>`,
    );
  return html`<section id="history" aria-labelledby="history-title">
<h2 id="history-title">History</h2>
<p>${count(shown.length, 'run')}, the last one on the right is this one${older > 0 ? `; ${count(older, 'older run')} not drawn` : ''}. The higher a column, the more of its checks were against the policy or not judged.</p>
${columnsHtml(shown)}
<details class="fold"><summary>The same as a table</summary>
<section class="scroll" tabindex="0" aria-label="Runs"><table class="list">
<thead><tr><th scope="col">Run</th><th scope="col">Verdict</th><th scope="col">Against the policy</th><th scope="col">Not judged</th><th scope="col">Comply</th><th scope="col">Id</th></tr></thead>
<tbody>
${lines(rows)}</tbody></table></section></details>
</section>`;
}

/** Below each column the sign of its verdict. */
function columnsHtml(runs: readonly EarlierRun[]): Html {
  const columns = runs.map(({ startedAt, verdict, checks }, index) => {
    const total = Math.max(1, checks.violation + checks.inconclusive + checks.compliant);
    const x = index * (WIDTH + GAP);
    const bad = Math.ceil((checks.violation / total) * HEIGHT);
    const open = Math.ceil((checks.inconclusive / total) * HEIGHT);
    return html`<g><title>${moment(startedAt)}: ${VERDICT_WORDS[verdict]}, ${checks.violation} against the policy, ${checks.inconclusive} not judged, ${checks.compliant} comply</title><rect class="ground" x="${x}" y="0" width="${WIDTH}" height="${HEIGHT}"/><rect class="inconclusive" x="${x}" y="${Math.max(0, HEIGHT - bad - open)}" width="${WIDTH}" height="${open}"/><rect class="violation" x="${x}" y="${Math.max(0, HEIGHT - bad)}" width="${WIDTH}" height="${bad}"/><use class="${verdictSign(verdict)}" href="#g-${verdictSign(verdict)}" x="${x}" y="${HEIGHT + 4}" width="${WIDTH}" height="${WIDTH}"/></g>`;
  });
  const width = runs.length * (WIDTH + GAP);
  const bad = runs.filter(({ verdict }) => verdict === 'violation').length;
  return stripHtml(`${count(runs.length, 'run')}, ${bad} of them with violations`, [width, HEIGHT + WIDTH + 6], columns);
}
