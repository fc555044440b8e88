/** The example of a review: its policy, and the firewall before a change and after it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fixtures/review');

export const POLICY: string = readFileSync(join(FOLDER, 'postern.yaml'), 'utf8');
export const BEFORE: string = readFileSync(join(FOLDER, 'before.nft'), 'utf8');
export const AFTER: string = readFileSync(join(FOLDER, 'after.nft'), 'utf8');
