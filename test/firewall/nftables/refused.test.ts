import { describe, expect, it } from 'vitest';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';
import { showChain } from '../show.ts';

const FORWARD = 'chain f { type filter hook forward priority 0; policy drop; }';

/** What nft or the kernel refuses as a whole is no configuration of a firewall. */
describe('is refused', () => {
  it.each([
    ['a second define', 'define p = 25\ndefine p = 26\n', '2:8 defined-twice'],
    ['a define in a block of a name that stands outside', 'define p = 25\ntable ip t {\ndefine p = 26\n}\n', '3:8 defined-twice'],
    [
      'a name behind its block',
      'table ip t {\ndefine p = 25\n}\ntable ip u { chain c { tcp dport $p drop; }; }\n',
      '4:35 unknown-name',
    ],
    [
      'a name that is undefined',
      'define p = 25\nundefine p\ntable ip t { chain c { tcp dport $p drop; }; }\n',
      '3:35 unknown-name',
    ],
    [
      'a name behind the block that undefined it',
      'define p = 25\ntable ip t {\nundefine p\nchain c { tcp dport $p drop; }\n}\n',
      '4:22 unknown-name',
    ],
    ['undefine of no name', 'undefine p\ntable ip t { }\n', '1:10 unknown-name'],
    ['a jump to a base chain', `table ip t {\n${FORWARD}\nchain c { jump f; }\n}\n`, '3:16 base-chain'],
    ['chains in a circle', circle('a', 'b'), '2:7 circle'],
    ['a chain that calls itself', circle('a'), '2:7 circle'],
    ['calls 16 deep', `${calling(16)}`, '1:434 deep-calls'],
    ['nat at forward', 'table ip t { chain c { type nat hook forward priority 0; }; }', '1:38 bad-hook'],
    ['route but at output', 'table ip t { chain c { type route hook forward priority 0; }; }', '1:40 bad-hook'],
    [
      'nat before connections are tracked',
      'table ip t { chain c { type nat hook output priority -200; }; }',
      '1:29 bad-priority',
    ],
    [
      'a name of nat at another hook',
      'table ip t { chain c { type filter hook forward priority srcnat; }; }',
      '1:58 bad-priority',
    ],
    ['a network in a set of addresses', set('type ipv4_addr; elements = { 10.0.0.1, 10.20.0.0/16 }'), '1:61 missing-flag'],
    ['a range in a set of ports', set('type inet_service; elements = { 25-26 }'), '1:54 missing-flag'],
    ['a set without a type', set('elements = { 25 }'), '1:18 missing-type'],
    ['create of a table that is there', 'table ip t { }\ncreate table ip t\n', '2:17 exists'],
    ['create of a chain that is there', `table ip t {\n${FORWARD}\n}\ncreate chain ip t f\n`, '4:19 exists'],
  ])('%s', (_, text, says) => {
    expect(mistakesOf(text).map(({ at }) => at)).toEqual([says]);
  });

  it.each([
    ['define p = 25\ndefine p = 26\n', 'p is defined already, and nft refuses a second define. Write redefine.'],
    ['undefine p\ntable ip t { }\n', '$p is not defined.'],
    [
      `table ip t {\n${FORWARD}\nchain c { goto f; }\n}\n`,
      'The kernel refuses a goto to f, which is a base chain. Put its rules into a chain of their own.',
    ],
    [circle('a', 'b'), 'The chains lead round in a circle, which the kernel refuses: a → b → a.'],
    [
      calling(16),
      'By way of this chain more than 15 calls follow upon each other, which the kernel refuses. Put the rules of one chain into its caller.',
    ],
    [
      'table ip t { chain c { type nat hook forward priority 0; }; }',
      'A chain of type nat cannot be at the hook forward: write the type filter, or the hook prerouting, input, output or postrouting.',
    ],
    [
      'table ip t { chain c { type route hook forward priority 0; }; }',
      'A chain of type route cannot be at the hook forward: write the type filter, or the hook output.',
    ],
    ['table ip t { chain c { type nat hook output priority -200; }; }', 'A chain of type nat needs a priority above -200.'],
    [
      'table ip t { chain c { type filter hook forward priority srcnat; }; }',
      'The priority srcnat has no meaning at the hook forward: write a number.',
    ],
    [
      set('type ipv4_addr; elements = { 10.20.0.0/16 }'),
      'A network, a range or the beginning of a name needs the flag interval: write flags interval; in the set s.',
    ],
    [set('elements = { 25 }'), 'The set s has no type: write one, such as type inet_service or typeof tcp dport.'],
    [`table ip t {\n${FORWARD}\n}\ncreate chain ip t f\n`, 'nft refuses to create this chain: it is there already. Write add.'],
  ])('with what to write instead: %j', (text, message) => {
    expect(mistakesOf(text).map((one) => one.message)).toEqual([message]);
  });
});

