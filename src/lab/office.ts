/**
 * The office of the demonstration: workstations and a relay behind a firewall, and an outside with a provider, mail
 * exchangers and a web server. Five ordinary mistakes are in it, each marked in the ruleset or in the list of servers.
 *
 *     workstation 10.20.0.5 ──lan0──┐
 *                                firewall ──wan0── outside: mx, provider, newsletter, www
 *     relay       10.1.0.25 ──dmz0──┘
 */
import { ACCEPTS_ONLY, type Behaviour, type Listener, mailServer } from './behaviour.ts';
import type { Fault, LabCertificates, Scenario } from './scenario.ts';
import type { Topology } from './topology.ts';

/** The scenario of `postern demo` where namespaces can be made. */
export function office(certificates: LabCertificates): Scenario {
  return {
    topology: OFFICE,
    servers: { outside: outsideServers(certificates) },
    vantages: [
      { host: 'workstation', segment: 'workstations' },
      { host: 'relay', segment: 'relays' },
    ],
    exhibits: { 'firewall.nft': `${FIREWALL}\n` },
    plan: () => ({ policy: POLICY, faults: FAULTS }),
  };
}

const FIREWALL = `table inet edge {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept

    # Workstations must not deliver mail themselves.
    # Fault: "ip protocol" is about IPv4 only, so that IPv6 passes.
    iifname "lan0" ip protocol tcp tcp dport 25 drop
    # Fault: everything else may leave, and with it 2525.
    iifname "lan0" oifname "wan0" accept

    # Fault: an entry from an incident, never taken out again.
    iifname "dmz0" ip daddr 198.51.100.8 tcp dport 25 drop
    # Relays deliver.
    iifname "dmz0" oifname "wan0" tcp dport { 25, 443 } accept
  }
}`;

const ADDRESSES = {
  'mx.example.org': ['198.51.100.7', '2001:db8:f::25'],
  'mx.example.com': ['198.51.100.8'],
  'smtp.example.net': ['192.0.2.10', '2001:db8:b::10'],
  'mail.example.net': ['192.0.2.11'],
  'smtp.example.com': ['203.0.113.25'],
  'www.example.net': ['203.0.113.80', '2001:db8:c::80'],
} as const;

const OFFICE: Topology = {
  names: ADDRESSES,
  hosts: [
    { name: 'workstation', routes: ['default via 10.20.0.1', 'default via 2001:db8:20::1'] },
    { name: 'relay', routes: ['default via 10.1.0.1', 'default via 2001:db8:1::1'] },
    {
      name: 'firewall',
      forwards: true,
      routes: [
        '192.0.2.0/24 via 198.51.100.7',
        '203.0.113.0/24 via 198.51.100.7',
        '2001:db8:b::/48 via 2001:db8:f::25',
        '2001:db8:c::/48 via 2001:db8:f::25',
      ],
      firewall: FIREWALL,
    },
    {
      name: 'outside',
      loopback: [
        '192.0.2.10/32',
        '192.0.2.11/32',
        '203.0.113.25/32',
        '203.0.113.80/32',
        '2001:db8:b::10/128',
        '2001:db8:c::80/128',
      ],
      routes: ['default via 198.51.100.1', 'default via 2001:db8:f::1'],
    },
  ],
  links: [
    [
      { host: 'workstation', interface: 'eth0', addresses: ['10.20.0.5/16', '2001:db8:20::5/48'] },
      { host: 'firewall', interface: 'lan0', addresses: ['10.20.0.1/16', '2001:db8:20::1/48'] },
    ],
    [
      { host: 'relay', interface: 'eth0', addresses: ['10.1.0.25/24', '2001:db8:1::25/64'] },
      { host: 'firewall', interface: 'dmz0', addresses: ['10.1.0.1/24', '2001:db8:1::1/64'] },
    ],
    [
      { host: 'firewall', interface: 'wan0', addresses: ['198.51.100.1/24', '2001:db8:f::1/64'] },
      { host: 'outside', interface: 'eth0', addresses: ['198.51.100.7/24', '198.51.100.8/24', '2001:db8:f::25/64'] },
    ],
  ],
};

