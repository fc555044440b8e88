import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInPolicies, explain, init, lint, openPolicy } from '../../src/policy.ts';
import { root } from './fixtures.ts';

const BUILT_IN = ['deny-all', 'implicit-tls', 'least-privilege', 'submission-only'];
const NOW = new Date('2026-11-21T12:00:00Z');

describe('opening a policy', () => {
  let cwd = '';
  const where = (): { cwd: string } => ({ cwd });

  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'postern-policy-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true }));

  it('without a name and without ./postern.yaml says what to run', async () => {
    await expect(openPolicy(null, where())).rejects.toThrow(
      /postern policy init.*deny-all, implicit-tls, least-privilege, submission-only/,
    );
  });

  it('knows the built-in policies by name', async () => {
    expect(builtInPolicies()).toEqual(BUILT_IN);
    for (const name of BUILT_IN) {
      const { policy } = await openPolicy(name, where());
      expect(policy).toMatchObject({ name, path: `built-in:${name}` });
      expect(policy.segments.every(({ networks }) => networks.length === 0)).toBe(true);
    }
  });

  it('offers the nearest built-in name', async () => {
    await expect(openPolicy('least-privelege', where())).rejects.toThrow('Did you mean least-privilege?');
    await expect(openPolicy('office.yaml', where())).rejects.toThrow('no such file');
  });

  it('offers the nearest file', async () => {
    writeFileSync(join(cwd, 'office.yaml'), '');
    await expect(openPolicy('ofice.yaml', where())).rejects.toThrow('Did you mean office.yaml?');
    await expect(openPolicy('./ofice.yaml', where())).rejects.toThrow('Did you mean ./office.yaml?');
    rmSync(join(cwd, 'office.yaml'));
    await expect(openPolicy('none/ofice.yaml', where())).rejects.toThrow('no such file');
  });

  it('says of a folder that it is none', async () => {
    await expect(openPolicy('.', where())).rejects.toThrow(/it is a folder, not a file/);
  });

  it('writes one to start from, that it then opens; never over another without --force', async () => {
    expect(await init(null, where(), { force: false })).toBe('postern.yaml');
    expect((await openPolicy(null, where())).policy).toMatchObject({ name: 'my-network', path: 'postern.yaml' });
    await expect(init(null, where(), { force: false })).rejects.toThrow(/is there already; nothing was written.*--force/);
    writeFileSync(join(cwd, 'postern.yaml'), 'mine');
    expect(await init(null, where(), { force: true })).toBe('postern.yaml');
    expect(lint(null, where(), NOW).summary).toEqual({ errors: 0, warnings: 0, hints: 1 });
  });

  it('reads files that the policy names beside the policy', async () => {
    writeFileSync(join(cwd, 'blocks.txt'), '192.0.2.0/24\n');
    const text =
      'version: 1\nname: t\nsegments: { staff: {} }\nrules: []\ndestinations: { b: { networks: [{ file: blocks.txt }] } }\n';
    writeFileSync(join(cwd, 'blocks.yaml'), text);
    expect((await openPolicy('blocks.yaml', where())).policy.destinations[0]?.networks?.ipv4).toHaveLength(1);
    writeFileSync(join(cwd, 'gone.yaml'), text.replace('blocks.txt', 'gone.txt'));
    await expect(openPolicy('gone.yaml', where())).rejects.toThrow('gone.txt cannot be read: there is no such file.');
  });

  it('lints what a run would miss: files of trust anchors and configurations', () => {
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'large.v4'), '#'.repeat(9 * 1024 * 1024));
    const text =
      'version: 1\nname: t\nsegments: { staff: {} }\nrules: []\naudit: { trust: [gone.pem] }\nfirewalls: { edge: { files: [gone.nft, folder, large.v4] } }\n';
    writeFileSync(join(cwd, 'files.yaml'), text);
    const missing = lint('files.yaml', where(), NOW).problems.filter(({ code }) => code === 'missing-file');
    expect(missing.map(({ message, location }) => [message, location?.line])).toEqual([
      ['gone.nft cannot be read: there is no such file.', 6],
      ['gone.pem cannot be read: there is no such file.', undefined],
    ]);
  });

  it('lints a policy with errors into a report, not an exception', () => {
    writeFileSync(join(cwd, 'wrong.yaml'), 'version: 2\n');
    expect(lint('wrong.yaml', where(), NOW)).toMatchObject({ schema: 'postern.lint/1', policy: null, summary: { errors: 4 } });
    expect(lint('nowhere.yaml', where(), NOW)).toMatchObject({ path: 'nowhere.yaml', policy: null, summary: { errors: 1 } });
  });

  it('lints into a document that is as its JSON Schema says', () => {
    const schema: Record<string, unknown> = JSON.parse(readFileSync(join(root, 'policies/lint.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
    for (const name of [...BUILT_IN, 'wrong.yaml', 'files.yaml', 'nowhere.yaml']) {
      expect(validate(lint(name, where(), NOW)) ? null : validate.errors).toBeNull();
    }
  });

  it('shows the place of a hint in the text', () => {
    const [hint] = lint('least-privilege', where(), NOW).problems;
    expect(hint?.frame).toMatch(/> \d+ | {3}workstations:\n.*\^{12}$/);
  });

  it('explains a built-in policy', () => {
    expect(explain('deny-all', where()).cells.every(({ expect: expected }) => expected === 'deny')).toBe(true);
  });
});
