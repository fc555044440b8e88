/** The formats of a result. Pure: writing is the command's. */
import type { Result } from '../model/result.ts';
import type { Annex } from './annex.ts';
import { renderGithub } from './github.ts';
import { renderHtml } from './html.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderPrometheus } from './prometheus.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { renderSarif } from './sarif.ts';
import { renderText } from './text.ts';

export type { Annex, EarlierRun, EvidenceFile } from './annex.ts';
export type { Renderer, RenderOptions } from './renderer.ts';

export const FORMAT_NAMES = ['text', 'json', 'markdown', 'sarif', 'junit', 'prometheus', 'github', 'html'] as const;
export type Format = (typeof FORMAT_NAMES)[number];

/** A format without a renderer does not compile. */
export const FORMATS: Readonly<Record<Format, Renderer>> = {
  text: renderText,
  json: renderJson,
  markdown: renderMarkdown,
  sarif: renderSarif,
  junit: renderJunit,
  prometheus: renderPrometheus,
  github: renderGithub,
  html: renderHtml,
};

/**
 * The result as a document in that format, ending in a line feed. Same input, same bytes; no control character but line
 * feeds reaches it, whatever the network said.
 *
 * @param annex  earlier runs and evidence files, for the formats that tell them (html).
 */
export function render(format: Format, result: Result, options: RenderOptions, annex: Annex = {}): string {
  return FORMATS[format](result, options, annex);
}
