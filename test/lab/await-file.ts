import { existsSync, readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Resolves as soon as the file's text satisfies the condition: the way to act in the midst of a run. */
export function untilFile(file: string, holds: (text: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!existsSync(file) || !holds(readFileSync(file, 'utf8'))) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(dirname(file), (_, name) => {
      if (name === basename(file)) check();
    });
    check();
  });
}
