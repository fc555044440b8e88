import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import { parseNftJson } from '../../../src/firewall/nftables/json.ts';
import { InputError } from '../../../src/model/problem.ts';
import { showChain } from '../show.ts';

const TCP_DPORT = { payload: { protocol: 'tcp', field: 'dport' } };
const IP_DADDR = { payload: { protocol: 'ip', field: 'daddr' } };

interface Row {
  readonly title: string;
  readonly expr: readonly unknown[];
  readonly is: string;
  /** As it is shown. */
  readonly text?: string;
}

const RULES: readonly Row[] = [
  {
    title: 'a port',
    expr: [match('==', TCP_DPORT, 25), { drop: null }],
    is: 'proto 6 & dport 25 → drop',
    text: 'tcp dport 25 drop # handle 7',
  },
  {
    title: 'a set of ports',
    expr: [match('!=', TCP_DPORT, { set: [25, { range: [465, 587] }] }), { counter: { packets: 1, bytes: 2 } }, { accept: null }],
    is: 'proto 6 & !(dport 25,465-587) → accept',
    text: 'tcp dport != { 25, 465-587 } counter packets 1 bytes 2 accept # handle 7',
  },
  {
    title: 'a concatenation',
    expr: [match('==', { concat: [IP_DADDR, TCP_DPORT] }, { set: [{ concat: [{ prefix: { addr: '10.0.0.0', len: 8 } }, 25] }] })],
    is: 'ipv4 & proto 6 & dst 10.0.0.0/8 & dport 25 → next',
  },
  {
    title: 'two fields side by side that are not wanted, which may be one comparison',
    expr: [
      match('!=', { payload: { protocol: 'ip', field: 'ttl' } }, 64),
      match('!=', { payload: { base: 'nh', offset: 72, len: 8 } }, 6),
      { accept: null },
    ],
    is: '(ipv4 & !("ip ttl 64") & !("@nh, 72, 8 6")) | (ipv4 & "nft has made one comparison of ip ttl != 64 @nh, 72, 8 != 6" & (!("ip ttl 64") | !("@nh, 72, 8 6"))) → accept',
  },
  { title: 'a named set', expr: [match('==', TCP_DPORT, '@mail'), { drop: null }], is: 'proto 6 & dport 25,587 → drop' },
  {
    title: 'an interface that is called like a verdict',
    expr: [match('==', { meta: { key: 'oifname' } }, 'drop')],
    is: 'out drop → next',
  },
  {
    title: 'states under a mask',
    expr: [match('in', { ct: { key: 'state' } }, ['established', 'related']), { accept: null }],
    is: 'state established,related → accept',
    text: 'ct state established, related accept # handle 7',
  },
  {
    title: 'flags under a mask',
    expr: [match('==', { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['fin', 'syn']] }, 'syn'), { drop: null }],
    is: 'proto 6 & flags 2/3 → drop',
  },
  {
    title: 'an address under a mask',
    expr: [match('==', { '&': [IP_DADDR, '0.0.0.255'] }, '0.0.0.1'), { drop: null }],
    is: 'ipv4 & dst 0.0.0.1/0.0.0.255 → drop',
  },
  {
    title: 'a map of verdicts',
    expr: [
      {
        vmap: {
          key: TCP_DPORT,
          data: {
            set: [
              [25, { drop: null }],
              [587, { jump: { target: 'mail' } }],
              ['*', { accept: null }],
            ],
          },
        },
      },
    ],
    is: 'proto 6 → [dport 25] drop; [dport 587] jump inet edge/mail; [!(dport 25,587)] accept',
  },
  {
    title: 'a destination',
    expr: [match('==', TCP_DPORT, 25), { dnat: { family: 'ip', addr: '192.0.2.5', port: 2525 } }],
    is: 'proto 6 & dport 25 & ipv4 → dnat c0000205 2525',
    text: 'tcp dport 25 dnat ip to 192.0.2.5:2525 # handle 7',
  },
  {
    title: 'a rate, as nft prints it',
    expr: [{ limit: { rate: 5, burst: 5, per: 'second' } }, { accept: null }],
    is: '?"inet edge/out: limit rate 5/second #1" → accept',
  },
  {
    title: 'what nft has no JSON for',
    expr: [match('==', TCP_DPORT, 26), 'jump {\n\t\ttcp dport 27 accept\n\t}'],
    is: 'proto 6 & dport 26 → jump inet edge/out{1}',
  },
  {
    title: 'a match of iptables that cannot be read',
    expr: [{ xt: { type: 'match', name: 'multiport' } }, { accept: null }],
    is: '?"inet edge/out: xt match multiport #1" → accept',
  },
  {
    title: 'one without a name',
    expr: [{ xt: null }, { accept: null }],
    is: '?"inet edge/out: xt statement "{"xt": null}" #1" → accept',
  },
  {
    title: 'a target without a name',
    expr: [{ xt: null }],
    is: 'always → lost "inet edge/out: xt target "{"xt": null}" #1"',
  },
  {
    title: 'a counter out of a map, which may hold none',
    expr: [{ counter: { map: { key: TCP_DPORT, data: { set: [[587, 'n']] } } } }, { drop: null }],
    is: '?"inet edge/out: counter name tcp dport map { 587 : n } #1" → drop',
  },
  { title: 'a target that rejects', expr: [{ xt: { type: 'target', name: 'REJECT' } }], is: 'always → reject xt target REJECT' },
  { title: 'a comment of iptables', expr: [{ xt: { type: 'match', name: 'comment' } }, { drop: null }], is: 'always → drop' },
  {
    title: 'a field that would be read as a verdict',
    expr: [match('==', { payload: { protocol: 'tcp', field: 'sport accept' } }, 5), { drop: null }],
    is: '?"inet edge/out: xt statement "{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "sport accept"}}, "right": 5}}" #1" → drop',
  },
];

