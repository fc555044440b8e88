import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { ConfigurationCheck, Result } from '../../src/model/result.ts';
import { folderWith, postern } from '../support/cli.ts';
import { git, repositoryIn, write } from '../support/repository.ts';

const ROOT = join(import.meta.dirname, '../..');
const REVIEW = join(ROOT, 'fixtures/review');
const [POLICY, BEFORE, AFTER] = ['postern.yaml', 'before.nft', 'after.nft'].map((name) =>
  readFileSync(join(REVIEW, name), 'utf8'),
) as [string, string, string];
const EDGE = `${POLICY}\nfirewalls: { edge: { files: [firewall/edge.nft] } }\n`;

/** The three files of the example. */
function folder(files: Readonly<Record<string, string>> = {}): string {
  const place = folderWith(POLICY);
  write(place, { 'before.nft': BEFORE, 'after.nft': AFTER, ...files });
  return place;
}

/** A repository with the policy and its firewall, before a change that lies on disk. */
function repository(files: Readonly<Record<string, string>> = {}): string {
  const place = folderWith('');
  repositoryIn(place, { 'network/postern.yaml': EDGE, 'network/firewall/edge.nft': BEFORE, ...files });
  return place;
}

async function reviewed(
  place: string,
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly result: Result; readonly rows: readonly string[] }> {
  const { status, stdout, stderr } = await postern(place, 'review', '--format', 'json', ...args);
  if (stdout === '') throw new Error(stderr);
  const result = JSON.parse(stdout) as Result;
  return { status, result, rows: result.checks.map(rowText) };
}

function rowText(check: Result['checks'][number]): string {
  const { segment, destination, verdict, change, family } = check as ConfigurationCheck;
  return `${verdict} ${change?.kind ?? 'no change'} ${segment}>${destination}:${change?.ports.join(',') ?? ''}/${family}`;
}

const CHANGES = [
  'violation newly-allowed workstations>*:25,465,587,2525/ipv4',
  'violation newly-allowed workstations>provider:25,2525/ipv4',
  'violation newly-blocked relays>*:25/ipv6',
];

