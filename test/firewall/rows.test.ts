import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bdd, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type InterfaceValue, interfacesIn, interfaceWords } from '../../src/firewall/interface-values.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { partition, restsOf } from '../../src/firewall/partition.ts';
import { type Domain, rowsOf, type SetRow, setOfRow } from '../../src/firewall/rows.ts';
import { networksOf, parseNetwork } from '../../src/model/address.ts';

/** Packets of one box, and what is not known of them. */
interface Box {
  readonly in?: string;
  readonly out?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly port?: readonly [number, number];
  readonly sourcePort?: readonly [number, number];
  readonly unknown?: string;
}

function newSpace(): PacketSpace {
  const text = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i tun+ -j ACCEPT\nCOMMIT\n';
  const ruleset = readConfiguration([{ file: 'fw', text, format: 'iptables-save' }]);
  return new PacketSpace('ipv4', [ruleset], { interfaces: ['eth0', 'eth1', 'lo', 'tun1'] });
}

function boxSet(space: PacketSpace, box: Box): Bdd {
  const ranges = (text: string): Bdd[] => {
    const parsed = parseNetwork(text);
    return 'range' in parsed ? [space.within(text === box.source ? 'source' : 'destination', [parsed.range])] : [];
  };
  const port = (field: 'destination-port' | 'source-port', ends: readonly [number, number] | undefined): Bdd =>
    ends === undefined ? FULL : space.within(field, [{ first: ends[0], last: ends[1] }]);
  return [
    ...(box.source === undefined ? [] : ranges(box.source)),
    ...(box.destination === undefined ? [] : ranges(box.destination)),
    port('destination-port', box.port),
    port('source-port', box.sourcePort),
    box.in === undefined ? FULL : space.interface('in', box.in.replace('*', ''), box.in.endsWith('*')),
    box.out === undefined ? FULL : space.interface('out', box.out.replace('*', ''), box.out.endsWith('*')),
    box.unknown === undefined ? FULL : space.unknown(box.unknown),
  ].reduce((a, b) => space.manager.and(a, b), FULL);
}

function union(space: PacketSpace, boxes: readonly Box[]): Bdd {
  return space.manager.orAll(boxes.map((box) => boxSet(space, box)));
}

/** `eth1 10.0.0.0/8 > 192.0.2.0/24 25 (80)`. */
function show(space: PacketSpace, row: SetRow): string {
  const ports = (all: SetRow['ports']): string =>
    all.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
  return [
    ...(row.in === null ? [] : [`in ${words(space, 'in', row.in)}`]),
    ...(row.out === null ? [] : [`out ${words(space, 'out', row.out)}`]),
    row.sources.flatMap(networksOf).join(','),
    '>',
    row.destinations.flatMap(networksOf).join(','),
    ports(row.ports),
    ...(row.sourcePorts === null ? [] : [`from ${ports(row.sourcePorts)}`]),
    ...(row.rest === FULL ? [] : ['?']),
  ].join(' ');
}

function words(space: PacketSpace, side: 'in' | 'out', values: readonly InterfaceValue[]): string {
  return interfaceWords(space, values, interfacesIn(space, side, FULL));
}

function rows(boxes: readonly Box[], cap = 20, domainOf?: (space: PacketSpace) => Domain): readonly string[] {
  const space = newSpace();
  const domain = domainOf?.(space) ?? {};
  const within = Object.values(domain).reduce((a, b) => space.manager.and(a, b), FULL);
  const set = space.manager.and(union(space, boxes), within);
  const found = rowsOf(space, set, cap, domain);
  const shown = found.rows.map((row) => show(space, row));
  return found.further === 0 ? shown : [...shown, `and ${found.further} more`];
}

