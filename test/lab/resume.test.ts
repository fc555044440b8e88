import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import type { Result } from '../../src/model/result.ts';
import { untilFile } from './await-file.ts';
import { describeLab, type Field, openField, resultOf } from './postern.ts';
import { smallNetwork } from './small-network.ts';

describeLab('a scan that was killed', () => {
  let field: Field;
  const pace = ['--timeout', '1s', '--concurrency', '1', '--quiet'];

  beforeAll(async () => {
    field = await openField(smallNetwork({ denied: 10, deniedPorts: [25] }));
  });
  afterAll(() => field?.lab.close());

  it('by SIGKILL leaves readable evidence, --resume completes it, and the result is that of an uninterrupted run', async () => {
    const { policyFile, folder, run } = field;
    const whole = join(folder, 'whole.jsonl');
    const killed = join(folder, 'killed.jsonl');
    expect(await run('auditor', ['scan', policyFile, '--output', whole, ...pace])).toMatchObject({ code: 0 });

    await killAfterFourth(field, ['scan', policyFile, '--output', killed, ...pace], killed);
    const partial = decodeEvidence(readFileSync(killed, 'utf8'), killed);
    expect(partial.trailer).toBeNull();
    expect(partial.records.length).toBeGreaterThanOrEqual(4);
    const early = await run('auditor', ['compare', policyFile, killed, '--format', 'json']);
    expect(early.code).toBe(3);
    expect(resultOf(early).run.interrupted).toBe(true);

    expect(await run('auditor', ['scan', policyFile, '--resume', killed, ...pace])).toMatchObject({ code: 0 });
    const judged = await Promise.all(
      [whole, killed].map((file) => run('auditor', ['compare', policyFile, file, '--format', 'json'])),
    );
    expect(judged.map(({ code }) => code)).toEqual([0, 0]);
    const [uninterrupted, resumed] = judged.map((ran) => essence(resultOf(ran)));
    expect(resumed).toEqual(uninterrupted);
  });
});

async function killAfterFourth({ run, lab, folder }: Field, args: readonly string[], evidence: string): Promise<void> {
  const running = run('auditor', args);
  await untilFile(evidence, (text) => text.split('"type":"observation"').length > 4);
  await lab.sandbox?.script('auditor', `kill -9 "$(cat ${join(folder, 'auditor.pid')})"`);
  expect((await running).code).not.toBe(0);
}

/** What a result says, without when it was and how long it took. */
function essence({ summary, checks, findings, scope }: Result): unknown {
  return {
    summary,
    findings: findings.map(({ fingerprint }) => fingerprint),
    scope,
    checks: checks.map(({ id, outcome, verdict, proof, expect: wanted }) => ({ id, outcome, verdict, proof, wanted })),
  };
}
