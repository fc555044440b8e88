/** The catalogue for a person or a program: one page, or the list of all. */
import type { Page } from '../catalogue/page.ts';
import { draw, type Line, marksOf, paragraph, SEVERITY_STYLES, span } from './pen.ts';
import type { PlainFormat, RenderOptions } from './renderer.ts';

const EXPLAIN_SCHEMA = 'postern.explain/1';

/** One page in full; of several only code, severity and title. As JSON always all of it. */
export function renderPages(format: PlainFormat, pages: readonly Page[], options: RenderOptions): string {
  if (format === 'json') return `${JSON.stringify({ schema: EXPLAIN_SCHEMA, pages }, null, 2)}\n`;
  const [only] = pages;
  return draw(pages.length === 1 && only !== undefined ? pageLines(only, options) : indexLines(pages, options), options);
}

function indexLines(pages: readonly Page[], options: RenderOptions): Line[] {
  const width = pages.reduce((most, { code }) => Math.max(most, code.length), 0);
  return [
    ...pages.flatMap((page) =>
      paragraph(
        {
          lead: [
            span(`${page.code.padEnd(width)}  `, 'strong'),
            span(`${page.severity.padEnd(8)}  `, SEVERITY_STYLES[page.severity]),
          ],
          text: page.title,
        },
        options,
      ),
    ),
    [],
    ...paragraph({ lead: [span('Next: ', 'strong')], text: 'postern explain CODE' }, options),
  ];
}

function pageLines(page: Page, options: RenderOptions): Line[] {
  return [
    [span(page.code, 'strong'), span(` ${marksOf(options).dot} `), span(page.severity, SEVERITY_STYLES[page.severity])],
    ...paragraph({ lead: [], text: page.title }, options),
    ...(page.severityNote === null ? [] : paragraph({ lead: [], text: page.severityNote, style: 'faint' }, options)),
    ...section('What it means', paragraphs(page.meaning, options)),
    ...section('Why it matters', paragraphs(page.risk, options)),
    ...section(
      'How to fix it',
      page.fix.flatMap((step, index) => stepLines(step, index, options)),
    ),
    ...paragraph({ lead: [span('  ')], text: 'Addresses, names and interfaces are examples.', style: 'faint' }, options),
    ...section('References', referenceLines(page, options)),
  ];
}

function section(title: string, lines: readonly Line[]): Line[] {
  return [[], [span(title, 'strong')], [], ...lines];
}

function paragraphs(text: string, options: RenderOptions): Line[] {
  return text.split('\n\n').flatMap((part) => [...paragraph({ lead: [span('  ')], text: part }, options), []]);
}

/** The sentence is wrapped; commands and configuration stand as they are, so that they can be copied. */
function stepLines(step: string, index: number, options: RenderOptions): Line[] {
  const [sentence = '', ...verbatim] = step.split('\n');
  return [
    ...paragraph({ lead: [span(`  ${index + 1}. `)], text: sentence }, options),
    ...verbatim.map((line): Line => [span(`       ${line}`, 'faint')]),
    [],
  ];
}

function referenceLines(page: Page, options: RenderOptions): Line[] {
  const width = page.references.reduce((most, { label }) => Math.max(most, label.length), 0);
  return page.references.flatMap(({ label, about }) =>
    paragraph({ lead: [span(`  ${label.padEnd(width)}  `)], text: about }, options),
  );
}
