import type { Family } from '../../src/model/address.ts';
import type { Plant, PortState } from './port-state.ts';

const IPV4: readonly Family[] = ['ipv4'];
const IPV6: readonly Family[] = ['ipv6'];

/** Port-state rows of one connect(): before the handshake completes. */
export const BEFORE_HANDSHAKE: readonly PortState[] = [
  { row: 'forward drop', plant: router('drop'), expect: { outcome: 'dropped' } },
  { row: 'output drop is silence, not EPERM', plant: auditor('drop'), expect: { outcome: 'dropped' } },
  { row: 'reject with tcp reset', plant: router('reject with tcp reset'), expect: { outcome: 'refused', error: 'ECONNREFUSED' } },
  {
    row: 'the default reject (port unreachable)',
    plant: router('reject'),
    expect: { outcome: 'refused', error: 'ECONNREFUSED' },
  },
  {
    row: 'closed port of a host',
    plant: { kind: 'server', behaviour: null },
    expect: { outcome: 'refused', error: 'ECONNREFUSED' },
  },
  ...icmpRows('icmp', IPV4, {
    'net-unreachable': 'ENETUNREACH',
    'host-unreachable': 'EHOSTUNREACH',
    'prot-unreachable': 'ENOPROTOOPT',
    'net-prohibited': 'ENETUNREACH',
    'host-prohibited': 'EHOSTUNREACH',
    'admin-prohibited': 'EHOSTUNREACH',
  }),
  ...icmpRows('icmpv6', IPV6, {
    'no-route': 'ENETUNREACH',
    'admin-prohibited': 'EACCES',
    'addr-unreachable': 'EHOSTUNREACH',
    'policy-fail': 'EACCES',
    'reject-route': 'EACCES',
  }),
  ...icmpRows('icmpx', IPV4, {
    'admin-prohibited': 'EHOSTUNREACH',
    'host-unreachable': 'EHOSTUNREACH',
    'no-route': 'ENETUNREACH',
  }),
  ...icmpRows('icmpx', IPV6, { 'admin-prohibited': 'EACCES', 'host-unreachable': 'EHOSTUNREACH', 'no-route': 'ENETUNREACH' }),
  {
    row: 'icmp port-unreachable',
    families: IPV4,
    plant: router('reject with icmp type port-unreachable'),
    expect: { outcome: 'refused' },
  },
  {
    row: 'icmpv6 port-unreachable',
    families: IPV6,
    plant: router('reject with icmpv6 type port-unreachable'),
    expect: { outcome: 'refused' },
  },
  {
    row: 'unreachable route of the router',
    families: IPV4,
    plant: route('router', 'unreachable'),
    expect: { outcome: 'rejected', error: 'EHOSTUNREACH' },
  },
  {
    row: 'prohibit route of the router',
    families: IPV4,
    plant: route('router', 'prohibit'),
    expect: { outcome: 'rejected', error: 'EHOSTUNREACH' },
  },
  {
    row: 'prohibit route of the router',
    families: IPV6,
    plant: route('router', 'prohibit'),
    expect: { outcome: 'rejected', error: 'EACCES' },
  },
  { row: 'no route on the router', plant: route('router', 'none'), expect: { outcome: 'rejected', error: 'ENETUNREACH' } },
  { row: 'blackhole route of the router', plant: route('router', 'blackhole'), expect: { outcome: 'dropped' } },
  {
    row: 'unreachable route of the host',
    plant: route('auditor', 'unreachable'),
    expect: { outcome: 'local-block', withinMs: 500 },
  },
  { row: 'prohibit route of the host', plant: route('auditor', 'prohibit'), expect: { outcome: 'local-block', withinMs: 500 } },
  { row: 'blackhole route of the host', plant: route('auditor', 'blackhole'), expect: { outcome: 'local-block', withinMs: 500 } },
  { row: 'no route on the host', plant: route('auditor', 'none'), expect: { outcome: 'no-route', withinMs: 500 } },
  {
    row: 'absent host on the own link',
    plant: { kind: 'nobody', on: 'own link' },
    expect: { outcome: 'host-down', error: 'EHOSTUNREACH', atLeastMs: 2_500 },
  },
  {
    row: 'absent host behind the router',
    plant: { kind: 'nobody', on: 'far link' },
    expect: { outcome: 'host-down', error: 'EHOSTUNREACH', atLeastMs: 2_500 },
  },
];

function router(statement: string): Plant {
  return { kind: 'rule', on: 'router', statement };
}

function auditor(statement: string): Plant {
  return { kind: 'rule', on: 'auditor', statement };
}

function route(on: 'router' | 'auditor', type: 'unreachable' | 'prohibit' | 'blackhole' | 'none'): Plant {
  return { kind: 'route', on, type };
}

function icmpRows(family: string, families: readonly Family[], errors: Readonly<Record<string, string>>): PortState[] {
  return Object.entries(errors).map(([type, error]) => ({
    row: `reject with ${family} ${type}`,
    families,
    plant: router(`reject with ${family} type ${type}`),
    expect: { outcome: 'rejected', error },
  }));
}
