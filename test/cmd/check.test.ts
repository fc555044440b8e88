import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { folderWith, postern } from '../support/cli.ts';
import { AFTER, BEFORE, POLICY } from '../support/review-example.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The policy with firewalls, and their files. */
function folder(firewalls = '', files: Readonly<Record<string, string>> = {}): string {
  const place = folderWith(`${POLICY}\n${firewalls}`);
  mkdirSync(join(place, 'firewall'));
  for (const [name, text] of Object.entries({ 'firewall/edge.nft': BEFORE, 'firewall/after.nft': AFTER, ...files }))
    writeFileSync(join(place, name), text);
  return place;
}

const EDGE = 'firewalls: { edge: { files: [firewall/edge.nft] } }';

function documentOf(text: string): Result {
  return JSON.parse(text) as Result;
}

async function checked(
  place: string,
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly result: Result }> {
  const { status, stdout, stderr } = await postern(place, 'check', '--format', 'json', ...args);
  if (stdout === '') throw new Error(stderr);
  return { status, result: documentOf(stdout) };
}

describe('postern check', () => {
  it('exits 0 where every firewall of the policy does as it says', async () => {
    const { status, stdout, stderr } = await postern(folder(EDGE), 'check');
    expect([status, stderr, stdout.split('\n')[0]]).toEqual([
      0,
      '',
      '✓ COMPLIANT  48 of 48 checks comply with policy small-office.',
    ]);
  });

  it('looks at a second hook where the policy has a second firewall with the same files', async () => {
    const both = 'firewalls: { edge: { files: [firewall/edge.nft] }, edge-output: { files: [firewall/edge.nft], hook: output } }';
    const { result } = await checked(folder(both));
    const asked = result.checks.flatMap((check) => (check.kind === 'configuration' ? [check.firewall] : []));
    expect([...new Set(asked)]).toEqual(['edge', 'edge-output']);
  });

  it('exits 1 where one does not, and names the line', async () => {
    const { status, result } = await checked(folder(), '--config', 'firewall/after.nft');
    expect([status, result.run.command, result.vantages]).toEqual([1, 'check', []]);
    const codes = new Set(
      result.findings.map(({ code, severity, location }) => `${code} ${severity} ${location?.file}:${location?.line}`),
    );
    expect(codes).toEqual(
      new Set([
        'config-permits-denied critical firewall/after.nft:13',
        'config-permits-denied high firewall/after.nft:13',
        'config-blocks-allowed high firewall/after.nft:17',
        'family-gap high firewall/after.nft:13',
        'family-gap high firewall/after.nft:17',
      ]),
    );
    const open = result.checks.find(({ id }) => id === 'config:given:workstations>internet:25/ipv4');
    expect(open).toMatchObject({
      kind: 'configuration',
      verdict: 'violation',
      proof: 'proven',
      rows: [
        { sourcePorts: ['80', '443'], witness: { sourcePort: 80, port: 25 }, rules: [{ file: 'firewall/after.nft', line: 13 }] },
      ],
    });
  });

  it('notes beside a green verdict that denied mail gets out by an interface which the policy does not give', async () => {
    const lines = [
      'chain forward { type filter hook forward priority 0; policy drop;',
      'ip saddr 10.20.0.0/16 oifname wwan0 accept',
    ];
    const text = ['flush ruleset', 'table inet edge {', ...lines, '}; }', ''].join('\n');
    const policy = [
      'version: 1',
      'name: uplinks',
      'segments: { workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] } }',
      'destinations: { internet: { networks: [any] } }',
      'rules: []',
      'firewalls: { edge: { files: [edge.nft], interfaces: { internet: ppp0 } } }',
    ];
    const place = folderWith(policy.join('\n'));
    writeFileSync(join(place, 'edge.nft'), `${text}# ppp0\n`);
    const { result } = await checked(place);
    const told = 'Of edge: internet was asked about leaving by ppp0 only; the configuration lets denied mail to it out by other';
    expect(result.scope.notes).toContainEqual(expect.stringContaining(`${told} interfaces: wwan0 by edge.nft:4 (`));
    for (const format of ['text', 'markdown', 'html']) {
      const { stdout } = await postern(place, 'check', '--format', format);
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain('internet was asked about leaving by ppp0 only');
    }
  });

  it('writes a result as its JSON Schema says', async () => {
    const schema: Record<string, unknown> = JSON.parse(readFileSync(join(ROOT, 'policies/result.schema.json'), 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    const { result } = await checked(folder(), '--config', 'firewall/after.nft');
    expect(validate(result) ? null : validate.errors).toBeNull();
  });

  it('goes by the interfaces and the hook that it is given', async () => {
    const rules =
      'flush ruleset\ntable inet t { chain f { type filter hook forward priority 0; policy drop; iifname "eth9" accept; }; }\n';
    const place = folder('', { 'wide.nft': rules });
    const outcome = async (...args: readonly string[]): Promise<unknown> => {
      const { result } = await checked(place, '--config', 'wide.nft', '--from', 'workstations', ...args);
      return result.checks.find(({ id }) => id === 'config:given:workstations>internet:25/ipv4')?.outcome;
    };
    expect(await outcome()).toBe('permitted');
    expect(await outcome('--interface', 'workstations=eth1')).toBe('denied');
    expect(await outcome('--interface', 'workstations=eth1,eth9')).toBe('permitted');
    expect(await outcome('--hook', 'output')).toBe('permitted');
  });

  it('asks what one segment may send, and says that nothing is said of the others', async () => {
    const { status, result } = await checked(folder(), '--config', 'firewall/after.nft', '--from', 'relays');
    expect([status, new Set(result.checks.map(({ segment }) => segment)), result.scope.unseen]).toEqual([
      1,
      new Set(['relays']),
      ['workstations'],
    ]);
    expect(result.summary.checks).toEqual({ total: 24, compliant: 21, violation: 3, inconclusive: 0 });
    expect(new Set(result.findings.flatMap(({ segment }) => segment ?? []))).toEqual(new Set(['relays']));
    expect(result.scope.notes).toContain('Asked was what relays may send (--from); of workstations nothing is said.');
  });

  it('keeps evidence that compare judges alike', async () => {
    const place = folder(EDGE);
    const { result } = await checked(place, '--evidence', 'edge.jsonl', '--operator', 'amy', '--reference', 'CHG-1');
    expect([result.run.operator, result.run.reference]).toEqual(['amy', 'CHG-1']);
    const again = await postern(place, 'compare', 'postern.yaml', 'edge.jsonl', '--format', 'json');
    const compared = documentOf(again.stdout);
    expect([again.status, compared.checks, compared.findings]).toEqual([0, result.checks, result.findings]);
    const second = await postern(place, 'check', '--evidence', 'edge.jsonl');
    expect([second.status, second.stderr]).toEqual([2, expect.stringContaining('edge.jsonl is there already')]);
  });

  it('writes a report to file beside the text; that of a comparison names its evidence and the digest of the result', async () => {
    const place = folder(EDGE);
    await postern(place, 'check', '--evidence', 'edge.jsonl', '--format', 'html=check.html');
    const compared = await postern(
      place,
      'compare',
      'postern.yaml',
      'edge.jsonl',
      '--format',
      'json',
      '--format',
      'html=report.html',
    );
    const [checked, report] = ['check.html', 'report.html'].map((file) => readFileSync(join(place, file), 'utf8'));
    const digest = (text: string | Buffer): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
    expect([compared.status, checked?.slice(0, 15)]).toEqual([0, '<!DOCTYPE html>']);
    expect(report).toContain(`edge.jsonl <code>${digest(readFileSync(join(place, 'edge.jsonl')))}</code>`);
    expect(report).toContain(`<code>${digest(compared.stdout)}</code>`);
  });

  it('exits 3 where one firewall of several cannot be read, and 2 with every problem where none can', async () => {
    const two = 'firewalls: { edge: { files: [firewall/edge.nft] }, core: { files: [firewall/core.v4] } }';
    const bad = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp --dport stmp -j ACCEPT\n-A FORWARD -j nosuch\nCOMMIT\n';
    const one = await checked(folder(two, { 'firewall/core.v4': bad }));
    expect([one.status, one.result.summary.verdict]).toEqual([3, 'inconclusive']);
    const row = one.result.checks.find(({ id }) => id === 'config:core');
    expect(row?.reason).toMatch(
      /^The configuration of the firewall core could not be read: firewall\/core\.v4:3:\d+: .*firewall\/core\.v4:4:\d+: /,
    );
    expect((await postern(folder(two, { 'firewall/core.v4': bad }), 'check', '--allow-inconclusive')).status).toBe(0);
    const none = await postern(folder(two, { 'firewall/core.v4': bad, 'firewall/edge.nft': 'table inet edge {\n' }), 'check');
    expect([none.status, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toMatch(
      /firewall\/edge\.nft:\d+:\d+ error[\s\S]*firewall\/core\.v4:3:\d+ error[\s\S]*firewall\/core\.v4:4:\d+ error/,
    );
    const chosen = await checked(folder(two, { 'firewall/core.v4': bad }), '--firewall', 'edge');
    expect(chosen.status).toBe(0);
    expect(chosen.result.scope.notes.join()).toContain('core');
  });

  it('keeps in its evidence what could not be read, until it is read later', async () => {
    const two = 'firewalls: { edge: { files: [firewall/edge.nft] }, core: { files: [firewall/core.nft] } }';
    const place = folder(two, { 'firewall/core.nft': 'table inet core {\n' });
    const first = await checked(place, '--evidence', 'first.jsonl');
    const compared = await postern(place, 'compare', 'postern.yaml', 'first.jsonl', '--format', 'json');
    const reasons = documentOf(compared.stdout).checks.filter(({ verdict }) => verdict === 'inconclusive');
    expect([first.status, compared.status]).toEqual([3, 3]);
    expect(reasons.map(({ id, reason }) => [id, reason])).toEqual([
      ['config:core', expect.stringMatching(/^The configuration of the firewall core could not be read: firewall\/core\.nft:/)],
    ]);
    writeFileSync(join(place, 'firewall/core.nft'), BEFORE);
    expect((await checked(place, '--evidence', 'second.jsonl')).status).toBe(0);
    expect((await postern(place, 'compare', 'postern.yaml', 'first.jsonl', 'second.jsonl')).status).toBe(0);
  });

  it('exits 3 where it takes more than it may', async () => {
    const scattered = (index: number): string => `${((index * 7919) >> 8) & 255}.${(index * 7919) & 255}`;
    const lines = Array.from(
      { length: 400 },
      (_, i) => `ip saddr 10.20.${scattered(i)} ip daddr 198.51.${scattered(3 * i)} accept`,
    );
    const fw = BEFORE.replace(/type filter.*/, (chain) => [chain, ...lines].join('\n'));
    const { status, result } = await checked(folder('', { fw }), '--config', 'fw', '--node-budget', '1000');
    const open = result.checks.filter(({ verdict }) => verdict === 'inconclusive');
    expect([status, result.summary.verdict]).toEqual([3, 'inconclusive']);
    expect(open.map(({ reason }) => reason).filter((reason) => reason.includes('--node-budget'))).not.toEqual([]);
  });

  it.each([
    [
      'rules of a hook that is not looked at',
      `${BEFORE}\ntable netdev g {\n chain b { type filter hook ingress device "eth1" priority 0; tcp dport 25 fwd to "eth0"; }\n}\n`,
      'hooks',
      'netdev g/b',
    ],
    ['a dump that was cut', '*filter\n:FORWARD DROP [0:0]\n:INPUT DROP [0:0]\n', 'dump', 'No COMMIT ends filter in fw'],
    [
      'an interface that no line names',
      BEFORE.replace('tcp dport', 'iifname "eth1" tcp dport'),
      'interfaces',
      'Did you mean eth1?',
    ],
  ])('exits 3 for %s, whatever the rest', async (_, text, about, words) => {
    const { status, result } = await checked(folder('', { fw: text }), '--config', 'fw', '--interface', 'workstations=eth11');
    const row = result.checks.find(({ id }) => id === `config:given:${about}`);
    expect(row).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining(words) });
    const finding = result.findings.find(({ checks }) => checks.includes(row?.id ?? ''));
    expect([status === 0, finding?.code]).toEqual([false, 'not-judged']);
  });

  it('leaves evidence of which a comparison says what was read, and of words that are not understood where they stand', async () => {
    const place = folder('', { 'odd.nft': BEFORE.replace('tcp dport', 'frobnicate 7 tcp dport') });
    const { result } = await checked(place, '--config', 'odd.nft', '--evidence', 'odd.jsonl');
    expect(result.scope.notes.join('\n')).toMatch(/odd\.nft:\d+:\d+: frobnicate 7 .*is not understood/);
    const { stdout } = await postern(place, 'compare', 'postern.yaml', 'odd.jsonl');
    expect(stdout.replace(/\s+/g, ' ')).toContain('compare of the given configuration, without sending a packet');
  });

  it('tells what was taken for granted', async () => {
    const v4 = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp --dport 25 -m sets --match-set x dst -j ACCEPT\nCOMMIT\n'.replace(
      '-m sets',
      '-m set',
    );
    const { status, result } = await checked(folder('', { 'fw.v4': v4 }), '--config', 'fw.v4');
    expect(status).toBe(1);
    expect(result.scope.notes.join(' ')).toContain('No file describes IPv6');
  });
});

describe('wrong arguments of postern check', () => {
  it.each([
    [[], 'Name files with --config, or write firewalls into the policy'],
    [['--config', 'firewall/edge.nft', '--from', 'relay'], 'The policy has no segment relay. Did you mean relays?'],
    [
      ['--config', 'firewall/edge.nft', '--interface', 'eth1'],
      '--interface takes SEGMENT=IF, such as workstations=eth1, not "eth1".',
    ],
    [['--config', 'firewall/edge.nft', '--interface', 'workstation=eth1'], 'Did you mean workstations?'],
    [
      ['--config', 'firewall/edge.nft', '--interface', 'workstations=eth*'],
      '"eth*" is a pattern, which is not supported: list the names.',
    ],
    [['--config', 'firewall/edge.nft', '--firewall', 'edge'], 'The policy has no firewall edge.'],
    [['--config', 'firewall/edge.nft', '--node-budget', '10'], '--node-budget takes a whole number from 1000'],
    [
      ['--config', 'firewall/edge.nft', '--output', 'firewall/edge.nft'],
      'firewall/edge.nft would be a configuration and the text document at once',
    ],
    [['--config', 'firewall/egde.nft'], 'Did you mean firewall/edge.nft?'],
    [['--config', 'firewall/edge.nft', '--hook', 'foward'], 'not "foward". Did you mean forward?'],
    [['nosuch.yaml', '--config', 'firewall/edge.nft'], 'There is no policy nosuch.yaml'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await postern(folder(), 'check', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('names the place in the policy where a file of it is not there, and the file that was meant', async () => {
    const { status, stderr } = await postern(folder('firewalls: { edge: { files: [firewall/egde.nft] } }'), 'check');
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^postern\.yaml:\d+:\d+ error unreadable-file: firewall\/egde\.nft cannot be read: there is no such file\. Did you mean edge\.nft\?$/m,
    );
  });

  it.each([
    [
      ['--hook', 'output'],
      'leave out --hook and --interface. To have another hook checked as well, give the policy a second firewall with the same files: edge-output: { files: [firewall/edge.nft], hook: output }.',
    ],
    [
      ['--config', 'firewall/after.nft', '--interface', 'workstations=eth1'],
      'leave out --hook and --interface. Write interfaces under edge, in the policy.',
    ],
    [['--config-format', 'nftables'], '--config-format says what the files of --config are, and none was given.'],
    [['--firewall', 'egde'], 'The policy has no firewall egde. Did you mean edge?'],
    [
      [
        '--config',
        'firewall/edge.nft',
        '--config',
        'firewall/after.nft',
        ...Array(3).fill(['--config-format', 'nftables']).flat(),
      ],
      '--config-format was given 3 times, and the files are 2 of --config: give it once for all, or once for each, in their order.',
    ],
  ])('beside firewalls of the policy: %j', async (args, message) => {
    const { status, stderr } = await postern(folder(EDGE), 'check', ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
