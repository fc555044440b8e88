import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { aligned } from '../../src/firewall/difference-alignment.ts';
import { destinationsIn } from '../../src/firewall/difference-parts.ts';
import { type ChangedSet, changedSets, type Treatment } from '../../src/firewall/difference-sets.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';

describe('what two rulesets do differently', () => {
  it('is the same from either side: newly allowed one way is newly blocked the other way', () => {
    fc.assert(
      fc.property(ruleset, ruleset, (first, second) => {
        const space = new PacketSpace('ipv4', [first, second]);
        const [one, other] = [treatment(space, first), treatment(space, aligned(first, second))];
        const there = changedSets(space.manager, one, other);
        const back = changedSets(space.manager, other, one);
        expect(space.manager.diff(setOf(space, there, 'newly-allowed'), one.redirected)).toBe(
          space.manager.diff(setOf(space, back, 'newly-blocked'), other.redirected),
        );
        const changed = space.manager.orAll(there.map(({ set }) => set));
        expect(changed).toBe(space.manager.orAll(back.map(({ set }) => set)));
        for (const { set } of there) expect(set).not.toBe(EMPTY);
      }),
      { numRuns: 60 },
    );
  });

  it('is nothing between a ruleset and itself', () => {
    fc.assert(
      fc.property(ruleset, (one) => {
        const space = new PacketSpace('ipv4', [one]);
        expect(changedSets(space.manager, treatment(space, one), treatment(space, one))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it('are disjoint sets, together all that is treated in another way', () => {
    fc.assert(
      fc.property(ruleset, ruleset, (first, second) => {
        const space = new PacketSpace('ipv4', [first, second]);
        const { manager } = space;
        const [one, other] = [treatment(space, first), treatment(space, second)];
        const changed = changedSets(manager, one, other);
        changed.forEach(({ set }, index) => {
          for (const later of changed.slice(index + 1)) expect(manager.and(set, later.set)).toBe(EMPTY);
        });
        const targets = one.targets.flatMap(({ text, set }) =>
          other.targets.filter((target) => target.text === text).map((target) => manager.and(set, target.set)),
        );
        const alike = [manager.and(one.accepted, other.accepted), manager.and(one.dropped, other.dropped), ...targets];
        expect(manager.orAll(changed.map(({ set }) => set))).toBe(manager.not(manager.orAll(alike)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('destinations of a set', () => {
  it('are counted once each, whatever else tells packets apart', () => {
    const space = new PacketSpace('ipv4', [], { interfaces: ['eth0', 'eth1'] });
    const { manager } = space;
    const network = space.within('destination', [{ first: 0xc0000200n, last: 0xc00002ffn }]);
    const single = space.within('destination', [{ first: 0xc6336419n, last: 0xc6336419n }]);
    const set = manager.or(
      manager.and(space.interface('in', 'eth1', false), network),
      manager.and(space.within('destination-port', [{ first: 25, last: 25 }]), single),
    );
    expect(destinationsIn(space, set)).toBe(257n);
    expect(destinationsIn(space, manager.and(set, manager.and(single, space.unknown('x'))))).toBe(1n);
    expect(destinationsIn(space, EMPTY)).toBe(0n);
    expect(destinationsIn(space, manager.not(EMPTY))).toBe(1n << 32n);
  });
});

function treatment(space: PacketSpace, rules: Ruleset): Treatment {
  const { accepted, redirected, dropped, targets } = passage(new Onward(rules, space), 'forward');
  return { accepted: accepted.set, redirected: redirected.set, dropped: dropped.set, targets };
}

function setOf(space: PacketSpace, changed: readonly ChangedSet[], kind: ChangedSet['kind']): number {
  return space.manager.orAll(changed.flatMap((one) => (one.kind === kind ? [one.set] : [])));
}

const match = fc.constantFrom(
  '-s 10.0.0.0/9',
  '-d 192.0.2.0/24',
  '-p tcp -m tcp --dport 25',
  '-p tcp -m tcp --dport 25:600',
  '-p tcp -m tcp --sport 80',
  '-i eth1',
  '-o eth0',
  '-m limit --limit 1/sec',
  '-m string --string x --algo bm',
);

const forward = fc
  .tuple(match, fc.constantFrom('ACCEPT', 'DROP', 'RETURN', 'A'))
  .map(([one, to]) => `-A FORWARD ${one} -j ${to}`);
const called = fc.tuple(match, fc.constantFrom('ACCEPT', 'DROP', 'RETURN')).map(([one, to]) => `-A A ${one} -j ${to}`);
const nat = fc
  .tuple(fc.constantFrom('25', '587'), fc.constantFrom('REDIRECT --to-ports 2525', 'DNAT --to-destination 10.0.0.9:25'))
  .map(([port, to]) => `-A PREROUTING -p tcp -m tcp --dport ${port} -j ${to}`);

const ruleset = fc
  .tuple(fc.array(forward, { maxLength: 6 }), fc.array(called, { maxLength: 3 }), fc.array(nat, { maxLength: 2 }), fc.boolean())
  .map(([rules, inside, before, open]) => {
    const lines = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ...before,
      'COMMIT',
      '*filter',
      `:FORWARD ${open ? 'ACCEPT' : 'DROP'} [0:0]`,
    ];
    const text = [...lines, ':A - [0:0]', ...rules, ...inside, 'COMMIT', ''].join('\n');
    return readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
  });
