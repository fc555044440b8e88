import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvidenceFile, reopenEvidenceFile } from '../../src/host/evidence-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of evidence', () => {
  it('holds every line as soon as it was appended', () => {
    const path = join(folder, 'run.jsonl');
    const file = createEvidenceFile(path);
    file.append('{"type":"header"}\n');
    expect(readFileSync(path, 'utf8')).toBe('{"type":"header"}\n');
    file.append('{"type":"control"}\n');
    expect(readFileSync(path, 'utf8')).toBe('{"type":"header"}\n{"type":"control"}\n');
    file.close();
    file.close();
  });

  it('is replaced only where that is asked for', () => {
    const path = join(folder, 'run.jsonl');
    writeFileSync(path, 'precious\n');
    expect(() => createEvidenceFile(path)).toThrow('evidence-exists');
    expect(readFileSync(path, 'utf8')).toBe('precious\n');
    createEvidenceFile(path, true).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('says why it cannot be written', () => {
    expect(() => createEvidenceFile(join(folder, 'no', 'run.jsonl'))).toThrow(
      /evidence-unwritable: .* there is no folder .*no\./,
    );
    expect(() => createEvidenceFile(folder, true)).toThrow(/evidence-unwritable: .* is a folder/);
    symlinkSync('circle', join(folder, 'circle'));
    expect(() => createEvidenceFile(join(folder, 'circle'))).toThrow(/evidence-unwritable: .* lead in a circle/);
  });

  it('is neither made of a pipe nor reopened from one, which would never open', () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(() => createEvidenceFile(path, true)).toThrow(/evidence-unwritable: .* is no regular file/);
    expect(() => reopenEvidenceFile(path)).toThrow(/evidence-unwritable: .* is no regular file/);
  });

  it('refuses to go on where another run writes into the same file', () => {
    const path = join(folder, 'run.jsonl');
    const first = createEvidenceFile(path);
    first.append('{"type":"header"}\n');
    const resumed = reopenEvidenceFile(path);
    const second = createEvidenceFile(path, true);
    second.append('{"type":"header"}\n{"of":"second"}\n');
    expect(() => first.append('{"of":"first"}\n')).toThrow('evidence-shared');
    expect(() => resumed.append('{"of":"resumed"}\n')).toThrow('evidence-shared');
    expect(readFileSync(path, 'utf8')).toBe('{"type":"header"}\n{"of":"second"}\n');
    for (const file of [first, resumed, second]) file.close();
  });

  it('is reopened without its trailer and its torn line, but only once something is appended', () => {
    const path = join(folder, 'run.jsonl');
    const text = '{"type":"header"}\n{"type":"control"}\n{"type":"trailer"}\n';
    writeFileSync(path, text);
    reopenEvidenceFile(path).close();
    expect(readFileSync(path, 'utf8')).toBe(text);
    const file = reopenEvidenceFile(path);
    expect(file.text).toBe(text);
    file.append('{"type":"observation"}\n');
    file.append('{"type":"trailer"}\n');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe(
      '{"type":"header"}\n{"type":"control"}\n{"type":"observation"}\n{"type":"trailer"}\n',
    );
    writeFileSync(path, '{"type":"header"}\n{"type":"con');
    const torn = reopenEvidenceFile(path);
    torn.append('{}\n');
    torn.close();
    expect(readFileSync(path, 'utf8')).toBe('{"type":"header"}\n{}\n');
  });
});
