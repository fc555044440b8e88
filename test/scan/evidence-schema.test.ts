import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { ConfigurationRecord } from '../../src/model/evidence.ts';
import { HEADER, RECORDS, TRAILER } from '../../src/model/evidence-shape.ts';
import type { RelayAttempt } from '../../src/model/relay.ts';
import { scan } from '../../src/scan.ts';
import { PUBLIC_KEY } from '../smtp/fake-sentinel.ts';
import { configurationRowOf, deadLineOf, firewallRecordOf, lineOf } from '../support/configuration.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fakeHost, fakeNames, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';
import { speakingNetwork } from './speaking-network.ts';

const SCHEMA: object = JSON.parse(readFileSync(join(import.meta.dirname, '../../policies/evidence.schema.json'), 'utf8'));

const POLICY = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16], controls: [{ host: www.example.net, port: 443 }] } }
destinations:
  provider: { hosts: [smtp.example.net, mail.example.net], listening: [465, 587] }
  hub: { hosts: [hub.example.net], listening: [25], own: true }
  internet: { networks: [public], probes: [{ sentinel: edge }] }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
servers: [{ name: hub, host: hub.example.net, ports: [25] }]
audit: { ports: [25, 465, 587], documentation-addresses: true }
sentinels: { edge: { host: probe.example.net, ports: [25, 443], public-key: "${PUBLIC_KEY}" } }
`);

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

/** The published schema lets fields be added; here none may, so that one that the schema does not know is found. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  // What is said of some lines only names the fields that it is about.
  const whole = (key: string): boolean => !['if', 'then', 'else'].includes(key);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, whole(key) ? closed(value) : value]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

async function lines(): Promise<Line[]> {
  const clock = fakeClock();
  const network = speakingNetwork(clock, ({ port }) => (port === 465 ? 'drop' : 'smtp'));
  const resolver = fakeNames(
    'smtp.example.net 198.51.100.10',
    'hub.example.net 198.51.100.25',
    'probe.example.net 203.0.113.7',
    'www.example.net 198.51.100.80',
  );
  const probers = {
    ...network,
    relay: async () => ({
      attempts: [ATTEMPT],
      connections: 1,
      serverName: 'hub.example.net',
      failure: null,
      transcript: ['S: 220 hub'],
      unreached: null,
      elapsedMs: 5,
    }),
  };
  const written: string[] = [];
  const options = scanOptions(POLICY, { clock, network: fakeHost(['eth0 10.20.0.5']), resolver, probers });
  await clock.run(scan({ ...options, relay: 'core', append: (line) => written.push(line) }));
  const [trailer, ...before] = written.map((line): Line => JSON.parse(line)).reverse();
  return [...before.reverse(), ...inspected(), ...(trailer === undefined ? [] : [trailer])];
}

/** No scan writes them: what was read of a firewall, and that one could not be read. */
function inspected(): Line[] {
  const firewall = firewallRecordOf({
    interfaces: { desks: ['eth1'] },
    assumptions: ['No set is filled at run time.'],
    warnings: ['edge.nft:3:1: a comment without its end'],
    doubts: [{ about: 'dump', text: 'The text is not the whole.', key: 'b'.repeat(64) }],
    dead: [deadLineOf('edge.nft:9 tcp dport 25 drop', { by: [lineOf('edge.nft:7 tcp dport 25 accept')] })],
  });
  const row = configurationRowOf({ condition: 'it comes in by eth1', sourcePorts: ['80', '1-1023'], target: '10.0.0.9:25' });
  const configuration: ConfigurationRecord = {
    type: 'configuration',
    id: 'config:edge:desks>internet:25/ipv4',
    firewall: 'edge',
    segment: 'desks',
    destination: 'internet',
    port: 25,
    family: 'ipv4',
    outcome: 'permitted',
    problem: null,
    rows: [row],
    furtherRows: 0,
    at: '2026-11-21T20:00:01.000Z',
  };
  const unread = { type: 'unread-firewall', firewall: 'core', why: 'core.nft cannot be read.', at: '2026-11-21T20:00:02.000Z' };
  return [{ ...firewall }, { ...configuration }, unread];
}

describe("the evidence's JSON Schema", () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(closed(SCHEMA) as object);

  it('describes every line that is written, and every field of it', async () => {
    const all = await lines();
    for (const line of all) expect(validate(line), `${JSON.stringify(line)} ${JSON.stringify(validate.errors)}`).toBe(true);
    expect([...new Set(all.map(({ type }) => type))].toSorted()).toEqual(['header', 'trailer', ...RECORDS.keys()].toSorted());
  });

  it('is tried on dialogues with receipts, and with the echo of an unknown verb', async () => {
    const text = (await lines()).map((line) => JSON.stringify(line)).join('\n');
    expect(text).toMatch(/"receipts":\[\{"when":"clear","nonce":"[0-9a-f]{32}","receipt":"postern-receipt\/1/);
    expect(text).toMatch(/"echo":\{"verb":"XPSTRN[0-9A-F]{8}","reply":\{"code":500/);
  });

  it('allows what the reader allows: no receipt, no account of this end, a relay test that never began', async () => {
    const all = await lines();
    const receipt = {
      when: 'tls',
      nonce: '0'.repeat(32),
      receipt: null,
      sent: '0'.repeat(64),
      received: '0'.repeat(64),
      exporter: null,
      local: null,
    };
    const changed = all.map((line) => {
      if (line.type === 'relay') return { ...line, attempts: [], unreached: 'dropped', failure: 'It did not answer.' };
      const { dialogue } = line;
      return typeof dialogue === 'object' && dialogue !== null
        ? { ...line, dialogue: { ...dialogue, receipts: [receipt], echo: null } }
        : line;
    });
    expect(changed).not.toEqual(all);
    for (const line of changed) {
      expect(validate(line), `${JSON.stringify(line)} ${JSON.stringify(validate.errors)}`).toBe(true);
      const shape = RECORDS.get(line.type);
      if (shape !== undefined) expect(shape(line, '')).toBeNull();
    }
  });

  it('refuses, as the reader does, a missing field, wherever it stands', async () => {
    const all = await lines();
    for (const line of all) {
      const shape = line.type === 'header' ? HEADER : line.type === 'trailer' ? TRAILER : RECORDS.get(line.type);
      for (const without of withoutOneField(line)) {
        if (without.path === '.interfaces.desks') continue;
        const told = JSON.stringify(without.value).slice(0, 200);
        expect([without.path, validate(without.value), told]).toEqual([without.path, false, told]);
        expect([without.path, shape?.(without.value, '') === null]).toEqual([without.path, false]);
      }
    }
  });

  it('refuses, as the reader does, an answer with an outcome and a problem, and one with neither', () => {
    const shape = RECORDS.get('configuration');
    for (const line of inspected().filter(({ type }) => type === 'configuration')) {
      const unanswered = { ...line, outcome: null, problem: 'The budget of 1000 nodes was used up.' };
      expect([validate(unanswered), shape?.(unanswered, '')]).toEqual([true, null]);
      for (const wrong of [
        { ...line, problem: 'The budget of 1000 nodes was used up.' },
        { ...line, outcome: null },
      ])
        expect([validate(wrong), shape?.(wrong, '')]).toEqual([false, 'problem must be null exactly where outcome is not']);
    }
  });

  it('refuses an unknown outcome', async () => {
    const observation = (await lines()).find(({ type }) => type === 'observation');
    expect(validate({ ...observation, outcome: 'filtered' })).toBe(false);
  });
});

/** The same, in every way in which one field can be missing; of a list only its first item. */
function withoutOneField(value: unknown, path = ''): { readonly path: string; readonly value: unknown }[] {
  if (Array.isArray(value)) {
    const [first, ...rest] = value;
    return withoutOneField(first, `${path}[0]`).map((less) => ({ ...less, value: [less.value, ...rest] }));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const { [name]: _gone, ...rest } = value as Record<string, unknown>;
    const deeper = withoutOneField(inner, `${path}.${name}`).map((less) => ({
      ...less,
      value: { ...value, [name]: less.value },
    }));
    return [{ path: `${path}.${name}`, value: rest }, ...deeper];
  });
}
