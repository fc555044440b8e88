import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderWith, postern } from '../support/cli.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/postern.js');

const EDGE = `flush ruleset
table inet edge {
  chain forward {
    type filter hook forward priority 0; policy drop;
    iifname "eth1" tcp dport 587 accept
    tcp dport 465 counter
    tcp dport 25 drop
  }
}
`;
const V4 = `*filter
:FORWARD DROP [0:0]
-A FORWARD -p tcp --dport 587 -m set --match-set mail dst -j ACCEPT
-A FORWARD -p tcp --dport 25 -j REJECT --reject-with tcp-reset
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp --dport 2525 -j REDIRECT --to-ports 25
COMMIT
`;
const SETS = 'create mail hash:ip family inet\nadd mail 198.51.100.7\n';

const ONE = ['--source', '10.20.0.5', '--destination', '198.51.100.7'];

function folder(): string {
  const place = folderWith('');
  for (const [name, text] of Object.entries({ 'edge.nft': EDGE, 'fw.v4': V4, 'fw.sets': SETS }))
    writeFileSync(join(place, name), text);
  return place;
}

function trace(place: string, ...args: readonly string[]): ReturnType<typeof postern> {
  return postern(place, 'trace', ...args);
}

/** With a text on standard input. */
async function piped(
  place: string,
  input: string,
  ...args: readonly string[]
): Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [CLI, 'trace', ...args], { cwd: place, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.end(input);
  const [status]: unknown[] = await once(child, 'close');
  return { status, stdout, stderr };
}

