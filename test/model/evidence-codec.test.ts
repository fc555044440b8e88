import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialogue } from '../../src/model/dialogue.ts';
import type { ConfigurationRecord, EvidenceHeader, EvidenceRecord, Observation, RelayRecord } from '../../src/model/evidence.ts';
import { decodeEvidence, evidenceWriter, resumableText } from '../../src/model/evidence-codec.ts';
import type { RelayAttempt } from '../../src/model/relay.ts';
import { at } from '../support/address.ts';
import { configurationRowOf, deadLineOf, firewallRecordOf } from '../support/configuration.ts';
import { dialogueOf } from '../support/evidence.ts';

const HEADER: EvidenceHeader = {
  type: 'header',
  schema: 'postern.evidence/1',
  tool: { name: 'postern', version: '0.1.0' },
  policy: { name: 'Büro', digest: `sha256:${'0'.repeat(64)}` },
  run: { id: 'r1', startedAt: '2026-11-21T20:00:00.000Z' },
  vantage: {
    hostname: 'desk',
    platform: 'linux',
    addresses: [at('10.20.0.5')],
    segments: ['desks'],
    legs: [{ segment: 'desks', family: 'ipv4', source: at('10.20.0.5'), asserted: false }],
    ipv6: false,
  },
  operator: 'Jörg 🦊',
  reference: null,
  settings: { timeoutMs: 8_000, concurrency: 32, ports: [25], relay: null },
};

const OBSERVATION: Observation = {
  type: 'observation',
  id: 'desks/10.20.0.5>internet/198.51.100.7:25',
  pass: 'scan',
  segment: 'desks',
  source: at('10.20.0.5'),
  destination: 'internet',
  host: 'mx.example.org',
  address: at('198.51.100.7'),
  port: 25,
  at: '2026-11-21T20:00:01.000Z',
  outcome: 'dropped',
  detail: null,
  reason: 'No answer in 8000 ms.',
  error: null,
  elapsedMs: 8_000,
  connectMs: null,
  dialogue: null,
};

const CONTROL: EvidenceRecord = {
  type: 'control',
  phase: 'start',
  segment: 'desks',
  family: 'ipv4',
  source: at('10.20.0.5'),
  host: 'www.example.net',
  address: at('198.51.100.80'),
  port: 443,
  named: true,
  outcome: 'open-silent',
  reason: 'It answered.',
  at: '2026-11-21T20:00:00.500Z',
  elapsedMs: 20,
};

const ATTEMPT: RelayAttempt = {
  id: 'B01',
  about: 'foreign to foreign',
  mailFrom: 'a@postern.invalid',
  rcptTo: 'b@postern.invalid',
  ehlo: null,
  stage: 'rcpt',
  code: 554,
  enhanced: '5.7.1',
  text: 'relaying denied',
  class: 'rejected',
  secure: false,
  connection: 1,
  reason: null,
};

/** A test on two connections. */
function relayText(...attempts: readonly Partial<RelayAttempt>[]): string {
  const relay: RelayRecord = {
    type: 'relay',
    id: 'relay:hub/198.51.100.7:25',
    server: 'hub',
    segment: 'desks',
    source: at('10.20.0.5'),
    host: 'hub.example.net',
    address: at('198.51.100.7'),
    port: 25,
    at: '2026-11-21T20:00:01.000Z',
    elapsedMs: 100,
    authorisedBy: null,
    battery: 'core',
    level: 'envelope',
    names: {
      ehlo: 'desk.example.net',
      probeDomain: 'postern.invalid',
      otherDomain: 'other.postern.invalid',
      owned: false,
      hostedDomain: null,
      serverName: null,
    },
    attempts: attempts.map((changes) => ({ ...ATTEMPT, ...changes })),
    connections: 2,
    unreached: null,
    delivery: null,
    failure: null,
    transcript: [],
  };
  return written([relay]).join('');
}

