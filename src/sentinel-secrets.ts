/** The sentinel's private keys and its certificate, from files that nobody else may read. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { relative } from 'node:path';
import { createSecureContext } from 'node:tls';
import { readRegularFile, writeErrorText } from './host/files.ts';
import { InputError, inputError, type Problem } from './model/problem.ts';
import { generateSigningKey, parseSigningKey, type SigningKey } from './receipt/keys.ts';
import type { Certificate } from './sentinel/options.ts';

export interface SecretSources {
  /** Paths. */
  readonly keys: readonly string[];
  /** Descriptor that a key is read from once; null: none. */
  readonly keyDescriptor: number | null;
  /** Paths; both null where there is no certificate. */
  readonly certificate: string | null;
  readonly certificateKey: string | null;
  /** Folder in which systemd puts credentials: it lets nobody else in, and what it grants shows as a group's right. */
  readonly credentials: string | null;
}

export interface Secrets {
  readonly keys: readonly SigningKey[];
  readonly certificate: Certificate | null;
}

const MAX_BYTES = 65_536;

/**
 * Reads them as often as it is called; a descriptor, which can be read only once, the first time.
 *
 * @throws {InputError} when called, with every one that cannot be used.
 */
export function secretsReader(sources: SecretSources): () => Secrets {
  let piped: string | null = null;
  return () =>
    load(sources, (descriptor) => {
      piped ??= readDescriptor(descriptor);
      return piped;
    });
}

function load(sources: SecretSources, fromDescriptor: (descriptor: number) => string): Secrets {
  const problems: Problem[] = [];
  const attempt = <T>(read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const { keyDescriptor } = sources;
  const keys = [
    ...sources.keys.flatMap((file) => attempt(() => keyFrom(file, readSecret(file, sources.credentials)))),
    ...(keyDescriptor === null ? [] : attempt(() => keyFrom(`descriptor ${keyDescriptor}`, fromDescriptor(keyDescriptor)))),
  ];
  const [certificate = null] = attempt(() => loadCertificate(sources));
  if (problems.length > 0) throw new InputError(problems);
  if (keys.length === 0) {
    throw inputError('key-missing', 'A sentinel needs a key to sign with: postern sentinel keygen makes one, --key names it.');
  }
  const twice = keys.find((key, index) => keys.findIndex(({ publicKey }) => publicKey.id === key.publicKey.id) !== index);
  if (twice !== undefined) throw inputError('key-twice', `The key ${twice.publicKey.id} was given twice; give each once.`);
  return { keys, certificate };
}

export interface KeyFile {
  readonly file: string;
  readonly id: string;
  /** `ed25519:…`, as the policy wants it. */
  readonly publicKey: string;
}

/**
 * Makes a key and writes its private half to a new file that only its owner may read.
 *
 * @throws {InputError} `unwritable-file`, also where there is a file of that name: it may be a key in use.
 */
export function createKeyFile(path: string, name: string): KeyFile {
  const { pem, publicKey } = generateSigningKey();
  try {
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, pem);
      fsyncSync(file);
    } catch (error) {
      // Left there, half a key would be taken for one in use.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const words = writeErrorText(path, error);
    if (words === null) throw error;
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const why = exists ? 'it is there already, and may be a key in use; name another with --output' : words;
    throw inputError('unwritable-file', `${name} cannot be written: ${why}.`, { cause: error });
  }
  return { file: name, id: publicKey.id, publicKey: publicKey.text };
}

function keyFrom(place: string, pem: string): SigningKey {
  const key = parseSigningKey(pem);
  if (key !== null) return key;
  throw inputError('not-a-key', `${place} holds no Ed25519 private key in PEM; postern sentinel keygen makes one.`);
}

function readSecret(path: string, credentials: string | null): string {
  const { text, mode } = readRegularFile(path, MAX_BYTES);
  if (credentials !== null && !relative(credentials, path).startsWith('..')) return text;
  if ((mode & 0o077) === 0) return text;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  throw inputError(
    'key-readable',
    `${path} can be used by others (mode ${octal}), who could then sign receipts: chmod 600 ${path}`,
  );
}

function readDescriptor(descriptor: number): string {
  try {
    return readFileSync(descriptor, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw inputError('unreadable-file', `Descriptor ${descriptor} of --key-fd cannot be read (${String(error.code)}).`, {
      cause: error,
    });
  }
}

function loadCertificate({ certificate, certificateKey }: SecretSources): Certificate | null {
  if (certificate === null || certificateKey === null) return null;
  const pair = { cert: readRegularFile(certificate, MAX_BYTES).text, key: readRegularFile(certificateKey, MAX_BYTES).text };
  const fault = faultOf(pair);
  if (fault === null) return pair;
  throw inputError('unusable-certificate', `${certificate} and ${certificateKey} cannot be used for TLS: ${fault}.`);
}

/** OpenSSL takes an RSA certificate with an EC key, and then fails each handshake. */
function faultOf(pair: Certificate): string | null {
  try {
    createSecureContext(pair);
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))
      ? null
      : 'the key is that of another certificate';
  } catch (error) {
    // OpenSSL's own words: no PEM, a key with a passphrase, a certificate that it finds too weak.
    if (!(error instanceof Error && 'code' in error)) throw error;
    return `${error.message}; both have to be PEM, the key without a passphrase`;
  }
}
