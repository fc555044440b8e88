import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Observation } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { afterHandshake } from './after-handshake.cases.ts';
import { BEFORE_HANDSHAKE } from './before-handshake.cases.ts';
import { caseNetwork, type Target, targetsOf } from './case-network.ts';
import { certificate, describeLab, type Field, openField } from './postern.ts';

const before = targetsOf(BEFORE_HANDSHAKE);
const all = targetsOf([
  ...BEFORE_HANDSHAKE,
  ...afterHandshake({
    good: certificate('good'),
    expired: certificate('expired'),
    selfSigned: certificate('self-signed'),
    wrongName: certificate('wrong-name'),
  }),
]);
const after = all.slice(before.length);

describeLab('the port-state table', () => {
  let field: Field;
  let observations: readonly Observation[];

  beforeAll(async () => {
    const standard = {
      kind: 'mail',
      name: 'mx.example.net',
      tls: 'starttls',
      auth: 'never',
      certificate: certificate('good'),
    } as const;
    field = await openField(caseNetwork(all, standard));
    const evidence = join(field.folder, 'evidence.jsonl');
    const args = ['scan', field.policyFile, '--output', evidence, '--timeout', '4500ms', '--greeting-timeout', '8s'];
    const ran = await field.run('auditor', [...args, '--concurrency', '200', '--quiet']);
    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    const { records } = decodeEvidence(readFileSync(evidence, 'utf8'), evidence);
    observations = records.filter((record) => record.type === 'observation');
  }, 180_000);

  afterAll(() => field?.lab.close());

  const check = (target: Target): void => {
    const seen = observations.filter(({ address, port }) => address === target.address && port === target.port);
    expect(seen.length).toBeGreaterThan(0);
    for (const observation of seen) expect(summary(observation, target)).toMatchObject(expected(target));
  };

  describe('before the handshake completes', () => {
    it.each(before.map((target) => [title(target), target] as const))('%s', (_, target) => check(target));
  });

  describe('after the handshake', () => {
    it.each(after.map((target) => [title(target), target] as const))('%s', (_, target) => check(target));
  });
});

function title({ case: { row, expect: wanted }, family }: Target): string {
  return `${row}, ${family}: ${wanted.outcome}${wanted.detail == null ? '' : ` (${wanted.detail})`}`;
}

/** The observation in the words of the table; times are compared, not shown. */
function summary(observation: Observation, { case: { expect: wanted } }: Target): Record<string, unknown> {
  const { outcome, detail, error, elapsedMs, dialogue } = observation;
  return {
    outcome,
    detail,
    error: error?.code ?? null,
    stage: dialogue?.failure?.stage ?? null,
    tls: dialogue?.tls?.version ?? null,
    problems: (dialogue?.tls?.problems ?? []).map(({ code }) => code),
    soonEnough: elapsedMs <= (wanted.withinMs ?? Number.POSITIVE_INFINITY),
    lateEnough: elapsedMs >= (wanted.atLeastMs ?? 0),
  };
}

function expected({ case: { expect: wanted } }: Target): Record<string, unknown> {
  const { atLeastMs: _, withinMs: __, ...rest } = wanted;
  return { ...rest, soonEnough: true, lateEnough: true };
}
