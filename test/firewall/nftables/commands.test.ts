import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import { parseNft } from '../../../src/firewall/nftables/text.ts';
import { InputError } from '../../../src/model/problem.ts';
import { showChain } from '../show.ts';

const OUT = 'flush ruleset\nadd table inet edge\nadd chain inet edge out { type filter hook output priority 0; policy drop; }\n';

describe('rules at a place', () => {
  it.each([
    ['behind the one of an index', 'add rule inet edge out index 0 tcp dport 3 accept', ['1', '3', '2']],
    ['before the one of an index', 'insert rule inet edge out index 1 tcp dport 3 accept', ['1', '3', '2']],
    ['behind the one of a handle', 'add rule inet edge out handle 8 tcp dport 3 accept', ['1', '2', '3']],
    ['behind a position, as handles were called', 'add rule inet edge out position 7 tcp dport 3 accept', ['1', '3', '2']],
    ['in the place of another', 'replace rule inet edge out handle 7 tcp dport 3 accept', ['3', '2']],
    ['gone', 'delete rule inet edge out handle 8', ['1']],
    ['without the word rule', 'add inet edge out tcp dport 3 accept', ['1', '2', '3']],
    ['flushed', 'flush chain inet edge out', []],
  ])('%s: %s', (_, command, ports) => {
    const rules = 'add rule inet edge out tcp dport 1 drop # handle 7\nadd rule inet edge out tcp dport 2 drop # handle 8\n';
    expect(shown(`${OUT}${rules}${command}\n`).map((rule) => /dport (\d)/.exec(rule)?.[1])).toEqual(ports);
  });

  it.each([
    ['add rule inet edge out handle 9 accept', '5:31 unknown-rule'],
    ['add rule inet edge out index 4 accept', '5:30 unknown-rule'],
    ['delete rule inet edge out handle 9', '5:34 unknown-rule'],
    ['delete rule inet edge nosuch handle 9', '5:23 not-supported'],
    ['delete element inet edge s { 25 }', '5:30 unknown-element'],
    ['add rule inet edge nosuch accept', '5:20 unknown-chain'],
    ['add rule ip edge out accept', '5:13 unknown-table'],
  ])('are refused where the text does not show which: %s', (command, says) => {
    expect(mistakesOf(() => parseNft(`${OUT}add rule inet edge out drop\n${command}\n`, 'x'))).toEqual([says]);
  });

  it('are refused where it depends on the version of nft whether an element is gone', () => {
    const text = `${OUT}add set inet edge s { type inet_service; flags interval; elements = { 20-30 } }\ndelete element inet edge s { 20-30 }\n`;
    expect(mistakesOf(() => parseNft(text, 'x'))).toEqual(['5:8 not-supported']);
  });

  it('are added to a table that is nowhere made, which is said', () => {
    const text = 'add chain ip edge out { type filter hook output priority 0; policy drop; }';
    expect(parseNft(text, 'x').assumptions).toContain(
      'The table ip edge is added to and nowhere made: what it held before is taken to be nothing.',
    );
  });
});

describe('a chain in braces', () => {
  const text = `${OUT}add rule inet edge out tcp dport 25 jump { ip daddr 192.0.2.1 accept; goto { drop; }; }\n`;

  it('is a chain of its own', () => {
    const { chains } = parseNft(text, 'x');
    expect([...chains.values()].flatMap((chain) => [chain.id, ...showChain(chain)])).toEqual([
      'inet edge/out',
      'proto 6 & dport 25 → jump inet edge/out{1}',
      'inet edge/out{1}',
      'ipv4 & dst 192.0.2.1 → accept',
      'always → goto inet edge/out{1}{1}',
      'inet edge/out{1}{1}',
      'always → drop',
    ]);
  });

  it('is cut where its rule is shown', () => {
    expect(parseNft(text, 'x').chains.get('inet edge/out')?.rules[0]?.place.text).toBe('tcp dport 25 jump { … }');
  });
});

describe('a rule as it is shown', () => {
  it('has what a terminal acts on, or a reader does not see, as escapes', () => {
    const rule = 'accept comment "Büro \u009b31m\u202e"';
    const { chains } = parseNft(`table inet edge { chain out { ${rule}; }; }`, 'x');
    expect(chains.get('inet edge/out')?.rules[0]?.place.text).toBe('accept comment "Büro \\x9b31m\\u{202e}"');
  });
});

