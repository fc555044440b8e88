/** A page of the catalogue as Markdown: what to do, step by step. */
import type { Page } from '../catalogue/page.ts';
import { plain } from './markdown-text.ts';

/** Numbered steps; the lines of configuration of a step are a block of code of their own. */
export function adviceSteps({ fix }: Pick<Page, 'fix'>): string[] {
  return fix.map((step, index) => {
    const [sentence = '', ...verbatim] = step.split('\n');
    const block = verbatim.length === 0 ? '' : `\n\n\`\`\`\n${verbatim.join('\n')}\n\`\`\``;
    return `${index + 1}. ${plain(sentence)}${block}`;
  });
}
