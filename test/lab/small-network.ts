/** auditor ─ gate ─ far, IPv4 only: one allowed flow, some denied ones, a control; and what a test breaks in it. */
import { ACCEPTS_ONLY, type Listener, type MailServer } from '../../src/lab/behaviour.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import type { LinkEnd } from '../../src/lab/topology.ts';
import { certificate } from './postern.ts';

export interface SmallNetwork {
  /** Hosts that are denied every mail port: 192.0.2.20 and on. */
  readonly denied?: number;
  /** Ports on which they listen, as the policy says. */
  readonly deniedPorts?: readonly number[];
  /** Addresses on which nothing listens, whatever the policy says. */
  readonly dead?: readonly string[];
  /** Names that /etc/hosts does not know. */
  readonly unknown?: readonly string[];
  /** Policy and gate allow workstations to reach mx.example.org:25. */
  readonly allows?: boolean;
  /** What the gate does to denied flows. */
  readonly blocks?: string;
  /** A second interface of the auditor, in the segment `servers`; `routed`: with a routing rule for its source. */
  readonly secondLeg?: 'unrouted' | 'routed';
  /** A second auditor in the same segment, behind another interface of the gate. */
  readonly colleague?: boolean;
}

export const MX = '192.0.2.10';
export const CONTROL_ADDRESS = '203.0.113.80';

export function smallNetwork(wanted: SmallNetwork): Scenario {
  const denied = Array.from({ length: wanted.denied ?? 1 }, (_, index) => `192.0.2.${20 + index}`);
  const dead = new Set(wanted.dead ?? []);
  return {
    topology: { names: names(wanted), hosts: hosts(wanted, denied), links: links(wanted) },
    servers: { far: listeners(wanted, denied).filter(({ address }) => !dead.has(address)) },
    vantages: [{ host: 'auditor', segment: 'workstations' }],
    exhibits: {},
    plan: () => ({ policy: policyOf(wanted, denied), faults: [] }),
  };
}

const MAIL: MailServer = {
  kind: 'mail',
  name: 'mx.example.org',
  tls: 'starttls',
  auth: 'never',
  certificate: certificate('good'),
};

function listeners({ deniedPorts = [25, 465, 587, 2525] }: SmallNetwork, denied: readonly string[]): Listener[] {
  return [
    { address: MX, port: 25, behaviour: MAIL },
    { address: CONTROL_ADDRESS, port: 443, behaviour: ACCEPTS_ONLY },
    ...denied.flatMap((address) => deniedPorts.map((port) => ({ address, port, behaviour: MAIL }))),
  ];
}

function names({ unknown = [] }: SmallNetwork): Record<string, string[]> {
  const all = { 'mx.example.org': [MX], 'www.example.net': [CONTROL_ADDRESS] };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !unknown.includes(name)));
}

function hosts(wanted: SmallNetwork, denied: readonly string[]): NonNullable<Scenario['topology']>['hosts'] {
  const ruled = wanted.secondLeg === 'routed';
  return [
    {
      name: 'auditor',
      routes: ['default via 10.20.0.1', ...(ruled ? ['default via 10.30.0.1 table 100'] : [])],
      routeRules: ruled ? ['from 10.30.0.5 lookup 100'] : [],
    },
    ...(wanted.colleague === true ? [{ name: 'colleague', routes: ['default via 10.21.0.1'] }] : []),
    {
      name: 'gate',
      forwards: true,
      routes: ['192.0.2.0/24 via 198.51.100.7', '203.0.113.0/24 via 198.51.100.7'],
      firewall: `table inet gate {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ${wanted.allows === false ? '' : `ip daddr ${MX} tcp dport 25 accept`}
    tcp dport { 25, 465, 587, 2525 } ${wanted.blocks ?? 'drop'}
  }
}`,
    },
    {
      name: 'far',
      routes: ['default via 198.51.100.1'],
      loopback: [MX, CONTROL_ADDRESS, ...denied].map((address) => `${address}/32`),
    },
  ];
}

function links({ secondLeg, colleague }: SmallNetwork): (readonly [LinkEnd, LinkEnd])[] {
  const link = (a: LinkEnd, b: LinkEnd): readonly [LinkEnd, LinkEnd] => [a, b];
  const end = (host: string, name: string, address: string): LinkEnd => ({ host, interface: name, addresses: [address] });
  return [
    link(end('auditor', 'eth0', '10.20.0.5/24'), end('gate', 'lan0', '10.20.0.1/24')),
    link(end('gate', 'wan0', '198.51.100.1/24'), end('far', 'eth0', '198.51.100.7/24')),
    ...(secondLeg === undefined ? [] : [link(end('auditor', 'eth1', '10.30.0.5/24'), end('gate', 'lan1', '10.30.0.1/24'))]),
    ...(colleague === true ? [link(end('colleague', 'eth0', '10.21.0.5/24'), end('gate', 'lan2', '10.21.0.1/24'))] : []),
  ];
}

function policyOf(wanted: SmallNetwork, denied: readonly string[]): string {
  const { deniedPorts = [25, 465, 587, 2525], allows = true, secondLeg } = wanted;
  return `version: 1
name: small-network
segments:
  workstations: { networks: [10.20.0.0/16, 10.21.0.0/16] }
${secondLeg === undefined ? '' : '  servers: { networks: [10.30.0.0/16] }'}
destinations:
  partner: { hosts: [mx.example.org], listening: [25], ca: ca.pem }
  others: { hosts: [${denied.join(', ')}], listening: [${deniedPorts.join(', ')}] }
rules: ${allows ? '[{ name: deliver, from: any, to: partner, ports: [25] }]' : '[]'}
audit:
  ports: [${[...new Set([25, ...deniedPorts])].join(', ')}]
  controls: [{ host: www.example.net, port: 443 }]
  ehlo: audit.example.com
`;
}
