import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../src/firewall/bases.ts';
import type { RulesetPart } from '../../../src/firewall/ruleset.ts';
import { showChain } from '../show.ts';
import { fileOf, parse, rulesOf, warningsOf } from './file.ts';

function chainsOf({ chains }: RulesetPart): Record<string, string[]> {
  return Object.fromEntries([...chains].map(([id, chain]) => [id, showChain(chain)]));
}

function basesOf({ bases }: RulesetPart): string[] {
  return inOrder(bases).map(({ chain, hook, kind, priority, policy }) => `${chain} ${hook} ${kind} ${priority} ${policy}`);
}

const EVERY_TABLE = `
*security
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`;

describe('the tables of an iptables-save', () => {
  it('hang in the hooks of the kernel, in the order in which it calls them', () => {
    expect(basesOf(parse(EVERY_TABLE))).toEqual([
      'ip raw/PREROUTING prerouting filter -300 accept',
      'ip mangle/PREROUTING prerouting filter -150 accept',
      'ip nat/PREROUTING prerouting nat -100 accept',
      'ip mangle/INPUT input filter -150 accept',
      'ip filter/INPUT input filter 0 drop',
      'ip security/INPUT input filter 50 accept',
      'ip nat/INPUT input nat 100 accept',
      'ip mangle/FORWARD forward filter -150 accept',
      'ip filter/FORWARD forward filter 0 drop',
      'ip security/FORWARD forward filter 50 accept',
      'ip raw/OUTPUT output filter -300 accept',
      'ip mangle/OUTPUT output route -150 accept',
      'ip nat/OUTPUT output nat -100 accept',
      'ip filter/OUTPUT output filter 0 accept',
      'ip security/OUTPUT output filter 50 accept',
      'ip mangle/POSTROUTING postrouting filter -150 accept',
      'ip nat/POSTROUTING postrouting nat 100 accept',
    ]);
    expect(parse(EVERY_TABLE).assumptions).toEqual([]);
    expect(warningsOf(EVERY_TABLE)).toEqual([]);
  });

  it('have ids of their own in each family', () => {
    expect([...parse('*filter\n:OUTPUT ACCEPT\n:mail -\nCOMMIT\n', { family: 'ipv6' }).chains.keys()]).toEqual([
      'ip6 filter/OUTPUT',
      'ip6 filter/mail',
    ]);
  });

  it('that the file lacks let everything pass, and the ruleset says so', () => {
    expect(parse('*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n-A FORWARD -j DROP\nCOMMIT\n').assumptions).toEqual([
      'fw holds no table raw, mangle, nat, security: what it does not hold lets everything pass and rewrites nothing.',
      'fw gives no policy of filter/OUTPUT: it is taken to be ACCEPT.',
    ]);
  });

  it('keep where each rule stands, and what it says', () => {
    const part = parse('# saved\r\n*filter\r\n:OUTPUT DROP [0:0]\r\n  [5:6] -A OUTPUT  -p tcp -j ACCEPT \r\nCOMMIT\r\n');
    const chain = part.chains.get('ip filter/OUTPUT');
    expect(chain?.place).toEqual({ file: 'fw', line: 3, column: 1, text: ':OUTPUT' });
    expect(chain?.rules[0]?.place).toEqual({ file: 'fw', line: 4, column: 9, text: '-A OUTPUT  -p tcp -j ACCEPT' });
    expect(part.bases[0]?.place).toEqual({ ...chain?.place, text: ':OUTPUT DROP' });
    expect(chain?.rules[0]?.families).toEqual(['ipv4']);
  });

  it('show foreign characters as escapes', () => {
    expect(
      parse(fileOf('-A OUTPUT -m comment --comment "\u001b[31m"')).chains.get('ip filter/OUTPUT')?.rules[0]?.place.text,
    ).toBe('-A OUTPUT -m comment --comment "\\x1b[31m"');
  });

  it('may come with a byte order mark', () => {
    expect(basesOf(parse('\ufeff*filter\n:OUTPUT DROP\nCOMMIT\n'))).toEqual(['ip filter/OUTPUT output filter 0 drop']);
  });
});