describe('a rule of nftables in JSON', () => {
  it.each(RULES)('$title', ({ expr, is, text }) => {
    const chain = parseNftJson(ruleset([rule(expr)]), 'edge.json').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([is]);
    if (text !== undefined) expect(chain?.rules[0]?.place.text).toBe(text);
  });
});

describe('a ruleset of nftables in JSON', () => {
  it('is detected', () => {
    const { files } = readConfiguration([{ file: 'edge.json', text: ruleset([rule([{ drop: null }])]), format: null }]);
    expect(files.map(({ format }) => format)).toEqual(['nftables-json']);
  });

  it('shows what a terminal acts on, or a reader does not see, as escapes', () => {
    const { chains } = parseNftJson(ruleset([rule([{ log: { prefix: 'Büro \u009b31m\u202e' } }])]), 'edge.json');
    expect(chains.get('inet edge/out')?.rules[0]?.place.text).toContain('Büro \\x9b31m\\u{202e}');
  });

  it('has handles for lines where it stands on one line', () => {
    const { chains, bases } = parseNftJson(ruleset([rule([{ drop: null }])]), 'edge.json');
    expect(chains.get('inet edge/out')?.rules.map(({ place }) => place.line)).toEqual([7]);
    expect(bases.map(({ place }) => `${place.line} ${place.text}`)).toEqual(['3 chain out # handle 3']);
  });

  it('has its own lines where it has several', () => {
    const text = JSON.stringify(JSON.parse(ruleset([rule([{ drop: null }])])), null, 1);
    const lines = text.split('\n');
    const { chains } = parseNftJson(text, 'edge.json');
    const place = chains.get('inet edge/out')?.rules[0]?.place;
    expect(lines[(place?.line ?? 0) + 3]).toContain('"handle": 7');
  });

  it('is changed by its commands, in their order', () => {
    const named = { family: 'inet', table: 'edge', chain: 'out' };
    const text = ruleset([
      rule([match('==', TCP_DPORT, 25), { drop: null }]),
      { add: { rule: { ...named, expr: [{ accept: null }] } } },
      { insert: { rule: { ...named, expr: [{ return: null }] } } },
      { insert: { rule: { ...named, index: 2, expr: [{ continue: null }] } } },
      { replace: { rule: { ...named, handle: 7, expr: [match('==', TCP_DPORT, 587), { drop: null }] } } },
      { delete: { element: { family: 'inet', table: 'edge', name: 'mail', elem: [587] } } },
      { add: { rule: { ...named, expr: [match('==', TCP_DPORT, '@mail')] } } },
    ]);
    const chain = parseNftJson(text, 'edge.json').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([
      'always → return',
      'proto 6 & dport 587 → drop',
      'always → next',
      'always → accept',
      'proto 6 & dport 25 → next',
    ]);
  });

  it('has a rule without statements as nft lists it, and none as a command', () => {
    const bare = { rule: { family: 'inet', table: 'edge', chain: 'out', handle: 9 } };
    const chain = parseNftJson(ruleset([bare]), 'x').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual(['always → next']);
    expect(() => parseNftJson(ruleset([{ add: bare }]), 'x')).toThrow(/missing-key/);
  });

  it('has sets whose elements hold as often as they count', () => {
    const limit = { rate: 1, burst: 9, per: 'second', inv: true };
    const quota = { val: 1, val_unit: 'mbytes' };
    const named = { family: 'inet', table: 'edge', type: 'inet_service' };
    const text = ruleset([
      { set: { ...named, name: 'some', elem: [25, { elem: { val: 587, limit } }] } },
      { map: { ...named, name: 'all', map: 'verdict', elem: [[25, { drop: null }]], stmt: [{ quota }] } },
      rule([match('==', TCP_DPORT, '@some'), { drop: null }]),
      rule([{ vmap: { key: TCP_DPORT, data: '@all' } }]),
    ]);
    const chain = parseNftJson(text, 'edge.json').chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([
      'proto 6 & (dport 25 | (dport 587 & ?"inet edge/out: tcp dport @some limit rate over 1/second burst 9 packets #1")) → drop',
      'proto 6 → [dport 25 & ?"inet edge/out: tcp dport 25 quota 1 mbytes #1"] drop',
    ]);
  });

  it('of a host without rules lets everything through', () => {
    expect(parseNftJson('{"nftables": [{"metainfo": {"json_schema_version": 1}}]}', 'x').bases).toEqual([]);
  });

  it.each([
    ['the end of the text', '{"nftables": [', '', 'json'],
    ['a comma too many', '{"nftables": [{"table": {"family": "inet", "name": "a"}}, ]}', ']}', 'json'],
    ['no list', '{"nftables": 5}', '5', 'no-ruleset'],
    ['no object', '{"nftables": [5]}', '5', 'bad-object'],
    ['nothing at all', '{"nftables": []}', '{', 'empty'],
    ['another schema', '{"nftables": [{"metainfo": {"json_schema_version": 2}}]}', '{"json_', 'unknown-schema'],
    ['another object', '{"nftables": [{"nosuch": {}}]}', '{}', 'unknown-object'],
    ['a name that is missing', '{"nftables": [{"table": {"family": "inet"}}]}', '{"family"', 'missing-key'],
    ['another family', '{"nftables": [{"table": {"family": "inett", "name": "a"}}]}', '"inett"', 'bad-family'],
    [
      'a priority by name, for which nft makes a chain without a hook',
      ruleset([
        { chain: { family: 'inet', table: 'edge', name: 'f', type: 'filter', hook: 'forward', prio: 'filter', policy: 'drop' } },
      ]),
      '{"family"',
      'bad-chain',
    ],
    ['misprinted flags', '{"nftables": [{"table": {"family": "ip", "name": "a", "flags": "edge"}}]}', '"edge"', 'bad-flags'],
    [
      'a key that stands twice',
      '{"nftables": [{"table": {"family": "inet", "family": "ip", "name": "a"}}]}',
      '"family": "ip"',
      'json',
    ],
    ['a rule of no table', `{"nftables": [${JSON.stringify(rule([{ accept: null }]))}]}`, '"edge"', 'unknown-table'],
    ['a set that is not there', ruleset([rule([match('==', TCP_DPORT, '@nosuch')])]), '"@nosuch"', 'unknown-set'],
    ['a chain that is not there', ruleset([rule([{ jump: { target: 'nosuch' } }])]), '{"jump"', 'unknown-chain'],
    ['a verdict behind a verdict', ruleset([rule([{ accept: null }, { drop: null }])]), '{"drop"', 'after-verdict'],
    [
      'a rule that is not there',
      ruleset([{ delete: { rule: { family: 'inet', table: 'edge', chain: 'out', handle: 9 } } }]),
      '{"family"',
      'unknown-rule',
    ],
  ])('is refused for %s, with its place', (_, text, marker, code) => {
    expect(mistakesOf(text)).toEqual([`1:${text.lastIndexOf(marker) + 1} ${code}`]);
  });
});

function match(op: string, left: unknown, right: unknown): unknown {
  return { match: { op, left, right } };
}

function rule(expr: readonly unknown[]): unknown {
  return { rule: { family: 'inet', table: 'edge', chain: 'out', handle: 7, expr } };
}

/** On one line, with blanks as nft prints them. */
function ruleset(more: readonly unknown[]): string {
  const list = [
    { metainfo: { version: '1.0.6', json_schema_version: 1 } },
    { table: { family: 'inet', name: 'edge', handle: 1 } },
    { set: { family: 'inet', name: 'mail', table: 'edge', type: 'inet_service', handle: 2, elem: [25, 587] } },
    { chain: { family: 'inet', table: 'edge', name: 'mail', handle: 4 } },
    { chain: { family: 'inet', table: 'edge', name: 'out', handle: 3, type: 'filter', hook: 'output', prio: 0, policy: 'drop' } },
    ...more,
  ];
  return JSON.stringify({ nftables: list }, null, 1)
    .replace(/,\n\s*/g, ', ')
    .replace(/\n\s*/g, '');
}

function mistakesOf(text: string): string[] {
  try {
    parseNftJson(text, 'edge.json');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ location, code }) => `${location?.line}:${location?.column} ${code}`);
  }
}
