import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { demo } from '../../src/demo.ts';
import { LabError } from '../../src/lab/sandbox.ts';
import { folderWith, postern } from '../support/cli.ts';

describe('postern demo --keep', () => {
  it('never writes over what no demonstration left there', async () => {
    const folder = folderWith('precious: true\n');
    const { status, stderr } = await postern(folder, 'demo', '--loopback', '--keep', '.');
    expect([status, stderr]).toEqual([2, expect.stringContaining('holds no earlier demonstration')]);
    expect(readdirSync(folder)).toEqual(['postern.yaml']);
    expect(readFileSync(join(folder, 'postern.yaml'), 'utf8')).toBe('precious: true\n');
  });

  it('uses the folder of an earlier demonstration again', async () => {
    const folder = folderWith('name: demo-loopback\n');
    const { status, stdout, stderr } = await postern(folder, 'demo', '--loopback', '--keep', '.');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/ {2}Check saved firewall rules +.* check postern\.yaml --config FILE/);
    expect(readdirSync(folder)).toContain('postern.yaml');
  });

  it('says in words that a file is no folder', async () => {
    const folder = folderWith('');
    writeFileSync(join(folder, 'file'), '');
    const { status, stderr } = await postern(folder, 'demo', '--loopback', '--keep', 'file');
    expect(stderr).toMatch(/error demo-folder: .*file cannot be used: there is something else of that name/);
    expect(status).toBe(2);
  });
});

describe('a demonstration that is interrupted', () => {
  it('before it began builds nothing', async () => {
    const keep = mkdtempSync(join(tmpdir(), 'postern-demo-test-'));
    onTestFinished(() => rmSync(keep, { recursive: true }));
    const said: string[] = [];
    const began = demo({
      tool: { name: 'postern', version: '0.1.0' },
      self: ['false'],
      keep,
      loopback: true,
      say: (line) => said.push(line),
      signal: AbortSignal.abort(),
    });
    await expect(began).rejects.toThrow(LabError);
    expect([said, readdirSync(keep)]).toEqual([[], []]);
  });
});
