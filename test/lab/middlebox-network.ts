/**
 * workstation ─ firewall ─ outside, both families, behind address translation; and on the firewall a device, to which it redirects mail.
 *
 *     workstation 10.20.0.5 ──lan0── firewall ──wan0── outside: mx.example.org, .com, .net, sentinel, www
 *
 * Nobody has an address in 198.51.100.0/24, 203.0.113.0/24 or 2001:db8::/32: packets for them go to the outside, which drops them.
 */
import { ACCEPTS_ONLY, type Listener, type Middlebox, mailServer, type Upstream } from '../../src/lab/behaviour.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import type { Topology } from '../../src/lab/topology.ts';
import type { Place } from './lab-sentinel.ts';
import { certificate, pinOf } from './postern.ts';

export interface Device {
  /** What it does with a connection that was meant for `upstream`. */
  readonly toward: (upstream: Upstream) => Middlebox;
  /**
   * `proxy`: takes whatever goes to a mail port, also what goes to nobody, and goes on from an address of its own. `inline`: takes only what
   * somebody behind it would take, and goes on from the address that every connection has outside.
   */
  readonly stands: 'proxy' | 'inline';
}

const FIREWALL = ['192.0.2.1', '3fff:0:f::1'] as const;
/** What every connection from inside comes from, as seen outside. */
export const TRANSLATED: readonly string[] = ['192.0.2.200', '3fff:0:a::200'];

const ADDRESSES = {
  'mx.example.org': ['192.0.2.70', '3fff:0:b::70'],
  'mx.example.com': ['192.0.2.71', '3fff:0:b::71'],
  'mx.example.net': ['192.0.2.72', '3fff:0:b::72'],
  'sentinel.example.net': ['192.0.2.75', '3fff:0:c::75'],
  'www.example.net': ['192.0.2.80', '3fff:0:b::80'],
} as const;
const ALLOWED = ['mx.example.org', 'mx.example.com', 'sentinel.example.net'] as const;
/** Where the sentinel listens. */
export const SENTINEL: Place = { host: 'outside', addresses: ADDRESSES['sentinel.example.net'], ports: [25, 443, 587] };
const MAIL_PORTS = [25, 587];

/** Proxy ports count up from the first; what is meant for nobody goes to the last. */
const [FIRST_PORT, CATCH_ALL_PORT] = [10_001, 10_099];

/** Every connection that somebody outside would take, on the ports that a device looks at. */
const TARGETS = Object.entries(ADDRESSES)
  .filter(([name]) => name !== 'www.example.net')
  .flatMap(([name, addresses]) => {
    const ports = name.startsWith('sentinel') ? MAIL_PORTS : [25];
    return addresses.flatMap((address) => ports.map((port) => ({ address, port })));
  });

/** @param device null: the direct path. */
export function middleboxNetwork(device: Device | null): Scenario {
  return {
    topology: topologyOf(device),
    servers: { outside: outsideServers(), ...(device === null ? {} : { firewall: proxies(device) }) },
    vantages: [{ host: 'workstation', segment: 'workstations' }],
    exhibits: {},
    plan: () => ({ policy: policyOf({}), faults: [] }),
  };
}

function proxies({ toward, stands }: Device): Listener[] {
  const known = TARGETS.map((target, index) => ({ upstream: target, port: FIRST_PORT + index }));
  const nobody = { upstream: null, port: CATCH_ALL_PORT };
  return [...known, ...(stands === 'proxy' ? [nobody] : [])].map(({ upstream, port }) => ({
    address: '::',
    port,
    behaviour: toward(upstream),
  }));
}

/** Three operators, each with software and a certificate of its own; one quotes what it does not know, the others do not. */
const EXCHANGERS = {
  'mx.example.org': { greeting: 'ESMTP Postfix', certificate: 'good', unknown: '502 5.5.2 Error: command not recognized' },
  'mx.example.com': { greeting: 'ESMTP Exim 4.98', certificate: 'good-ec', unknown: '500 unrecognized command' },
  'mx.example.net': {
    greeting: 'ESMTP Sendmail',
    certificate: 'by-intermediate',
    unknown: '500 5.5.1 Command unrecognized: "%s"',
  },
} as const;

function outsideServers(): Listener[] {
  const exchangers = (['mx.example.org', 'mx.example.com', 'mx.example.net'] as const).flatMap((name): Listener[] => {
    const { greeting, unknown, certificate: file } = EXCHANGERS[name];
    const behaviour = mailServer(name, certificate(file), { auth: 'never', greeting: [`220 ${name} ${greeting}`], unknown });
    return ADDRESSES[name].map((address) => ({ address, port: 25, behaviour }));
  });
  return [...exchangers, ...ADDRESSES['www.example.net'].map((address) => ({ address, port: 443, behaviour: ACCEPTS_ONLY }))];
}

