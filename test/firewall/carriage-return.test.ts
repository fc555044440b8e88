import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import type { Ruleset } from '../../src/firewall/ruleset.ts';
import { InputError } from '../../src/model/problem.ts';

const NFT = (end: string): string =>
  `table inet t {\n chain f {\n  type filter hook forward priority 0; policy accept;\n  # keep mail in${end}  tcp dport 25 drop\n }\n}\n`;
const IPTABLES = (end: string): string =>
  `*filter\n:FORWARD ACCEPT [0:0]\n# keep mail in${end}-A FORWARD -p tcp --dport 25 -j DROP\nCOMMIT\n`;

function read(text: string): Ruleset {
  return readConfiguration([{ file: 'fw', text, format: null, include: () => [{ file: 'other', text: 'define p = 25\r\n' }] }]);
}

/** What keeps it from being loaded as it stands. */
function doubtsOf(text: string): readonly string[] {
  return read(text).unseen.flatMap((one) => (one.kind === 'dump' ? [one.content] : []));
}

function codesOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ code, location }) => `${location?.line}:${location?.column} ${code}`);
  }
}

// The line behind it is a part of the comment to nft and iptables-restore, and looks like a rule.
it('that stands alone is refused, since it ends no line for who loads the file', () => {
  expect(codesOf(NFT('\r'))).toEqual(['4:17 carriage-return']);
  expect(codesOf(IPTABLES('\r'))).toEqual(['3:15 carriage-return']);
  expect(codesOf(`create a hash:ip family inet\nadd a 10.0.0.1\radd a 10.0.0.2\n`)).toContain('2:15 carriage-return');
});

it('before a line feed is none', () => {
  expect([codesOf(NFT('\r\n')), codesOf(IPTABLES('\r\n')), codesOf(NFT('\n'))]).toEqual([[], [], []]);
});

it('before a line feed is a doubt where nft and iptables-restore refuse it, which is not in a comment', () => {
  expect([doubtsOf(NFT('\n')), doubtsOf(NFT('\r\n')), doubtsOf(IPTABLES('\n')), doubtsOf(IPTABLES('\r\n'))]).toEqual([
    [],
    [],
    [],
    [],
  ]);
  expect(doubtsOf(NFT('\n').replaceAll('\n', '\r\n'))).toEqual(['nft carriage-return']);
  expect(doubtsOf(`include "other"\n${NFT('\n')}`)).toEqual(['nft carriage-return']);
  expect(doubtsOf(IPTABLES('\n').replaceAll('\n', '\r\n'))).toEqual(['ipv4 carriage-return']);
});

it.each([
  ['a table', '*filter\r\n:FORWARD DROP [0:0]\nCOMMIT\n', ['ipv4 carriage-return']],
  ['a policy without counters', '*filter\n:FORWARD DROP\r\nCOMMIT\n', ['ipv4 carriage-return']],
  ['a chain with counters', '*filter\n:FORWARD DROP [0:0]\r\nCOMMIT\n', []],
  ['a rule', '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j DROP\r\nCOMMIT\n', ['ipv4 carriage-return']],
  ['nothing', '*filter\n:FORWARD DROP [0:0]\n\r\nCOMMIT\n', ['ipv4 carriage-return']],
  ['COMMIT', '*filter\n:FORWARD DROP [0:0]\nCOMMIT\r\n', ['ipv4 carriage-return']],
])('of iptables behind %s is refused as iptables-restore does', (_, text, doubts) => {
  expect(doubtsOf(text)).toEqual(doubts);
});

it('is no mark of the order of bytes, which both refuse as well', () => {
  expect([doubtsOf(`\ufeff${NFT('\n')}`), doubtsOf(`\ufeff${IPTABLES('\n')}`)]).toEqual([
    ['nft byte-order-mark'],
    ['ipv4 byte-order-mark'],
  ]);
});
