/**
 * Large firewalls, as a network of many segments has them: for each segment a chain that holds addresses to the hardware addresses of their hosts, one for
 * ranges without hosts, one of what may be reached there; and one of what may leave. Nothing of them is anybody's: they grow out of a seed.
 *
 * Worked example: `largeFirewall('ipv4', 5000, 1)` is an iptables-save of 5,000 rules in 90 chains of its own, `largeFirewall('ipv6', 6000, 1)` an
 * ip6tables-save of 6,000 rules.
 */
import type { Family } from '../../src/model/address.ts';

const SEGMENTS = 29;
/** Of the rules, those that hold hosts to their hardware address, two for each. */
const SHARE_OF_HOSTS = 0.6;

const TRACKED = '-m state --state NEW';
const SYN = '--tcp-flags FIN,SYN,RST,ACK SYN';
const SERVICES = [
  `-p tcp ${TRACKED} -m tcp --dport 22 ${SYN}`,
  `-p tcp ${TRACKED} -m tcp ${SYN} -m multiport --dports 80,443`,
  `-p tcp ${TRACKED} -m tcp ${SYN} -m multiport --dports 22,80,443,10022`,
  `-p tcp ${TRACKED} -m tcp --dport 1:65535 ${SYN}`,
  `-p udp ${TRACKED} -m udp --dport 53`,
  `-p udp ${TRACKED} -m udp --dport 1:65535`,
  `-p udp ${TRACKED} -m multiport --dports 137:139,445`,
  `-p tcp ${TRACKED} -m tcp ${SYN} -m multiport --dports 25,143,465,587,993`,
  `-p tcp ${TRACKED} -m tcp --dport 25 ${SYN}`,
  '-p tcp -m tcp --sport 443',
];

/**
 * @param rules     of the table filter's chains together
 * @param hardware  whether hosts are held to their hardware addresses, which a packet does not show; else to what they may do
 */
export function largeFirewall(family: Family, rules: number, seed: number, hardware = false): string {
  const chance = new Chance(seed);
  const world = family === 'ipv4' ? IPV4 : IPV6;
  const forward = forwarding(world);
  const hosts = Math.floor((rules * SHARE_OF_HOSTS) / 2);
  const bound = hostRules(world, hosts, hardware, chance);
  const ending = SEGMENT_NUMBERS.flatMap((segment) => [
    `-A ranges_${segment} -s ${world.network(segment)} -j RETURN`,
    `-A ranges_${segment} -j LOG_DROP`,
  ]);
  const rest = rules - forward.length - bound.length - ending.length - LOGGING.length;
  const services = Array.from({ length: Math.max(0, rest) }, (_, index) => serviceRule(world, index, chance));
  const chains = ['hosts', 'ranges', 'filter'].flatMap((kind) => SEGMENT_NUMBERS.map((segment) => `${kind}_${segment}`));
  return [
    ...(family === 'ipv4' ? RAW : []),
    '*filter',
    ...['INPUT', 'FORWARD', 'OUTPUT'].map((name) => `:${name} ACCEPT [528282:78738737]`),
    ...['LOG_DROP', 'NOT_FROM_HERE', 'filter_0', ...chains].map((name) => `:${name} - [0:0]`),
    ...forward,
    ...LOGGING,
    ...services,
    ...bound,
    ...ending,
    'COMMIT',
    '',
  ].join('\n');
}

const SEGMENT_NUMBERS: readonly number[] = Array.from({ length: SEGMENTS }, (_, index) => 100 + index);

const RAW: readonly string[] = [
  '*raw',
  ':PREROUTING ACCEPT [19932521786:27204412487769]',
  ':OUTPUT ACCEPT [26116144820:5028617879392]',
  '-A PREROUTING -s 10.100.0.47/32 -i eth1.100 -p udp -m udp --dport 53 -j NOTRACK',
  'COMMIT',
];

const LOGGING: readonly string[] = [
  '-A LOG_DROP -m limit --limit 100/min -j LOG --log-prefix "[DROP]:"',
  '-A LOG_DROP -j DROP',
  '-A INPUT -m state --state RELATED,ESTABLISHED,UNTRACKED -j ACCEPT',
];

