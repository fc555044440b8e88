import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { namedPorts } from '../../src/firewall/named-ports.ts';

it.each([
  ['-p tcp --dport 25', '25-25'],
  ['-p tcp ! --dport 25', '0-24 26-65535'],
  ['-p tcp -m multiport --dports 25,465:587', '25-25 465-587'],
  ['-p tcp -m multiport ! --dports 25,587', '0-24 26-586 588-65535'],
  ['-p tcp --dport 25 -m multiport --dports 20:30', '25-25'],
  ['-s 10.0.0.9', null],
  ['-p tcp --sport 25', null],
  ['-p tcp -m multiport --ports 25', null],
])('a rule with %s names the destination ports %s', (match, expected) => {
  const text = `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${match} -j DROP\nCOMMIT\n`;
  const ruleset = readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
  const rule = ruleset.chains.get('ip filter/FORWARD')?.rules[0];
  const named = rule === undefined ? undefined : namedPorts(rule);
  expect(named?.map(({ first, last }) => `${first}-${last}`).join(' ') ?? null).toBe(expected);
});
