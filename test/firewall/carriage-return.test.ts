import { expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { InputError } from '../../src/model/problem.ts';

const NFT = (end: string): string =>
  `table inet t {\n chain f {\n  type filter hook forward priority 0; policy accept;\n  # keep mail in${end}  tcp dport 25 drop\n }\n}\n`;
const IPTABLES = (end: string): string =>
  `*filter\n:FORWARD ACCEPT [0:0]\n# keep mail in${end}-A FORWARD -p tcp --dport 25 -j DROP\nCOMMIT\n`;

function codesOf(text: string): readonly string[] {
  try {
    readConfiguration([{ file: 'fw', text, format: null, include: () => null }]);
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
