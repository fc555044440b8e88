import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { networks, setOfNetworks, subtract, toNetworks, union } from '../../src/model/address-set.ts';
import type { ConfigurationRow } from '../../src/model/configuration.ts';
import type { Result } from '../../src/model/result.ts';
import { fingerprintsOf, groupConditionText, groupFlowText } from '../../src/report/change-group-words.ts';
import { type Changed, type ChangeGroup, changeGroups } from '../../src/report/change-groups.ts';
import { changesByKind } from '../../src/report/changes.ts';
import { render } from '../../src/report/report.ts';
import { elementOf, elementsWithin, textOf } from '../support/html.ts';
import { PLAIN, savedResult } from '../support/results.ts';

const [[FIRST]] = [changesByKind(savedResult('review-cause')).flatMap(({ rows }) => rows)];

interface Given extends Partial<Omit<Changed, 'rows'>> {
  readonly row?: Partial<ConfigurationRow>;
}

/** A row like the first of the fixture, but for what is given. */
function changed(id: string, { row = {}, ...given }: Given = {}): Changed {
  if (FIRST === undefined) throw new TypeError('no row');
  return { ...FIRST, id, findings: [`f-${id}`], ...given, rows: FIRST.rows.map((one) => ({ ...one, ...row })) };
}

const network = fc.tuple(fc.nat(255), fc.constantFrom(24, 25, 26)).map(([octet, bits]) => `10.20.${octet}.0/${bits}`);
const list = fc.uniqueArray(network, { minLength: 1, maxLength: 4 });
const row = fc.record<Partial<ConfigurationRow>>({
  sources: list,
  destinations: list,
  ports: fc.subarray(['25', '465', '587', '2525'], { minLength: 1 }),
  condition: fc.constantFrom(
    null,
    'source port 80',
    'incoming interface eth1',
    'outgoing interface other than eth1, eth2 and source port 80',
  ),
});
const given = fc.record<Given>({
  row,
  verdict: fc.constantFrom('violation', 'inconclusive'),
  waived: fc.boolean(),
  segment: fc.constantFrom('workstations', null),
  destination: fc.constantFrom('provider', 'internet', '*'),
});
const rows = fc.array(given, { maxLength: 30 }).map((all) => all.map((one, index) => changed(`${index}`, one)));

function decided({ verdict, waived, segment, reason, change }: Changed): unknown {
  return [verdict, waived, segment, reason, change.kind, change.before, change.after];
}

describe('rows of one cause', () => {
  test('every row is in one group, groups and their rows are in the order of the rows, and a few rows stay as they are', () => {
    fc.assert(
      fc.property(rows, (all) => {
        const groups = changeGroups(all);
        expect(groups.flatMap((group) => group.rows).toSorted((a, b) => all.indexOf(a) - all.indexOf(b))).toEqual(all);
        const places = groups.map((group) => group.rows.map((one) => all.indexOf(one)));
        expect(places).toEqual(places.map((of) => of.toSorted((a, b) => a - b)).toSorted(([a = 0], [b = 0]) => a - b));
        for (const group of groups) {
          if (group.rows.length <= 3)
            expect([group.rows.length, group.told === group.rows[0], group.ways]).toEqual([1, true, []]);
          for (const one of group.rows) expect(decided(one)).toEqual(decided(group.told));
        }
      }),
    );
  });

  test('the bounds are the union of the rows: each is within, and nothing else is', () => {
    fc.assert(
      fc.property(rows, (all) => {
        for (const { told, rows: alike } of changeGroups(all)) {
          for (const side of ['sources', 'destinations'] as const) {
            const parts = alike.flatMap((one) => one.rows.map((each) => networks(...each[side])));
            expect(toNetworks(setOfNetworks(told.rows[0]?.[side] ?? []))).toEqual(toNetworks(union(...parts)));
            for (const part of parts) expect(toNetworks(subtract(part, setOfNetworks(told.rows[0]?.[side] ?? [])))).toEqual([]);
          }
          const ports = new Set(alike.flatMap((one) => one.rows.flatMap((each) => each.ports)));
          expect(told.rows[0]?.ports).toEqual([...ports].toSorted((a, b) => Number(a) - Number(b)));
          expect(told.findings).toEqual(alike.flatMap(({ findings }) => findings));
        }
      }),
    );
  });

  test('a range of ports holds those within it, and the packet that shows it is the first row’s', () => {
    const [group] = changeGroups(['587', '465-587', '25', '2525'].map((port) => changed(port, { row: { ports: [port] } })));
    expect(group?.told.rows[0]?.ports).toEqual(['25', '465-587', '2525']);
    expect(group?.told.rows[0]?.witness).toEqual(FIRST?.rows[0]?.witness);
  });

  test.each<[string, (index: number) => Given]>([
    ['verdict', (index) => ({ verdict: index < 2 ? 'violation' : 'inconclusive' })],
    ['waiver', (index) => ({ waived: index < 2 })],
    ['firewall', (index) => ({ firewall: index < 2 ? 'edge' : 'core' })],
    ['segment', (index) => ({ segment: index < 2 ? 'workstations' : null })],
    ['family', (index) => ({ family: index < 2 ? 'ipv4' : 'ipv6' })],
    ['reason', (index) => ({ reason: index < 2 ? 'One.' : 'Another.' })],
    ['condition', (index) => ({ row: { condition: index < 2 ? 'user 105' : 'user 106' } })],
    ['target', (index) => ({ row: { target: index < 2 ? '192.0.2.1:25' : null } })],
    ['line after', (index) => withLine('after', index < 2 ? 7 : 8)],
    ['line before', (index) => withLine('before', index < 2 ? 7 : 8)],
  ])('another %s is another cause', (_, of) => {
    const all = [0, 1, 2, 3].map((index) => changed(`${index}`, of(index)));
    expect(changeGroups(all).map((group) => group.rows.length)).toEqual([1, 1, 1, 1]);
  });
});

