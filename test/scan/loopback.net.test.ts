/** A whole scan on this machine: real sockets, a real (small) mail server on 127.0.0.1. */
import { describe, expect, it } from 'vitest';
import type { Evidence, Observation } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { DEFAULT_LIMITS, machine, scan } from '../../src/scan.ts';
import { policyOf } from '../support/policy.ts';
import { closedPort, listen, speakSmtp } from '../support/server.ts';

function observations({ records }: Evidence): Observation[] {
  return records.filter((record) => record.type === 'observation');
}

describe('a scan of this machine', () => {
  it('tells a mail server, a silent port and a closed port apart, and writes evidence that can be read', async () => {
    const heard: string[] = [];
    const mail = await listen((socket) => {
      socket.on('data', (chunk) => heard.push(...chunk.toString('latin1').trim().split('\r\n')));
      speakSmtp(socket, '220 mail.example.net ESMTP\r\n', { EHLO: '250-mail.example.net\r\n250 SIZE\r\n', QUIT: '221 bye\r\n' });
    });
    const silent = await listen(() => undefined);
    const closed = await closedPort();
    const ports = [mail.port, silent.port, closed];
    const policy = policyOf(`
version: 1
name: here
segments: { here: { networks: [127.0.0.1], controls: [{ host: 127.0.0.1, port: ${mail.port} }] } }
destinations: { mail: { hosts: [127.0.0.1], listening: [${ports.join(', ')}] } }
rules: [{ name: r, from: here, to: mail, ports: [${mail.port}] }]
audit: { ports: [${ports.join(', ')}], ehlo: audit.example.com }
`);
    const lines: string[] = [];
    const { evidence, complete } = await scan({
      policy,
      tool: { name: 'postern', version: '0.0.0' },
      from: [],
      source: null,
      limits: { ...DEFAULT_LIMITS, connectMs: 2_000, greetingMs: 300, tlsMs: 300 },
      concurrency: 8,
      rate: null,
      relay: null,
      deadlineMs: 5_000,
      operator: null,
      reference: null,
      resume: null,
      append: (line) => lines.push(line),
      onRecord: () => undefined,
      onProgress: () => undefined,
      signal: new AbortController().signal,
      host: machine({
        path: process.env.PATH ?? '',
        retries: 0,
        readFile: (name) => {
          throw new Error(`no such file: ${name}`);
        },
      }),
    });
    const outcomes = Object.fromEntries(observations(evidence).map(({ port, outcome }) => [port, outcome]));
    expect(outcomes).toEqual({ [mail.port]: 'open-smtp', [silent.port]: 'open-silent', [closed]: 'refused' });
    expect(observations(evidence).find(({ port }) => port === mail.port)?.dialogue?.greeting?.code).toBe(220);
    expect(decodeEvidence(lines.join(''), 'run.jsonl')).toEqual(evidence);
    expect(complete).toBe(true);
    const controls = evidence.records.filter((record) => record.type === 'control');
    expect(controls.map(({ phase, outcome }) => `${phase} ${outcome}`)).toContain('end open-silent');
    expect([...new Set(heard)].toSorted()).toEqual(['EHLO audit.example.com', 'QUIT', 'STARTTLS']);
  });
});
