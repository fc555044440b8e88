/**
 * client ═ router ═ server, two links on each side. The client owns every source, the server every destination, without an address for each: a
 * local route makes a whole network an address (ip-route(8), type local).
 *
 *     10.20.0.0/17 …    a0 ─ eth1  ┐        ┌ eth10 ─ b0    198.51.100.0/25 …
 *     10.20.128.0/17 …  a1 ─ lan0  ┴ router ┴ wan0  ─ b1    198.51.100.128/25 …
 */
import type { Topology } from '../../../src/lab/topology.ts';
import { FAMILIES, type Family } from '../../../src/model/address.ts';
import { DESTINATIONS, type Network, ROUTER, SOURCES } from '../../firewall/generate/world.ts';

interface Link {
  readonly host: 'client' | 'server';
  readonly end: string;
  readonly router: string;
  readonly number: number;
}

const LINKS: readonly Link[] = [
  { host: 'client', end: 'a0', router: 'eth1', number: 1 },
  { host: 'client', end: 'a1', router: 'lan0', number: 2 },
  { host: 'server', end: 'b0', router: 'eth10', number: 3 },
  { host: 'server', end: 'b1', router: 'wan0', number: 4 },
];

export function kernelTopology(): Topology {
  return {
    names: {},
    hosts: [
      { name: 'client', settings: NONLOCAL, routes: [...owned(SOURCES), ...waysOut()], routeRules: bySource() },
      {
        name: 'router',
        forwards: true,
        settings: { ...NONLOCAL, ...UNLIMITED },
        routes: [...FAMILIES.map((family) => `local ${ROUTER[family]} dev lo`), ...through(SOURCES), ...through(DESTINATIONS)],
      },
      {
        name: 'server',
        settings: NONLOCAL,
        routes: [...owned(DESTINATIONS), ...FAMILIES.map((family) => `default via ${gateway('b0', family)}`)],
      },
    ],
    links: LINKS.map((link) => [
      {
        host: link.host,
        interface: link.end,
        addresses: FAMILIES.map((family) => `${address(link, 2, family)}${length(family)}`),
      },
      {
        host: 'router',
        interface: link.router,
        addresses: FAMILIES.map((family) => `${address(link, 1, family)}${length(family)}`),
      },
    ]),
  };
}

/** Sockets may have addresses that no interface has, and many may wait. */
const NONLOCAL = {
  'net/ipv4/ip_nonlocal_bind': '1',
  'net/ipv6/ip_nonlocal_bind': '1',
  'net/ipv4/ip_unprivileged_port_start': '0',
  'net/core/somaxconn': '8192',
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/default/rp_filter': '0',
};

/** Every refusal is told, and a connection that has ended is forgotten within a second: its ports may come again. */
const UNLIMITED = {
  'net/ipv4/icmp_ratelimit': '0',
  'net/ipv4/icmp_ratemask': '0',
  'net/ipv6/icmp/ratelimit': '0',
  'net/ipv6/icmp/ratemask': '',
  'net/netfilter/nf_conntrack_tcp_timeout_syn_sent': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_syn_recv': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_close': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_last_ack': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_time_wait': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_fin_wait': '1',
  'net/netfilter/nf_conntrack_tcp_timeout_close_wait': '1',
};

function owned(networks: Readonly<Record<Family, readonly Network[]>>): string[] {
  return FAMILIES.flatMap((family) => networks[family].map(({ network }) => `local ${network} dev lo`));
}

/** The client's way out by each of its links, in a table of its own. */
function waysOut(): string[] {
  return LINKS.filter(({ host }) => host === 'client').flatMap(({ end, number }) =>
    FAMILIES.map((family) => `default via ${gateway(end, family)} table ${100 + number}`),
  );
}

function bySource(): string[] {
  return FAMILIES.flatMap((family) => SOURCES[family].map((one) => `from ${one.network} lookup ${100 + linkOf(one).number}`));
}

function through(networks: Readonly<Record<Family, readonly Network[]>>): string[] {
  return FAMILIES.flatMap((family) => networks[family].map((one) => `${one.network} via ${address(linkOf(one), 2, family)}`));
}

function linkOf({ interface: name }: Network): Link {
  return one(LINKS.find(({ router }) => router === name));
}

function gateway(end: string, family: Family): string {
  return address(one(LINKS.find((link) => link.end === end)), 1, family);
}

function one(link: Link | undefined): Link {
  if (link === undefined) throw new TypeError('no such link');
  return link;
}

function address({ number }: Link, host: number, family: Family): string {
  return family === 'ipv4' ? `10.255.${number}.${host}` : `fd00:ff:0:${number}::${host}`;
}

function length(family: Family): string {
  return family === 'ipv4' ? '/24' : '/64';
}
