/** Postfix, Exim and OpenSMTPD, each in a root of its own, on one host of a sandbox. */
import { ACCEPTS_ONLY } from '../../src/lab/behaviour.ts';
import type { Sandbox } from '../../src/lab/sandbox.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import { awaitListeners, describeServers, startDebianServer, whyNoDebianServers } from './debian-servers.ts';
import { type Field, openField } from './postern.ts';
import { CLIENT, CONTROLS, POLICY, SERVERS, type Software } from './real-servers.cases.ts';

const SOFTWARE: readonly Software[] = ['postfix', 'exim', 'opensmtpd'];

const missing = await whyNoDebianServers(SOFTWARE);

/** Like `describe`; skipped, aloud, where the servers cannot run here, and a failure where CI=true. */
export function describeRealServers(title: string, body: () => void): void {
  describeServers(missing, title, body);
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
    for (const software of SOFTWARE) startDebianServer(sandbox, 'far', software, software);
    const endpoints = SERVERS.flatMap(({ addresses, port }) =>
      addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`),
    );
    await awaitListeners(sandbox, 'far', endpoints, '/run/lab/*/root/var/log/server.log');
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
