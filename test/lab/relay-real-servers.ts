/** Servers that others wrote, each configured the way that its users do, on one host; a stranger and a host of the office beside it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../../src/lab/sandbox.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import { labSupport } from '../../src/lab/support.ts';
import { awaitListeners, CACHE, type DebianSoftware, startDebianServer } from './debian-servers.ts';
import { type Field, openField, root } from './postern.ts';
import { DOMAINS, endpointOf, type RelayServer, type RelaySoftware, VANTAGES } from './relay-real-servers.cases.ts';

const CONFIGURATIONS = join(root, 'fixtures/mail-servers/relay');

export interface RelayField extends Field {
  readonly sandbox: Sandbox;
  /** What is in a file of `logOf` so far, without what nobody looks at. */
  log(file: string): Promise<string>;
}

/** What Postfix's -v adds beside the dialogues: nine tenths of its log. */
const NOISE =
  'smtpd\\[\\d+\\]: (?![<>] |connect |disconnect |too many|warning|NOQUEUE|lost|timeout|improper|error|fatal|panic|[0-9A-F]{6,}:)';

/** Why servers that are programs for Node cannot run here; null: they can. */
export async function whyNoNodeServers(): Promise<string | null> {
  const support = await labSupport();
  if (!support.possible) return `namespaces are impossible here: ${support.reason}`;
  return existsSync(join(CACHE, 'haraka')) ? null : 'Haraka is not there: run scripts/mail-servers.sh';
}

/** Starts what the servers are made of, and resolves when all of them listen. */
export async function openRelayServers(servers: readonly RelayServer[]): Promise<RelayField> {
  const field = await openField(scenarioOf(servers));
  const { sandbox } = field.lab;
  if (sandbox === null) throw new TypeError('real servers are in namespaces');
  try {
    await startNameServer(sandbox);
    await sandbox.script(null, 'mkdir -p /run/lab/logs');
    for (const software of new Set(servers.map((server) => server.software))) START[software](sandbox);
    await awaitListeners(sandbox, 'far', servers.map(endpointOf), [...new Set(servers.map(logOf))].join(' '));
  } catch (error) {
    await field.lab.close();
    throw error;
  }
  return { ...field, sandbox, log: (file) => sandbox.script(null, `grep -avP '${NOISE}' '${file}' || true`) };
}

/** Several configurations share one, where they share a process. */
export function logOf({ software, name }: RelayServer): string {
  switch (software) {
    case 'postfix':
    case 'opensmtpd':
      return `/run/lab/relay/${software}/root/var/log/server.log`;
    case 'exim':
      return `/run/lab/relay/exim/root/var/log/${name}.log`;
    case 'haraka':
    case 'smtp-server':
      return `/run/lab/logs/${software}-${name}.log`;
  }
}

const START: Readonly<Record<RelaySoftware, (sandbox: Sandbox) => void>> = {
  postfix: debian('postfix'),
  exim: debian('exim'),
  opensmtpd: debian('opensmtpd'),
  haraka: startHaraka,
  'smtp-server': startSmtpServer,
};

function debian(software: DebianSoftware): (sandbox: Sandbox) => void {
  return (sandbox) => startDebianServer(sandbox, 'far', software, `relay/${software}`);
}

/** One process a configuration, over what Haraka brings; each in a copy, since it keeps its queue beside that. */
function startHaraka(sandbox: Sandbox): void {
  const haraka = join(CACHE, 'haraka/node_modules/Haraka');
  const start = `mkdir /run/lab/haraka
cd '${CONFIGURATIONS}/haraka'
for each in */config; do
  name=\${each%/config}
  mkdir /run/lab/haraka/$name
  cp -R '${haraka}/config' "$each" /run/lab/haraka/$name
  '${process.execPath}' '${haraka}/bin/haraka' -c /run/lab/haraka/$name >/run/lab/logs/haraka-$name.log 2>&1 </dev/null &
done
wait`;
  sandbox.spawn('far', ['sh', '-e', '-c', start]).stderr.pipe(process.stderr);
}

function startSmtpServer(sandbox: Sandbox): void {
  const command = [process.execPath, join(CONFIGURATIONS, 'smtp-server/start.mjs')];
  sandbox.spawn('far', [...command, '/run/lab/logs', join(root, 'fixtures/certificates')]).stderr.pipe(process.stderr);
}

async function startNameServer(sandbox: Sandbox): Promise<void> {
  const child = sandbox.spawn('far', [process.execPath, join(CONFIGURATIONS, 'dns.mjs'), ...DOMAINS]);
  child.stderr.pipe(process.stderr);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('close', (code) => reject(new Error(`the name server ended with ${code}`)));
  });
}

function scenarioOf(servers: readonly RelayServer[]): Scenario {
  const addresses = [...new Set(servers.map(({ address }) => address))];
  return {
    topology: {
      names: {},
      hosts: [
        { name: 'stranger', routes: ['default via 198.51.100.1', 'default via 2001:db8:99::1'] },
        { name: 'colleague', routes: ['default via 10.20.0.1'] },
        { name: 'far', loopback: addresses.map((each) => `${each}/${each.includes(':') ? 128 : 32}`) },
      ],
      links: [
        [
          { host: 'stranger', interface: 'eth0', addresses: [`${VANTAGES.stranger[0]}/24`, `${VANTAGES.stranger[1]}/64`] },
          { host: 'far', interface: 'eth0', addresses: ['198.51.100.1/24', '2001:db8:99::1/64'] },
        ],
        [
          { host: 'colleague', interface: 'eth0', addresses: [`${VANTAGES.colleague[0]}/24`] },
          { host: 'far', interface: 'eth1', addresses: ['10.20.0.1/24'] },
        ],
      ],
    },
    servers: {},
    vantages: [],
    exhibits: {},
    plan: () => ({ policy: '', faults: [] }),
  };
}
