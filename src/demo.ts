/** `postern demo`: builds a miniature network with faults planted in it, audits it from each segment, and checks what was found. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareFiles } from './compare.ts';
import { fileErrorText, readTextFile, writeFileAtomic } from './host/files.ts';
import { type FaultHunt, findFaults } from './lab/find-faults.ts';
import { CERTIFICATE_TEXTS } from './lab/generated/certificate-texts.ts';
import { type Lab, openLab } from './lab/lab.ts';
import { loopback } from './lab/loopback.ts';
import { office } from './lab/office.ts';
import { LabError } from './lab/sandbox.ts';
import type { Fault, LabCertificates, Scenario } from './lab/scenario.ts';
import { labSupport } from './lab/support.ts';
import { InputError, inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { openPolicy } from './policy.ts';

export { LabError };

export interface DemoOptions {
  readonly tool: { readonly name: string; readonly version: string };
  /** Command that runs Postern. */
  readonly self: readonly string[];
  /** Folder for policy, ruleset and evidence; null: a new temporary one. */
  readonly keep: string | null;
  /** Stay on loopback, whatever the kernel allows. */
  readonly loopback: boolean;
  /** One line of progress. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface DemoOutcome {
  readonly result: Result;
  readonly hunt: FaultHunt;
  readonly folder: string;
  readonly policyFile: string;
  readonly evidenceFiles: readonly string[];
  /** Why it was on loopback; null: it was in namespaces, with a real firewall. */
  readonly confined: string | null;
}

/** Below this an absent host would look like silence; the demo has none, but shows what is advised. */
const TIMEOUT = '4s';

/**
 * @throws {LabError} where the network or a scan in it broke, or was interrupted; a temporary folder is gone then.
 * @throws {InputError} `demo-folder` where the folder to keep is none, or holds what no demonstration left there.
 */
export async function demo(options: DemoOptions): Promise<DemoOutcome> {
  const folder = await openFolder(options.keep);
  try {
    return await perform(folder, options);
  } catch (error) {
    if (options.keep === null) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function perform(folder: string, options: DemoOptions): Promise<DemoOutcome> {
  const own = join(folder, 'servers');
  try {
    return await performWith(await layCertificates(own), folder, options);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function performWith(certificates: LabCertificates, folder: string, options: DemoOptions): Promise<DemoOutcome> {
  const confined = await whyConfined(options);
  const scenario = confined === null ? office(certificates) : loopback(certificates);
  refuseInterrupted(options.signal);
  options.say(
    confined === null
      ? 'Building the network: workstation, relay, firewall and an outside, each in its own namespace …'
      : `No namespaces here (${confined}): servers on 127.0.0.1 instead …`,
  );
  const lab = await openLab(scenario, [...options.self, 'demo', '--serve']);
  const end = (): void => void lab.close();
  options.signal.addEventListener('abort', end, { once: true });
  try {
    // An abort before the listener was there has told nobody.
    refuseInterrupted(options.signal);
    const { policy, faults } = scenario.plan(lab.ports);
    const policyFile = await layOut(folder, policy, scenario, certificates);
    const evidenceFiles = await scanAll({ lab, scenario, folder, policyFile, options });
    refuseInterrupted(options.signal);
    return await judge({ options, folder, policyFile, evidenceFiles, confined }, faults);
  } finally {
    options.signal.removeEventListener('abort', end);
    await lab.close();
  }
}

function refuseInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new LabError('interrupted');
}

async function whyConfined(options: DemoOptions): Promise<string | null> {
  if (options.loopback) return '--loopback was given';
  const support = await labSupport();
  return support.possible ? null : support.reason;
}

/** The servers read them as files, when the first client has come. */
async function layCertificates(folder: string): Promise<LabCertificates> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(CERTIFICATE_TEXTS)) await writeFileAtomic(join(folder, name), text);
  const file = (name: keyof typeof CERTIFICATE_TEXTS): string => join(folder, name);
  return { authority: file('ca.pem'), good: { certificate: file('good.pem'), key: file('good-key.pem') } };
}

async function openFolder(keep: string | null): Promise<string> {
  try {
    if (keep === null) return await mkdtemp(join(tmpdir(), 'postern-demo-'));
    await mkdir(keep, { recursive: true });
    const found = await readdir(keep);
    if (found.length > 0 && !isOfDemo(keep)) {
      throw inputError('demo-folder', `${keep} is not empty, and holds no earlier demonstration. Name a new folder.`);
    }
    return keep;
  } catch (error) {
    const words = fileErrorText(error);
    if (words === null) throw error;
    const place = keep ?? tmpdir();
    const advice = keep === null ? 'Name another with --keep.' : 'Name another folder.';
    throw inputError('demo-folder', `${place} cannot be used: ${words}. ${advice}`, { cause: error });
  }
}

function isOfDemo(folder: string): boolean {
  try {
    return /^name: demo-/m.test(readTextFile(join(folder, 'postern.yaml'), 65_536));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

async function layOut(folder: string, policy: string, scenario: Scenario, certificates: LabCertificates): Promise<string> {
  const policyFile = join(folder, 'postern.yaml');
  await writeFileAtomic(policyFile, policy);
  await copyFile(certificates.authority, join(folder, 'ca.pem'));
  for (const [name, text] of Object.entries(scenario.exhibits)) await writeFileAtomic(join(folder, name), text);
  return policyFile;
}

interface Scans {
  readonly lab: Lab;
  readonly scenario: Scenario;
  readonly folder: string;
  readonly policyFile: string;
  readonly options: DemoOptions;
}

async function scanAll({ lab, scenario, folder, policyFile, options }: Scans): Promise<readonly string[]> {
  const segments = scenario.vantages.map(({ segment }) => segment).join(' and ');
  const patience = scenario.topology === null ? '' : '; about fifteen seconds, because silence takes time';
  options.say(`Scanning from ${segments}${patience} …`);
  return await Promise.all(
    scenario.vantages.map(async ({ host, segment }) => {
      const file = join(folder, `${segment}.jsonl`);
      await rm(file, { force: true });
      const command = [...options.self, 'scan', policyFile, '--output', file, '--timeout', TIMEOUT];
      await finished(lab.spawn(host, command), `postern scan from ${segment}`);
      return file;
    }),
  );
}

/** A scan that met what says nothing about the firewall (exit 3) has evidence all the same: judging it will say so. */
async function finished(child: ChildProcessWithoutNullStreams, what: string): Promise<void> {
  let complaint = '';
  child.stdout.resume();
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = `${complaint}${bytes.toString()}`.slice(-4_000);
  });
  child.stdin.end();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0 && code !== 3) throw new LabError(`${what} ended with ${code ?? 'a signal'}: ${complaint.trim()}`);
}

async function judge(
  run: Pick<DemoOutcome, 'folder' | 'policyFile' | 'evidenceFiles' | 'confined'> & { readonly options: DemoOptions },
  faults: readonly Fault[],
): Promise<DemoOutcome> {
  const { options, ...where } = run;
  const { policy } = await openPolicy(where.policyFile, { cwd: where.folder });
  const result = await compareFiles(policy, where.evidenceFiles, {
    tool: options.tool,
    command: 'demo',
    now: Date.now(),
    requireProof: 'supported',
    allowOtherPolicy: false,
  });
  return { ...where, result, hunt: findFaults(faults, result.findings) };
}