describe('rows of a set', () => {
  it('give each part that is treated alike once', () => {
    expect(rows([{ source: '10.0.0.0/8', port: [25, 25] }])).toEqual(['10.0.0.0/8 > 0.0.0.0/0 25']);
    expect(
      rows([
        { source: '10.1.0.0/16', destination: '192.0.2.0/24', port: [25, 25] },
        { source: '10.2.0.0/16', destination: '192.0.2.0/24', port: [25, 25] },
        { source: '10.2.0.0/16', destination: '198.51.100.7', port: [465, 587] },
      ]),
    ).toEqual(['10.1.0.0/16,10.2.0.0/16 > 192.0.2.0/24 25', '10.2.0.0/16 > 198.51.100.7 465-587']);
  });

  it('have no condition where it holds on every interface, whatever else holds on some', () => {
    expect(
      rows([
        { source: '10.0.0.0/8', port: [25, 25] },
        { source: '10.1.0.0/16', port: [25, 587], in: 'eth1' },
        { source: '10.1.0.0/16', port: [25, 465], sourcePort: [80, 80] },
      ]),
    ).toEqual([
      '10.0.0.0/8 > 0.0.0.0/0 25',
      '10.1.0.0/16 > 0.0.0.0/0 26-465 from 80',
      'in eth1 10.1.0.0/16 > 0.0.0.0/0 466-587',
      'in eth1 10.1.0.0/16 > 0.0.0.0/0 26-465 from 0-79,81-65535',
    ]);
  });

  it('name interfaces that are left out, and prefixes as a whole', () => {
    const port: readonly [number, number] = [25, 25];
    expect(rows([{ port, in: 'tun*' }])).toEqual(['in tun* 0.0.0.0/0 > 0.0.0.0/0 25']);
    expect(
      rows([
        { port, out: 'eth0' },
        { port, out: 'eth1' },
      ]),
    ).toEqual(['out eth0 or eth1 0.0.0.0/0 > 0.0.0.0/0 25']);
    const space = newSpace();
    const but = (name: string, prefix: boolean): readonly string[] => {
      const set = space.manager.diff(boxSet(space, { port }), space.interface('in', name, prefix));
      return rowsOf(space, set, 9).rows.map((row) => show(space, row));
    };
    expect(but('eth0', false)).toEqual(['in other than eth0 0.0.0.0/0 > 0.0.0.0/0 25']);
    expect(but('tun', true)).toEqual(['in other than tun* 0.0.0.0/0 > 0.0.0.0/0 25']);
    const tuns = space.manager.diff(boxSet(space, { port, in: 'tun*' }), space.interface('in', 'tun1', false));
    expect(rowsOf(space, tuns, 9).rows.map((row) => show(space, row))).toEqual(['in tun* (not tun1) 0.0.0.0/0 > 0.0.0.0/0 25']);
  });

  it('have no condition where it holds for all that is spoken of', () => {
    const domain = (space: PacketSpace): Domain => ({
      in: space.manager.not(space.interface('in', 'lo', false)),
      'source-port': space.within('source-port', [{ first: 1024, last: 65535 }]),
    });
    expect(rows([{ port: [25, 25] }], 20, domain)).toEqual(['0.0.0.0/0 > 0.0.0.0/0 25']);
    expect(rows([{ port: [25, 25], sourcePort: [0, 1500] }], 20, domain)).toEqual(['0.0.0.0/0 > 0.0.0.0/0 25 from 1024-1500']);
  });

  it('keep apart what hangs on different things', () => {
    expect(
      rows([
        { source: '10.1.0.0/16', port: [25, 25], unknown: 'a' },
        { source: '10.2.0.0/16', port: [25, 25], unknown: 'b' },
        { source: '10.3.0.0/16', port: [25, 25], unknown: 'a' },
      ]),
    ).toEqual(['10.1.0.0/16,10.3.0.0/16 > 0.0.0.0/0 25 ?', '10.2.0.0/16 > 0.0.0.0/0 25 ?']);
  });

  it('say how many more there are', () => {
    const boxes = [1, 2, 3, 4, 5].map((n): Box => ({ source: `10.${n}.0.0/16`, port: [n, n] }));
    expect(rows(boxes, 2)).toEqual(['10.1.0.0/16 > 0.0.0.0/0 1', '10.2.0.0/16 > 0.0.0.0/0 2', 'and 3 more']);
    const many = Array.from({ length: 600 }, (_, n): Box => ({ source: `10.0.${n >> 8}.${n & 255}`, port: [n, n] }));
    expect(rows(many, 1)).toEqual(['10.0.0.0 > 0.0.0.0/0 0', 'and 599 more']);
  });

  it('say that there are more where a mask of low bits has more ranges than anybody reads', () => {
    const space = newSpace();
    const odd = space.manager.and(space.masked('source', 1n, 1n), boxSet(space, { port: [25, 25] }));
    const { rows: found, further } = rowsOf(space, odd, 20);
    expect(found).toHaveLength(1);
    expect(found[0]?.sources[0]).toEqual({ family: 'ipv4', first: 1n, last: 1n });
    expect(further).toBe(1);
    expect(space.manager.diff(found[0] === undefined ? FULL : setOfRow(space, found[0]), odd)).toBe(EMPTY);
  });

  it('of nothing are none', () => {
    expect(rows([])).toEqual([]);
  });
});

const network = fc.constantFrom('10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.3', '192.0.2.0/24', '0.0.0.0/1');
const ends = fc.constantFrom<readonly [number, number]>([25, 25], [24, 26], [465, 587], [0, 65535], [1024, 65535]);
const box = fc.record<Box>(
  {
    in: fc.constantFrom('eth0', 'eth1', 'tun1', 'tun*'),
    out: fc.constantFrom('eth0', 'eth1', 'tun*'),
    source: network,
    destination: network,
    port: ends,
    sourcePort: ends,
    unknown: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
);
const boxes = fc.array(box, { maxLength: 5 });

it('are disjoint and together exactly the set', () => {
  fc.assert(
    fc.property(boxes, boxes, (plus, minus) => {
      const space = newSpace();
      const { manager } = space;
      const inside = manager.not(space.interface('in', 'lo', false));
      const domain: Domain = { in: inside };
      const set = manager.and(inside, manager.diff(union(space, plus), union(space, minus)));
      const found = rowsOf(space, set, 10_000, domain);
      expect(found.further).toBe(0);
      const sets = found.rows.map((row) => setOfRow(space, row, domain));
      expect(manager.orAll(sets)).toBe(set);
      let seen: Bdd = EMPTY;
      for (const one of sets) {
        expect(manager.and(seen, space.may(one))).toBe(EMPTY);
        seen = manager.or(seen, space.may(one));
      }
    }),
    { numRuns: 150 },
  );
});

it('do not depend on the order in which a set was made', () => {
  fc.assert(
    fc.property(boxes, (all) => {
      expect(rows([...all].reverse(), 10_000)).toEqual(rows(all, 10_000));
    }),
    { numRuns: 60 },
  );
});

it('a partition has as many classes as there are rests', () => {
  fc.assert(
    fc.property(boxes, (all) => {
      const space = newSpace();
      const set = union(
        space,
        all.map(({ in: _in, out: _out, ...one }) => one),
      );
      const { classes } = partition(space.manager, set, space.bits('destination'), 10_000);
      expect(new Set(classes.map(({ rest }) => rest))).toEqual(restsOf(space.manager, set, space.bits('destination')));
    }),
    { numRuns: 60 },
  );
});
