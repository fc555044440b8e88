import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The text of a configuration of fixtures/configurations/. */
export function configurationText(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../fixtures/configurations/${name}`, import.meta.url)), 'utf8');
}