describe('postern trace', () => {
  it('says the verdict first, then every rule that was met, then what decided', async () => {
    const { status, stdout, stderr } = await trace(
      folder(),
      '--config',
      'edge.nft',
      ...ONE,
      '--port',
      '25',
      '--in',
      'eth1',
      '--out',
      'eth0',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe(
      [
        'DROPPED  10.20.0.5 → 198.51.100.7:25, through the firewall, in by eth1, out by eth0',
        '',
        '   met      edge.nft:7  tcp dport 25 drop',
        '   decided  edge.nft:7  tcp dport 25 drop',
        '   read     edge.nft (nftables)',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['edge.nft', ['--port', '587'], 'CONDITIONAL', '   accepted if incoming interface eth1'],
    ['edge.nft', ['--port', '587', '--in', 'wan7'], 'DROPPED', '   met      no rule'],
    ['edge.nft', ['--port', '587', '--hook', 'output'], 'ACCEPTED', 'No chain of IPv4 is attached to output or postrouting'],
    ['fw.v4', ['--port', '25'], 'REJECTED', 'fw.v4:4'],
    ['fw.v4', ['--port', '587'], 'CONDITIONAL', 'mail'],
    ['fw.v4', ['--port', '2525'], 'REDIRECTED', 'fw.v4:8'],
  ])('tells of %s and %j: %s', async (config, args, word, line) => {
    const { status, stdout } = await trace(folder(), '--config', config, ...ONE, ...args);
    expect([status, stdout.split(' ')[0]]).toEqual([0, word]);
    expect(stdout).toContain(line);
  });

  it('says where a redirected packet goes, by which line, and what becomes of it there', async () => {
    const place = folder();
    const nat = '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 26 -j DNAT --to-destination 10.9.0.9\n';
    writeFileSync(join(place, 'nat.v4'), `${nat}COMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\nCOMMIT\n`);
    const stopped = `${nat}COMMIT\n*filter\n:FORWARD DROP [0:0]\n:INPUT DROP [0:0]\nCOMMIT\n`;
    writeFileSync(join(place, 'stop.v4'), stopped);
    const head = async (config: string, port: string): Promise<readonly string[]> => {
      const { stdout } = await trace(place, '--config', config, ...ONE, '--port', port);
      return stdout.split('\n').slice(0, 2);
    };
    expect([await head('fw.v4', '2525'), await head('nat.v4', '26'), await head('stop.v4', '26')]).toEqual([
      [
        'REDIRECTED  10.20.0.5 → 198.51.100.7:2525, through the firewall',
        '   sent to the firewall itself, port 25 (fw.v4:8), and accepted there',
      ],
      ['REDIRECTED  10.20.0.5 → 198.51.100.7:26, through the firewall', '   sent to 10.9.0.9:26 (nat.v4:3), and accepted there'],
      [
        'DROPPED  10.20.0.5 → 198.51.100.7:26, through the firewall',
        '   sent to 10.9.0.9:26 (stop.v4:3), and dropped there (stop.v4:7, stop.v4:6)',
      ],
    ]);
  });

  it('lists each place that a map may choose, and says of too many how many more there are', async () => {
    const place = folder();
    const values = Array.from({ length: 10 }, (_, index) => `${index} : 10.9.0.${index}`).join(', ');
    const rule = `dnat to numgen inc mod 10 map { ${values} }`;
    writeFileSync(
      join(place, 'map.nft'),
      `table ip n {\n  chain p {\n    type nat hook prerouting priority dstnat;\n    ${rule}\n  }\n}\n`,
    );
    const args = ['--config', 'map.nft', ...ONE, '--port', '25'];
    const lines = (await trace(place, ...args)).stdout.split('\n').filter((line) => /^ {3}(sent|and) to/.test(line));
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([
      9,
      '   sent to 10.9.0.0:25 (map.nft:4) if numgen inc mod 10 0, and accepted there',
      '   and to 2 more: --format json has them all',
    ]);
    const document: { readonly sentTo: readonly { readonly target: string }[] } = JSON.parse(
      (await trace(place, ...args, '--format', 'json')).stdout,
    );
    expect(document.sentTo.map(({ target }) => target)).toEqual(Array.from({ length: 10 }, (_, index) => `10.9.0.${index}:25`));
  });

  it('reads an iptables-save and an ipset save as one firewall', async () => {
    const { stdout } = await trace(folder(), '--config', 'fw.v4', '--config', 'fw.sets', ...ONE, '--port', '587');
    expect(stdout).toMatch(/^ACCEPTED {2}/);
    expect(stdout).toContain('read     fw.v4 (iptables-save), fw.sets (ipset-save)');
  });

  it('accepts a family that no file describes, and says so', async () => {
    const { status, stdout } = await trace(
      folder(),
      '--config',
      'fw.v4',
      '--source',
      '2001:db8::5',
      '--destination',
      '2001:DB8:f::25',
      '--port',
      '25',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ACCEPTED {2}2001:db8::5 → \[2001:db8:f::25\]:25/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('No file describes IPv6: every IPv6 packet is taken to be accepted.');
  });

  it('writes a document that is as its JSON Schema says', async () => {
    const schema: Record<string, unknown> = JSON.parse(readFileSync(join(ROOT, 'policies/trace.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);
    for (const args of [
      ['--port', '25'],
      ['--port', '465', '--source-port', '1024'],
      ['--port', '587', '--out', 'eth0'],
    ]) {
      const { stdout } = await trace(folder(), '--config', 'edge.nft', ...ONE, ...args, '--format', 'json');
      expect(validate(JSON.parse(stdout)) ? null : validate.errors).toBeNull();
      expect(JSON.parse(stdout)).not.toHaveProperty('sentTo');
    }
    const redirected = await trace(folder(), '--config', 'fw.v4', ...ONE, '--port', '2525', '--format', 'json');
    expect(validate(JSON.parse(redirected.stdout)) ? null : validate.errors).toBeNull();
    expect(JSON.parse(redirected.stdout)).toMatchObject({
      verdict: 'redirect',
      sentTo: [
        {
          target: 'the firewall itself, port 25',
          line: { file: 'fw.v4', line: 8 },
          condition: null,
          there: { verdict: 'accept', condition: null, stoppedBy: [] },
        },
      ],
    });
    const { stdout } = await trace(folder(), '--config', 'edge.nft', ...ONE, '--port', '25', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'postern.trace/1',
      hook: 'forward',
      packet: { family: 'ipv4', source: '10.20.0.5', destination: '198.51.100.7', port: 25, in: null },
      verdict: 'drop',
      condition: null,
      decided: { file: 'edge.nft', line: 7 },
      rules: [{ file: 'edge.nft', line: 7, text: 'tcp dport 25 drop' }],
    });
  });
});

describe('postern trace --packets', () => {
  const packet = (port: number, rest: object = {}): string =>
    JSON.stringify({ source: '10.20.0.5', destination: '198.51.100.7', port, ...rest });

  it('writes one compact line a packet, in their order, with exactly three keys', async () => {
    const input = `${[packet(25), packet(587, { in: 'eth1', out: null }), '', packet(465)].join('\n')}\n`;
    const { status, stdout } = await piped(folder(), input, '--config', 'edge.nft', '--packets', '-');
    expect([status, stdout]).toEqual([
      0,
      [
        '{"verdict":"drop","rules":[{"file":"edge.nft","line":7,"text":"tcp dport 25 drop"}],"condition":null}',
        '{"verdict":"accept","rules":[{"file":"edge.nft","line":5,"text":"iifname \\"eth1\\" tcp dport 587 accept"}],"condition":null}',
        '{"verdict":"drop","rules":[{"file":"edge.nft","line":6,"text":"tcp dport 465 counter"}],"condition":null}',
        '',
      ].join('\n'),
    ]);
  });

  it('reads a file whose last line has no line feed, and tells the assumptions on stderr', async () => {
    const place = folder();
    writeFileSync(join(place, 'flows.jsonl'), JSON.stringify({ source: '2001:db8::5', destination: '2001:db8::6', port: 25 }));
    const { status, stdout, stderr } = await trace(place, '--config', 'fw.v4', '--packets', 'flows.jsonl');
    expect([status, stdout]).toEqual([0, '{"verdict":"accept","rules":[],"condition":null}\n']);
    expect(stderr).toContain('assumed: No file describes IPv6');
  });

  it('answers as many packets as there are, whatever chunks they come in', async () => {
    const input = Array.from({ length: 20_000 }, (_, index) => packet(index % 2 === 0 ? 25 : 587, { in: 'eth1' })).join('\r\n');
    const { status, stdout } = await piped(folder(), input, '--config', 'edge.nft', '--packets', '-', '--format', 'json');
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (line.startsWith('{"verdict":"drop"') ? 'd' : 'a'));
    expect([status, verdicts.length, new Set(verdicts.filter((_, index) => index % 2 === 0)), verdicts.at(-1)]).toEqual([
      0,
      20_000,
      new Set('d'),
      'a',
    ]);
  });

  it.each([
    [
      '{"source":"10.20.0.5"',
      'this line is no JSON object such as {"source":"10.20.0.5","destination":"198.51.100.7","port":25}.',
    ],
    ['{"source":"10.20.0.5","destination":"198.51.100.7","port":25,"prot":"tcp"}', 'there is no key "prot". Did you mean port?'],
    ['{"source":"10.20.0.5","destination":"198.51.100.7"}', 'port is missing.'],
    ['{"source":"10.20.0.5","destination":"198.51.100.7","port":"25"}', 'port must be a number.'],
    ['{"source":"10.20.0.5","destination":"198.51.100.7","port":0}', 'port must be a whole number from 1 to 65535.'],
    [
      '{"source":"10.20.0.0/16","destination":"198.51.100.7","port":25}',
      'source "10.20.0.0/16" is a network; give one address of it.',
    ],
    [
      '{"source":"10.20.0.5","destination":"2001:db8::1","port":25}',
      'source 10.20.0.5 is IPv4 and destination 2001:db8::1 is IPv6: no packet is both.',
    ],
    [
      '{"source":"10.20.0.5","destination":"198.51.100.7","port":25,"in":"a b"}',
      'in "a b" is no name of an interface: 1 to 15 characters without blanks, slashes and colons.',
    ],
  ])('names the line that is wrong, behind the answers to those before it: %s', async (line, message) => {
    const { status, stdout, stderr } = await piped(
      folder(),
      `${packet(25)}\n${line}\n`,
      '--config',
      'edge.nft',
      '--packets',
      '-',
    );
    expect([status, stdout.split('\n').length, stderr]).toEqual([2, 2, `standard input:2:1 error packet: ${message}\n`]);
  });
});

describe('wrong arguments of postern trace', () => {
  it.each([
    [[], 'Name the configuration to trace in: --config FILE.'],
    [['--config', 'edge.nft', '--port', '25'], 'Describe the packet: --source, --destination are missing.'],
    [['--config', 'edge.nft', ...ONE, '--port', '0'], '--port takes a whole number from 1 to 65535, not "0".'],
    [
      ['--config', 'edge.nft', '--source', 'pc5', '--destination', '198.51.100.7', '--port', '25'],
      '--source "pc5" is no IP address, such as 10.20.0.5 or 2001:db8::5.',
    ],
    [
      ['--config', 'edge.nft', '--source', '10.20.0.5', '--destination', '::1', '--port', '25'],
      '--source 10.20.0.5 is IPv4 and destination ::1 is IPv6: no packet is both.',
    ],
    [['--config', 'edge.nft', '--packets', '-', '--source', '10.20.0.5'], '--packets has the packets: leave out --source.'],
    [['--config', 'edge.nft', '--packets', '-', '--format', 'text'], 'there is no format "text"; the formats are json.'],
    [
      ['--config', 'edge.nft', '--packets', '-', '--output', 'out.jsonl'],
      '--packets writes JSON lines to stdout, as they come: redirect it.',
    ],
    [
      ['--config', 'edge.nft', ...ONE, '--port', '25', '--hook', 'ingress'],
      '--hook takes forward, output, input, prerouting, postrouting, not "ingress".',
    ],
    [
      ['--config', 'edge.nft', ...ONE, '--port', '25', '--config-format', 'iptables-save'],
      'It is given as iptables-save, and looks like nftables.',
    ],
    [['--config', 'no.nft', ...ONE, '--port', '25'], 'There is no file no.nft, and no git revision of that name here.'],
    [['--config', 'edge.ntf', ...ONE, '--port', '25'], 'Did you mean edge.nft?'],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await trace(folder(), ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('reports every problem of every configuration with its place', async () => {
    const place = folder();
    mkdirSync(join(place, 'bad'));
    writeFileSync(join(place, 'bad/a.v4'), '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p tcp --dport stmp -j ACCEPT\nCOMMIT\n');
    const { status, stdout, stderr } = await trace(place, '--config', 'bad', ...ONE, '--port', '25');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^bad\/a\.v4:3:\d+ error /);
  });
});
