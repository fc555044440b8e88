/** The real command in the real network: what every lab test does. */
import { createHash, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import type { CertificateFiles } from '../../src/lab/behaviour.ts';
import { type Lab, openLab } from '../../src/lab/lab.ts';
import type { Ran } from '../../src/lab/sandbox.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import { labSupport } from '../../src/lab/support.ts';
import type { Result } from '../../src/model/result.ts';

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const postern: readonly string[] = [process.execPath, join(root, 'dist/postern.js')];
export const serveCommand: readonly string[] = [process.execPath, join(root, 'dist/lab-serve.js')];

const support = await labSupport();

/** Like `describe`; where namespaces are impossible it is skipped, aloud, and fails where CI=true. */
export function describeLab(title: string, body: () => void): void {
  if (support.possible) {
    describe(title, body);
    return;
  }
  const why = `namespaces are impossible here: ${support.reason}`;
  const { CI } = process.env;
  if (CI !== 'true') {
    process.stderr.write(`SKIPPED ${title}: ${why}\n`);
    describe.skip(`${title} (${why})`, body);
  } else {
    it(title, () => {
      throw new Error(`${why}; in CI the lab must run`);
    });
  }
}

export function certificate(name: string): CertificateFiles {
  const file = (suffix: string): string => join(root, 'fixtures/certificates', `${name}${suffix}.pem`);
  return { certificate: file(''), key: file('-key') };
}

/** Of a certificate's key, as a policy writes it. @see RFC 7469 section 2.4 */
export function pinOf(name: string): string {
  const { publicKey } = new X509Certificate(readFileSync(certificate(name).certificate));
  return `sha256/${createHash('sha256')
    .update(publicKey.export({ format: 'der', type: 'spki' }))
    .digest('base64')}`;
}

export interface Field {
  readonly lab: Lab;
  readonly folder: string;
  readonly policyFile: string;
  /** Runs Postern on a host, in the folder; its process id, as the sandbox counts, is in `HOST.pid` there. */
  run(host: string, args: readonly string[]): Promise<Ran>;
}

/** Puts a scenario up, with its policy in a folder of its own. */
export async function openField(scenario: Scenario): Promise<Field> {
  const lab = await openLab(scenario, serveCommand);
  const folder = mkdtempSync(join(tmpdir(), 'postern-lab-'));
  const policyFile = join(folder, 'postern.yaml');
  writeFileSync(policyFile, scenario.plan(lab.ports).policy);
  copyFileSync(join(root, 'fixtures/certificates/ca.pem'), join(folder, 'ca.pem'));
  return {
    lab,
    folder,
    policyFile,
    async run(host, args) {
      if (lab.sandbox === null) throw new TypeError('a field is in namespaces');
      const command = ['sh', '-c', 'echo $$ >"$0"; exec "$@"', `${host}.pid`, ...postern, ...args];
      return await lab.sandbox.run(host, command, { cwd: folder });
    },
  };
}

/** The result document on stdout. */
export function resultOf({ stdout, stderr, code }: Ran): Result {
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`no result document (exit ${code}): ${stderr || stdout}`, { cause: error });
  }
}