describe('postern review', () => {
  it('exits 1 for what a change newly allows and blocks, by before and after lines', async () => {
    const { status, result, rows } = await reviewed(folder(), '--before', 'before.nft', '--after', 'after.nft');
    expect([status, rows, result.run.command]).toEqual([1, CHANGES, 'review']);
    expect((result.checks[0] as ConfigurationCheck).change).toMatchObject({
      before: { outcome: 'denied', line: { file: 'before.nft', line: 18 } },
      after: { outcome: 'permitted', line: { file: 'after.nft', line: 13 } },
    });
    const schema: Record<string, unknown> = JSON.parse(readFileSync(join(ROOT, 'policies/result.schema.json'), 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    expect(validate(result) ? null : validate.errors).toBeNull();
  });

  it('exits 0 where nothing changes for mail, whatever the text', async () => {
    const renamed = BEFORE.replaceAll('provider4', 'submission')
      .replace('tcp dport { 80, 443 }', 'tcp dport { 80, 443, 8080 }')
      .replace('table', '# other words\n\ntable');
    const place = folder({ 'renamed.nft': renamed });
    const { status, result } = await reviewed(place, '--before', 'before.nft', '--after', 'renamed.nft');
    expect([status, result.summary.verdict, result.checks.map(({ id }) => id)]).toEqual([0, 'compliant', ['review:given']]);
    expect((await postern(place, 'review', '--before', 'before.nft', '--after', 'before.nft')).status).toBe(0);
  });

  it('does not judge rules of a hook that is not looked at where they differ, and notes them where they do not', async () => {
    const guard = (rule: string): string =>
      `${BEFORE}\ntable netdev g {\n chain b { type filter hook ingress device "eth1" priority 0; ${rule}; }\n}\n`;
    const place = folder({ 'drop.nft': guard('tcp dport 25 drop'), 'other.nft': guard('tcp dport 587 drop') });
    const of = async (before: string, after: string): Promise<readonly unknown[]> => {
      const { status, result } = await reviewed(place, '--before', before, '--after', after);
      return [
        status,
        result.checks.map(({ id }) => id),
        result.scope.notes.some((note) => note.includes('The same before and after')),
      ];
    };
    const rows = ['review:given', 'review:given:hooks'];
    expect(await of('before.nft', 'drop.nft')).toEqual([3, rows, false]);
    expect(await of('drop.nft', 'before.nft')).toEqual([3, rows, false]);
    expect(await of('drop.nft', 'other.nft')).toEqual([3, rows, false]);
    expect(await of('drop.nft', 'drop.nft')).toEqual([0, ['review:given'], true]);
  });

  it('judges the change back as what it is: what the policy permits may be opened', async () => {
    const { status, rows } = await reviewed(folder(), '--before', 'after.nft', '--after', 'before.nft');
    expect(status).toBe(0);
    expect(rows).toContain('compliant newly-allowed relays>*:25/ipv6');
    // The way that the source ports of web servers had is closed again.
    expect(rows.filter((row) => !row.includes('newly-allowed')).map((row) => row.split(' ').slice(0, 2).join(' '))).toEqual([
      'compliant newly-blocked',
      'compliant newly-blocked',
    ]);
  });

  it('exits 3 where it takes more than it may, and 2 with every place where a side has mistakes', async () => {
    const place = folder({ 'wrong.nft': BEFORE.replace('chain forward', 'chian forward') });
    const budget = await reviewed(place, '--before', 'before.nft', '--after', 'after.nft', '--node-budget', '1000');
    expect([budget.status, budget.result.summary.verdict]).toEqual([3, 'inconclusive']);
    const wrong = await postern(place, 'review', '--before', 'wrong.nft', '--after', 'no.nft');
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    const both = await postern(place, 'review', '--before', 'wrong.nft', '--after', 'wrong.nft');
    expect([both.status, both.stderr.match(/^wrong\.nft:10:3 error/gm)?.length]).toEqual([2, 2]);
  });

  it('takes the tables of both families as one firewall on each side', async () => {
    const v4 = '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n';
    const v6 = (rule: string): string => `# Generated by ip6tables-save\n*filter\n:FORWARD DROP [0:0]\n${rule}COMMIT\n`;
    const place = folder({
      'fw.v4': v4,
      'fw.v6': v6(''),
      'new/fw.v4': v4,
      'new/fw.v6': v6('-A FORWARD -p tcp --dport 2525 -j ACCEPT\n'),
    });
    const args = ['--before', 'fw.v4', '--before', 'fw.v6', '--after', 'new/fw.v4', '--after', 'new/fw.v6'];
    const { status, rows } = await reviewed(place, ...args);
    expect([status, rows.filter((row) => !row.includes('null'))]).toEqual([
      1,
      ['violation newly-allowed workstations>*:2525/ipv6', 'violation newly-allowed relays>*:2525/ipv6'].map((row) =>
        expect.stringContaining(row.slice(0, 35)),
      ),
    ]);
  });

  it('takes one format for every file of both sides, or one for each, those of --before first', async () => {
    const table = (policy: string): string => `*filter\n:FORWARD ${policy} [0:0]\nCOMMIT\n`;
    const place = folder({
      closed: table('DROP'),
      closed6: table('DROP'),
      open6: table('ACCEPT'),
      'other/closed': table('DROP'),
    });
    const of = async (files: readonly string[], formats: readonly string[]): Promise<readonly unknown[]> => {
      const args = [...files, ...formats.flatMap((format) => ['--config-format', format])];
      const { status, result } = await reviewed(place, ...args);
      const families = result.checks.flatMap(({ family }) => family ?? []);
      return [status, [...new Set(families)], result.scope.notes.find((note) => note.includes('Compared was'))];
    };
    const compared = (before: string, after: string): unknown =>
      expect.stringContaining(`was ${before} before the change with ${after} after it`);
    const [v4, v6] = ['iptables-save', 'ip6tables-save'];
    const one = ['--before', 'closed6', '--after', 'open6'];
    expect(await of(one, [v6])).toEqual([1, ['ipv6'], compared(`closed6 (${v6}, 3 lines)`, `open6 (${v6}, 3 lines)`)]);
    // After the change no file describes IPv4.
    expect(await of(['--before', 'closed', '--before', 'closed6', '--after', 'open6'], [v4, v6, v6])).toEqual([
      1,
      ['ipv4', 'ipv6'],
      compared(`closed (${v4}, 3 lines) and closed6 (${v6}, 3 lines)`, `open6 (${v6}, 3 lines)`),
    ]);
    expect(await of(['--before', 'closed', '--after', 'closed6', '--after', 'other/closed'], [v4, v6, v4])).toEqual([
      1,
      ['ipv6'],
      compared(`closed (${v4}, 3 lines)`, `closed6 (${v6}, 3 lines) and other/closed (${v4}, 3 lines)`),
    ]);
  });

  it.each([
    [['--before', 'a', '--after', 'b', '--after', 'c'], 2, '1 of --before and 2 of --after'],
    [['--before', 'a', '--before', 'b', '--after', 'c', '--after', 'd'], 2, '2 of --before and 2 of --after'],
    [['--before', 'a', '--after', 'b'], 3, '1 of --before and 1 of --after'],
    [['--before', 'a'], 2, '1 of --before and 0 of --after'],
  ])('exits 2 where %j have %i formats', async (files, count, counts) => {
    const formats = Array.from({ length: count }, () => ['--config-format', 'nftables']).flat();
    const { status, stdout, stderr } = await postern(folder(), 'review', ...files, ...formats);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `--config-format was given ${count} times, and the files are ${counts}: give it once for all, or once for each, those of --before first.`,
    );
  });

  it('takes --require-proof as every command that judges does, and says that it makes no difference', async () => {
    const args = ['--before', 'after.nft', '--after', 'before.nft'];
    const [plain, strict] = [await reviewed(folder(), ...args), await reviewed(folder(), ...args, '--require-proof', 'proven')];
    expect([strict.status, strict.rows]).toEqual([0, plain.rows]);
    for (const command of ['review', 'check']) {
      const { stdout } = await postern(folder(), command, '--help');
      expect(stdout.replace(/\s+/g, ' ')).toContain('no difference here: what a configuration does is worked out');
    }
    const wrong = await postern(folder(), 'review', ...args, '--require-proof', 'some');
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('--require-proof takes supported, proven')]);
  });

  it.each([
    [[], 'Name what was before the change: --before FILE, FOLDER or git revision.'],
    [['--before', 'before.nft'], '--after is missing: postern.yaml names no firewalls whose files on disk could be meant.'],
    [
      ['--before', 'before.nft', '--after', 'after.nft', '--output', 'after.nft'],
      'after.nft would be a configuration and the text document at once',
    ],
    [['--before', 'main', '--after', 'after.nft'], 'There is no file main, and no git revision of that name here.'],
    [['--before', 'before.nft', '--after', 'after.nft', '--policy-from', 'main'], 'this folder is in no git repository'],
  ])('exits 2 for wrong arguments: %j', async (args, message) => {
    const { status, stdout, stderr } = await postern(folder(), 'review', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('postern review of a repository', () => {
  it("compares a revision with the policy's files on disk", async () => {
    const place = repository();
    write(place, { 'network/firewall/edge.nft': AFTER });
    const { status, result, rows } = await reviewed(join(place, 'network'), '--before', 'before');
    expect([status, rows]).toEqual([1, CHANGES]);
    const [check] = result.checks as ConfigurationCheck[];
    expect([check?.firewall, check?.change?.before.line?.file, check?.change?.after.line?.file]).toEqual([
      'edge',
      'before:network/firewall/edge.nft',
      'firewall/edge.nft',
    ]);
    expect(result.scope.notes.join('\n')).toContain(`before is commit ${git(place, 'rev-parse', 'before').trim()}.`);
    const fromAbove = await reviewed(place, 'network/postern.yaml', '--before', 'before', '--after', 'HEAD');
    expect([fromAbove.status, fromAbove.rows]).toEqual([0, ['compliant no change null>null:/null']]);
  });

  it('takes a file of a revision, and a folder', async () => {
    const place = repository();
    write(place, { 'network/firewall/edge.nft': AFTER });
    const network = join(place, 'network');
    expect(
      (await reviewed(network, '--before', 'before:network/firewall/edge.nft', '--after', 'firewall/edge.nft')).rows,
    ).toEqual(CHANGES);
    expect((await reviewed(network, '--before', 'before:./firewall', '--after', 'firewall')).rows).toEqual(CHANGES);
  });

  it('takes the format of a tree where the policy gives none, and no other than the policy gives', async () => {
    const filter = (policy: string): string => `*filter\n:FORWARD ${policy} [0:0]\nCOMMIT\n`;
    const files = { 'network/firewall/edge.nft': filter('DROP'), 'network/new': filter('ACCEPT') };
    const args = ['--before', 'before', '--after', 'new', '--config-format', 'ip6tables-save'];
    const { status, result } = await reviewed(join(repository(files), 'network'), ...args);
    expect([status, result.checks.map(({ family }) => family).filter((family) => family !== 'ipv6')]).toEqual([1, []]);
    const given = EDGE.replace('] } }', '], format: iptables-save } }');
    const place = join(repository({ ...files, 'network/postern.yaml': given }), 'network');
    const { status: refused, stderr } = await postern(place, 'review', ...args);
    expect([refused, stderr]).toEqual([
      2,
      expect.stringContaining(
        'The policy says of before:network/firewall/edge.nft that it is iptables-save, --config-format that it is ip6tables-save.',
      ),
    ]);
  });

  it('judges by the policy of a revision, which the change cannot loosen', async () => {
    const place = repository();
    const loose = EDGE.replace('ports: [465, 587]', 'ports: [25, 465, 587, 2525]').replace('to: provider', 'to: any');
    write(place, { 'network/firewall/edge.nft': AFTER, 'network/postern.yaml': loose });
    const network = join(place, 'network');
    const own = await reviewed(network, '--before', 'before');
    expect(own.rows.filter((row) => row.includes('newly-allowed')).every((row) => row.startsWith('compliant'))).toBe(true);
    const { status, result, rows } = await reviewed(network, '--before', 'before', '--policy-from', 'before');
    expect([status, rows, result.policy.path]).toEqual([1, CHANGES, 'before:network/postern.yaml']);
  });

  it('does not judge a change that lets its policy mean something else by a firewall', async () => {
    const files = { 'network/firewall/edge.nft': BEFORE, 'network/firewall/other.nft': AFTER };
    const meaning = async (text: string, ...args: readonly string[]): Promise<readonly unknown[]> => {
      const place = repository(files);
      write(place, { 'network/postern.yaml': text });
      const { status, result } = await reviewed(join(place, 'network'), '--before', 'before', ...args);
      return [status, ...result.checks.map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)];
    };
    const from = ['--policy-from', 'before'];
    const same = expect.stringContaining('compliant review:edge');
    const row = (words: string): unknown => expect.stringContaining(words);
    const other = EDGE.replace('edge.nft', 'other.nft');
    const instead = 'gives edge the files firewall/other.nft instead of firewall/edge.nft';
    expect(await meaning(other, ...from)).toEqual([
      3,
      same,
      row(`inconclusive review:edge:policy: postern.yaml, the policy after the change, ${instead}`),
    ]);
    expect(await meaning(other)).toEqual([
      3,
      same,
      row('the policy before the change, gives edge the files firewall/edge.nft instead'),
    ]);
    const output = EDGE.replace('] } }', '], hook: output, interfaces: { workstations: eth1 } } }');
    expect(await meaning(output, ...from)).toEqual([
      3,
      same,
      row('the hook output instead of forward and the interfaces workstations: eth1 instead of none'),
    ]);
    const renamed = EDGE.replace('edge:', 'border:');
    expect(await meaning(renamed, ...from)).toEqual([
      3,
      same,
      row('names no firewall edge.'),
      row('inconclusive review:border: '),
    ]);
    expect(await meaning(EDGE.replace('hosts:', 'hosst:'), ...from)).toEqual([3, same, row('it cannot be read: postern.yaml:')]);
    expect(await meaning(`# words\n${EDGE}`, ...from)).toEqual([0, same]);
  });

  it('puts a change of hundreds of lines into a few rows', async () => {
    const hosts = (first: number): string =>
      Array.from(
        { length: 400 },
        (_, at) =>
          `    ip saddr 10.20.${first + (at >> 8)}.${at & 255} tcp dport 587 ip daddr 192.0.2.${at % 250} counter accept`,
      ).join('\n');
    const place = repository();
    const from = BEFORE.replace('    tcp dport { 25, 465', `${hosts(0)}\n    tcp dport { 25, 465`);
    const to = AFTER.replace('    tcp dport { 25, 465', `${hosts(7)}\n    tcp dport { 25, 465`);
    write(place, { 'network/firewall/edge.nft': from });
    git(place, 'commit', '-qam', 'many lines');
    write(place, { 'network/firewall/edge.nft': to });
    expect(git(place, 'diff', '--numstat').trim().split('\t').slice(0, 2).map(Number)).toEqual([401, 402]);
    const { status, rows } = await reviewed(join(place, 'network'), '--before', 'HEAD');
    expect([status, rows]).toEqual([1, CHANGES]);
  });

  it('tells what one firewall of several lacks, and goes on with the others', async () => {
    const two = EDGE.replace('firewalls: {', 'firewalls: { core: { files: [firewall/core.nft] },');
    const place = repository({ 'network/postern.yaml': two });
    write(place, { 'network/firewall/core.nft': BEFORE, 'network/firewall/edge.nft': AFTER });
    const { status, rows } = await reviewed(join(place, 'network'), '--before', 'before');
    expect([status, rows]).toEqual([1, ['inconclusive no change null>null:/null', ...CHANGES]]);
    const only = await postern(join(place, 'network'), 'review', '--before', 'before', '--firewall', 'core');
    expect([only.status, only.stderr]).toEqual([
      2,
      expect.stringContaining('before has no file of the firewall core (firewall/core.nft).'),
    ]);
  });

  it.each(['markdown', 'text', 'html', 'github'])(
    'says as %s where it is sent, and every line that the row has',
    async (format) => {
      const marked = 'meta mark 7 tcp dport 25 accept';
      const nat = 'chain nat { type nat hook prerouting priority -100; tcp dport 2525 dnat ip to 10.9.9.9; }';
      const place = repository();
      const after = BEFORE.replace('tcp dport { 25, 465', `${marked}\n    tcp dport { 25, 465`).replace(
        'chain forward',
        `${nat}\n  chain forward`,
      );
      write(place, { 'network/firewall/edge.nft': after });
      const { status, stdout } = await postern(join(place, 'network'), 'review', '--before', 'before', '--format', format);
      const said = stdout.replace(/\s+/g, ' ');
      expect([status, said]).toEqual([1, expect.stringMatching(/redirected to 10\.9\.9\.9|to 10\.9\.9\.9 if/)]);
      expect(said).toContain('dnat ip to 10.9.9.9');
      expect(said).toContain(marked);
    },
  );

  it.each(['markdown', 'sarif', 'github', 'html', 'text'])('renders as %s', async (format) => {
    const place = repository();
    write(place, { 'network/firewall/edge.nft': AFTER });
    const { status, stdout } = await postern(join(place, 'network'), 'review', '--before', 'before', '--format', format);
    expect(status).toBe(1);
    expect(stdout).toContain('firewall/edge.nft');
  });
});
