import { expect, it } from 'vitest';
import { misspelt } from '../../src/model/misspelt.ts';

it.each([
  ['tcp dprot 443-993', 'dprot', 'dport'],
  ['user 105 or ip sadr 10.20.0.0/16', 'sadr', 'saddr'],
  ['iifnam "eth0"', 'iifnam', 'iifname'],
  ['tpc dport 25', 'tpc', 'tcp'],
  ['ct stat new', 'stat', 'state'],
  ['acept', 'acept', 'accept'],
])('%s: %s is probably %s', (condition, word, meant) => {
  expect(misspelt(condition)).toEqual({ word, meant });
});

it.each([
  ...['user 105', 'group 12', 'tcp flags syn', 'tcp option maxseg size 1-500', 'ip saddr @mailers', 'ct mark 0x7', 'meta mark 7'],
  ...['limit rate 5/second', 'outgoing interface ppp0', 'source port 80, 443', '-m set --match-set mail src', 'meta hour 5-6'],
  ...[
    'frobnicate 7',
    'quota over 10 mbytes',
    'fib daddr type local',
    'ip ttl 5',
    '@th,16,16 25',
    'xt match "geoip"',
    'ip dscp cs1',
  ],
  ...['ct original ip saddr 10.0.0.1', 'socket transparent 1', 'rt nexthop 10.0.0.1', 'tcp dport @ports', ''],
])('of "%s" nothing is', (condition) => {
  expect(misspelt(condition)).toBeNull();
});
