/** Keys and certificates from files: what is refused, all of it at once, and in which words. */
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateSigningKey, parseSigningKey } from '../../src/receipt/keys.ts';
import { createKeyFile, type SecretSources, secretsReader } from '../../src/sentinel-secrets.ts';
import { loadState, saveState, stateSaver } from '../../src/sentinel-state.ts';

const CERTIFICATES = new URL('../../fixtures/certificates/', import.meta.url).pathname;
const NONE: SecretSources = { keys: [], keyDescriptor: null, certificate: null, certificateKey: null, credentials: null };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-secrets-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function keyFile(mode: number = 0o600, inFolder: string = folder()): { path: string; id: string } {
  const { pem, publicKey } = generateSigningKey();
  const path = join(inFolder, `${publicKey.id}.pem`);
  writeFileSync(path, pem, { mode });
  chmodSync(path, mode);
  return { path, id: publicKey.id };
}

function idsOf(sources: Partial<SecretSources>): readonly string[] {
  return secretsReader({ ...NONE, ...sources })().keys.map(({ publicKey }) => publicKey.id);
}

describe('a key', () => {
  it('is made with mode 0600, and its public half is told', () => {
    const path = join(folder(), 'key.pem');
    const { id, publicKey, file } = createKeyFile(path, 'key.pem');
    expect([statSync(path).mode & 0o777, file]).toEqual([0o600, 'key.pem']);
    expect(parseSigningKey(readFileSync(path, 'utf8'))?.publicKey).toMatchObject({ id, text: publicKey });
    expect(idsOf({ keys: [path] })).toEqual([id]);
  });

  it('is never written over another file, nor where there is no folder', () => {
    const { path } = keyFile();
    const before = readFileSync(path, 'utf8');
    expect(() => createKeyFile(path, 'key.pem')).toThrow(
      'key.pem cannot be written: it is there already, and may be a key in use; name another with --output.',
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(() => createKeyFile(`${path}/x`, 'x')).toThrow('x cannot be written: a part of its path is no folder.');
  });

  it.each([0o640, 0o604, 0o660, 0o644])('that others may use (%o) is refused, with what to do', (mode) => {
    const { path } = keyFile(mode);
    const octal = mode.toString(8).padStart(4, '0');
    expect(() => idsOf({ keys: [path] })).toThrow(
      `error key-readable: ${path} can be used by others (mode ${octal}), who could then sign receipts: chmod 600 ${path}`,
    );
  });

  it.each([0o400, 0o600, 0o700])('of mode %o is taken', (mode) => {
    const { path, id } = keyFile(mode);
    expect(idsOf({ keys: [path] })).toEqual([id]);
  });

  it("may be a credential of systemd's, whose access list shows as a group's right", () => {
    const credentials = folder();
    const { path, id } = keyFile(0o440, credentials);
    expect(idsOf({ keys: [path], credentials })).toEqual([id]);
    expect(() => idsOf({ keys: [path], credentials: `${credentials}/other` })).toThrow('key-readable');
  });

  it('comes from a descriptor as well, which is read once', () => {
    const { path, id } = keyFile();
    const read = secretsReader({ ...NONE, keyDescriptor: openSync(path, 'r') });
    expect([read(), read()].map(({ keys }) => keys[0]?.publicKey.id)).toEqual([id, id]);
    expect(() => idsOf({ keyDescriptor: 1_022 })).toThrow('Descriptor 1022 of --key-fd cannot be read (EBADF).');
  });

  it('is needed, once each', () => {
    const { path } = keyFile();
    expect(() => idsOf({})).toThrow('A sentinel needs a key to sign with: postern sentinel keygen makes one, --key names it.');
    expect(() => idsOf({ keys: [path, path] })).toThrow(/The key [0-9a-f]{16} was given twice; give each once\./);
  });
});

describe('secrets', () => {
  it('are told of all at once where several are wrong', () => {
    const place = folder();
    const path = (name: string): string => join(place, name);
    writeFileSync(path('empty.pem'), '', { mode: 0o600 });
    writeFileSync(path('rsa.pem'), readFileSync(`${CERTIFICATES}good-key.pem`), { mode: 0o600 });
    const sources = {
      keys: ['absent.pem', 'empty.pem', 'rsa.pem'].map(path),
      certificate: `${CERTIFICATES}good.pem`,
      certificateKey: `${CERTIFICATES}good-ec-key.pem`,
    };
    expect(() => idsOf(sources)).toThrow(
      [
        `error unreadable-file: ${path('absent.pem')} cannot be read: there is no such file.`,
        `error not-a-key: ${path('empty.pem')} holds no Ed25519 private key in PEM; postern sentinel keygen makes one.`,
        `error not-a-key: ${path('rsa.pem')} holds no Ed25519 private key in PEM; postern sentinel keygen makes one.`,
        `error unusable-certificate: ${sources.certificate} and ${sources.certificateKey} cannot be used for TLS: the key is that of another certificate.`,
      ].join('\n'),
    );
  });

  it.each([
    ['good.pem', 'good-key.pem', null],
    ['good-ec.pem', 'good-ec-key.pem', null],
    ['by-intermediate.pem', 'by-intermediate-key.pem', null],
    ['expired.pem', 'expired-key.pem', null],
    ['good.pem', 'wrong-name-key.pem', /cannot be used for TLS/],
    ['good-key.pem', 'good-key.pem', /cannot be used for TLS: .*; both have to be PEM, the key without a passphrase\./],
    ['README.md', 'good-key.pem', /both have to be PEM/],
  ])('%s with %s', (certificate, key, problem) => {
    const { path } = keyFile();
    const files = { certificate: `${CERTIFICATES}${certificate}`, certificateKey: `${CERTIFICATES}${key}` };
    const read = secretsReader({ ...NONE, ...files, keys: [path] });
    if (problem !== null) expect(read).toThrow(problem);
    else expect(read().certificate?.cert).toBe(readFileSync(files.certificate, 'utf8'));
  });
});

describe('the state', () => {
  it('that somebody else writes as well is told of, once, and never after one sentinel follows another', async () => {
    const path = join(folder(), 'state.json');
    const told: string[] = [];
    const saver = (name: string) => stateSaver(path, (message) => void told.push(`${name}: ${message}`));
    await saver('earlier')([]);
    const [a, b] = [saver('a'), saver('b')];
    for (let time = 0; time < 3; time++) await a([]);
    expect(told).toEqual([]);
    for (let time = 0; time < 3; time++) {
      await b([]);
      await a([]);
    }
    const words = `${path} was written by somebody else: another sentinel may run with it. Give each a file of its own with --state.`;
    expect(told).toEqual([`a: ${words}`, `b: ${words}`]);
    rmSync(path);
    await saver('c')([]);
    expect(told).toHaveLength(2);
  });

  it('is nothing where there is no file, and what was saved where there is one', async () => {
    const path = join(folder(), 'state.json');
    expect(loadState(path)).toEqual([]);
    const attested = [{ port: 25, family: 'ipv4' as const, at: '2026-11-21T20:00:00.000Z' }];
    await saveState(path, attested);
    expect(loadState(path)).toEqual(attested);
  });

  it.each(['', '{}', 'null', '{"schema":"postern.sentinel-state/1","attested":[{"port":0}]}', 'version: 1'])(
    'is not %j: such a file is left alone',
    (text) => {
      const path = join(folder(), 'state.json');
      writeFileSync(path, text);
      expect(() => loadState(path)).toThrow(
        `${path} is no state of a sentinel, and is left as it is; name another file with --state.`,
      );
    },
  );
});
