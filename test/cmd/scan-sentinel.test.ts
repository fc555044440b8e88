import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { reachOf } from '../../src/receipt/reach.ts';
import { startSentinel } from '../../src/sentinel.ts';
import { at } from '../support/address.ts';
import { folderWith, postern } from '../support/cli.ts';
import { certificate } from '../support/server.ts';

const KEY = generateSigningKey();

interface Ports {
  readonly mail: number;
  readonly web: number;
}

async function sentinel(): Promise<Ports> {
  const running = await startSentinel({
    name: 'probe.example.net',
    keys: [KEY],
    ports: [0],
    tlsPorts: [0],
    addresses: [at('127.0.0.1')],
    certificate: certificate('good'),
  });
  onTestFinished(() => running.close());
  const portOf = (tls: string): number => running.doors.find((door) => door.tls === tls)?.port ?? 0;
  return { mail: portOf('starttls'), web: portOf('implicit') };
}

function policyFor({ mail, web }: Ports): string {
  return `version: 1
name: here
segments: { here: { networks: [127.0.0.1] } }
destinations: { internet: { probes: [{ sentinel: edge }] } }
rules: []
audit: { ports: [${mail}], ehlo: audit.example.com }
sentinels: { edge: { host: 127.0.0.1, ports: [${mail}, ${web}], public-key: "${KEY.publicKey.text}" } }
`;
}

describe('postern scan of a sentinel', () => {
  it('brings home receipts that show a direct path, from the mail port and from the other', async () => {
    const ports = await sentinel();
    const folder = folderWith(policyFor(ports));
    const { status, stdout, stderr } = await postern(folder, 'scan', '--log-file', 'log', '--log-level', 'debug');
    const { records } = decodeEvidence(stdout, 'stdout');
    const spoken = records.filter((record) => record.type === 'observation' || record.type === 'attestation');
    const levels = spoken.map(({ type, port, dialogue, at: time }) => {
      const asked = { publicKey: KEY.publicKey, port, at: Date.parse(time), expectedSources: [] };
      const reach = reachOf(dialogue?.receipts ?? [], asked);
      return [type, port, reach?.level, reach?.genuine.length];
    });
    expect(levels).toEqual([
      ['attestation', ports.web, 'direct', 1],
      ['observation', ports.mail, 'direct', 2],
    ]);
    expect([status, stderr]).toEqual([0, '1 observation. 3 of 3 receipts came.\n']);
    for (const { reason } of spoken) expect(reason).toMatch(/Receipts of edge show that nothing was changed on the way\.$/);
    const logged = readFileSync(join(folder, 'log'), 'utf8').split('\n');
    expect(logged.find((line) => line.includes('sentinel asked to attest'))).toContain('"signed":true');
  });

  it('stands in the plan of a dry run', async () => {
    const ports = await sentinel();
    const { stdout } = await postern(folderWith(policyFor(ports)), 'scan', '--dry-run');
    expect(stdout).toContain(
      `here 127.0.0.1 -> 127.0.0.1:${ports.mail} (internet; deny): clear text, STARTTLS, EHLO audit.example.com, NOOP for receipts, QUIT`,
    );
    expect(stdout).toContain(
      `here 127.0.0.1 -> 127.0.0.1:${ports.web} (edge): TLS from the first byte, EHLO audit.example.com, NOOP for receipts, QUIT`,
    );
  });
});
