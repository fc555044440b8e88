import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/model/problem.ts';
import { load, names, root, textOf } from './fixtures.ts';

function complaintOf(name: string): string {
  try {
    load(textOf('invalid', `${name}.yaml`), `${name}.yaml`, 'invalid');
  } catch (error) {
    if (error instanceof InputError) return `${error.message}\n`;
    throw error;
  }
  return 'accepted';
}

describe('an invalid policy is refused with exactly these words', () => {
  it.each(names('invalid'))('%s', (name) => {
    expect(complaintOf(name)).toBe(textOf('invalid', `${name}.txt`));
  });

  it('of at least 60 fixtures, each with its words', () => {
    const files = readdirSync(join(root, 'fixtures/policies/invalid'));
    expect(names('invalid').length).toBeGreaterThanOrEqual(60);
    expect(
      files
        .filter((file) => file.endsWith('.txt'))
        .map((file) => file.replace(/\.txt$/, ''))
        .sort(),
    ).toEqual(names('invalid'));
  });

  it('for different reasons: no two fixtures say the same', () => {
    const said = names('invalid').map((name) =>
      textOf('invalid', `${name}.txt`)
        .split(/\b(?:error|warning)\b/)
        .slice(1)
        .join(''),
    );
    expect(new Set(said).size).toBeGreaterThanOrEqual(said.length - 3);
  });
});
