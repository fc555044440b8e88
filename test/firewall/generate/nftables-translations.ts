/**
 * A random rule of a chain that translates.
 *
 * Worked example: `ip daddr 203.0.113.25 tcp dport 25 dnat ip to 198.51.100.7:2525`, `tcp dport 587 redirect to :2525`, `oifname "wan0" masquerade`.
 */
import { matchesOf, type Setting, type Subject, subjectOf } from './nftables-matches.ts';
import type { Random } from './random.ts';

export function translation(setting: Setting, hook: string, random: Random): string {
  const { network, transport } = subjectOf(setting, random);
  const header = network ?? (setting.family === 'ip6' ? 'ip6' : 'ip');
  const subject: Subject = { network: header, transport: transport === 'udp' ? null : transport };
  // Many would leave it to hardly any packet.
  const matches = matchesOf(subject, setting, random).slice(0, random.integer(0, 2));
  const to = random.one(TARGETS[header]);
  if (hook === 'postrouting') {
    const how = random.weighted<string>([
      [3, 'masquerade'],
      [2, `snat ${header} to ${random.one(SENDERS[header])}`],
      [1, 'accept'],
      [1, 'return'],
    ]);
    return [...matches, how].join(' ');
  }
  const port = random.chance(0.5) ? `:${random.one(['2525', '25', '2526-2527'])}` : '';
  const address = header === 'ip6' && port !== '' ? to.replace(/[^-]+/g, '[$&]') : to;
  const how = random.weighted<string>([
    [3, `dnat ${header} to ${address}${port}`],
    [3, `redirect${port === '' ? '' : ` to ${port}`}`],
    [1, 'accept'],
    [0.5, 'drop'],
  ]);
  // A port can only be given where the protocol is known.
  return [...matches, ...(port === '' ? [] : ['meta l4proto tcp']), how].join(' ');
}

const TARGETS = {
  ip: ['198.51.100.7', '203.0.113.8-203.0.113.9', '10.9.0.7', '192.0.2.20'],
  ip6: ['2001:db8:f::19', '2001:db8:100::8-2001:db8:100::9', 'fd00:9::7'],
} as const;

const SENDERS = { ip: ['10.9.0.7', '10.9.0.8-10.9.0.9'], ip6: ['fd00:9::7'] } as const;
