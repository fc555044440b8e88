/** The HTML report of 10,000 checks, from a saved result: reading, holding against its shape, digest and drawing. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderJson } from '../../src/report/json.ts';
import { type LargeNetwork, largeResult, TEN_THOUSAND } from '../support/large-result.ts';
import { type Programs, processes, type Setting } from './processes.ts';

const NETWORKS: Readonly<Record<string, LargeNetwork>> = {
  '200 violations, 500 rows': TEN_THOUSAND,
  '2,000 violations, 500 rows': { ...TEN_THOUSAND, open: 200 },
  '200 violations, 2,500 rows': { ...TEN_THOUSAND, segments: 50, destinations: 50, endpoints: 1 },
};

const ROUNDS = 9;

export function benchHtmlReport({ root, folder, say }: Setting): void {
  const empty = join(folder, 'nothing-to-report.mjs');
  writeFileSync(empty, '');
  const documents = Object.entries(NETWORKS).map(([name, network], index) => {
    const [saved, page] = [join(folder, `result-${index}.json`), join(folder, `report-${index}.html`)];
    writeFileSync(saved, renderJson(largeResult(network), { color: false, unicode: true, width: 100, verbose: false }));
    return { name, page, args: [join(root, 'dist', 'postern.js'), 'report', saved, '--format', 'html', '--output', page] };
  });
  const programs: Programs = { 'empty script': [empty], ...Object.fromEntries(documents.map(({ name, args }) => [name, args])) };
  processes('HTML of 10,000 checks', programs, say, ROUNDS);
  const sizes = documents.map(({ name, page }) => `${name}: ${(statSync(page).size / 1024).toFixed(0)} KiB`);
  say(`  size: ${sizes.join('; ')}`);
}
