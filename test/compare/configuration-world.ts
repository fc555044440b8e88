/** A small office whose firewalls were read; what the comparator makes of it, in short lines. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { exitCodeOf } from '../../src/compare/exit-code.ts';
import { type CompareSettings, compareEvidence } from '../../src/compare.ts';
import type { Evidence } from '../../src/model/evidence.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { Judgement, Result } from '../../src/model/result.ts';
import { render } from '../../src/report/report.ts';
import { type ConfigurationRun, configurationRunOf } from '../support/configuration.ts';
import { policyOf } from '../support/policy.ts';

export const NOW: number = Date.parse('2026-11-21T21:00:00Z');

export interface PolicyChanges {
  readonly segments?: string;
  readonly destinations?: string;
  readonly rules?: string;
  readonly firewalls?: string;
  readonly rest?: string;
}

/** Workstations may submit on 587 to the provider; 25 and all else is denied. */
export function officePolicy(changes: PolicyChanges = {}): Policy {
  return policyOf(`
version: 1
name: office
segments: ${changes.segments ?? '{ workstations: { networks: [10.20.0.0/16] } }'}
destinations: ${changes.destinations ?? '{ provider: { hosts: [smtp.example.net], networks: [192.0.2.0/24], listening: [587] }, internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] } }'}
rules: ${changes.rules ?? '[{ name: submit, from: workstations, to: provider, ports: [587] }]'}
audit: { ports: [25] }
firewalls: ${changes.firewalls ?? '{ edge: { files: [edge.nft], hook: forward } }'}
${changes.rest ?? ''}
`);
}

/** One run of check, or several, and whatever else is told. */
export function judgedConfiguration(
  policy: Policy,
  runs: readonly (ConfigurationRun | Evidence)[],
  settings: Partial<CompareSettings> = {},
): Result {
  const evidence = runs.map((run) => ('header' in run ? run : configurationRunOf(policy, run)));
  const result = compareEvidence(policy, evidence, {
    tool: { name: 'postern', version: '0.0.0' },
    command: 'check',
    now: NOW,
    requireProof: 'supported',
    allowOtherPolicy: false,
    ...settings,
  });
  expectValid(result);
  return result;
}

const VALIDATE = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../policies/result.schema.json'), 'utf8')),
);

/** Against the published schema, as it is written. */
export function expectValid(result: Result): void {
  const document: unknown = JSON.parse(render('json', result, { color: false, unicode: true, width: 100, verbose: false }));
  expect(VALIDATE(document), JSON.stringify(VALIDATE.errors)).toBe(true);
}

/** What JSON makes of it. */
export function isValid(document: object): boolean {
  return VALIDATE(JSON.parse(JSON.stringify(document)));
}

/** `workstations>internet:25/ipv4 deny permitted violation/proven`, without what complies with an expected outcome. */
export function rowsIn({ checks }: Pick<Judgement, 'checks'>): string[] {
  return checks
    .filter(({ kind, verdict }) => kind === 'configuration' && verdict !== 'compliant')
    .map(({ id, expect: wanted, outcome, verdict, waived }) =>
      [id, wanted, outcome, verdict, waived ? 'waived' : ''].filter((part) => part !== '' && part !== null).join(' '),
    );
}

/** `critical config-permits-denied edge workstations>internet:25/ipv4 edge.nft:7`. */
export function codesIn({ findings }: Pick<Judgement, 'findings'>): string[] {
  return findings.map(({ severity, code, firewall, segment, destination, port, family, location }) => {
    const flow = `${segment ?? ''}>${destination ?? ''}:${port ?? ''}/${family ?? ''}`;
    const place = location === null ? 'nowhere' : `${location.file}:${location.line}:${location.column}`;
    return [severity, code, firewall, flow, place].filter((part) => part !== null).join(' ');
  });
}

export function reasonOf({ checks }: Pick<Judgement, 'checks'>, end: string): string {
  const found = checks.filter(({ id }) => id.endsWith(end));
  expect(found.map(({ id }) => id)).toHaveLength(1);
  return found[0]?.reason ?? '';
}

export function exitOf(result: Result): number {
  return exitCodeOf(result, { failOn: 'low', allowInconclusive: false });
}
