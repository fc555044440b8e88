import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { scan } from '../../src/scan.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { fakeHost, fakeNames, fakeNetwork, scanOptions } from '../support/fake-network.ts';
import { policyOf } from '../support/policy.ts';

const SCHEMA: object = JSON.parse(readFileSync(join(import.meta.dirname, '../../policies/evidence.schema.json'), 'utf8'));

const POLICY = policyOf(`
version: 1
name: office
segments: { desks: { networks: [10.20.0.0/16], controls: [{ host: www.example.net, port: 443 }] } }
destinations: { provider: { hosts: [smtp.example.net, mail.example.net], listening: [465, 587] } }
rules: [{ name: staff, from: desks, to: provider, ports: [587] }]
`);

/** The published schema lets fields be added; here none may, so that one that the schema does not know is found. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

async function lines(): Promise<unknown[]> {
  const clock = fakeClock();
  const network = fakeNetwork(clock, ({ port }) => (port === 465 ? 'drop' : 'smtp'));
  const resolver = fakeNames('smtp.example.net 198.51.100.10', 'www.example.net 198.51.100.80');
  const written: string[] = [];
  const options = scanOptions(POLICY, { clock, network: fakeHost(['eth0 10.20.0.5']), resolver, probers: network });
  await clock.run(scan({ ...options, append: (line) => written.push(line) }));
  return written.map((line): unknown => JSON.parse(line));
}

describe("the evidence's JSON Schema", () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(closed(SCHEMA) as object);

  it('describes every line that a scan writes, and every field of it', async () => {
    const all = await lines();
    for (const line of all) expect(validate(line), `${JSON.stringify(line)} ${JSON.stringify(validate.errors)}`).toBe(true);
    expect(new Set(all.map((line) => (line as { type: string }).type)).size).toBe(5);
  });

  it('refuses an unknown outcome and a missing field', async () => {
    const observation = (await lines()).find((line) => (line as { type: string }).type === 'observation') as object;
    expect(validate({ ...observation, outcome: 'filtered' })).toBe(false);
    expect(validate({ ...observation, pass: undefined })).toBe(false);
  });
});