function withLine(side: 'before' | 'after', line: number): Given {
  if (FIRST === undefined) throw new TypeError('no row');
  const one = { ...FIRST.change[side], line: { file: 'a.rules', line, text: '-j ACCEPT' } };
  return { change: { ...FIRST.change, [side]: one } };
}

describe('in words', () => {
  function group(...all: readonly Given[]): ChangeGroup {
    const [first] = changeGroups(all.map((one, index) => changed(`${index}`, one)));
    if (first === undefined) throw new TypeError('no group');
    return first;
  }

  test('a group says within which bounds it is, and which destinations of the policy it reaches', () => {
    const at = (octet: number, destination: string): Given => ({
      destination,
      row: { sources: [`10.20.${octet}.0/24`], destinations: [`192.0.${octet}.0/24`], ports: ['25'] },
    });
    expect(groupFlowText(group(at(0, 'a'), at(1, 'a'), at(2, 'a'), at(3, 'a')), '→')).toBe(
      '4 rows within workstations (10.20.0.0/22) → a (192.0.0.0/22), TCP 25',
    );
    const names = ['a', '*', 'b', 'c', 'd', 'e', 'f'];
    expect(groupFlowText(group(...names.map((name) => at(0, name))), '→')).toBe(
      '7 rows within workstations (10.20.0.0/24) → 192.0.0.0/24, of it a, b, c, d and 2 more destinations, TCP 25',
    );
  });

  test('conditions on interfaces that differ are told by how many rows have them, long ones by their number', () => {
    const by = (interfaces: string): Given => ({ row: { sourcePorts: null, condition: `${interfaces} and user 105` } });
    const free: Given = { row: { sourcePorts: null, condition: 'user 105' } };
    expect(groupConditionText(group(free, free, free, free))).toBe('user 105');
    expect(groupConditionText(group(...['a', 'a', 'a', 'a'].map((name) => by(`incoming interface ${name}`))))).toBe(
      'incoming interface a and user 105',
    );
    const many = ['c', 'a', 'b', 'a', 'e', 'd'].map((name) => by(`outgoing interface ${name}`));
    expect(groupConditionText(group(free, ...many))).toBe(
      'user 105; 6 rows only by some interfaces: outgoing interface a (2 rows), outgoing interface c (1 row), outgoing interface b (1 row) or 2 more such conditions',
    );
    const long = [1, 2, 3, 4].map((number) => by(`outgoing interface other than ${'eth0, '.repeat(20)}eth${number}`));
    expect(groupConditionText(group(...long))).toBe('user 105; each row only by some interfaces: 4 long conditions');
  });

  test('three fingerprints are shown, and how many more there are; none of waived rows', () => {
    expect(fingerprintsOf(group({}, {}, {}, {}, {}))).toEqual({ shown: ['f-0', 'f-1', 'f-2'], rest: 2 });
    const waived = { waived: true };
    expect(fingerprintsOf(group(waived, waived, waived, waived))).toEqual({ shown: [], rest: 0 });
  });

  test('further lines of all rows are told once, and of those that no row kept how many there are at least', () => {
    const lines = (...numbers: readonly number[]): ConfigurationRow['rules'] =>
      numbers.map((line) => ({ file: 'a.rules', line, text: `-p ${line}` }));
    const all = [lines(1, 2), lines(2, 3), lines(1, 4), lines(5)].map((rules, index) =>
      changed(`${index}`, { row: { rules, furtherRules: index === 1 ? 7 : 0 } }),
    );
    const text = render('text', { ...savedResult('review-cause'), checks: all, findings: [] }, { ...PLAIN, width: 1000 });
    expect(text).toContain(
      '   lines  a.rules:1 -p 1; a.rules:2 -p 2; a.rules:3 -p 3; and at least 6 more lines; --verbose shows 2 of them\n',
    );
  });
});

