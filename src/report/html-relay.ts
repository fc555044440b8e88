/** Relay tests in the HTML report: server by server, every shape that was sent, and what the server said. */
import type { RelayAttempt } from '../model/relay.ts';
import type { RelayCheck, Result } from '../model/result.ts';
import { type CellKind, kindOf } from './cell.ts';
import { glyph } from './html-glyph.ts';
import { type Html, html, lines, NOTHING } from './html-text.ts';
import { type Style, UNICODE } from './pen.ts';
import { answerOf, attemptsOf, CLASS_STYLES, isRelayTest, relayHeadText, type ShortNames, shortNames } from './relay.ts';
import { count } from './words.ts';

/** Servers of `postern relay` whose shapes are open; else they are folded, and beyond the second number only counted. */
const [SHOWN_OPEN, MOST_SERVERS] = [3, 300];

export function relayHtml(result: Result, anchors: ReadonlyMap<string, string>, verbose: boolean): Html {
  const checks = result.checks.filter((check) => check.kind === 'relay');
  if (checks.length === 0) return NOTHING;
  const worst = checks.toSorted((a, b) => Number(a.verdict === 'compliant') - Number(b.verdict === 'compliant'));
  const shown = verbose ? checks : worst.slice(0, MOST_SERVERS);
  const rest = checks.length - shown.length;
  return html`<section id="relay" aria-labelledby="relay-title">
<h2 id="relay-title">Relay tests</h2>
<p>May a stranger send through these servers?</p>
${lines(shown.map((check) => serverHtml(check, anchors, isRelayTest(result) && checks.length <= SHOWN_OPEN)))}${rest > 0 ? html`<p>and ${count(rest, 'more server')}, all as expected of them.</p>` : null}</section>`;
}

function serverHtml(check: RelayCheck, anchors: ReadonlyMap<string, string>, open: boolean): Html {
  const kind = kindOf(check);
  const anchor = check.findings.flatMap((one) => anchors.get(one) ?? [])[0];
  const { sent, idle } = attemptsOf(check);
  const short = shortNames(check.attempts);
  const table = html`<section class="scroll" tabindex="0" aria-label="Shapes sent, ${check.id}"><table class="list shapes">
<thead><tr><th scope="col">Shape</th><th scope="col">Became</th><th scope="col">What it tries</th><th scope="col">From, and to</th><th scope="col">Answer</th></tr></thead>
<tbody>
${lines(sent.map((attempt) => attemptHtml(attempt, short)))}</tbody></table></section>`;
  const skipped = idle.map(
    ([reason, group]) => html`<p class="faint">not sent: ${group.map(({ id }) => id).join(', ')}. ${reason}</p>`,
  );
  return html`<div class="server ${kind}">
<h3>${glyph(kind)} ${relayHeadText(check)}</h3>
<p>${check.reason}${anchor === undefined ? null : html` <a href="#${anchor}">See the finding.</a>`}</p>
<details class="fold"${open ? OPEN : null}><summary>${count(sent.length, 'shape')} sent</summary>
${short.legend === '' ? null : html`<p class="faint">${short.legend}</p>`}
${sent.length === 0 ? null : table}${skipped}</details>
</div>`;
}

const OPEN: Html = { html: ' open' };

const STYLE_KINDS: Readonly<Partial<Record<Style, CellKind>>> = {
  good: 'proven',
  bad: 'violation',
  unsure: 'inconclusive',
  faint: 'waived',
};

function attemptHtml(attempt: RelayAttempt, { of: short }: ShortNames): Html {
  const control = !attempt.id.startsWith('B');
  const kind = control ? null : (STYLE_KINDS[CLASS_STYLES[attempt.class]] ?? null);
  const path = attempt.rcptTo === null ? '' : short(`<${attempt.mailFrom ?? ''}> ${UNICODE.arrow} <${attempt.rcptTo}>`);
  return html`<tr><th scope="row">${attempt.id}</th><td class="${kind ?? 'control'}">${kind === null ? null : glyph(kind)} ${attempt.class}</td><td>${attempt.about}</td><td><code>${path}</code></td><td>${short(answerOf(attempt, UNICODE))}</td></tr>`;
}
