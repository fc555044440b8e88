import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import type { Check } from '../../src/model/result.ts';
import { describeLab, type Field, openField, resultOf } from './postern.ts';
import { smallNetwork } from './small-network.ts';

const { POSTERN_LAB_FULL } = process.env;
const FLOWS = POSTERN_LAB_FULL === '1' ? 200 : 40;
/** At one probe at a time, each waits for the kernel's budget of one ICMP error a second, in the sweep and in the confirm pass. */
const PATIENCE_MS = FLOWS * 6_000 + 120_000;

describeLab(`${FLOWS} denied flows behind a firewall that rejects by ICMP at the kernel's default rate`, () => {
  let field: Field;

  beforeAll(async () => {
    field = await openField(
      smallNetwork({ denied: FLOWS, deniedPorts: [25], colleague: true, blocks: 'reject with icmpx type admin-prohibited' }),
    );
  });
  afterAll(() => field?.lab.close());

  it(
    'get the same verdicts at --concurrency 100 as at 1, and the right sub-reason where the confirm pass looked',
    async () => {
      // From two hosts, because the limit is on each recipient of ICMP.
      const [many, one] = await Promise.all([scanned(field, 'auditor', 100), scanned(field, 'colleague', 1)]);
      expect(many.checks.filter(({ expect: wanted }) => wanted === 'deny')).toHaveLength(FLOWS);
      expect(many.checks.map(verdictOf)).toEqual(one.checks.map(verdictOf));
      const swallowed = many.swept.filter((outcome) => outcome === 'dropped').length;
      expect(swallowed, 'rejections that the limit swallowed').toBeGreaterThan(0);
      expect(many.confirmed.length).toBeGreaterThanOrEqual(Math.min(swallowed, 60));
      expect(new Set(many.confirmed)).toEqual(new Set(['rejected']));
      expect(new Set(one.confirmed)).toEqual(new Set(['rejected']));
    },
    PATIENCE_MS,
  );
});

interface Scanned {
  readonly checks: readonly Check[];
  /** Outcomes of denied flows in the sweep, and in the confirm pass. */
  readonly swept: readonly string[];
  readonly confirmed: readonly string[];
}

async function scanned({ run, folder, policyFile }: Field, host: string, concurrency: number): Promise<Scanned> {
  const file = join(folder, `${host}.jsonl`);
  const args = ['scan', policyFile, '--output', file, '--timeout', '4s', '--concurrency', `${concurrency}`, '--quiet'];
  expect(await run(host, args)).toMatchObject({ code: 0 });
  const outcomes = (pass: 'scan' | 'confirm'): string[] =>
    decodeEvidence(readFileSync(file, 'utf8'), file)
      .records.filter((record) => record.type === 'observation' && record.pass === pass && record.destination === 'others')
      .map((record) => (record.type === 'observation' ? record.outcome : ''));
  const { checks } = resultOf(await run(host, ['compare', policyFile, file, '--format', 'json']));
  return { checks, swept: outcomes('scan'), confirmed: outcomes('confirm') };
}

/** Without the source, in which the two hosts differ; with the reason where it should be read. */
function verdictOf({ address, port, verdict, proof, outcome, detail, reason }: Check): unknown {
  return { address, port, verdict, proof, ...(verdict === 'compliant' ? {} : { outcome, detail, reason }) };
}
