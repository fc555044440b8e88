/** The network of the sweep, and its targets: some 70 % silent, a fifth reset by the firewall, the rest a listener. */
import type { Topology } from '../../src/lab/topology.ts';

export const ENDPOINTS = 16_384;
export const PORT = 25;
export const TIMEOUT_MS = 1_000;
export const RETRIES = 1;
export const SOCKETS = 4_000;

/** 198.18.0.0/18, kept for benchmarks. @see RFC 2544 section C.2.2 */
export function targets(): string[] {
  return Array.from({ length: ENDPOINTS }, (_, index) => `198.18.${index >> 8}.${index & 255}`);
}

/** By the last hex digit of the address: 0–10 dropped (68.75 %), 11–13 reset, 14–15 let through. */
export function expectedStates(): Readonly<Record<string, number>> {
  return { silent: (ENDPOINTS / 16) * 11, refused: (ENDPOINTS / 16) * 3, open: (ENDPOINTS / 16) * 2 };
}

export const NETWORK: Topology = {
  hosts: [
    { name: 'prober', routes: ['default via 10.20.0.1'] },
    {
      name: 'edge',
      forwards: true,
      routes: ['198.18.0.0/18 via 192.0.2.2'],
      firewall: `table inet edge {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "lan" ip daddr & 0.0.0.15 < 0.0.0.11 drop
    iifname "lan" ip daddr & 0.0.0.15 < 0.0.0.14 reject with tcp reset
  }
}`,
    },
    { name: 'outside', routes: ['default via 192.0.2.1', 'local 198.18.0.0/18 dev lo'] },
  ],
  links: [
    [
      { host: 'prober', interface: 'eth0', addresses: ['10.20.0.5/24'] },
      { host: 'edge', interface: 'lan', addresses: ['10.20.0.1/24'] },
    ],
    [
      { host: 'edge', interface: 'wan', addresses: ['192.0.2.1/24'] },
      { host: 'outside', interface: 'eth0', addresses: ['192.0.2.2/24'] },
    ],
  ],
  names: {},
};