describe('lines that change what stands above', () => {
  it.each([
    ['-A OUTPUT -s 10.0.0.1\n-I OUTPUT -s 10.0.0.2', ['src 10.0.0.2 → next', 'src 10.0.0.1 → next']],
    ['-A OUTPUT -s 10.0.0.1\n-I OUTPUT 2 -s 10.0.0.2', ['src 10.0.0.1 → next', 'src 10.0.0.2 → next']],
    ['-A OUTPUT -s 10.0.0.1,10.0.0.2\n-I OUTPUT 3 -s 10.0.0.3', ['src 10.0.0.1-10.0.0.2 → next', 'src 10.0.0.3 → next']],
    ['-A OUTPUT -s 10.0.0.1,10.0.0.2\n-A OUTPUT -j DROP\n-D OUTPUT 3', ['src 10.0.0.1-10.0.0.2 → next']],
    ['-A OUTPUT -s 10.0.0.1\n-A OUTPUT -j DROP\n-R OUTPUT 1 -s 10.0.0.2', ['src 10.0.0.2 → next', 'always → drop']],
    ['-A OUTPUT -s 10.0.0.1\n-A OUTPUT -j DROP\n-D OUTPUT 1', ['always → drop']],
    ['-A OUTPUT -s 10.0.0.1 -p tcp --dport 25 -j DROP\n-D OUTPUT -j DROP --dport 25 -p TCP -s 10.0.0.1/32', []],
    ['-A OUTPUT -p tcp -m tcp -j DROP\n-D OUTPUT -p tcp -j DROP', []],
    ['-A OUTPUT -j DROP\n-A OUTPUT -j ACCEPT\n-A OUTPUT -j DROP\n-D OUTPUT -j DROP', ['always → accept', 'always → drop']],
    ['-A OUTPUT -j DROP\n-F OUTPUT', []],
    ['-A OUTPUT -j DROP\n-F', []],
    ['-A OUTPUT -j DROP\n-Z OUTPUT', ['always → drop']],
    ['-A OUTPUT -4 -j DROP\n-A OUTPUT -6 -j ACCEPT', ['always → drop']],
  ])('%j', (lines, rules) => {
    expect(rulesOf(lines)).toEqual(rules);
  });

  it('make, empty and delete chains', () => {
    const text = '*filter\n:OUTPUT ACCEPT\n-N a\n-N b\n-A a -j DROP\n-A OUTPUT -j a\n-X b\nCOMMIT\n';
    expect(chainsOf(parse(text))).toEqual({
      'ip filter/OUTPUT': ['always → jump ip filter/a'],
      'ip filter/a': ['always → drop'],
    });
  });

  it('delete every empty chain of the user with -X alone', () => {
    expect(
      Object.keys(chainsOf(parse('*filter\n:OUTPUT ACCEPT\n:a -\n:b -\n-A b -j DROP\n-A OUTPUT -j b\n-X\nCOMMIT\n'))),
    ).toEqual(['ip filter/OUTPUT', 'ip filter/b']);
  });

  it('set a policy', () => {
    expect(basesOf(parse('*filter\n:OUTPUT ACCEPT\n-P OUTPUT DROP\n-P FORWARD DROP\nCOMMIT\n'))).toEqual([
      'ip filter/FORWARD forward filter 0 drop',
      'ip filter/OUTPUT output filter 0 drop',
    ]);
  });

  it('of a later block of the same table replace the rules of the earlier one, and keep its policies', () => {
    const text = '*filter\n:OUTPUT DROP\n:a -\n-A OUTPUT -j a\nCOMMIT\n*filter\n-A OUTPUT -p tcp -j ACCEPT\nCOMMIT\n';
    expect(chainsOf(parse(text))).toEqual({ 'ip filter/OUTPUT': ['proto 6 → accept'] });
    expect(basesOf(parse(text))).toEqual(['ip filter/OUTPUT output filter 0 drop']);
    expect(warningsOf(text)).toEqual(['6 table-twice']);
  });
});

