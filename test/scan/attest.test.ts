import { describe, expect, it } from 'vitest';
import type { AttestationRecord, EvidenceRecord } from '../../src/model/evidence.ts';
import { decodeEvidence, resumableText } from '../../src/model/evidence-codec.ts';
import type { Policy } from '../../src/model/policy.ts';
import { parsePublicKey } from '../../src/receipt/keys.ts';
import { openReceipt } from '../../src/receipt/receipt.ts';
import { dryRun, scan } from '../../src/scan.ts';
import { type FakeSentinelOptions, PUBLIC_KEY } from '../smtp/fake-sentinel.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { type Behaviour, type FakeNetwork, type Flow, fakeHost, fakeNames, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';
import { speakingNetwork } from './speaking-network.ts';

function policyWith(sentinel: string, more = ''): Policy {
  return policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }, relays: { networks: [10.1.0.0/24] } }
destinations: { internet: { networks: [public], probes: [{ sentinel: edge }] } }
rules: ${more === '' ? '[]' : `[${more}]`}
sentinels: { edge: { host: probe.example.net, ${sentinel} } }
`);
}

const POLICY = policyWith(`ports: [25, 443, 587], public-key: "${PUBLIC_KEY}"`);
const NAMES = ['probe.example.net 203.0.113.7 203.0.113.8 2001:db8:f::7'];
const webOnly = ({ port }: Flow): Behaviour => (port === 443 ? 'smtp' : 'drop');

interface Options {
  readonly policy?: Policy;
  readonly behave?: (flow: Flow) => Behaviour;
  readonly change?: (port: number) => Partial<FakeSentinelOptions>;
  readonly interfaces?: readonly string[];
  readonly before?: string;
  readonly startAt?: string;
}

interface Ran {
  readonly records: readonly EvidenceRecord[];
  readonly text: string;
  readonly network: FakeNetwork;
}

async function run({ policy = POLICY, behave = webOnly, change, interfaces, before, startAt }: Options = {}): Promise<Ran> {
  const clock = fakeClock(Date.parse(startAt ?? '2026-11-21T20:00:00.000Z'));
  const network = speakingNetwork(clock, behave, change);
  const host = fakeHost(interfaces ?? ['eth0 10.20.0.5']);
  const options = scanOptions(policy, { clock, network: host, resolver: fakeNames(...NAMES), probers: network });
  const lines: string[] = [];
  const resume = before === undefined ? null : { file: 'run.jsonl', text: before };
  const { evidence } = await clock.run(scan({ ...options, append: (line) => lines.push(line), resume }));
  return { records: evidence.records, text: (before === undefined ? '' : resumableText(before)) + lines.join(''), network };
}

function attestations(records: readonly EvidenceRecord[]): AttestationRecord[] {
  return records.filter((record) => record.type === 'attestation');
}

function listed(records: readonly EvidenceRecord[]): string[] {
  return attestations(records).map(({ source, address, port, outcome }) => `${source} > ${address}:${port} ${outcome}`);
}

describe('a sentinel with a port that is no mail port', () => {
  it('is asked there for a receipt, once from each leg, before anything else is probed', async () => {
    const { records, network } = await run({ interfaces: ['eth0 10.20.0.5 2001:db8:20::5', 'eth1 10.1.0.25'] });
    expect(listed(records).toSorted()).toEqual([
      '10.1.0.25 > 203.0.113.7:443 open-smtp',
      '10.1.0.25 > 203.0.113.8:443 open-smtp',
      '10.20.0.5 > 203.0.113.7:443 open-smtp',
      '10.20.0.5 > 203.0.113.8:443 open-smtp',
      '2001:db8:20::5 > 2001:db8:f::7:443 open-smtp',
    ]);
    expect(network.targets.slice(0, 5).map(({ port, mode }) => `${port} ${mode}`)).toEqual(Array(5).fill('443 implicit'));
  });

  it('signs there for this very connection, and the reason says what that shows', async () => {
    const [record] = attestations((await run()).records);
    const key = parsePublicKey(PUBLIC_KEY);
    const [exchange, ...others] = record?.dialogue?.receipts ?? [];
    if (key === null || exchange?.receipt == null) throw new TypeError('no receipt');
    expect(others).toEqual([]);
    expect(openReceipt(exchange.receipt, key)).toMatchObject({ kind: 'genuine', body: { nonce: exchange.nonce, port: 443 } });
    expect(record).toMatchObject({ sentinel: 'edge', segment: 'desks', family: 'ipv4', host: 'probe.example.net' });
    expect(record?.reason).toBe(
      '203.0.113.7:443 answered as an SMTP server, inside TLSv1.3. Receipts of edge show that nothing was changed on the way.',
    );
  });

  it('is on record as unreached where that is blocked', async () => {
    const { records } = await run({ behave: () => 'drop' });
    expect(listed(records)).toEqual(['10.20.0.5 > 203.0.113.7:443 dropped', '10.20.0.5 > 203.0.113.8:443 dropped']);
    expect(attestations(records).map(({ dialogue, elapsedMs }) => [dialogue, elapsedMs])).toEqual([
      [null, 4_000],
      [null, 4_000],
    ]);
  });

  it('stands in the plan of a dry run', async () => {
    const clock = fakeClock();
    const options = scanOptions(POLICY, {
      clock,
      network: fakeHost(['eth0 10.20.0.5']),
      resolver: fakeNames(...NAMES),
      probers: speakingNetwork(clock, webOnly),
    });
    expect((await dryRun(options)).split('\n').filter((line) => line.includes(':443'))).toEqual([
      '  desks 10.20.0.5 -> 203.0.113.7:443 (edge): TLS from the first byte, EHLO [10.20.0.5], NOOP for receipts, QUIT',
      '  desks 10.20.0.5 -> 203.0.113.8:443 (edge): TLS from the first byte, EHLO [10.20.0.5], NOOP for receipts, QUIT',
    ]);
  });
});

describe('nothing is attested', () => {
  it.each([
    ['by a sentinel without a key', policyWith('ports: [25, 443]')],
    ['by a sentinel with mail ports alone', policyWith(`ports: [25, 587], public-key: "${PUBLIC_KEY}"`)],
    [
      'on a port that a question goes to anyhow',
      policyWith(`ports: [25, 443], public-key: "${PUBLIC_KEY}"`, '{ from: desks, to: internet, ports: [443] }'),
    ],
    [
      'by a sentinel that no destination is probed by',
      policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public], probes: [{ host: 203.0.113.9, listening: [25] }] } }
rules: []
sentinels: { edge: { host: 203.0.113.7, ports: [25, 443], public-key: "${PUBLIC_KEY}" } }
`),
    ],
  ])('%s', async (_why, policy) => {
    expect(listed((await run({ policy })).records)).toEqual([]);
  });
});

