/** Signs of the HTML report. Each has a shape of its own, so that none is told by its colour; the words beside a sign say the same. */
import type { Severity } from '../model/finding.ts';
import type { Verdict } from '../model/result.ts';
import type { CellKind } from './cell.ts';
import { type Html, html } from './html-text.ts';

export type Sign = CellKind | 'sender' | 'wall' | 'server' | 'device' | 'through' | 'leak' | 'stop' | 'dotted' | 'unsure';

/** Drawn once; `glyph` refers to it. Class `cut` is what is cut out of a filled shape. */
export const SYMBOLS: Html = html`<svg class="defs" aria-hidden="true" width="0" height="0">
<symbol id="g-proven" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="currentColor"/><path class="cut" d="M4.6 8.3l2.3 2.3 4.5-5"/></symbol>
<symbol id="g-supported" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.2" class="line"/><path class="line" d="M5 8.3l2.1 2.1 4-4.5"/></symbol>
<symbol id="g-violation" viewBox="0 0 16 16"><path fill="currentColor" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/><path class="cut" d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2"/></symbol>
<symbol id="g-inconclusive" viewBox="0 0 16 16"><path class="line" d="M8 1.6l6.8 12.6H1.2z"/><path class="line" d="M8 6v4M8 11.6v1"/></symbol>
<symbol id="g-waived" viewBox="0 0 16 16"><rect class="line dash" x="2" y="2" width="12" height="12"/><path class="line" d="M5 8h6"/></symbol>
<symbol id="g-sender" viewBox="0 0 16 16"><rect class="line" x="1.5" y="2.5" width="13" height="8.5" rx="1"/><path class="line" d="M5 14h6M8 11v3"/></symbol>
<symbol id="g-wall" viewBox="0 0 16 16"><path class="line" d="M1.5 3h13v10h-13zM1.5 6.3h13M1.5 9.6h13M6 3v3.3M10.5 6.3v3.3M6 9.6V13"/></symbol>
<symbol id="g-server" viewBox="0 0 16 16"><path class="line" d="M1.5 3.5h13v9h-13zM1.5 4l6.5 5 6.5-5"/></symbol>
<symbol id="g-device" viewBox="0 0 16 16"><circle class="line" cx="8" cy="8" r="6"/><circle class="line" cx="8" cy="8" r="2.2"/></symbol>
<symbol id="g-through" viewBox="0 0 64 16"><path class="line" d="M2 8h58M54 3l6 5-6 5"/></symbol>
<symbol id="g-leak" viewBox="0 0 64 16"><path class="line thick" d="M2 8h56M50 2l8 6-8 6"/></symbol>
<symbol id="g-stop" viewBox="0 0 64 16"><path class="line thick" d="M2 8h44M50 2l10 12M60 2L50 14"/></symbol>
<symbol id="g-dotted" viewBox="0 0 64 16"><path class="line dots" d="M2 8h60"/></symbol>
<symbol id="g-unsure" viewBox="0 0 64 16"><path class="line dash" d="M2 8h58M54 3l6 5-6 5"/></symbol>
</svg>`;

export function glyph(sign: Sign, classes = 'glyph'): Html {
  return html`<svg class="${classes}" aria-hidden="true" focusable="false"><use href="#g-${sign}"/></svg>`;
}

const VERDICT_SIGNS: Readonly<Record<Verdict, CellKind>> = {
  compliant: 'proven',
  violation: 'violation',
  inconclusive: 'inconclusive',
};

export function verdictSign(verdict: Verdict): CellKind {
  return VERDICT_SIGNS[verdict];
}

/** How grave: in words, with a frame that is the heavier the graver. */
export function severityLabel(severity: Severity): Html {
  return html`<span class="severity ${severity}">${severity}</span>`;
}
