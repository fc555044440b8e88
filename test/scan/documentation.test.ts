import { describe, expect, it } from 'vitest';
import type { DocumentationRecord, EvidenceRecord } from '../../src/model/evidence.ts';
import { resumableText } from '../../src/model/evidence-codec.ts';
import type { Policy } from '../../src/model/policy.ts';
import { dryRun, type ScanOptions, scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import {
  type Behaviour,
  type FakeNetwork,
  type Flow,
  fakeHost,
  fakeNames,
  fakeNetwork,
  scanOptions,
} from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

interface Parts {
  readonly networks?: string;
  readonly hosts?: string;
  readonly more?: string;
  readonly audit?: string;
}

/** Uses none of the documentation blocks but by what a test puts in. */
function policyWith({
  networks = 'public',
  hosts = 'mx.example.org',
  more = '',
  audit = 'documentation-addresses: true',
}: Parts = {}): Policy {
  return policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16, "fd00:20::/48"], controls: [{ host: www.example.net, port: 443 }] } }
destinations: { internet: { networks: [${networks}], probes: [{ host: ${hosts}, listening: [25] }] } }
rules: []
audit: { ports: [25, 465], ${audit} }
${more}
`);
}

const NAMES = ['mx.example.org 198.18.0.7', 'www.example.net 198.18.0.80'];
const ALL = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];

interface Options {
  readonly policy?: Policy;
  readonly behave?: (flow: Flow) => Behaviour;
  readonly names?: readonly string[];
  readonly interfaces?: readonly string[];
  readonly change?: Partial<ScanOptions>;
}

interface World {
  readonly options: ScanOptions;
  readonly network: FakeNetwork;
  readonly run: () => Promise<readonly EvidenceRecord[]>;
  readonly lines: readonly string[];
}

function world({ policy = policyWith(), behave = () => 'drop', names = NAMES, interfaces, change }: Options = {}): World {
  const clock = fakeClock();
  const network = fakeNetwork(clock, behave);
  const host = fakeHost(interfaces ?? ['eth0 10.20.0.5']);
  const lines: string[] = [];
  const options: ScanOptions = {
    ...scanOptions(policy, { clock, network: host, resolver: fakeNames(...names), probers: network }),
    append: (line) => lines.push(line),
    ...change,
  };
  return { options, network, lines, run: async () => (await clock.run(scan(options))).evidence.records };
}

function documented(records: readonly EvidenceRecord[]): DocumentationRecord[] {
  return records.filter((record) => record.type === 'documentation');
}

async function addressesTried(options: Options): Promise<string[]> {
  return [...new Set(documented(await world(options).run()).map(({ address }) => address))].toSorted();
}

describe('documentation addresses', () => {
  it('are left alone where the policy does not ask for them', async () => {
    expect(await addressesTried({ policy: policyWith({ audit: '' }) })).toEqual([]);
    expect(await addressesTried({ policy: policyWith({ audit: 'documentation-addresses: false' }) })).toEqual([]);
  });

  it('are tried on every audited port, from each leg in its family', async () => {
    const records = documented(await world({ interfaces: ['eth0 10.20.0.5 fd00:20::5'] }).run());
    expect(records.map(({ source, address, port }) => `${source} > ${address} ${port}`).toSorted()).toEqual([
      ...ALL.flatMap((address) => [25, 465].map((port) => `10.20.0.5 > ${address} ${port}`)),
      ...[25, 465].map((port) => `fd00:20::5 > 2001:db8::1 ${port}`),
    ]);
    expect(records.every(({ outcome, segment }) => outcome === 'dropped' && segment === 'desks')).toBe(true);
  });

  it('are waited for 3.5 s, or less where the run waits less', async () => {
    const elapsed = async (connectMs: number): Promise<number[]> => {
      const base = world();
      const limits = { ...base.options.limits, connectMs };
      return documented(await world({ change: { limits } }).run()).map(({ elapsedMs }) => elapsedMs);
    };
    expect(new Set(await elapsed(8_000))).toEqual(new Set([3_500]));
    expect(new Set(await elapsed(1_000))).toEqual(new Set([1_000]));
  });

  it('hear neither MAIL nor unknown verbs, and are asked for no receipt', async () => {
    const { network, run } = world({ behave: ({ address }) => (ALL.includes(address) ? 'smtp' : 'drop') });
    const records = documented(await run());
    expect(records.map(({ outcome }) => outcome)).toEqual(Array(6).fill('open-smtp'));
    const targets = network.targets.filter(({ address }) => ALL.includes(address));
    expect(targets).toHaveLength(6);
    for (const { mail, rcpt, verb, receipts, serverName, source } of targets) {
      expect({ mail, rcpt, verb, receipts, serverName, source }).toEqual({
        mail: null,
        rcpt: null,
        verb: null,
        receipts: null,
        serverName: null,
        source: '10.20.0.5',
      });
    }
    expect(targets.map(({ port, mode }) => `${port} ${mode}`).toSorted()).toEqual([
      ...Array(3).fill('25 clear'),
      ...Array(3).fill('465 implicit'),
    ]);
  });

  it('are tried after the sweep, and before what was blocked is asked again', async () => {
    const { network, run } = world();
    await run();
    const probes = network.sent.filter(({ kind }) => kind === 'probe').toSorted((a, b) => a.start - b.start);
    expect(probes.map(({ address }) => (ALL.includes(address) ? 'documentation' : 'question'))).toEqual([
      'question',
      ...Array(6).fill('documentation'),
      'question',
    ]);
  });
});

describe('a block is left out', () => {
  it.each([
    [
      'where a segment lies',
      {
        policy: policyOf(
          'version: 1\nname: lab\nsegments: { desks: { networks: [10.20.0.0/16, 192.0.2.128/25] } }\ndestinations: { internet: { networks: [public], probes: [{ host: mx.example.org, listening: [25] }] } }\nrules: []\naudit: { ports: [25], documentation-addresses: true }\n',
        ),
      },
      '192.0.2.1',
    ],
    [
      'that a destination names',
      { policy: policyWith({ networks: '192.0.2.0/24' }), names: ['mx.example.org 192.0.2.7'] },
      '192.0.2.1',
    ],
    [
      'that a destination names beside others',
      { policy: policyWith({ networks: '203.0.112.0/23, 198.18.0.0/16' }) },
      '203.0.113.1',
    ],
    ['that holds a host', { policy: policyWith({ hosts: '198.51.100.200' }) }, '198.51.100.1'],
    ['that a name resolves into', { names: ['mx.example.org 203.0.113.7', 'www.example.net 198.18.0.80'] }, '203.0.113.1'],
    ['that a control resolves into', { names: ['mx.example.org 198.18.0.7', 'www.example.net 198.51.100.80'] }, '198.51.100.1'],
    [
      'that a server or a sentinel lies in',
      { policy: policyWith({ more: 'sentinels: { edge: { host: 192.0.2.9, ports: [25] } }' }) },
      '192.0.2.1',
    ],
    [
      'that a sentinel expects this network to come from',
      { policy: policyWith({ more: 'sentinels: { edge: { host: 198.18.0.9, ports: [25], expected-sources: [203.0.113.9] } }' }) },
      '203.0.113.1',
    ],
    ['that this host has an address in', { interfaces: ['eth0 10.20.0.5', 'eth1 198.51.100.2'] }, '198.51.100.1'],
    [
      'that an exchanger lies in',
      {
        policy: policyOf(
          'version: 1\nname: mx\nsegments: { desks: { networks: [10.20.0.0/16] } }\ndestinations: { partner: { mx: [example.org] } }\nrules: []\naudit: { ports: [25], documentation-addresses: true }\n',
        ),
        names: ['MX example.org mx.example.org', 'mx.example.org 192.0.2.7'],
      },
      '192.0.2.1',
    ],
  ] satisfies readonly [string, Options, string][])('%s', async (_why, options, gone) => {
    expect(await addressesTried(options)).toEqual(ALL.filter((address) => address !== gone));
  });

  it('of IPv6 all the same', async () => {
    const interfaces = ['eth0 10.20.0.5 fd00:20::5'];
    expect(await addressesTried({ interfaces })).toEqual([...ALL, '2001:db8::1'].toSorted());
    const names = ['mx.example.org 198.18.0.7 2001:db8:ffff::7', 'www.example.net 198.18.0.80'];
    expect(await addressesTried({ interfaces, names })).toEqual(ALL);
  });

  it('not by networks that hold every block and mean none', async () => {
    expect(await addressesTried({ policy: policyWith({ networks: 'any' }) })).toEqual(ALL);
    expect(await addressesTried({ policy: policyWith({ networks: 'public' }) })).toEqual(ALL);
  });
});

describe('a dry run', () => {
  it('lists every one, and what is left out', async () => {
    const { options } = world({ names: ['mx.example.org 203.0.113.7', 'www.example.net 198.18.0.80'] });
    const lines = (await dryRun(options)).split('\n');
    const start = lines.indexOf('Documentation addresses, where nobody can answer:');
    expect(lines.slice(start + 1, start + 6)).toEqual([
      '  desks 10.20.0.5 -> 192.0.2.1:25: clear text, STARTTLS, EHLO [10.20.0.5], QUIT',
      '  desks 10.20.0.5 -> 192.0.2.1:465: TLS from the first byte, EHLO [10.20.0.5], QUIT',
      '  desks 10.20.0.5 -> 198.51.100.1:25: clear text, STARTTLS, EHLO [10.20.0.5], QUIT',
      '  desks 10.20.0.5 -> 198.51.100.1:465: TLS from the first byte, EHLO [10.20.0.5], QUIT',
      '  203.0.113.0/24 is left out: the policy or this host has addresses in it',
    ]);
  });

  it('says once for each address why it is not asked', async () => {
    const network = fakeHost(['eth0 10.20.0.5'], () => ({ kind: 'none', message: 'Network is unreachable' }));
    const base = world().options;
    const lines = (await dryRun({ ...base, host: { ...base.host, network } })).split('\n');
    const start = lines.indexOf('Documentation addresses, where nobody can answer:');
    expect(lines.slice(start + 1, start + 4)).toEqual(
      ALL.map((address) => expect.stringMatching(`^  desks 10.20.0.5 -> ${address}: not asked: .*unreachable`)),
    );
  });

  it('says nothing of them where they are not asked for', async () => {
    expect(await dryRun(world({ policy: policyWith({ audit: '' }) }).options)).not.toContain('ocumentation');
  });
});

describe('a run that goes on', () => {
  it('asks for those that it has no answer from, and for no others', async () => {
    const first = world();
    await first.run();
    const text = first.lines.join('');
    const third = [...text.matchAll(/\{"type":"documentation"/g)][2]?.index ?? 0;
    const before = resumableText(text.slice(0, third));
    const second = world({ change: { resume: { file: 'run.jsonl', text: before } } });
    expect(documented(await second.run())).toHaveLength(6);
    expect(second.network.targets.filter(({ address }) => ALL.includes(address))).toHaveLength(4);
  });
});