describe('mail ports that answer', () => {
  it('carry receipts themselves, and what they show is said', async () => {
    const { records } = await run({ behave: () => 'smtp' });
    const rows = records.filter((record) => record.type === 'observation').filter(({ address }) => address === '203.0.113.7');
    const receipts = rows.map(({ port, dialogue }) => `${port} ${dialogue?.receipts.map(({ when }) => when).join(' ')}`);
    expect(receipts).toEqual(['25 clear tls', '465 tls', '587 clear tls', '2525 clear tls']);
    for (const { reason } of rows) expect(reason).toMatch(/Receipts of edge show that nothing was changed on the way\.$/);
  });

  it('say what was changed, and by whom nothing was signed', async () => {
    const change = (port: number): Partial<FakeSentinelOptions> => {
      if (port === 25) return { tamper: { down: (text) => text.replace('250-PIPELINING\r\n', '') } };
      const other = port === 587 ? '250 2.0.0 OK\r\n' : '421 4.3.2 Closing\r\n';
      return port === 465 ? {} : { tamper: { down: (text) => (text.startsWith('250-2.0.0 OK') ? other : text) } };
    };
    const { records } = await run({ behave: () => 'smtp', change });
    const reasonOf = (port: number): string =>
      records.flatMap((record) => (record.type === 'observation' && record.port === port ? [record.reason] : []))[0] ?? '';
    expect(reasonOf(25)).toContain('with STARTTLS (TLSv1.3). This host received other bytes than the sentinel sent');
    expect(reasonOf(587)).toContain('Nothing shows that edge answered. The receipt asked for in clear text did not come');
    // Who ends the connection has not said who he is: that shows nobody else.
    expect(reasonOf(2525)).not.toContain('edge');
  });
});

describe('a run that goes on', () => {
  it('does not ask again what was signed just before, and asks again what is stale', async () => {
    const whole = (await run()).text;
    const cut = whole.slice(0, whole.indexOf('{"type":"observation"'));
    expect(listed(decodeEvidence(cut, 'run.jsonl').records)).toHaveLength(2);
    const soon = await run({ before: cut, startAt: '2026-11-21T20:05:00.000Z' });
    expect(listed(soon.records)).toHaveLength(2);
    const late = await run({ before: cut, startAt: '2026-11-21T20:30:00.000Z' });
    expect(listed(late.records)).toHaveLength(4);
  });

  it('for more than ten minutes asks again at its end', async () => {
    const hosts = Array.from({ length: 200 }, (_, index) => `{ host: 198.18.0.${index + 1}, listening: [25, 587] }`);
    const policy = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public], probes: [{ sentinel: edge }, ${hosts.join(', ')}] } }
rules: []
sentinels: { edge: { host: 203.0.113.7, ports: [443], public-key: "${PUBLIC_KEY}" } }
`);
    const clock = fakeClock();
    const network = speakingNetwork(clock, webOnly);
    const options = scanOptions(policy, {
      clock,
      network: fakeHost(['eth0 10.20.0.5']),
      resolver: fakeNames(),
      probers: network,
    });
    const { evidence } = await clock.run(scan({ ...options, concurrency: 4 }));
    const times = attestations(evidence.records).map(({ at }) => Date.parse(at) - Date.parse('2026-11-21T20:00:00.000Z'));
    expect(times).toHaveLength(2);
    expect(times[0]).toBe(0);
    expect(times[1]).toBeGreaterThan(600_000);
  });
});