describe('a policy DROP of an earlier block of its table', () => {
  const [first, later] = [
    '*filter\n:INPUT DROP\n:FORWARD DROP\n:OUTPUT ACCEPT\nCOMMIT\n',
    '-A FORWARD -p udp -j ACCEPT\nCOMMIT\n',
  ];
  /** What the last block does not give again: as it is told, and as it keeps one doubt from another. */
  const kept = (...texts: readonly string[]): readonly (string | undefined)[] => {
    const { assumptions, unseen } = parse(texts.join(''));
    const told = assumptions.flatMap((text) => /^fw gives the policy DROP of (.*) in an earlier block/.exec(text)?.[1] ?? []);
    return [...told, ...unseen.map((one) => (one.kind === 'dump' ? one.content : one.chain))];
  };

  it.each([
    ['none', `*filter\n${later}`, ['filter/INPUT and filter/FORWARD', 'ipv4 policies filter/INPUT filter/FORWARD']],
    ['another', `*filter\n:INPUT DROP\n${later}`, ['filter/FORWARD', 'ipv4 policies filter/FORWARD']],
    [
      'the line of a chain without a policy',
      `*filter\n:INPUT ACCEPT\n:FORWARD - [0:0]\n${later}`,
      ['filter/FORWARD', 'ipv4 policies filter/FORWARD'],
    ],
    [
      'it in a block between',
      `*filter\n:INPUT ACCEPT\n:FORWARD DROP\nCOMMIT\n*filter\n${later}`,
      ['filter/FORWARD', 'ipv4 policies filter/FORWARD'],
    ],
    ['nothing at all', '*filter\nCOMMIT\n', ['filter/INPUT and filter/FORWARD', 'ipv4 policies filter/INPUT filter/FORWARD']],
  ])('is told where the later ones give %s', (_, text, told) => {
    expect(kept(first, text)).toEqual(told);
    expect(basesOf(parse(`${first}${text}`))).toContain('ip filter/FORWARD forward filter 0 drop');
  });

  it.each([
    ['there is no later one', ''],
    ['they are of another table', '*mangle\n-A FORWARD -p tcp -j ACCEPT\nCOMMIT\n'],
    ['the last gives it', `*filter\n:INPUT DROP\n:FORWARD DROP\n${later}`],
    ['the last gives ACCEPT', `*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n${later}`],
    ['the last gives it by a command', `*filter\n-P INPUT DROP\n-P FORWARD DROP\n${later}`],
    ['only one between lacks it', `*filter\nCOMMIT\n*filter\n:INPUT DROP\n:FORWARD DROP\n${later}`],
  ])('is not told where %s', (_, text) => {
    expect(kept(first, text)).toEqual([]);
  });

  it('is no policy that the file does not give', () => {
    expect(parse(`${first}*filter\n${later}`).assumptions.filter((text) => text.includes('gives no policy'))).toEqual([]);
    expect(parse(`*filter\n${later}*filter\n${later}`).assumptions).toContain(
      'fw gives no policy of filter/INPUT, filter/FORWARD, filter/OUTPUT: it is taken to be ACCEPT.',
    );
    expect(kept('*filter\n', later, '*filter\n', later)).toEqual([]);
  });
});

describe('a chain named like a target', () => {
  it('is not reached by the name of a target of iptables itself', () => {
    expect(rulesOf(':LOG - [0:0]\n-A OUTPUT -j LOG')).toEqual(['always → next']);
  });

  it('is reached by the name of a target of an add-on', () => {
    expect(rulesOf(':TARPIT - [0:0]\n-A OUTPUT -j TARPIT')).toEqual(['always → jump ip filter/TARPIT']);
  });

  it('is reached in capitals', () => {
    expect(rulesOf(':LOGDROP - [0:0]\n-A OUTPUT -j LOGDROP')).toEqual(['always → jump ip filter/LOGDROP']);
  });
});

describe('a file that iptables-restore does not load as it stands', () => {
  const ONE = '*filter\n:FORWARD DROP [0:0]\n';
  it.each([
    ['a chain without its line', `${ONE}-A a -j DROP\n-A FORWARD -j a\nCOMMIT\n`, ['3 chain-undeclared']],
    ['a chain whose line comes behind a jump to it', `${ONE}-A FORWARD -j a\n:a - [0:0]\nCOMMIT\n`, ['3 chain-undeclared']],
    ['a chain that is made behind a goto to it', `${ONE}-A FORWARD -g a\n-N a\nCOMMIT\n`, ['3 chain-undeclared']],
    ['no line feed behind COMMIT', `${ONE}COMMIT`, ['3 no-line-feed']],
    ['a byte order mark', `\ufeff${ONE}COMMIT\n`, ['1 byte-order-mark']],
  ])('is doubted: %s', (_, text, warnings) => {
    expect(warningsOf(text)).toEqual(warnings);
    const codes = warnings.map((one) => `ipv4 ${one.split(' ')[1]}`);
    expect(parse(text).unseen.map((one) => (one.kind === 'dump' ? one.content : one.chain))).toEqual(codes);
  });

  it.each([
    ['built-in chains without their lines', '*filter\n-A FORWARD -j DROP\nCOMMIT\n'],
    ['chains that -N makes', `${ONE}-N a\n-A a -j DROP\n-A FORWARD -j a\nCOMMIT\n`],
    ['a comment without a line feed at the end', `${ONE}COMMIT\n# end`],
    ['targets that are not known', `${ONE}-A FORWARD -j FOO\nCOMMIT\n`],
    ['a chain of that name in another table', `${ONE}-A FORWARD -j FOO\nCOMMIT\n*mangle\n:FOO -\n-A FORWARD -j FOO\nCOMMIT\n`],
  ])('is not one with %s', (_, text) => {
    expect(parse(text).unseen).toEqual([]);
  });

  it('says which chains, and where', () => {
    expect(parse(`${ONE}-A a -j DROP\n-A FORWARD -j a\n-A FORWARD -j b\n:b -\nCOMMIT\n`).unseen).toEqual([
      {
        kind: 'dump',
        content: 'ipv4 chain-undeclared',
        text: 'Lines of fw use the chains a and b and no line before them makes them: iptables-restore refuses that, and then loads nothing. Write :a - [0:0] below *TABLE, and so of the others, or give what iptables-save prints.',
      },
    ]);
  });
});

