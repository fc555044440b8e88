import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { folderWith, postern } from '../support/cli.ts';
import { write } from '../support/repository.ts';
import { BEFORE, POLICY } from '../support/review-example.ts';

const OPEN = 'table inet more { chain forward { type filter hook forward priority -1; tcp dport 25 accept; }; }\n';

/** A policy that names a folder with one configuration that complies, and these files. */
function place(files: Readonly<Record<string, string>>, firewalls = 'edge: { files: [fw] }'): string {
  const folder = folderWith(`${POLICY}\nfirewalls: { ${firewalls} }\n`);
  write(folder, { 'fw/edge.nft': BEFORE, ...files });
  return folder;
}

/** Exit code, and rows that are not judged. */
async function checked(folder: string, ...args: readonly string[]): Promise<readonly unknown[]> {
  const { status, stdout, stderr } = await postern(folder, 'check', '--format', 'json', ...args);
  if (stdout === '') return [status, stderr.trim()];
  const { checks } = JSON.parse(stdout) as Result;
  return [
    status,
    ...checks.filter(({ verdict }) => verdict === 'inconclusive').map(({ id, reason }) => `${id}: ${reason.split(',')[0]}`),
  ];
}

const doubt = (name: string): string => `config:edge:files: ${name} lies in the folder of this firewall`;

describe('postern check of a folder of configurations', () => {
  it.each([
    ['a configuration in a folder below', 'sub/open.nft', OPEN],
    ['a script of commands', 'open.sh', '#!/bin/sh\niptables -I FORWARD -p tcp --dport 25 -j ACCEPT\n'],
    ['a script that loads another file', 'load.sh', '#!/bin/sh\nnft -f edge.nft\nnft -f /etc/other.nft\n'],
    ['a script that loads what was read, and more', 'load.sh', '#!/bin/sh\nnft -f edge.nft && nft add element inet t s { 25 }\n'],
    ['a unit that does more', 'more.service', '# of ours\n[Service]\nExecStart=/usr/sbin/nft add rule inet t c accept\n'],
    ['a script that flushes a table', 'flush.sh', '#!/bin/sh\niptables -t nat -F\n'],
    ['a script with a loop', 'loop.sh', '#!/bin/sh\nfor t in iptables ip6tables; do $t -P FORWARD ACCEPT; done\n'],
    ['a script that lists and then deletes', 'list.sh', '#!/bin/sh\nnft -a list ruleset | xargs nft delete rule\n'],
  ])('does not judge it with %s', async (_, name, text) => {
    const folder = place({ [`fw/${name}`]: text });
    expect(await checked(folder)).toEqual([3, doubt(`fw/${name}`)]);
    expect(await checked(folder, '--config', 'fw')).toEqual([3, doubt(`fw/${name}`)]);
    expect((await checked(folder, '--config', 'fw/edge.nft'))[0]).toBe(0);
  });

  it('does not judge it with a link that leads nowhere', async () => {
    const folder = place({});
    symlinkSync('/nowhere/edge.nft', join(folder, 'fw/link.nft'));
    expect(await checked(folder)).toEqual([3, doubt('fw/link.nft')]);
  });

  it.each([
    ['README.md', '# How\n\n```sh\niptables -F\n```\n\n```\ntable inet t {\n}\n```\n'],
    ['sub/README.md', `# How\n\n${OPEN}`],
    ['notes', 'What we do, and why.\n'],
    ['picture.png', '\0\u0001\u0002'],
    ['fetch.sh', '#!/bin/sh\ngit pull\nsystemctl restart nftables\n'],
    [
      'load.sh',
      '#!/bin/sh\nset -e\n# nft -f other.nft\nnft -c -f edge.nft\nsudo /usr/sbin/nft -f "/etc/edge.nft"\nnft list ruleset\n',
    ],
    [
      'start.sh',
      '#!/bin/sh\ncd "$(dirname "$0")"\nnft -c -f edge.nft || { echo "nft refuses it" >&2; exit 1; }\nnft -f edge.nft\nlogger "nft is loaded"\n',
    ],
    [
      'firewall.service',
      '[Service]\nRemainAfterExit=yes\nExecStart=/usr/sbin/nft -f /etc/edge.nft\nExecStop=/usr/sbin/nft flush ruleset\n',
    ],
    ['save.sh', '#!/bin/sh\niptables-save > before\niptables -L -n\nip6tables -t nat -S\n'],
  ])('is not disturbed by %s', async (name, text) => {
    expect(await checked(place({ [`fw/${name}`]: text }))).toEqual([0]);
  });

  it('takes what other firewalls of the policy read for read, whichever is asked for', async () => {
    const folder = place({ 'fw/core/core.nft': BEFORE }, 'edge: { files: [fw] }, core: { files: [fw/core] }');
    expect(await checked(folder)).toEqual([0]);
    expect(await checked(folder, '--firewall', 'edge')).toEqual([0]);
    write(folder, { 'fw/core/more/open.nft': OPEN });
    expect(await checked(folder, '--firewall', 'edge')).toEqual([3, doubt('fw/core/more/open.nft')]);
  });

  it('names no folder as not read of which each file is included', async () => {
    const folder = place({ 'fw/zones/a.nft': 'include "b.nft"\n', 'fw/zones/b.nft': 'define mail = 25\n' });
    write(folder, { 'fw/edge.nft': `include "zones/a.nft"\n${BEFORE}` });
    const { status, stdout } = await postern(folder, 'check');
    expect([status, stdout]).toEqual([0, expect.not.stringContaining('Not read in fw')]);
  });

  it('takes what is included by an absolute path for read, and counts it once', async () => {
    const folder = place({ 'fw/zones/a.nft': '', 'fw/b.nft': 'add rule inet edge forward tcp dport 25 drop\n' });
    const includes = `include "${folder}/fw/zones/*.nft"\ninclude "${folder}/fw/b.nft"\n`;
    write(folder, {
      'fw/edge.nft': `flush ruleset\ntable inet edge {\n chain forward {\n type filter hook forward priority 0; policy drop;\n }\n}\n${includes}`,
    });
    expect((await checked(folder))[0]).toBe(1);
    const { stdout } = await postern(folder, 'check', '--format', 'json');
    expect(stdout).not.toContain('config:edge:files');
  });

  it('can be waived for what the files hold now', async () => {
    const folder = place({ 'fw/open.sh': '#!/bin/sh\niptables -F\n' });
    const { stdout } = await postern(folder, 'check', '--format', 'json');
    const [print] = (JSON.parse(stdout) as Result).findings.map(({ fingerprint }) => fingerprint);
    const waiver = `{ code: not-judged, fingerprint: "${print}", until: 2999-01-31, reason: "CHG-1" }`;
    write(folder, { 'postern.yaml': `${readFileSync(join(folder, 'postern.yaml'), 'utf8')}waivers: [${waiver}]\n` });
    expect((await checked(folder))[0]).toBe(0);
    write(folder, { 'fw/open.sh': '#!/bin/sh\niptables -P FORWARD ACCEPT\n' });
    expect((await checked(folder))[0]).toBe(3);
  });

  it('is kept in evidence, which compare judges alike', async () => {
    const folder = place({ 'fw/sub/open.nft': OPEN });
    await postern(folder, 'check', '--evidence', 'edge.jsonl');
    const { status, stdout } = await postern(folder, 'compare', 'postern.yaml', 'edge.jsonl');
    expect([status, stdout]).toEqual([3, expect.stringContaining('fw/sub/open.nft')]);
  });
});
