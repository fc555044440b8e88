/** Mail servers from Debian's packages, unpacked by scripts/mail-servers.sh, each in a root of its own on a host of a sandbox. */
import { existsSync, readFileSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { LabError, openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import { labSupport } from '../../src/lab/support.ts';
import { root } from './postern.ts';

export type DebianSoftware = 'postfix' | 'exim' | 'opensmtpd';

export const CACHE: string = join(root, 'node_modules/.cache/mail-servers');
const FIXTURES = join(root, 'fixtures');

/** Like `describe`; skipped, aloud, where something is missing, and a failure where CI=true. */
export function describeServers(missing: string | null, title: string, body: () => void): void {
  const { CI } = process.env;
  if (missing === null) {
    describe(title, body);
  } else if (CI === 'true') {
    it(title, () => {
      throw new Error(`${missing}; in CI the servers must run`);
    });
  } else {
    process.stderr.write(`SKIPPED ${title}: ${missing}\n`);
    describe.skip(`${title} (${missing})`, body);
  }
}

/** @param configuration  folder in fixtures/mail-servers; the server's root is /run/lab/CONFIGURATION/root. */
export function startDebianServer(sandbox: Sandbox, host: string, software: DebianSoftware, configuration: string): void {
  const enter = [join(FIXTURES, 'mail-servers/enter.sh'), join(CACHE, software), FIXTURES, configuration];
  sandbox.spawn(host, ['sh', ...enter]).stderr.pipe(process.stderr);
}

/**
 * Not by connecting: every connection would be in the logs.
 *
 * @param endpoints  `192.0.2.1:25`, `[2001:db8:f::1]:25`
 * @param logs       shown where one does not listen; a pattern of the shell.
 */
export async function awaitListeners(sandbox: Sandbox, host: string, endpoints: readonly string[], logs: string): Promise<void> {
  const checks = endpoints.map((endpoint) => `echo "$now" | grep -qF ' ${endpoint} ' || { missing='${endpoint}'; return 1; }`);
  await sandbox.script(
    host,
    `all() { now=$(ss -Hltn); ${checks.join('; ')}; }
i=0
until all; do
  i=$((i+1))
  [ $i -lt 300 ] || { echo "nothing listens on $missing" >&2; tail -n 20 ${logs} >&2; exit 1; }
  sleep 0.1
done`,
  );
}

/** Why the servers cannot run here; null: they can. */
export async function whyNoDebianServers(software: readonly DebianSoftware[]): Promise<string | null> {
  if (platform() !== 'linux') return `they need Linux's namespaces, and this is ${platform()}`;
  if (!isDebian()) return 'they are made of packages for Debian, and this is another system';
  if (userInfo().uid !== 0) return 'they change their users, and so need root';
  const absent = software.filter((each) => !existsSync(join(CACHE, each)));
  if (absent.length > 0) return `${absent.join(', ')} not there: run scripts/mail-servers.sh`;
  const support = await labSupport();
  return support.possible ? await overlayProblem() : `namespaces are impossible here: ${support.reason}`;
}

function isDebian(): boolean {
  const file = '/etc/os-release';
  return existsSync(file) && /^ID=debian$/m.test(readFileSync(file, 'utf8'));
}

async function overlayProblem(): Promise<string | null> {
  const sandbox = await openSandbox();
  try {
    await sandbox.script(
      null,
      `cd /run/lab
mkdir extra upper work root
mount -t overlay overlay -o lowerdir=/run/lab/extra:/,upperdir=/run/lab/upper,workdir=/run/lab/work root`,
    );
    return null;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return `no overlay over / can be mounted here: ${error.message}`;
  } finally {
    await sandbox.close();
  }
}
