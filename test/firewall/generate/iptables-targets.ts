/** Random targets of iptables, of those that a table takes. */

import { hostOf } from './address-pool.ts';
import type { Surroundings } from './iptables-matches.ts';
import { DESTINATIONS, type Generated, ROUTER } from './world.ts';

export interface TargetWords {
  readonly words: readonly string[];
  /** The rule has to ask for TCP. */
  readonly tcp: boolean;
}

export function targetWords(at: Surroundings, chains: readonly string[], hook: Generated['hook']): TargetWords {
  const { random } = at;
  const j = random.one(['-j', '-j', '-j', '--jump']);
  if (chains.length > 0 && random.chance(0.3)) {
    return { words: [random.chance(0.3) ? random.one(['-g', '--goto']) : j, random.one(chains)], tcp: false };
  }
  if (random.chance(0.08)) return { words: [], tcp: false };
  const { tcp, words } = at.table === 'nat' ? translating(at, hook) : judging(at);
  return { words: [j, ...words], tcp };
}

const plain = (...words: readonly string[]): TargetWords => ({ words, tcp: false });
const tcp = (...words: readonly string[]): TargetWords => ({ words, tcp: true });

function judging(at: Surroundings): TargetWords {
  const { random, table, roots } = at;
  const beside = random.one(BESIDE[table] ?? ['LOG']).split(' ');
  // Anywhere but at the filter, an early drop would hide what comes later.
  const stops = table === 'filter' ? 8 : 2;
  return random.weighted<TargetWords>([
    [10, plain('ACCEPT')],
    [stops, plain('DROP')],
    [table === 'filter' && roots.every((root) => root !== 'PREROUTING') ? 6 : 0, reject(at)],
    [5, plain('RETURN')],
    [table === 'filter' || table === 'security' ? 1 : 2, plain(...beside)],
  ]);
}

/** Targets after which the next rule is looked at. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  raw: ['NOTRACK', 'TRACE', 'LOG', 'CT --notrack'],
  mangle: [
    'MARK --set-mark 1',
    'MARK --set-xmark 0x10/0xffffffff',
    'CONNMARK --save-mark',
    'TOS --set-tos 0x10',
    'DSCP --set-dscp 10',
    'LOG --log-prefix "mail: "',
  ],
  filter: ['LOG', 'LOG --log-prefix "dropped: " --log-level 4', 'NFLOG --nflog-group 3'],
  security: ['LOG'],
};

const REJECTIONS = {
  ipv4: [
    'icmp-port-unreachable',
    'icmp-net-unreachable',
    'icmp-host-unreachable',
    'icmp-proto-unreachable',
    'icmp-net-prohibited',
    'icmp-host-prohibited',
    'icmp-admin-prohibited',
    'port-unreach',
    'admin-prohib',
  ],
  ipv6: [
    'icmp6-port-unreachable',
    'icmp6-no-route',
    'icmp6-adm-prohibited',
    'icmp6-addr-unreachable',
    'port-unreach',
    'no-route',
  ],
} as const;

function reject({ random, family }: Surroundings): TargetWords {
  if (random.chance(0.25)) return plain('REJECT');
  if (random.chance(0.3)) return tcp('REJECT', '--reject-with', 'tcp-reset');
  return plain('REJECT', '--reject-with', random.one(REJECTIONS[family]));
}

function translating(at: Surroundings, hook: Generated['hook']): TargetWords {
  const { random, family, roots } = at;
  const source = roots.every((root) => root === 'POSTROUTING' || root === 'INPUT');
  const destination = roots.every((root) => root === 'PREROUTING' || root === 'OUTPUT');
  const own = (): string => hostOf(ROUTER[family], random);
  if (destination)
    return random.weighted<TargetWords>([
      [3, plain('ACCEPT')],
      [2, plain('RETURN')],
      [4, redirect(at)],
      [6, rewriting(at)],
    ]);
  if (!source) return random.one([plain('ACCEPT'), plain('RETURN'), plain('LOG')]);
  const masquerade = roots.every((root) => root === 'POSTROUTING') && hook !== 'input';
  return random.weighted<TargetWords>([
    [3, plain('ACCEPT')],
    [2, plain('RETURN')],
    [masquerade ? 3 : 0, random.chance(0.7) ? plain('MASQUERADE') : tcp('MASQUERADE', '--to-ports', '2000-3000')],
    [masquerade ? 3 : 0, plain('SNAT', '--to-source', own())],
  ]);
}

function redirect({ random }: Surroundings): TargetWords {
  const ports = random.one(['', '25', '2525', '2525-2527', '8025']);
  return ports === '' ? plain('REDIRECT') : tcp('REDIRECT', '--to-ports', ports);
}

/** To another host, or to the firewall itself. */
function rewriting({ random, family }: Surroundings): TargetWords {
  const host = hostOf(random.chance(0.25) ? ROUTER[family] : random.one(DESTINATIONS[family]).network, random);
  const port = random.one(['', '', ':25', ':2525', ':2525-2527']);
  const text = family === 'ipv6' && port !== '' ? `[${host}]${port}` : `${host}${port}`;
  const only = random.chance(0.1) ? ':2525' : text;
  return only.includes(':') && (family === 'ipv4' || only.startsWith('[') || only === ':2525')
    ? tcp('DNAT', '--to-destination', only)
    : plain('DNAT', '--to-destination', only);
}