function topologyOf(device: Device | null): Topology {
  const outside = Object.values(ADDRESSES).flat();
  return {
    names: ADDRESSES,
    hosts: [
      { name: 'workstation', routes: ['default via 10.20.0.1', 'default via fd00:20::1'] },
      {
        name: 'firewall',
        forwards: true,
        routes: ['default via 192.0.2.7', 'default via 3fff:0:f::7'],
        firewall: [FILTER, translation(device), device === null ? '' : diversion(device)].join('\n'),
      },
      {
        name: 'outside',
        loopback: outside.map((address) => `${address}/${address.includes(':') ? 128 : 32}`),
        routes: [`default via ${FIREWALL[0]}`, `default via ${FIREWALL[1]}`],
      },
    ],
    links: [
      [
        { host: 'workstation', interface: 'eth0', addresses: ['10.20.0.5/24', 'fd00:20::5/64'] },
        { host: 'firewall', interface: 'lan0', addresses: ['10.20.0.1/24', 'fd00:20::1/64'] },
      ],
      [
        { host: 'firewall', interface: 'wan0', addresses: [`${FIREWALL[0]}/26`, `${FIREWALL[1]}/64`] },
        { host: 'outside', interface: 'eth0', addresses: ['192.0.2.7/26', '3fff:0:f::7/64'] },
      ],
    ],
  };
}

/** Only what the policy allows goes out, with the web beside it; a device is before that. */
const FILTER = `table inet filter {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan0" tcp dport 443 accept
${ALLOWED.map(
  (name) => `    iifname "lan0" tcp dport 25 ip daddr ${ADDRESSES[name][0]} accept
    iifname "lan0" tcp dport 25 ip6 daddr ${ADDRESSES[name][1]} accept`,
).join('\n')}
  }
}`;

function translation(device: Device | null): string {
  const from = (family: 'ip' | 'ip6', inside: string): string =>
    device?.stands === 'inline' ? `meta nfproto ${family === 'ip' ? 'ipv4' : 'ipv6'}` : `${family} saddr ${inside}`;
  return `table inet translation {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "wan0" ${from('ip', '10.20.0.0/24')} snat ip to ${TRANSLATED[0]}
    oifname "wan0" ${from('ip6', 'fd00:20::/64')} snat ip6 to ${TRANSLATED[1]}
  }
}`;
}

function diversion({ stands }: Device): string {
  const known = TARGETS.map(({ address, port }, index) => {
    const family = address.includes(':') ? 'ip6' : 'ip';
    return `    iifname "lan0" ${family} daddr ${address} tcp dport ${port} redirect to :${FIRST_PORT + index}`;
  });
  const rest = `    iifname "lan0" tcp dport { ${MAIL_PORTS.join(', ')} } redirect to :${CATCH_ALL_PORT}`;
  return `table inet diversion {
  chain prerouting {
    type nat hook prerouting priority dstnat;
${[...known, ...(stands === 'proxy' ? [rest] : [])].join('\n')}
  }
}`;
}

export interface Asked {
  /** Connects to documentation addresses. */
  readonly documentation?: boolean;
  /** Key of the sentinel outside; without one the policy names none. */
  readonly sentinelKey?: string;
  /** Knows the key of mx.example.org's certificate. */
  readonly pinned?: boolean;
}

/** mx.example.org and mx.example.com may be mailed on 25, and so may the sentinel; mx.example.net may not, nor anybody on 587. */
export function policyOf({ documentation = false, sentinelKey, pinned = false }: Asked): string {
  const watched = sentinelKey !== undefined;
  return `version: 1
name: middleboxes
segments:
  workstations: { networks: [10.20.0.0/24, "fd00:20::/64"] }
destinations:
  org: { hosts: [mx.example.org], listening: [25], ca: ca.pem${pinned ? `, pins: ["${pinOf('good')}"]` : ''} }
  com: { hosts: [mx.example.com], listening: [25], ca: ca.pem }
  others: { hosts: [mx.example.net], listening: [25], ca: ca.pem }
${watched ? '  outpost: { probes: [{ sentinel: edge }], ca: ca.pem }' : ''}
rules:
  - { name: deliver, from: workstations, to: [org, com${watched ? ', outpost' : ''}], ports: [25], require: { tls: starttls } }
audit:
  ports: [${watched ? '25, 587' : '25'}]
  controls: [{ host: www.example.net, port: 443 }]
  ehlo: audit.example.com
  documentation-addresses: ${documentation}
${
  watched
    ? `sentinels:
  edge: { host: sentinel.example.net, ports: [${SENTINEL.ports.join(', ')}], public-key: "${sentinelKey}", expected-sources: [${TRANSLATED.map((address) => `"${address}"`).join(', ')}] }`
    : ''
}
`;
}