describe('warnings about files', () => {
  it.each([
    ['a table without COMMIT, at the end', '*filter\n:OUTPUT ACCEPT\n', ['1 no-commit']],
    ['a table without COMMIT, before another', '*nat\n*filter\n:OUTPUT ACCEPT\nCOMMIT\n', ['1 no-commit']],
    ['an indented COMMIT', '*filter\n:OUTPUT ACCEPT\n  COMMIT\n', ['3 refused-line']],
    ['a blank behind COMMIT', '*filter\n:OUTPUT ACCEPT\nCOMMIT \n', ['3 refused-line']],
    ['an indented table', ' *filter\n:OUTPUT ACCEPT\nCOMMIT\n', ['1 refused-line']],
    ['an indented chain', '*filter\n\t:OUTPUT ACCEPT\nCOMMIT\n', ['2 refused-line']],
    ['an indented comment', '*filter\n:OUTPUT ACCEPT\n # mail\nCOMMIT\n', ['3 refused-line']],
    ['a line of blanks', '*filter\n:OUTPUT ACCEPT\n \n-A OUTPUT -j DROP\nCOMMIT\n', ['3 refused-line']],
    ['no indented rule, and no empty line', '*filter \n:OUTPUT ACCEPT\n\n  -A OUTPUT -j DROP \nCOMMIT\n# end\n', []],
    ['carriage returns', '*filter\r\n:OUTPUT ACCEPT\r\n\r\nCOMMIT\r\n', ['1 carriage-return']],
    ['a COMMIT too many', '*filter\n:OUTPUT ACCEPT\nCOMMIT\nCOMMIT\n', ['4 stray-commit']],
    ['a built-in chain without its line', '*filter\n-A OUTPUT -j DROP\nCOMMIT\n', ['2 chain-undeclared']],
    [
      'a chain that nothing leads to',
      '*filter\n:OUTPUT ACCEPT\n:a -\n:b -\n-A a -j b\nCOMMIT\n',
      ['3 chain-unused', '4 chain-unused'],
    ],
    [
      'rules of iptables-legacy',
      '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n*filter\n:OUTPUT ACCEPT\nCOMMIT\n',
      ['1 other-rules'],
    ],
    [
      'rules of ip6tables-legacy',
      '# Warning: ip6tables-legacy tables present, use ip6tables-legacy-save to see them\n*filter\n:OUTPUT ACCEPT\nCOMMIT\n',
      ['1 other-rules'],
    ],
    [
      'chains of nft in the same table',
      "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n*nat\n:OUTPUT ACCEPT\nCOMMIT\n",
      ['1 other-rules'],
    ],
    [
      'rules of nft in the same table',
      "# Table `nat' is incompatible, use 'nft' tool.\n*filter\n:OUTPUT ACCEPT\nCOMMIT\n",
      ['1 other-rules'],
    ],
    ['a name that is an add-on with options', '*filter\n:OUTPUT ACCEPT\n-A OUTPUT -j FOO --bar\nCOMMIT\n', ['3 unknown-target']],
  ])('%s', (_, text, warnings) => {
    expect(warningsOf(text)).toEqual(warnings);
  });

  it('come with an assumption where rules are not shown', () => {
    expect(parse("# Table `nat' is incompatible, use 'nft' tool.\n*filter\n:OUTPUT ACCEPT\nCOMMIT\n").assumptions[0]).toBe(
      'Tables that the file calls incompatible and does not show let everything pass.',
    );
  });
});

describe('deep chains', () => {
  it('are no circle, and do not end the program', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `c${index}`);
    const lines = [
      ':OUTPUT ACCEPT',
      ...names.map((name) => `:${name} -`),
      '-A OUTPUT -j c0',
      ...names.slice(1).map((name, index) => `-A c${index} -j ${name}`),
    ];
    expect(parse(`*filter\n${lines.join('\n')}\nCOMMIT\n`).chains.size).toBe(20_001);
    expect(() => parse(`*filter\n${lines.join('\n')}\n-A c19999 -j c0\nCOMMIT\n`)).toThrowError(/circle/);
  });
});