describe('files that are included', () => {
  const files: Readonly<Record<string, string>> = {
    'zones/a.nft': 'define mail = { 25, 587 }\n',
    'zones/b.nft': 'table inet edge {\n\tchain out { type filter hook output priority 0; tcp dport $mail drop\n}\n}\n',
    'bad.nft': 'table inet edge {\n\tchain out { tcp dport @nosuch drop; }\n}\n',
    'again.nft': 'include "again.nft"\n',
    'open.nft': 'table ip a {\n}',
    'mail.nft': 'define mail = 25',
    'note.nft': 'table ip a { }\n# the end',
    'deep.nft': 'include "open.nft"\n',
  };
  const include = (pattern: string): { file: string; text: string }[] | null => {
    if (pattern.includes('*'))
      return Object.keys(files)
        .filter((file) => file.startsWith(pattern.replace('*.nft', '')))
        .map((file) => ({ file, text: files[file] ?? '' }));
    const text = files[pattern];
    return text === undefined ? null : [{ file: pattern, text }];
  };

  it('stand where they are included, each with its own places', () => {
    const { chains } = readConfiguration([
      { file: 'edge.nft', text: 'flush ruleset\ninclude "zones/*.nft"\n', format: null, include },
    ]);
    const chain = chains.get('inet edge/out');
    expect(chain === undefined ? [] : showChain(chain)).toEqual(['proto 6 & dport 25,587 → drop']);
    expect(chain?.rules[0]?.place).toEqual({ file: 'zones/b.nft', line: 2, column: 50, text: 'tcp dport $mail drop' });
  });

  it('may stand inside of a table', () => {
    const { chains } = parseNft('table inet edge {\ninclude "none/*.nft"\nchain a { drop; }\n}\n', 'x', include);
    expect([...chains.keys()]).toEqual(['inet edge/a']);
  });

  it('are told by their own names where they are wrong', () => {
    expect(mistakesOf(() => parseNft('include "bad.nft"\n', 'x', include))).toEqual(['2:25 unknown-set']);
  });

  it.each([
    ['a name without a file', 'include "nosuch.nft"\n', '1:1 include'],
    ['files that include themselves', 'include "again.nft"\n', '1:1 include-depth'],
  ])('are refused: %s', (_, text, says) => expect(mistakesOf(() => parseNft(text, 'x', include))).toEqual([says]));

  // Each as nft 1.0.6 was seen to do.
  it.each([
    ['include "open.nft"\ntable ip b { }\n', ['2:1 separator']],
    ['include "open.nft"\n# of mail\ntable ip b { }\n', ['2:1 separator']],
    ['include "open.nft" # of mail\ninclude "open.nft"\n', ['2:1 separator']],
    ['table ip c {\ninclude "none/*.nft"\n}\ninclude "deep.nft"\ntable ip b { }\n', ['2:1 separator']],
    ['table ip b { }\ninclude "mail.nft"\n', ['1:15 separator']],
    ['include "note.nft"\n\ntable ip b { }\n', ['2:1 separator']],
    ['include "open.nft"\n', []],
    ['include "open.nft"\n# of mail\n', []],
    ['include "open.nft";\ntable ip b { }\n', []],
    ['include "open.nft"\n\ntable ip b { }\n', []],
    ['include "mail.nft"\n\ntable ip b { }\n', []],
    ['include "deep.nft"\n\ntable ip b { }\n', []],
  ])('go on behind the include where no line feed ends them: %j', (text, says) => {
    expect(mistakesOf(() => parseNft(text, 'x', include))).toEqual(says);
  });

  it('are asked for where nobody can read them, and nothing else with them', () => {
    const text = 'include "/etc/nftables/sets.nft"\ntable inet a { chain o { ip saddr @there drop; }; }\n';
    expect(mistakesOf(() => parseNft(text, 'x'))).toEqual(['1:1 include']);
  });
});

describe('what is no configuration yet', () => {
  it.each([
    ['table inet a { chain o { ip saddr {{ office }} accept; }; }', '1:35 template'],
    ['table inet a { chain o {\n{% if x %}\naccept\n{% endif %}\n}; }', '2:1 template'],
    ['define lan = { "{{ lan | join(\'", "\') }}" }\n', '1:17 template'],
  ])('is refused as a template: %j', (text, says) => expect(mistakesOf(() => parseNft(text, 'x'))).toEqual([says]));

  it('is none for braces in braces, and for what a comment says', () => {
    const text = '# {{ ansible_managed }}\ntable inet a { chain o { tcp dport { { 25 }, 26 } drop; }; }';
    expect(mistakesOf(() => parseNft(text, 'x'))).toEqual([]);
  });

  it.each([
    ['#!/bin/bash\nnft flush ruleset\n', 'This looks like a shell script'],
    ['def configure(plan):\n    plan.write("""\ntable inet a { }\n""")\n', 'This looks like a Python script'],
  ])('is refused as a script, once: %j', (text, says) => {
    const read = (): unknown => readConfiguration([{ file: 'x.nft', text, format: 'nftables' }]);
    expect(mistakesOf(read)).toHaveLength(1);
    expect(read).toThrow(says);
  });
});

function shown(text: string): readonly string[] {
  const chain = parseNft(text, 'x').chains.get('inet edge/out');
  return chain === undefined ? [] : showChain(chain);
}

function mistakesOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems
      .filter(({ severity }) => severity === 'error')
      .map(({ location, code }) => `${location?.line}:${location?.column} ${code}`);
  }
}
