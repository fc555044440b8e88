/** Does what a page says, from top to bottom, as one who reads it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf, type Desk, shows } from './manual.ts';
import { UNRUN } from './manual-unrun.ts';

/** What came out otherwise than the page says; empty where it holds. */
export function mistakesIn(page: string, desk: Desk): readonly string[] {
  const blocks = blocksOf(page).filter((block) => !(nameOf(block) in UNRUN));
  return blocks.flatMap((block) => {
    if (block.kind === 'commands') return mistakesOf(block, desk);
    writeFileSync(join(desk.folder, block.name), block.text);
    return [];
  });
}

/** As `UNRUN` names it. */
export function nameOf(block: Block): string {
  return `${block.page}: ${block.kind === 'commands' ? (block.commands[0]?.text ?? '') : block.name}`;
}

function mistakesOf(block: Block & { readonly kind: 'commands' }, desk: Desk): readonly string[] {
  return block.commands.flatMap(({ text, status, output }) => {
    const ran = desk.run(text);
    if (ran.status === status && shows(ran.output, output)) return [];
    return [`${block.page}:${block.line} $ ${text}\nexit code ${ran.status}, the page says ${status}; it printed\n${ran.output}`];
  });
}
