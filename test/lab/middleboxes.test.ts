import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Result } from '../../src/model/result.ts';
import { startLabSentinel } from './lab-sentinel.ts';
import { middleboxNetwork, policyOf, SENTINEL } from './middlebox-network.ts';
import { DEVICES, type Expected, VIEWS, type View } from './middleboxes.cases.ts';
import { describeLab, type Field, openField, resultOf } from './postern.ts';

const FAMILIES = ['ipv4', 'ipv6'] as const;

describeLab('an audit names what stands on the way out', () => {
  it.concurrent.each(DEVICES.map((device) => [device.is, device] as const))('%s', async (_, { device, expect: wanted }) => {
    const field = await openField(middleboxNetwork(device));
    try {
      const { key } = await startLabSentinel(field, SENTINEL);
      for (const view of ['documentation', 'sentinel', 'neither'] as const) {
        const { code, found } = await audit(field, view, key);
        expect(found, view).toEqual(flat(wanted[view]));
        expect(code, view).toBe(found.length === 0 ? 0 : 1);
      }
    } finally {
      await field.lab.close();
    }
  });
});

/** Scans, then judges what was saved, as two vantages would. */
async function audit(
  field: Field,
  view: View,
  key: string,
): Promise<{ readonly code: number | null; readonly found: readonly string[] }> {
  const { watched, ...asked } = VIEWS[view];
  const [policy, evidence] = [`${view}.yaml`, `${view}.jsonl`];
  writeFileSync(join(field.folder, policy), policyOf({ ...asked, ...(watched ? { sentinelKey: key } : {}) }));
  const scanned = await field.run('workstation', ['scan', policy, '--output', evidence, '--timeout', '1s', '--quiet']);
  expect(scanned, view).toEqual({ code: 0, stdout: '', stderr: '' });
  const compared = await field.run('workstation', ['compare', policy, evidence, '--format', 'json']);
  return { code: compared.code, found: findingsOf(resultOf(compared)) };
}

function findingsOf({ findings }: Result): readonly string[] {
  return findings.map(({ code, destination, port, family }) => `${destination} ${port} ${family} ${code}`).toSorted();
}

function flat(wanted: Expected): readonly string[] {
  return Object.entries(wanted)
    .flatMap(([flow, codes]) => FAMILIES.flatMap((family) => codes.map((code) => `${flow} ${family} ${code}`)))
    .toSorted();
}
