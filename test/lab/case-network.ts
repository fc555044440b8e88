/** The network in which every row of the port-state table is true at once: auditor ─ router ─ far. */
import type { Listener, MailServer } from '../../src/lab/behaviour.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import type { Host } from '../../src/lab/topology.ts';
import { FAMILIES, type Family } from '../../src/model/address.ts';
import type { Plant, PortState } from './port-state.ts';

/** One row for one family, at its own address. */
export interface Target {
  readonly case: PortState;
  readonly family: Family;
  readonly address: string;
  readonly port: number;
}

/** Prefixes of the places that an address can be in; the row's number follows. */
const PLACES: Readonly<Record<'far' | 'own link' | 'far link' | 'unrouted' | 'lost', Readonly<Record<Family, string>>>> = {
  far: { ipv4: '192.0.2.', ipv6: '2001:db8:d::' },
  'own link': { ipv4: '10.20.7.', ipv6: '2001:db8:20:7::' },
  'far link': { ipv4: '198.51.100.', ipv6: '2001:db8:f::' },
  unrouted: { ipv4: '198.18.0.', ipv6: '2001:db8:e0::' },
  lost: { ipv4: '198.18.1.', ipv6: '2001:db8:e1::' },
};

export const CONTROL = ['203.0.113.80', '2001:db8:c::80'] as const;

export function targetsOf(cases: readonly PortState[]): readonly Target[] {
  return cases.flatMap((entry, index) =>
    (entry.families ?? FAMILIES).map((family) => ({
      case: entry,
      family,
      address: `${PLACES[placeOf(entry.plant)][family]}${family === 'ipv4' ? index + 10 : (index + 0x1000).toString(16)}`,
      port: entry.port ?? 25,
    })),
  );
}

/** @param standard what listens where a row is not about the server, so that a rule that fails to match shows. */
export function caseNetwork(targets: readonly Target[], standard: MailServer): Scenario {
  const servers: Listener[] = targets.flatMap(({ case: { plant }, address, port }) => {
    const behaviour = plant.kind === 'server' ? plant.behaviour : standard;
    const there = plant.kind !== 'nobody' && placeOf(plant) === 'far';
    return there && behaviour !== null ? [{ address, port, behaviour }] : [];
  });
  const controls = CONTROL.map((address): Listener => ({ address, port: 443, behaviour: standard }));
  return {
    topology: { names: names(targets), hosts: [auditor(targets), router(targets), far(targets)], links: LINKS },
    servers: { far: [...servers, ...controls] },
    vantages: [{ host: 'auditor', segment: 'workstations' }],
    exhibits: {},
    plan: () => ({ policy: policyOf(targets), faults: [] }),
  };
}

function names(targets: readonly Target[]): Record<string, string[]> {
  const table: Record<string, string[]> = {};
  for (const {
    case: { name },
    address,
  } of targets) {
    if (name !== undefined) table[name] = [...(table[name] ?? []), address];
  }
  return table;
}

const LINKS: NonNullable<Scenario['topology']>['links'] = [
  [
    { host: 'auditor', interface: 'eth0', addresses: ['10.20.0.5/16', '2001:db8:20::5/48'] },
    { host: 'router', interface: 'lan0', addresses: ['10.20.0.1/16', '2001:db8:20::1/48'] },
  ],
  [
    { host: 'router', interface: 'wan0', addresses: ['198.51.100.1/24', '2001:db8:f::1/64'] },
    { host: 'far', interface: 'eth0', addresses: ['198.51.100.7/24', '2001:db8:f::25/64'] },
  ],
];

function auditor(targets: readonly Target[]): Host {
  const gateway = { ipv4: '10.20.0.1', ipv6: '2001:db8:20::1' } as const;
  return {
    name: 'auditor',
    firewall: chain('output', rules(targets, 'auditor')),
    routes: [
      ...['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '198.18.1.0/24'].map((net) => `${net} via ${gateway.ipv4}`),
      ...['2001:db8:d::/48', '2001:db8:f::/48', '2001:db8:c::/48', '2001:db8:e1::/48'].map((net) => `${net} via ${gateway.ipv6}`),
      ...routes(targets, 'auditor'),
    ],
  };
}

function router(targets: readonly Target[]): Host {
  return {
    name: 'router',
    forwards: true,
    firewall: chain('forward', rules(targets, 'router')),
    // Each row on its own: what the kernel's limit on ICMP errors does to many at once is another test. By the mask for IPv4, because a
    // limit of 0 there empties the budget that errors about routes share.
    settings: { 'net/ipv4/icmp_ratemask': '0', 'net/ipv6/icmp/ratelimit': '0' },
    routes: [
      ...['192.0.2.0/24', '203.0.113.0/24'].map((net) => `${net} via 198.51.100.7`),
      ...['2001:db8:d::/48', '2001:db8:c::/48'].map((net) => `${net} via 2001:db8:f::25`),
      ...routes(targets, 'router'),
    ],
  };
}

function far(targets: readonly Target[]): Host {
  const own = targets.filter(({ case: { plant } }) => placeOf(plant) === 'far').map(({ address }) => address);
  return {
    name: 'far',
    loopback: [...new Set([...own, ...CONTROL])].map((address) => `${address}/${address.includes(':') ? 128 : 32}`),
    routes: ['default via 198.51.100.1', 'default via 2001:db8:f::1'],
  };
}

function placeOf(plant: Plant): keyof typeof PLACES {
  if (plant.kind === 'nobody') return plant.on;
  if (plant.kind !== 'route' || plant.type !== 'none') return 'far';
  return plant.on === 'auditor' ? 'unrouted' : 'lost';
}

function rules(targets: readonly Target[], on: 'router' | 'auditor'): string[] {
  return targets.flatMap(({ case: { plant }, family, address }) => {
    if (plant.kind !== 'rule' || plant.on !== on) return [];
    return [
      `${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${address} ct state ${plant.state ?? 'new'} meta l4proto tcp ${plant.statement}`,
    ];
  });
}

function routes(targets: readonly Target[], on: 'router' | 'auditor'): string[] {
  return targets.flatMap(({ case: { plant }, family, address }) =>
    plant.kind === 'route' && plant.on === on && plant.type !== 'none'
      ? [`${plant.type} ${address}/${family === 'ipv4' ? 32 : 128}`]
      : [],
  );
}

function chain(hook: 'forward' | 'output', lines: readonly string[]): string {
  return `table inet lab { chain ${hook} { type filter hook ${hook} priority filter; policy accept;\n${lines.join('\n')}\n}\n}`;
}

function policyOf(targets: readonly Target[]): string {
  const rows = [...new Set(targets.map((target) => target.case))];
  const destinations = rows.map((row, index) => {
    const hosts =
      row.name === undefined ? targets.filter((target) => target.case === row).map(({ address }) => address) : [row.name];
    return `  row-${index}: { hosts: [${hosts.map((host) => `"${host}"`).join(', ')}], listening: [${row.port ?? 25}], ca: ca.pem }`;
  });
  return `version: 1
name: port-states
segments:
  workstations: { networks: ["10.20.0.0/16", "2001:db8:20::/48"], except: ["10.20.7.0/24", "2001:db8:20:7::/64"] }
destinations:
${destinations.join('\n')}
rules: []
audit:
  ports: [25, 465, 587]
  controls: [${CONTROL.map((address) => `{ host: "${address}", port: 443 }`).join(', ')}]
  ehlo: audit.example.com
`;
}