interface World {
  readonly network: (segment: number) => string;
  readonly host: (segment: number, number: number) => string;
  readonly multicast: string;
}

/** 10.100.0.0/16 is the segment 100. */
const IPV4: World = {
  network: (segment) => `10.${segment}.0.0/16`,
  host: (segment, number) => `10.${segment}.${(number >> 8) & 255}.${number & 255}/32`,
  multicast: '224.0.0.0/4',
};

/** Half of the hosts have made their address out of their hardware's, half have a short one. */
const IPV6: World = {
  network: (segment) => `2001:db8:2001:${segment}::/64`,
  host: (segment, number) => {
    const low = (number & 0xffff).toString(16);
    const spread = Math.imul(number, 0x9e3779b1) >>> 0;
    const made = `${((spread & 0xff) | 0x200).toString(16)}:${((spread >>> 8) & 0xff).toString(16)}ff:fe${((spread >>> 16) & 0xff).toString(16).padStart(2, '0')}:${low}`;
    return `2001:db8:2001:${segment}:${number % 2 === 0 ? `:${low}` : made}/128`;
  },
  multicast: 'ff00::/8',
};

function forwarding({ network, multicast }: World): readonly string[] {
  return [
    '-A FORWARD -m state --state RELATED,ESTABLISHED,UNTRACKED -j ACCEPT',
    '-A FORWARD -i eth0 -j NOT_FROM_HERE',
    '-A FORWARD -m recent --update --seconds 60 --name DEFAULT --rsource -j LOG_DROP',
    ...SEGMENT_NUMBERS.map((segment) => `-A NOT_FROM_HERE -s ${network(segment)} -j LOG_DROP`),
    ...SEGMENT_NUMBERS.flatMap((segment) => [
      `-A FORWARD -s ${network(segment)} -i eth1.${segment} -j hosts_${segment}`,
      `-A FORWARD -i eth1.${segment} -j ranges_${segment}`,
    ]),
    '-A FORWARD -o eth0 -j filter_0',
    ...SEGMENT_NUMBERS.flatMap((segment) => [
      `-A FORWARD -d ${network(segment)} -o eth1.${segment} -j filter_${segment}`,
      `-A FORWARD -d ${multicast} -o eth1.${segment} -j filter_${segment}`,
    ]),
    '-A FORWARD -j LOG_DROP',
  ];
}

function hostRules({ host }: World, hosts: number, hardware: boolean, chance: Chance): readonly string[] {
  return Array.from({ length: hosts }, (_, index) => {
    const segment = 100 + (index % SEGMENTS);
    const address = host(segment, hostNumber(index));
    const bytes = Array.from({ length: 6 }, () => chance.below(256).toString(16).padStart(2, '0'));
    const right = hardware ? `-m mac --mac-source ${bytes.join(':').toUpperCase()}` : chance.of(SERVICES);
    return [`-A hosts_${segment} -s ${address} ${right} -j RETURN`, `-A hosts_${segment} -s ${address} -j DROP`];
  }).flat();
}

/** Each once within its segment, here and there. */
function hostNumber(index: number): number {
  return (Math.imul(Math.floor(index / SEGMENTS), 40_503) + 7) & 0xffff;
}

/** Every fourth is about what may leave. */
function serviceRule({ host, network }: World, index: number, chance: Chance): string {
  const service = chance.of(SERVICES);
  const [from, to] = [chance.of(SEGMENT_NUMBERS), chance.of(SEGMENT_NUMBERS)];
  if (index % 4 === 0) {
    const source = chance.below(5) === 0 ? network(from) : host(from, hostNumber(chance.below(2_000)));
    return `-A filter_0 -s ${source} ${service} -j ACCEPT`;
  }
  const source = [`-s ${network(from)} `, `-s ${host(from, hostNumber(chance.below(2_000)))} `, ''][chance.below(3)] ?? '';
  return `-A filter_${to} ${source}-d ${host(to, hostNumber(chance.below(2_000)))} ${service} -j ACCEPT`;
}

/** A linear congruential generator: the same seed, the same firewall. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to choose from');
    return value;
  }
}
