import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const files = ['src', 'cmd'].flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'))
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** Lines of each function and method: the formatter puts every closing brace at the indentation of its opening line. */
function functionsOf(file: string): { readonly name: string; readonly lines: number }[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const opening =
    /^( *)(?:export )?(?:default )?(?:async )?(?:function\*? (\w+)|(?:static |async |get |set )*(#?\w+)\([^;]*\)?(?:: [^=;]+)? \{$)/;
  return lines.flatMap((line, index) => {
    const match = opening.exec(line);
    const name = match?.[2] ?? match?.[3];
    if (match === null || name === undefined || ['if', 'for', 'while', 'switch', 'catch'].includes(name)) return [];
    const end = lines.findIndex((other, at) => at >= index && other === `${match[1]}}`);
    return end < 0 ? [] : [{ name: `${relative(root, file)} ${name}`, lines: end - index + 1 }];
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

describe('rooms stay small', () => {
  const functions = files.flatMap(functionsOf);

  it('measures functions at all', () => {
    expect(functions.length).toBeGreaterThan(200);
  });

  it('keeps 95 % of the functions within 35 lines', () => {
    expect(
      percentile(
        functions.map(({ lines }) => lines),
        0.95,
      ),
    ).toBeLessThanOrEqual(35);
  });

  it('lets no function grow past 60 lines', () => {
    expect(functions.filter(({ lines }) => lines > 60)).toEqual([]);
  });

  it('keeps 95 % of the files within 250 lines, and none past 300', () => {
    const sizes = files.map((file) => ({ file: relative(root, file), lines: readFileSync(file, 'utf8').split('\n').length - 1 }));
    expect(
      percentile(
        sizes.map(({ lines }) => lines),
        0.95,
      ),
    ).toBeLessThanOrEqual(250);
    expect(sizes.filter(({ lines }) => lines > 300)).toEqual([]);
  });
});