const DIALOGUE: Dialogue = dialogueOf({
  echo: { verb: 'XPSTRN0A1B2C3D', reply: { code: 500, enhanced: '5.5.1', lines: ['5.5.1 XXXXXXXXXXXXXX'] } },
  receipts: [
    {
      when: 'clear',
      nonce: '0'.repeat(32),
      receipt: 'postern-receipt/1.e30.AA',
      sent: 'a'.repeat(64),
      received: 'b'.repeat(64),
      exporter: null,
      local: { address: at('10.20.0.5'), port: 40_000 },
    },
    {
      when: 'tls',
      nonce: '1'.repeat(32),
      receipt: null,
      sent: 'c'.repeat(64),
      received: 'd'.repeat(64),
      exporter: 'e'.repeat(64),
      local: null,
    },
  ],
});

const CONFIGURATION: ConfigurationRecord = {
  type: 'configuration',
  id: 'config:edge:desks>internet:25/ipv4',
  firewall: 'edge',
  segment: 'desks',
  destination: 'internet',
  port: 25,
  family: 'ipv4',
  outcome: 'permitted',
  problem: null,
  rows: [configurationRowOf({ sources: ['10.20.0.0/16'], ports: ['25', '465-587'], sourcePorts: ['80'] })],
  furtherRows: 2,
  at: '2026-11-21T20:00:02.000Z',
};

const REPORT = { ...OBSERVATION, outcome: 'open-smtp', family: 'ipv4', address: at('192.0.2.1'), dialogue: DIALOGUE } as const;
const { id: _id, pass: _pass, destination: _destination, host, ...BESIDE } = REPORT;
const DOCUMENTATION: EvidenceRecord = { ...BESIDE, type: 'documentation' };
const ATTESTATION: EvidenceRecord = { ...BESIDE, type: 'attestation', sentinel: 'edge', host, port: 443 };

function written(records: readonly EvidenceRecord[] = [CONTROL, OBSERVATION]): string[] {
  const lines: string[] = [];
  const writer = evidenceWriter((line) => lines.push(line));
  writer.header(HEADER);
  records.forEach(writer.record);
  writer.trailer({ finishedAt: '2026-11-21T20:00:09.000Z', interrupted: false });
  return lines;
}

const TEXT = written().join('');

