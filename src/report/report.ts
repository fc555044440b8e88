/** The formats of a result. Pure: writing is the command's. */
import type { Result } from '../model/result.ts';
import { renderGithub } from './github.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { renderPrometheus } from './prometheus.ts';
import type { Renderer, RenderOptions } from './renderer.ts';
import { renderSarif } from './sarif.ts';
import { renderText } from './text.ts';

export type { Renderer, RenderOptions } from './renderer.ts';

export const FORMAT_NAMES = ['text', 'json', 'markdown', 'sarif', 'junit', 'prometheus', 'github'] as const;
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
};

/**
 * The result as a document in that format, ending in a line feed. Same input, same bytes; no control character but line
 * feeds reaches it, whatever the network said.
 */
export function render(format: Format, result: Result, options: RenderOptions): string {
  return FORMATS[format](result, options);
}
