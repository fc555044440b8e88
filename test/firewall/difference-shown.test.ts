import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Claim, expectShown } from '../../src/firewall/difference-shown.ts';
import { type Packet, traceOf } from '../../src/firewall/interpret.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';

const PACKET: Packet = {
  family: 'ipv4',
  source: 0x0a000001n,
  destination: 0xc0000201n,
  port: 25,
  sourcePort: 49_152,
  in: 'eth1',
  out: 'eth0',
};

const ALLOWED: Claim = { kind: 'newly-allowed', target: null };
const BLOCKED: Claim = { kind: 'newly-blocked', target: null };

function read(file: string, ...rules: readonly string[]): Ruleset {
  const text = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', ...rules, 'COMMIT', ''].join('\n');
  return readConfiguration([{ file, text, format: 'iptables-save' }]);
}

function sent(goal: string): Ruleset {
  const nat = ['*nat', ':PREROUTING ACCEPT [0:0]', `-A PREROUTING -p tcp --dport 25 -j ${goal}`, 'COMMIT'];
  const filter = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD ACCEPT [0:0]', 'COMMIT', ''];
  return readConfiguration([{ file: 'nat', text: [...nat, ...filter].join('\n'), format: 'iptables-save' }]);
}

function showing(before: Ruleset, after: Ruleset, claim: Claim): () => void {
  const [was, is] = [before, after].map((ruleset) => traceOf(ruleset, PACKET, 'forward'));
  if (was === undefined || is === undefined) throw new Error('there are two versions');
  return () => expectShown({ before, after, hook: 'forward', packet: PACKET, was, is }, claim);
}

const set = (name: string, verdict = 'ACCEPT'): string => `-A FORWARD -m set --match-set ${name} src -j ${verdict}`;

describe('a packet of which the same becomes on both sides', () => {
  const open = '-A FORWARD -p tcp --dport 25 -j ACCEPT';

  it('shows no change, and says what becomes of it', () => {
    expect(showing(read('before'), read('after', '-A FORWARD -j LOG'), ALLOWED)).toThrow(
      'Two ways to read before, after disagree about 10.0.0.1:49152 to 192.0.2.1:25 (in eth1, out eth0, hook forward): by packet sets it is newly allowed, rule by rule it is drop before and drop after the change.',
    );
    expect(showing(read('before', open), read('after', open), ALLOWED)).toThrow('accept before and accept after the change');
  });

  it('shows none of the other kind where it is a change', () => {
    expect(showing(read('before'), read('after', open), BLOCKED)).toThrow('newly blocked');
    expect(showing(read('before'), read('after', open), ALLOWED)).not.toThrow();
    expect(showing(read('before', open), read('after'), BLOCKED)).not.toThrow();
  });
});

describe('a packet that hangs on something on both sides', () => {
  it('shows no change where it hangs on the same thing in the same way', () => {
    const same = [read('before', set('relays')), read('after', '-A FORWARD -j LOG', set('relays'))] as const;
    expect(showing(...same, ALLOWED)).toThrow('accept or drop before and accept or drop after the change');
    expect(showing(...same, BLOCKED)).toThrow('newly blocked');
  });

  it('shows one where it hangs on another thing, or on the same in another way', () => {
    const other = [read('before', set('relays')), read('after', set('hosts'))] as const;
    const more = [read('before', set('relays')), read('after', set('relays'), set('hosts'))] as const;
    const opposite = [read('before', set('relays')), read('after', set('relays', 'DROP'), '-A FORWARD -j ACCEPT')] as const;
    for (const pair of [other, opposite]) for (const claim of [ALLOWED, BLOCKED]) expect(showing(...pair, claim)).not.toThrow();
    expect(showing(...more, ALLOWED)).not.toThrow();
    expect(showing(...more, BLOCKED)).toThrow('newly blocked');
  });

  it('may show one where it hangs on what is asked on its way', () => {
    const limit = '-A FORWARD -m limit --limit 1/sec -j ACCEPT';
    expect(showing(read('before', limit), read('after', '-A FORWARD -j LOG', limit), ALLOWED)).not.toThrow();
  });
});

describe('a packet that is sent elsewhere', () => {
  const [here, there] = [sent('REDIRECT --to-ports 2525'), sent('DNAT --to-destination 10.0.0.9:25')];

  it('shows a change where it is sent to another place, and to that place alone', () => {
    expect(showing(here, there, { kind: 'newly-redirected', target: '10.0.0.9:25' })).not.toThrow();
    expect(showing(here, there, { kind: 'newly-redirected', target: 'this host, port 2525' })).toThrow('newly redirected');
    expect(showing(here, here, { kind: 'newly-redirected', target: 'this host, port 2525' })).toThrow('newly redirected');
  });

  it('shows that it is let through, or stopped, where it no longer is', () => {
    expect(showing(here, read('after', '-A FORWARD -j ACCEPT'), ALLOWED)).not.toThrow();
    expect(showing(here, read('after'), BLOCKED)).not.toThrow();
  });
});
