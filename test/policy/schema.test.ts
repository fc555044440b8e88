import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load as loadYaml } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import validate from '../../src/policy/generated/validate-policy.js';
import { names, root, textOf } from './fixtures.ts';

const schema: unknown = JSON.parse(readFileSync(join(root, 'policies/policy.schema.json'), 'utf8'));

/** Every key of a policy, with the schema of its value (a reference stands for what it refers to). */
function keysOf(node: unknown, path = ''): { readonly path: string; readonly schema: object }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, inner]) => {
    if (name !== 'properties' || path.includes('oneOf')) return keysOf(inner, `${path}/${name}`);
    return Object.entries(inner).flatMap(([key, value]) => [
      ...(typeof value === 'object' && value !== null ? [{ path: `${path}/${key}`, schema: value }] : []),
      ...keysOf(value, `${path}/${key}`),
    ]);
  });
}

describe('the published schema', () => {
  it('is where validator and types come from: nothing was changed by hand or forgotten', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/generate.mjs'), '--check'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('describes every key, with an example', () => {
    const keys = keysOf(schema);
    const undescribed = keys.filter(({ schema: key }) => !('$ref' in key) && !('description' in key && 'examples' in key));
    expect(keys.length).toBeGreaterThan(50);
    expect(undescribed.map(({ path }) => path)).toEqual([]);
  });

  it.each(names('valid'))('accepts %s, as the loader does', (name) => {
    expect(validate(loadYaml(textOf('valid', `${name}.yaml`).replace(/^\ufeff/, '')))).toBe(true);
  });
});
