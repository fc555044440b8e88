import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { folderWith, postern } from '../support/cli.ts';
import { git, repositoryIn, write } from '../support/repository.ts';
import { BEFORE, POLICY } from '../support/review-example.ts';

const OPEN = 'table inet more { chain forward { type filter hook forward priority -1; tcp dport 25 accept; }; }\n';

function filter(policy: string): string {
  return `*filter\n:FORWARD ${policy} [0:0]\nCOMMIT\n`;
}

/** A repository whose policy names a folder of configurations. */
function repository(files: Readonly<Record<string, string>> = {}): string {
  const place = folderWith('');
  const policy = `${POLICY}\nfirewalls: { edge: { files: ["fire wall"] } }\n`;
  repositoryIn(place, { 'postern.yaml': policy, 'fire wall/größe.nft': BEFORE, ...files });
  return place;
}

async function reviewed(place: string, ...args: readonly string[]): Promise<readonly unknown[]> {
  const { status, stdout, stderr } = await postern(place, 'review', '--before', 'before', '--format', 'json', ...args);
  if (stdout === '') return [status, stderr.trim()];
  const { checks } = JSON.parse(stdout) as Result;
  return [status, ...checks.map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)];
}

const SAME = expect.stringContaining('compliant review:edge: The change has no effect on mail');

describe('postern review of a folder of configurations', () => {
  it.each([
    ['a configuration in a folder below', 'sub/open.nft', OPEN],
    ['a script of commands', 'open.sh', '#!/bin/sh\niptables -I FORWARD -p tcp --dport 25 -j ACCEPT\n'],
    ['a script with the command in a variable', 'open', '#!/bin/sh\nIPT=/sbin/iptables\n"$IPT" -P FORWARD ACCEPT\n'],
    ['a listing that is no dump', 'rules.txt', '-P FORWARD ACCEPT\n/sbin/iptables -P FORWARD ACCEPT\n'],
  ])('does not judge a change of %s', async (_, name, text) => {
    const place = repository();
    write(place, { [`fire wall/${name}`]: text });
    const said = `inconclusive review:edge:files: The change touches ${name} in the folder of this firewall`;
    expect(await reviewed(place)).toEqual([3, SAME, expect.stringContaining(said)]);
    git(place, 'add', '.');
    git(place, 'commit', '-qm', 'after');
    expect(await reviewed(place, '--after', 'HEAD')).toEqual([3, SAME, expect.stringContaining(said)]);
    git(place, 'tag', '-f', 'before');
    expect(await reviewed(place)).toEqual([0, SAME]);
  });

  it('does not judge a link that leads nowhere, and may lead to a configuration elsewhere', async () => {
    const place = repository();
    symlinkSync('/nowhere/edge.nft', join(place, 'fire wall/link.nft'));
    expect(await reviewed(place)).toEqual([3, SAME, expect.stringContaining('touches link.nft')]);
  });

  it.each([
    ['README.md', '# How\n\n```sh\niptables -F\n```\n'],
    ['notes', 'What we do, and why.\n'],
    ['picture.png', '\0\u0001\u0002'],
    ['fetch.sh', '#!/bin/sh\ngit pull\n'],
    ['empty.nft', ''],
  ])('finds no effect in a change of %s', async (name, text) => {
    const place = repository();
    write(place, { [`fire wall/${name}`]: text });
    expect(await reviewed(place)).toEqual([0, SAME]);
  });

  it('finds no effect in another name of a file, and reads what files include from folders below', async () => {
    const place = repository({ 'fire wall/größe.nft': `include "sub/*.nft"\n${BEFORE}`, 'fire wall/sub/more.nft': '' });
    git(place, 'mv', 'fire wall/größe.nft', 'fire wall/edge.nft');
    expect(await reviewed(place)).toEqual([0, SAME]);
    write(place, { 'fire wall/sub/more.nft': 'define unused = 25\n' });
    expect(await reviewed(place)).toEqual([0, SAME]);
  });

  it('does not judge a change of a script in another encoding, in a folder below', async () => {
    const place = repository({ 'fire wall/sub/open.sh': '' });
    const script = (policy: string): Buffer =>
      Buffer.from(`#!/bin/sh\n# Gr\u00fc\u00dfe\niptables -P FORWARD ${policy}\n`, 'latin1');
    const [file, said] = [join(place, 'fire wall/sub/open.sh'), expect.stringContaining('The change touches sub/open.sh')];
    writeFileSync(file, script('DROP'));
    git(place, 'commit', '-qam', 'closed');
    git(place, 'tag', '-f', 'before');
    expect(await reviewed(place)).toEqual([0, SAME]);
    writeFileSync(file, script('ACCEPT'));
    expect(await reviewed(place)).toEqual([3, SAME, said]);
    git(place, 'commit', '-qam', 'open');
    expect(await reviewed(place, '--after', 'HEAD')).toEqual([3, SAME, said]);
  });

  it('does not take a script that is too large to look at for unchanged', async () => {
    const place = repository();
    write(place, { 'fire wall/sub/open.sh': '' });
    truncateSync(join(place, 'fire wall/sub/open.sh'), 64 * 1024 * 1024 + 1);
    git(place, 'add', '.');
    git(place, 'commit', '-qm', 'large');
    git(place, 'tag', '-f', 'before');
    const said = 'The change touches, or may touch, sub/open.sh in the folder of this firewall';
    expect(await reviewed(place)).toEqual([3, SAME, expect.stringContaining(said)]);
  });

  it('refuses a configuration in another encoding, which nft would load', async () => {
    const place = repository();
    const text = Buffer.from(`# Gr\u00fc\u00dfe\n${OPEN}`, 'latin1');
    write(place, { 'fire wall/open.nft': '' });
    writeFileSync(join(place, 'fire wall/open.nft'), text);
    const refused = 'fire wall/open.nft is not UTF-8 text.';
    expect(await reviewed(place)).toEqual([2, expect.stringContaining(refused)]);
    const { status, stderr } = await postern(place, 'check');
    expect([status, stderr]).toEqual([2, expect.stringContaining(refused)]);
  });

  it('gives each change of a script a row of its own, so that a waiver of one covers no other', async () => {
    const place = repository();
    const printOf = async (rule: string): Promise<string> => {
      write(place, { 'fire wall/open.sh': `#!/bin/sh\niptables -I FORWARD ${rule} -j ACCEPT\n` });
      const { stdout } = await postern(place, 'review', '--before', 'before', '--format', 'json');
      return (JSON.parse(stdout) as Result).findings.map(({ fingerprint }) => fingerprint).join();
    };
    const one = await printOf('-p udp');
    const policy = readFileSync(join(place, 'postern.yaml'), 'utf8');
    const waiver = `{ code: not-judged, fingerprint: "${one}", until: 2999-01-31, reason: "CHG-1" }`;
    write(place, { 'postern.yaml': `${policy}waivers: [${waiver}]\n` });
    expect((await reviewed(place))[0]).toBe(0);
    expect(await printOf('-p tcp --dport 25')).not.toBe(one);
    expect((await reviewed(place))[0]).toBe(3);
  });
});

