import { describe, expect, it } from 'vitest';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';

function fileOf(rules: string, further = ''): string {
  return `flush ruleset\ntable inet edge { chain out { type filter hook output priority 0; policy drop;\n${rules}\n}\n${further}; }\n`;
}

function toldOf(text: string): readonly string[] {
  try {
    return parseNft(text, 'x').problems.map(({ code, location, message }) => `${location?.line} ${code}: ${message}`);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ code, location, message }) => `${location?.line} ${code}: ${message}`);
  }
}

describe('a misspelt word', () => {
  it('of a field is told with the one that was meant, once for each place', () => {
    expect(toldOf(fileOf('tcp dprot 443-993 accept\nip sadr 10.20.0.0/16 accept\ntcp dport 25 accept'))).toEqual([
      '3 misspelt: tcp dprot is not understood: what hangs on it is conditional. "dprot" is not known here: did you mean dport? nft -c -f FILE tells whether the file can be loaded.',
      '4 misspelt: ip sadr is not understood: what hangs on it is conditional. "sadr" is not known here: did you mean saddr? nft -c -f FILE tells whether the file can be loaded.',
    ]);
  });

  it('at the beginning of a match, or in the place of a verdict, too', () => {
    expect(toldOf(fileOf('iifnam "eth0" accept\ntcp dport 25 acept'))).toEqual([
      expect.stringMatching(/^3 not-understood: .* "iifnam" is not known here: did you mean iifname\?/),
      expect.stringMatching(/^4 not-understood: .* "acept" is not known here: did you mean accept\?/),
    ]);
  });
});

describe('a chain', () => {
  it.each(['jump', 'goto'])('needs a name behind %s', (verdict) => {
    expect(toldOf(fileOf(verdict))).toEqual([
      `3 unknown-chain: ${verdict} needs the name of a chain of this table behind it: ${verdict} NAME.`,
    ]);
  });

  it('whose name is a word of nft is warned of', () => {
    expect(toldOf(fileOf('tcp dport 25 drop', 'chain fwd { tcp dport 25 accept; }'))).toEqual([
      '5 reserved-name: nft takes fwd for a word of its own and refuses a file with a chain of that name: it may not be what is loaded. Name the chain otherwise.',
    ]);
    expect(toldOf(fileOf('tcp dport 25 drop', 'chain forward { tcp dport 25 accept; }'))).toEqual([]);
  });
});

function setWith(words: string, kind = 'set'): string {
  return `table inet t {\n${kind} p { type inet_service${kind === 'map' ? ' : verdict' : ''}; ${words}; }\n}\n`;
}

/** nft refuses each of these files as a whole. */
describe('the block of a set or a map', () => {
  it.each([
    ['elments = { 25 }', 'unknown-statement: elments is nothing that stands in a set. Did you mean elements?'],
    ['siez 5', 'unknown-statement: siez is nothing that stands in a set. Did you mean size?'],
    ['auto-mrege', 'unknown-statement: auto-mrege is nothing that stands in a set. Did you mean auto-merge?'],
    ['tpye inet_service', 'unknown-statement: tpye is nothing that stands in a set. Did you mean type?'],
    ['"size" 5', 'unknown-statement: size is nothing that stands in a set. Did you mean size?'],
    ['flags intervl', 'unknown-flag: intervl is no flag of a set. Did you mean interval?'],
    ['flags interval, x', 'unknown-flag: x is no flag of a set. Known are constant, interval, timeout, dynamic.'],
    ['elements { 25 }', 'bad-elements: Elements of a set stand behind an equals sign: elements = { … }.'],
    [
      'elements = { 25 }; elements = { 26 }',
      'second-elements: One block has one list of elements: put all of them into one pair of braces.',
    ],
    ['policy speed', 'bad-policy: The policy of a set is performance or memory.'],
  ])('%s is refused', (words, told) => {
    expect(toldOf(setWith(words))).toEqual([`2 ${told}`]);
    expect(() => parseNft(setWith(words), 'x')).toThrow(InputError);
  });

  it('of a map is told as one', () => {
    expect(toldOf(setWith('elments = { 25 : accept }', 'map'))).toEqual([
      '2 unknown-statement: elments is nothing that stands in a map. Did you mean elements?',
    ]);
  });

  it('may hold what any version of nft takes', () => {
    const words = [
      ...['flags interval, timeout, dynamic', 'timeout 1h', 'gc-interval 1h', 'elements = { 25, 587 }', 'size 65535', 'last'],
      ...['policy memory', 'auto-merge', 'counter', 'comment "mail"', 'quota 5 bytes', 'limit rate 5/second', 'ct count over 5'],
    ];
    for (const kind of ['set', 'map']) expect(toldOf(setWith(words.join('; '), kind))).toEqual([]);
  });
});

describe('reject with', () => {
  it.each([
    ['accept', 'Behind reject with stands tcp reset, or icmp, icmpv6 or icmpx and a reason.'],
    ['icpm port-unreachable', 'Behind reject with stands tcp reset, or icmp, icmpv6 or icmpx and a reason. Did you mean icmp?'],
    ['tcp rest', 'rest is no reason of reject with tcp. Did you mean reset?'],
    ['icmpx', 'reject with icmpx needs a reason. Known are port-unreachable, admin-prohibited, no-route, host-unreachable.'],
    ['icmp type host-unreachble', 'host-unreachble is no reason of reject with icmp. Did you mean host-unreachable?'],
  ])('%s is refused', (answer, told) => {
    expect(toldOf(fileOf(`tcp dport 25 reject with ${answer}`))).toEqual([`3 bad-reject: ${told}`]);
  });

  it('what nft knows is read', () => {
    const answers = ['tcp reset', 'icmp type 3', 'icmpx 1', 'icmpv6 policy-fail', 'icmp host-prohibited', 'icmpx type no-route'];
    expect(toldOf(fileOf(answers.map((answer) => `tcp dport 25 reject with ${answer}`).join('\n')))).toEqual([]);
  });
});

describe('a word in quotes', () => {
  const table = (base: string, define = ''): string => `${define}table inet t {\nchain f { ${base} }\n}\n`;

  it.each([
    ['accept', 'type filter hook forward priority 0; policy "accept";'],
    ['forward', 'type filter hook "forward" priority 0;'],
    ['filter', 'type "filter" hook forward priority 0;'],
  ])('is refused: %s', (word, base) => {
    expect(toldOf(table(base))).toEqual([`2 quoted: nft refuses a file with this word in quotes: write ${word} without them.`]);
  });

  it('may be what a name stands for', () => {
    const base = 'type filter hook forward priority 0; policy $p;';
    expect(toldOf(table(base, 'define p = "drop"\n'))).toEqual([]);
  });
});
