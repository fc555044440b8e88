/**
 * The small world of generated rulesets: what they speak of, and what the lab builds (test/lab/kernel/topology.ts). A ruleset from here is loaded
 * into the router of that lab, and packets that it tells apart can really be sent.
 *
 * Sources come in by the interface that their network hangs on; destinations lie behind the other two. The router's own addresses are
 * sources of the hook output and destinations of the hook input.
 */
import type { Family } from '../../../src/model/address.ts';
import type { ConfigurationFormat } from '../../../src/model/policy.ts';

/** What every generator of rulesets returns. */
export interface Generated {
  readonly files: readonly GeneratedFile[];
  readonly families: readonly Family[];
  /** On which way of packets its rules are. */
  readonly hook: 'forward' | 'output' | 'input';
}

export interface GeneratedFile {
  readonly name: string;
  readonly format: ConfigurationFormat;
  readonly text: string;
}

export interface Network {
  readonly network: string;
  /** The router's, by which one gets there. */
  readonly interface: string;
}

export const SOURCES: Readonly<Record<Family, readonly Network[]>> = {
  ipv4: [
    { network: '10.20.0.0/17', interface: 'eth1' },
    { network: '10.20.128.0/17', interface: 'lan0' },
    { network: '172.16.4.0/22', interface: 'eth1' },
    { network: '192.168.0.0/17', interface: 'lan0' },
    { network: '192.168.128.0/17', interface: 'eth1' },
  ],
  ipv6: [
    { network: '2001:db8:20::/49', interface: 'eth1' },
    { network: '2001:db8:20:8000::/49', interface: 'lan0' },
    { network: 'fd00:4::/64', interface: 'lan0' },
    { network: 'fd00:5::/64', interface: 'eth1' },
  ],
};

export const DESTINATIONS: Readonly<Record<Family, readonly Network[]>> = {
  ipv4: [
    { network: '198.51.100.0/25', interface: 'eth10' },
    { network: '198.51.100.128/25', interface: 'wan0' },
    { network: '203.0.113.0/24', interface: 'wan0' },
    { network: '192.0.2.0/24', interface: 'eth10' },
    { network: '100.64.0.0/14', interface: 'wan0' },
  ],
  ipv6: [
    { network: '2001:db8:f::/49', interface: 'eth10' },
    { network: '2001:db8:f:8000::/49', interface: 'wan0' },
    { network: '2001:db8:100::/56', interface: 'wan0' },
    { network: 'fd00:8::/64', interface: 'eth10' },
  ],
};

/** The router answers for every address of it. */
export const ROUTER: Readonly<Record<Family, string>> = { ipv4: '10.9.0.0/24', ipv6: 'fd00:9::/64' };

/** Of the router. A generated ruleset may name others as well. */
export const INTERFACES: Readonly<Record<'in' | 'out', readonly string[]>> = { in: ['eth1', 'lan0'], out: ['eth10', 'wan0'] };

/** On which the server and the router listen: packets go to these, and a rewritten port is one of them. */
export const PORTS: readonly number[] = [25, 26, 80, 443, 465, 587, 588, 2525, 2526, 2527, 8025, 10025];

/** Source ports that packets are given on purpose; others are those of a client. */
export const SOURCE_PORTS: readonly number[] = [20, 25, 80, 1023, 1024, 32_768, 40_000, 49_151, 49_152, 65_535];

/** Who sends from the router itself: user and group have the same number. */
export const USERS: readonly number[] = [0, 105, 1001];

/**
 * Answers have to come back, whatever the rules are: every base chain of a ruleset that is to be loaded begins with these. The first packet of a
 * connection is none of them.
 */
export const ANSWERS: Readonly<Record<'iptables-save' | 'ip6tables-save' | 'nftables', readonly string[]>> = {
  'iptables-save': ['-p tcp -m tcp --tcp-flags ACK ACK -j ACCEPT', '-p icmp -j ACCEPT'],
  'ip6tables-save': ['-p tcp -m tcp --tcp-flags ACK ACK -j ACCEPT', '-p ipv6-icmp -j ACCEPT'],
  nftables: ['tcp flags & ack == ack accept', 'meta l4proto { icmp, ipv6-icmp } accept'],
};