/** A review of this many rows of one cause, and one of another. */
function review(number: number): Result {
  const all = Array.from({ length: number }, (_, index) => changed(`${index}`, { verdict: 'inconclusive' }));
  const saved = savedResult('review-cause');
  const [finding] = saved.findings;
  if (finding === undefined) throw new TypeError('no finding');
  const own = all.map(({ id }) => ({
    ...finding,
    fingerprint: `f-${id}`,
    code: 'not-judged' as const,
    severity: 'info' as const,
    check: id,
    checks: [id],
  }));
  return { ...saved, checks: [...all, ...saved.checks.slice(-1)], findings: [...own, ...saved.findings.slice(-1)] };
}

describe('a report of hundreds of rows of one cause', () => {
  test('is read in a minute in each format for people, and says the number of rows', () => {
    const [text, markdown, github] = (['text', 'markdown', 'github'] as const).map((format) =>
      render(format, review(388), PLAIN),
    );
    expect(text).toContain('NEWLY ALLOWED  388 rows\n');
    expect(text?.split('\n').length).toBeLessThan(60);
    expect(markdown).toContain('### Newly allowed: 388 rows\n');
    expect(markdown?.match(/^\| \d+ /gm)).toHaveLength(2);
    expect(markdown).not.toContain('more row');
    expect(github?.match(/^::(?:error|warning).*/gm)).toHaveLength(3);
    expect(github).toContain('::388 findings: rows within workstations ');
  });

  test('has one article for them in HTML, with as many of the rows folded in it as a table bears', () => {
    const article = elementOf(render('html', review(388), PLAIN), 'newly-allowed-1');
    if (article === undefined) throw new TypeError('no article');
    const elements = elementsWithin(article);
    const named = (name: string): readonly string[] => elements.filter(({ tagName }) => tagName === name).map(textOf);
    expect(named('h3')).toHaveLength(1);
    expect(named('h3')[0]).toMatch(/^388 rows within workstations /);
    expect(named('summary')).toEqual(['388 rows, 200 listed']);
    expect(named('tbody')[0]?.match(/f-\d+/g)).toHaveLength(200);
    expect(textOf(article)).toContain('and 188 more rows: with --verbose, or in the JSON document.');
    expect(elementOf(render('html', review(388), PLAIN), 'newly-allowed-2')).toBeUndefined();
    expect(elementOf(render('html', review(388), { ...PLAIN, verbose: true }), 'newly-allowed-388')).toBeDefined();
  });

  test('with --verbose tells each row', () => {
    const text = render('text', review(388), { ...PLAIN, verbose: true });
    expect(text.match(/^\? {2}inconclusive/gm)).toHaveLength(388);
    expect(text).not.toContain(' within ');
  });

  test('says what could not be judged once: rows tell their reasons themselves', () => {
    for (const format of ['text', 'html'] as const) {
      const document = render(format, review(5), PLAIN);
      expect(document, format).not.toMatch(/>Not judged<\/h2>|NOT JUDGED/);
    }
    const [first] = review(1).checks;
    if (first?.kind !== 'configuration') throw new TypeError('no row');
    const whole = { ...first, id: 'review:edge', change: null, rows: [], reason: 'Further rows are not listed.' };
    const text = render('text', { ...review(5), checks: [...review(5).checks, whole] }, PLAIN);
    expect(text).toMatch(/NOT JUDGED .*\n\n\? {2}Further rows are not listed\.\n {3}· review:edge\n\n/);
  });
});
