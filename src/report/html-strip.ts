import { type Html, html } from './html-text.ts';

/** A drawing of one line, as wide as it is: who cannot see it is told what it says. */
export function stripHtml(label: string, [width, height]: readonly [number, number], drawn: readonly (Html | null)[]): Html {
  return html`<svg class="strip" role="img" aria-label="${label}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${drawn}</svg>`;
}