describe('postern review of a file that has another name on one side', () => {
  const named = `${POLICY}\nfirewalls: { edge: { files: [fw/edge.v4, fw/edge.v6] } }\n`;
  const closed = { 'fw/edge.v4': filter('DROP'), 'fw/edge.v6': `# Generated by ip6tables-save\n${filter('DROP')}` };

  it('does not take what it described before for open', async () => {
    const place = folderWith('');
    repositoryIn(place, { 'postern.yaml': POLICY, 'fw/edge.v4': closed['fw/edge.v4'], 'fw/old.v6': closed['fw/edge.v6'] });
    git(place, 'mv', 'fw/old.v6', 'fw/edge.v6');
    write(place, { 'postern.yaml': named, 'fw/edge.v6': closed['fw/edge.v6'].replace('DROP', 'ACCEPT') });
    const said =
      'inconclusive review:edge:files: before has no fw/edge.v6: what it would describe is not in the rules of edge there. What was in force';
    expect(await reviewed(place)).toEqual([3, SAME, expect.stringContaining(said)]);
  });

  it('does not take what it describes after for gone', async () => {
    const place = folderWith('');
    repositoryIn(place, { 'postern.yaml': named, ...closed });
    git(place, 'mv', 'fw/edge.v6', 'fw/new.v6');
    git(place, 'commit', '-qm', 'after');
    const rows = await reviewed(place, '--after', 'HEAD');
    expect([rows[0], rows.at(-1)]).toEqual([1, expect.stringContaining('HEAD has no fw/edge.v6')]);
  });
});