const POLICY = `# The policy of the demonstration: what may leave this network as mail. All else is denied.
version: 1
name: demo-office
description: Workstations submit to the provider, relays deliver on 25, nothing else leaves.

segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
  relays: { networks: [10.1.0.25, "2001:db8:1::25"] }

destinations:
  provider:
    hosts: [smtp.example.net]
    listening: [465, 587, 2525]
    ca: ca.pem
  ticketing:
    hosts: [mail.example.net]
    listening: [587]
    ca: ca.pem
  newsletter:
    hosts: [smtp.example.com]
    listening: [587]
    ca: ca.pem
  internet:
    networks: [public]
    probes:
      - { host: mx.example.org, listening: [25] }
      - { host: mx.example.com, listening: [25] }

rules:
  - name: staff-submit
    from: workstations
    to: [provider, ticketing, newsletter]
    ports: [587]
    require: { tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden }
  - name: staff-submit-implicit
    from: workstations
    to: provider
    ports: [465]
    require: { tls: implicit, tls-version: "1.2", certificate: valid, auth: required }
  - name: relays-deliver
    from: relays
    to: internet
    ports: [25]

audit:
  ports: [25, 465, 587, 2525]
  controls: [{ host: www.example.net, port: 443 }]
  ehlo: audit.example.com
`;

const FAULTS: readonly Fault[] = [
  {
    what: 'a forgotten IPv6 rule: the firewall stops port 25 from workstations on IPv4 only',
    findings: [
      { code: 'egress-open', segment: 'workstations', destination: 'internet', port: 25, family: 'ipv6' },
      { code: 'family-gap', segment: 'workstations', destination: 'internet', port: 25, family: null },
    ],
  },
  {
    what: 'port 2525 left open from workstations',
    findings: [
      { code: 'egress-open', segment: 'workstations', destination: 'provider', port: 2525, family: 'ipv4' },
      { code: 'egress-open', segment: 'workstations', destination: 'provider', port: 2525, family: 'ipv6' },
    ],
  },
  {
    what: 'a relay that may not reach port 25 of mx.example.com',
    findings: [{ code: 'egress-blocked', segment: 'relays', destination: 'internet', port: 25, family: 'ipv4' }],
  },
  {
    what: 'mail.example.net does not offer STARTTLS',
    findings: [{ code: 'starttls-missing', segment: 'workstations', destination: 'ticketing', port: 587, family: 'ipv4' }],
  },
  {
    what: 'smtp.example.com offers AUTH in clear text before TLS',
    findings: [{ code: 'auth-before-tls', segment: 'workstations', destination: 'newsletter', port: 587, family: 'ipv4' }],
  },
];

function outsideServers({ good }: LabCertificates): readonly Listener[] {
  return [
    ...at('mx.example.org', [25], mailServer('mx.example.org', good, { auth: 'never' })),
    ...at('mx.example.com', [25], mailServer('mx.example.com', good, { auth: 'never' })),
    ...at('smtp.example.net', [587, 2525], mailServer('smtp.example.net', good)),
    ...at('smtp.example.net', [465], mailServer('smtp.example.net', good, { tls: 'implicit' })),
    // Fault: no STARTTLS.
    ...at('mail.example.net', [587], mailServer('mail.example.net', good, { tls: 'none' })),
    // Fault: AUTH before TLS.
    ...at('smtp.example.com', [587], mailServer('smtp.example.com', good, { auth: 'always' })),
    ...at('www.example.net', [443], ACCEPTS_ONLY),
  ];
}

function at(name: keyof typeof ADDRESSES, ports: readonly number[], behaviour: Behaviour): Listener[] {
  return ADDRESSES[name].flatMap((address) => ports.map((port) => ({ address, port, behaviour })));
}
