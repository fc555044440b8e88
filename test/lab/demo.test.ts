import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { office } from '../../src/lab/office.ts';
import type { Result } from '../../src/model/result.ts';
import { certificate, describeLab, postern, root } from './postern.ts';

function demo(...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const [node = '', ...rest] = postern;
  const ran = spawnSync(node, [...rest, 'demo', ...args], { encoding: 'utf8', cwd: tmpdir() });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

describeLab('postern demo in namespaces', () => {
  it('finds exactly the five faults that it planted, and exits 0', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-demo-test-'));
    const { code, stdout, stderr } = demo('--keep', folder, '--format', 'json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const result: Result = JSON.parse(stdout);
    const planted = office({ authority: join(root, 'fixtures/certificates/ca.pem'), good: certificate('good') })
      .plan({})
      .faults.flatMap(({ findings }) => findings);
    const found = result.findings.map(({ code: finding, segment, destination, port, family }) => ({
      code: finding,
      segment,
      destination,
      port,
      family,
    }));
    expect(found).toHaveLength(planted.length);
    expect(found).toEqual(expect.arrayContaining([...planted]));
    expect(result.summary.checks.inconclusive).toBe(0);
    expect(stderr).toContain('Found exactly what was planted');
    expect(readdirSync(folder).sort()).toEqual(['ca.pem', 'firewall.nft', 'postern.yaml', 'relays.jsonl', 'workstations.jsonl']);
  });
});

describe('postern demo on loopback', () => {
  it('finds the faults that loopback can hold, and says what is different and why', () => {
    const { code, stdout, stderr } = demo('--loopback');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Found exactly what was planted');
    expect(stdout).toContain('--loopback was given');
    expect(stdout).toContain('no firewall');
    const folder = /Everything it left +(\S+)/.exec(stdout)?.[1] ?? '';
    expect(existsSync(join(folder, 'postern.yaml'))).toBe(true);
  });
});