/** The message, or null where it is evidence. */
function refusal(text: string): string | null {
  try {
    decodeEvidence(text, 'run.jsonl');
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('evidence as text', () => {
  it('is read back as it was written', () => {
    const evidence = decodeEvidence(TEXT, 'run.jsonl');
    expect(evidence.header).toEqual(HEADER);
    expect(evidence.records).toEqual([CONTROL, OBSERVATION]);
    expect(evidence.trailer).toMatchObject({ count: 2, interrupted: false });
  });

  it('holds what was asked beside the questions, with receipts and echoes', () => {
    const { family: _family, ...observation } = REPORT;
    const records = [observation, DOCUMENTATION, ATTESTATION];
    expect(decodeEvidence(written(records).join(''), 'run.jsonl').records).toEqual(records);
  });

  it('holds what was read of a firewall, and what its configuration does', () => {
    const firewall = firewallRecordOf({
      interfaces: { desks: ['eth1', 'eth2'] },
      dead: [deadLineOf('edge.nft:9 tcp dport 25 drop')],
    });
    const records = [firewall, CONFIGURATION, { ...CONFIGURATION, outcome: null, problem: 'Too many nodes.', rows: [] }];
    expect(decodeEvidence(written(records).join(''), 'run.jsonl').records).toEqual(records);
  });

  it('is ASCII, one line a record, each ended by a line feed', () => {
    for (const line of written()) expect(line).toMatch(/^[\x20-\x7e]+\n$/);
  });

  it('goes on with the same hash where a run was cut', () => {
    const [header = '', control = '', observation = '', trailer = ''] = written();
    const lines: string[] = [];
    const writer = evidenceWriter((line) => lines.push(line), header + control);
    writer.record(OBSERVATION);
    writer.trailer({ finishedAt: '2026-11-21T20:00:09.000Z', interrupted: false });
    expect(lines).toEqual([observation, trailer]);
  });

  it('without a trailer is what was seen so far, a torn last line left out', () => {
    const torn = TEXT.slice(0, TEXT.indexOf('dropped'));
    expect(decodeEvidence(torn, 'run.jsonl')).toEqual({ header: HEADER, records: [CONTROL], trailer: null });
    expect(resumableText(torn)).toBe(written().slice(0, 2).join(''));
  });
});

describe('evidence that is not', () => {
  it.each([
    ['nothing', '', 'run.jsonl:1:1 error evidence-empty: there is no evidence in this file, not even its header.'],
    [
      'a torn header',
      TEXT.slice(0, 20),
      'run.jsonl:1:1 error evidence-empty: there is no evidence in this file, not even its header.',
    ],
    [
      'another schema',
      TEXT.replace('evidence/1', 'evidence/2'),
      'run.jsonl:1:1 error evidence-schema: this is not evidence that this version reads: its schema is not postern.evidence/1.',
    ],
    [
      'a line that is no JSON',
      TEXT.replace('{"type":"control"', '{"type":control'),
      'run.jsonl:2:1 error evidence-syntax: this line is not JSON; only the last line of a killed run may be torn.',
    ],
    [
      'an unknown record',
      TEXT.replace('"type":"control"', '"type":"contral"'),
      'run.jsonl:2:1 error evidence-shape: type must be one of trailer, resolution, control, observation, documentation, attestation, relay, firewall, unread-firewall, configuration.',
    ],
    [
      'an unknown outcome',
      TEXT.replace('"dropped"', '"filtered"'),
      'run.jsonl:3:1 error evidence-shape: outcome must be one of open-smtp, open-refusing, open-other, open-silent, open-closed, open-reset, dropped, rejected, refused, host-down, no-route, local-block, unresolved, probe-error, aborted, not "filtered".',
    ],
    [
      'a port of 0',
      TEXT.replace('"port":25', '"port":0'),
      'run.jsonl:3:1 error evidence-shape: port must be a whole number from 1 to 65535, not 0.',
    ],
    ['a missing field', TEXT.replace('"pass":"scan",', ''), 'run.jsonl:3:1 error evidence-shape: pass is missing.'],
    [
      'an address that is none',
      TEXT.replace('"address":"198.51.100.7"', '"address":"198.51.100.700"'),
      'run.jsonl:3:1 error evidence-shape: address must be an IP address in its canonical form, not "198.51.100.700".',
    ],
    [
      'an escape sequence',
      TEXT.replace('No answer', '\\u001b[2J'),
      'run.jsonl:3:1 error evidence-shape: reason holds a control character.',
    ],
    [
      'a day that does not exist',
      TEXT.replace('"at":"2026-11-21T20:00:01', '"at":"2026-13-21T20:00:01'),
      'run.jsonl:3:1 error evidence-shape: at must be a time such as 2026-11-21T20:38:00.000Z, not "2026-13-21T20:00:01.000Z".',
    ],
    [
      'a negative duration',
      TEXT.replace('"elapsedMs":8000', '"elapsedMs":-1'),
      'run.jsonl:3:1 error evidence-shape: elapsedMs must be a duration in milliseconds, not -1.',
    ],
    [
      'a changed word',
      TEXT.replace('No answer in 8000 ms', 'No answer in 8001 ms'),
      'run.jsonl:4:1 error evidence-hash: the lines above are not those that were written: their SHA-256 differs from the trailer.',
    ],
    [
      'a missing line',
      written()
        .filter((_, index) => index !== 1)
        .join(''),
      'run.jsonl:3:1 error evidence-count: the trailer tells of 2 records, but 1 are here.',
    ],
    [
      'a line behind the trailer',
      `${TEXT}${written()[1]}`,
      'run.jsonl:5:1 error evidence-order: something stands behind the trailer, which must be the last line.',
    ],
    [
      'a receipt without its nonce',
      written([ATTESTATION])
        .join('')
        .replace(`"nonce":"${'1'.repeat(32)}"`, '"nonce":"1"'),
      'run.jsonl:2:1 error evidence-shape: dialogue.receipts[1].nonce must be 128 bits in hex, not "1".',
    ],
    [
      'two attempts of one shape',
      relayText({ id: 'C0' }, {}, { connection: 2 }),
      'run.jsonl:2:1 error evidence-shape: attempts[2].id is that of an attempt before it.',
    ],
    [
      'an attempt on a connection that was not made',
      relayText({ connection: 2 }, { id: 'B02', connection: 3 }),
      "run.jsonl:2:1 error evidence-shape: attempts[1].connection must be at most 2, the test's connections, not 3.",
    ],
    [
      'a reply to no command',
      relayText({}, { id: 'B02', stage: null }),
      'run.jsonl:2:1 error evidence-shape: attempts[1].code must be null exactly where stage is.',
    ],
    [
      'a command with a stage and without its reply',
      relayText({ code: null }),
      'run.jsonl:2:1 error evidence-shape: attempts[0].code must be null exactly where stage is.',
    ],
    [
      'a network with host bits',
      written([CONFIGURATION]).join('').replace('10.20.0.0/16', '10.20.0.5/16'),
      'run.jsonl:2:1 error evidence-shape: rows[0].sources[0] must be a network such as 10.20.0.0/16, not "10.20.0.5/16".',
    ],
    [
      'a range of ports that ends before it begins',
      written([CONFIGURATION]).join('').replace('465-587', '587-465'),
      'run.jsonl:2:1 error evidence-shape: rows[0].ports[1] must be a port or a range of ports such as 465-587, not "587-465".',
    ],
    [
      'an answer that is none, without its reason',
      written([{ ...CONFIGURATION, outcome: null }]).join(''),
      'run.jsonl:2:1 error evidence-shape: problem must be null exactly where outcome is not.',
    ],
    [
      'an interface that is no name',
      written([firewallRecordOf({ interfaces: { desks: ['eth1'] } })])
        .join('')
        .replace('"eth1"', '1'),
      'run.jsonl:2:1 error evidence-shape: interfaces.desks[0] must be a text, not 1.',
    ],
    [
      'a hash that is none',
      written([DOCUMENTATION]).join('').replace('a'.repeat(64), 'A'.repeat(64)),
      `run.jsonl:2:1 error evidence-shape: dialogue.receipts[0].sent must be 256 bits in hex, not "${'A'.repeat(59)}.`,
    ],
  ])('is refused: %s', (_name, text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it('is read where every attempt is of a shape of its own, on one of the connections', () => {
    expect(
      refusal(relayText({}, { id: 'B02', connection: 2 }, { id: 'B03', stage: null, code: null, connection: 0 })),
    ).toBeNull();
  });

  it('never crashes the reader: any field may be replaced by anything', () => {
    const lines = written();
    fc.assert(
      fc.property(fc.nat(3), fc.nat(), fc.jsonValue(), (line, position, value) => {
        const record: unknown = JSON.parse(lines[line] ?? '{}');
        const entries = Object.entries(record ?? {});
        const [name = ''] = entries[position % entries.length] ?? [];
        const changed = `${JSON.stringify({ ...Object.fromEntries(entries), [name]: value })}\n`;
        const text = lines.map((original, index) => (index === line ? changed : original)).join('');
        const message = refusal(text);
        return message === null || message.startsWith('run.jsonl:');
      }),
      { numRuns: 2_000 },
    );
  });

  it('never crashes the reader: random text', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(TEXT.length), (noise, position) => {
        const message = refusal(TEXT.slice(0, position) + noise + TEXT.slice(position));
        return noise === '' ? message === null : message === null || message.startsWith('run.jsonl:');
      }),
    );
  });
});
