/** Postfix, Exim and OpenSMTPD, each in a root of its own, on one host of a sandbox. */
import { existsSync, readFileSync } from 'node:fs';
import { platform, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { ACCEPTS_ONLY } from '../../src/lab/behaviour.ts';
import { LabError, openSandbox, type Sandbox } from '../../src/lab/sandbox.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import { labSupport } from '../../src/lab/support.ts';
import { type Field, openField, root } from './postern.ts';
import { CLIENT, CONTROLS, POLICY, SERVERS, type Software } from './real-servers.cases.ts';

const SOFTWARE: readonly Software[] = ['postfix', 'exim', 'opensmtpd'];
const PACKAGES = join(root, 'node_modules/.cache/mail-servers');

const missing = await whatIsMissing();

/** Like `describe`; skipped, aloud, where the servers cannot run here, and a failure where CI=true. */
export function describeRealServers(title: string, body: () => void): void {
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

export interface RealField extends Field {
  readonly sandbox: Sandbox;
  /** What a server logged so far. */
  log(software: Software): Promise<string>;
}

/** Starts every server, and resolves when all of them listen. */
export async function openRealServers(): Promise<RealField> {
  const field = await openField(SCENARIO);
  const { sandbox } = field.lab;
  if (sandbox === null) throw new TypeError('real servers are in namespaces');
  try {
    for (const software of SOFTWARE) {
      const enter = [join(root, 'fixtures/mail-servers/enter.sh'), join(PACKAGES, software), join(root, 'fixtures'), software];
      sandbox.spawn('far', ['sh', ...enter]).stderr.pipe(process.stderr);
    }
    await awaitListeners(sandbox);
  } catch (error) {
    await field.lab.close();
    throw error;
  }
  return {
    ...field,
    sandbox,
    log: (software) => sandbox.script(null, `cat /run/lab/${software}/root/var/log/server.log`),
  };
}

/** Not by connecting: every connection would be in the logs. */
async function awaitListeners(sandbox: Sandbox): Promise<void> {
  const wanted = SERVERS.flatMap(({ addresses, port }) =>
    addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`),
  );
  const checks = wanted.map((endpoint) => `echo "$now" | grep -qF ' ${endpoint} ' || { missing='${endpoint}'; return 1; }`);
  await sandbox.script(
    'far',
    `all() { now=$(ss -Hltn); ${checks.join('; ')}; }
i=0
until all; do
  i=$((i+1))
  [ $i -lt 200 ] || { echo "nothing listens on $missing" >&2; tail -n 20 /run/lab/*/root/var/log/server.log >&2; exit 1; }
  sleep 0.1
done`,
  );
}

const SCENARIO: Scenario = {
  topology: {
    names: Object.fromEntries(SERVERS.map(({ name, addresses }) => [name, addresses])),
    hosts: [
      { name: 'auditor', routes: ['default via 10.20.0.1', 'default via 2001:db8:20::1'] },
      {
        name: 'far',
        loopback: [...new Set([...SERVERS.flatMap(({ addresses }) => addresses), ...CONTROLS])].map(
          (each) => `${each}/${each.includes(':') ? 128 : 32}`,
        ),
      },
    ],
    links: [
      [
        { host: 'auditor', interface: 'eth0', addresses: [`${CLIENT[0]}/24`, `${CLIENT[1]}/64`] },
        { host: 'far', interface: 'eth0', addresses: ['10.20.0.1/24', '2001:db8:20::1/64'] },
      ],
    ],
  },
  servers: { far: CONTROLS.map((address) => ({ address, port: 443, behaviour: ACCEPTS_ONLY })) },
  vantages: [{ host: 'auditor', segment: 'workstations' }],
  exhibits: {},
  plan: () => ({ policy: POLICY, faults: [] }),
};

/** Why the servers cannot run here; null: they can. */
async function whatIsMissing(): Promise<string | null> {
  if (platform() !== 'linux') return `they need Linux's namespaces, and this is ${platform()}`;
  if (!isDebian()) return 'they are made of packages for Debian, and this is another system';
  if (userInfo().uid !== 0) return 'they change their users, and so need root';
  const absent = SOFTWARE.filter((software) => !existsSync(join(PACKAGES, software)));
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
