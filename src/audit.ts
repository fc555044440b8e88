/** `postern audit`: scan and compare in one run. */
import { type CompareSettings, compareEvidence } from './compare.ts';
import type { Result } from './model/result.ts';
import { type ScanOptions, scan } from './scan.ts';

export type AuditSettings = Pick<CompareSettings, 'requireProof'>;

/**
 * Probes the network and judges what was seen, also where the user interrupted.
 *
 * @throws {InputError} as `scan` does.
 */
export async function audit(options: ScanOptions, settings: AuditSettings): Promise<Result> {
  const { evidence } = await scan(options);
  return compareEvidence(options.policy, [evidence], {
    ...settings,
    allowOtherPolicy: false,
    now: options.host.clock.now(),
    tool: options.tool,
    command: 'audit',
  });
}