describe('is read', () => {
  it.each([
    ['calls 15 deep', calling(15)],
    ['a circle that no base chain leads to', 'table ip t {\nchain a { jump b; }\nchain b { jump a; }\n}\n'],
    ['a redefinition', 'define p = 25\nredefine p = 26\ntable ip t { }\n'],
    ['a name in one block and another', 'table ip t {\ndefine p = 25\n}\ntable ip u {\ndefine p = 26\n}\n'],
    ['a block that undefines what is defined before it', 'define p = 25\ntable ip t {\nundefine p\ndefine p = 26\n}\n'],
    ['a priority of nat where any nft knows it', 'table ip t { chain c { type nat hook output priority dstnat; }; }'],
    ['a network in a set of intervals', set('type ipv4_addr; flags interval; elements = { 10.20.0.0/16 }')],
    ['create', 'create table ip t\ncreate chain ip t c\n'],
  ])('%s', (_, text) => {
    expect(mistakesOf(text)).toEqual([]);
  });
});

describe('a number', () => {
  it.each([
    ['tcp dport 0x19 drop', 'proto 6 & dport 25 → drop'],
    ['tcp dport 031 drop', 'proto 6 & dport 25 → drop'],
    ['tcp dport { 0x19-0x1a, 587 } drop', 'proto 6 & dport 25-26,587 → drop'],
    ['meta skuid 0151 accept', 'user any & user 105 → accept'],
    ['meta mark 031 accept', '"meta mark 25" → accept'],
    ['meta mark 089 accept', '"meta mark 089" → accept'],
    ['ip saddr 10.0.0.0/010 drop', 'ipv4 & "ip saddr 10.0.0.0/8" → drop'],
  ])('is read as nft does: %s', (rule, is) => {
    const chain = parseNft(`table inet t {\nchain c {\n${rule}\n}\n}\n`, 'x').chains.get('inet t/c');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([is]);
  });
});

describe('flags under a mask', () => {
  it.each([
    ['tcp flags & (syn | ack) == syn | ack drop', 'proto 6 & flags 18/18 → drop'],
    ['tcp flags & syn == syn drop', 'proto 6 & flags 2/2 → drop'],
    ['tcp flags & (fin|syn|rst|ack) syn drop', 'proto 6 & flags 2/23 → drop'],
    // (flags & syn) | ack, which is syn | ack for the first packet of a connection.
    ['tcp flags & syn|ack == syn|ack drop', 'proto 6 & "tcp flags & syn | ack == syn | ack" → drop'],
    ['tcp flags & (syn | ack) | ack == syn | ack drop', 'proto 6 & "tcp flags & ( syn | ack ) | ack == syn | ack" → drop'],
    ['tcp flags & syn,ack == syn drop', 'proto 6 & "tcp flags & syn, ack == syn" → drop'],
  ])('%s', (rule, is) => {
    const chain = parseNft(`table inet t {\nchain c {\n${rule}\n}\n}\n`, 'x').chains.get('inet t/c');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([is]);
  });
});

describe('states with bars between them', () => {
  it.each([
    ['ct state != established | related drop', 'always → drop'],
    ['ct state established | related accept', 'state established,related → accept'],
    ['ct state != ( established | related ) drop', 'always → drop'],
  ])('as nft lists them: %s', (rule, is) => {
    const chain = parseNft(`table inet t {\nchain c {\n${rule}\n}\n}\n`, 'x').chains.get('inet t/c');
    expect(chain === undefined ? [] : showChain(chain)).toEqual([is]);
  });
});

function set(words: string): string {
  return `table ip t { set s { ${words}; }; }\n`;
}

function circle(...names: readonly string[]): string {
  const chains = names.map((name, at) => `chain ${name} { jump ${names[(at + 1) % names.length]}; }`);
  return `table ip t {\n${chains.join('\n')}\nchain f { type filter hook forward priority 0; jump a; }\n}\n`;
}

/** Chains that call each other so many times from a base chain on. */
function calling(times: number): string {
  const chains = Array.from({ length: times }, (_, at) => `chain c${at} { ${at + 1 < times ? `jump c${at + 1}` : 'accept'}; }`);
  return `table ip t {chain f { type filter hook forward priority 0; jump c0; }; ${chains.join('; ')}; }\n`;
}

interface Mistake {
  /** `LINE:COLUMN CODE` */
  readonly at: string;
  readonly message: string;
}

function mistakesOf(text: string): Mistake[] {
  try {
    parseNft(text, 'x');
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ location, code, message }) => ({ at: `${location?.line}:${location?.column} ${code}`, message }));
  }
}
