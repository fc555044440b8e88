import { describe, expect, it } from 'vitest';
import { fileOf, mistakesOf, parse } from './file.ts';
import { MISTAKES } from './mistake.cases.ts';

describe('a rule of iptables that is wrong', () => {
  it.each(MISTAKES)('$rule', ({ rule, says, ...small }) => {
    const line = 3 + rule.split('\n').length;
    expect(mistakesOf(fileOf(rule, small), small)).toEqual(says.map((said) => `${line}:${said}`));
  });
});

describe('a file of iptables that is wrong', () => {
  it.each([
    ['*fitler\n:OUTPUT ACCEPT\nCOMMIT\n', ['1:1 unknown-table There is no table fitler. Did you mean filter?']],
    ['*other\nCOMMIT\n', ['1:1 unknown-table There is no table other. The tables are raw, mangle, nat, filter, security.']],
    ['*filter nat\nCOMMIT\n', ['1:9 stray-word Nothing stands after the name of a table.']],
    [
      '-A OUTPUT -j DROP\n-A OUTPUT -j DROP\n',
      ['1:1 outside-table This line stands in no table. Write *filter, or another table, before it.'],
    ],
    [
      'iptables -P OUTPUT DROP\n',
      ['1:1 outside-table This line stands in no table. This looks like a shell script; give what iptables-save prints.'],
    ],
    ['# nothing\n\n', ['1:1 empty This file holds no table. A firewall without rules is written as *filter and COMMIT.']],
    [
      '*filter\n:OUTPUT ACCEPT\nCOMMIT\n:OUTPUT DROP\n',
      ['4:1 outside-table This line stands in no table. Write *filter, or another table, before it.'],
    ],
  ])('%j', (text, says) => {
    const found = mistakesOf(text).filter((mistake) => !mistake.includes(' empty ') || says[0]?.includes(' empty '));
    expect(found).toEqual(says);
  });

  it('says everything at once, in the order of the text, each with its line', () => {
    const lines = ['-A OUTPUT -p tpc', '-A OUTPUT -j nosuch', '-A OUTPUT -p tcp --dport 99999', '-A OUTPUT --what 5'];
    expect(mistakesOf(fileOf(lines.join('\n'))).map((mistake) => mistake.split(' ').slice(0, 2).join(' '))).toEqual([
      '4:14 unknown-protocol',
      '5:11 unknown-chain',
      '6:26 bad-port',
      '7:11 unknown-option',
    ]);
  });

  it('shows the line with a mark below', () => {
    expect(() => parse(fileOf('-A OUTPUT -p tcp --dport stmp'))).toThrowError(
      [
        'fw:4:26 error bad-port: stmp is no port. Did you mean smtp?',
        '  3 | :user - [0:0]',
        '> 4 | -A OUTPUT -p tcp --dport stmp',
        '    |                          ^^^^',
      ].join('\n'),
    );
  });
});
