/**
 * Checks and a review of large firewalls: whole processes beside an empty Node script, one after the other in turn, so that a busy moment hits all.
 * What growth costs is read from firewalls of 5,000, 10,000, 20,000 and 40,000 rules.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processes, type Setting } from './processes.ts';
import { largeFirewall } from './rulesets.ts';

const POLICY = `version: 1
name: large
segments:
  workstations: { networks: [10.100.0.0/16, "2001:db8:2001:100::/64"] }
  relays: { networks: [10.102.0.0/24, "2001:db8:2001:102::/64"] }
destinations:
  internet: { networks: [public] }
rules:
  - { from: relays, to: internet, ports: [25] }
firewalls:
  edge: { files: [FILE], hook: forward, interfaces: { workstations: eth1.100, relays: eth1.102, internet: eth0 } }
`;

export function benchInspector({ root, folder, say }: Setting): void {
  const postern = join(root, 'dist', 'postern.js');
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const check = (name: string, text: string): readonly string[] => {
    const file = write(`${name}.rules`, text);
    return [postern, 'check', write(`${name}.yaml`, POLICY.replace('FILE', file))];
  };
  const [five, ten] = [largeFirewall('ipv4', 5_000, 1), largeFirewall('ipv4', 10_000, 1)];
  const changed = write(
    'after.rules',
    five.replace('-A FORWARD -o eth0', '-A FORWARD -p tcp --sport 80 -j ACCEPT\n-A FORWARD -o eth0'),
  );
  const programs: Readonly<Record<string, readonly string[]>> = {
    'empty script': [write('nothing.mjs', '')],
    '5,000 rules': check('five', five),
    '10,000 rules': check('ten', ten),
    '20,000 rules': check('twenty', largeFirewall('ipv4', 20_000, 1)),
    '40,000 rules': check('forty', largeFirewall('ipv4', 40_000, 1)),
    '5,000 with hardware addresses': check('hardware', largeFirewall('ipv4', 5_000, 1, true)),
    '6,000 of IPv6': check('six', largeFirewall('ipv6', 6_000, 1)),
    'review of two of 5,000': [
      postern,
      'review',
      join(folder, 'five.yaml'),
      '--before',
      join(folder, 'five.rules'),
      '--after',
      changed,
    ],
  };
  processes('inspector', programs, say);
}
