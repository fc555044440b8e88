/** What an installation has beside the program: the manual and the completions, by the names under which they are installed. */
import { commandTree } from './command-tree.ts';
import { bashCompletion } from './complete-bash.ts';
import { fishCompletion } from './complete-fish.ts';
import { zshCompletion } from './complete-zsh.ts';
import { type Edition, manPage } from './man-page.ts';

export async function documents(edition: Edition): Promise<Readonly<Record<string, string>>> {
  const pages = await commandTree();
  return {
    'postern.1': manPage(pages, edition),
    'postern.bash': bashCompletion(pages),
    _postern: zshCompletion(pages),
    'postern.fish': fishCompletion(pages),
  };
}
