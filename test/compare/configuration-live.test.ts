import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/model/evidence.ts';
import { configurationRunOf, type Told } from '../support/configuration.ts';
import { documentationOf, evidenceOf, type RunSpec } from '../support/evidence.ts';
import { codesIn, exitOf, judgedConfiguration, officePolicy, rowsIn } from './configuration-world.ts';

const POLICY = officePolicy();
const DENIED = 'workstations>internet:25/ipv4';
const ALLOWED = 'workstations>provider:587/ipv4';

const MX = 'internet/198.51.100.7:25';
const SMTP = 'provider/192.0.2.10:587';

/** A host that can prove its path, and to which the provider answers unless told otherwise. */
function probed(spec: Partial<RunSpec> = {}, policy = POLICY): Evidence {
  return evidenceOf(policy, {
    legs: ['workstations 10.20.0.5'],
    names: ['smtp.example.net 192.0.2.10'],
    controls: ['www.example.net 203.0.113.80:443 0+ 90+ 180+'],
    ...spec,
    seen: { [SMTP]: { outcome: 'open-silent' }, ...spec.seen },
  });
}

function mismatches(told: Readonly<Record<string, Told | null>>, spec: Partial<RunSpec> = {}): string[] {
  const result = judgedConfiguration(POLICY, [probed(spec), configurationRunOf(POLICY, { told })]);
  return codesIn(result).filter((code) => code.includes('config-live-mismatch'));
}

describe('a configuration and probes', () => {
  it('that agree are judged side by side', () => {
    const result = judgedConfiguration(POLICY, [probed(), configurationRunOf(POLICY)]);
    expect(codesIn(result).filter((code) => code.includes('config'))).toEqual([]);
    expect(result.checks.map(({ kind }) => kind)).toContain('configuration');
    expect(result.checks.map(({ kind }) => kind)).toContain('reachability');
  });

  it('denied on paper, open in reality', () => {
    const result = judgedConfiguration(POLICY, [probed({ seen: { [MX]: 'open-smtp' } }), configurationRunOf(POLICY)]);
    expect(codesIn(result).filter((code) => code.includes('config'))).toEqual([
      `critical config-live-mismatch edge ${DENIED} nowhere`,
    ]);
    expect(rowsIn(result)).toEqual([`config:edge:${DENIED} deny denied violation`]);
    const [finding] = result.findings.filter(({ code }) => code === 'config-live-mismatch');
    expect(finding?.detail).toMatch(
      /^The configuration of edge denies workstations \(10\.20\.0\.5\) to 198\.51\.100\.7:25 over IPv4, and the probe got through: /,
    );
    expect(finding?.checks).toEqual([`config:edge:${DENIED}`]);
    expect(finding?.evidence).toMatchObject({
      live: { check: 'workstations/10.20.0.5>internet/198.51.100.7:25', outcome: 'open-smtp' },
    });
    expect(exitOf(result)).toBe(1);
  });

  it('permitted on paper, dropped in reality, although path and target were there', () => {
    const alive = {
      [SMTP]: [{ outcome: 'dropped' as const }, { outcome: 'dropped' as const, pass: 'confirm' as const, at: 120 }],
    };
    expect(mismatches({}, { seen: alive })).toEqual([`critical config-live-mismatch edge ${ALLOWED} nowhere`]);
  });

  it.each([
    ['the target may have refused', { seen: { [SMTP]: 'refused' as const } }],
    ['nothing proves that the path was there', { seen: { [SMTP]: 'dropped' as const }, controls: [] }],
    ['nobody probed', { seen: { [SMTP]: null } }],
  ])('say nothing against each other where %s', (_name, spec) => {
    expect(mismatches({}, spec)).toEqual([]);
  });

  it.each([
    ['hangs on a condition', { rows: [{ condition: 'it leaves by eth2' }] }, []],
    ['holds for a source port', { rows: [{ sourcePorts: ['80'] }] }, []],
    ['is diverted', { outcome: 'redirected' as const, rows: [{ outcome: 'redirected' as const, target: '10.0.0.9:25' }] }, []],
    ['is of another source', { rows: [{ sources: ['10.20.9.0/24'] }] }, ['denied']],
    ['is of another address', { rows: [{ destinations: ['203.0.113.0/24'] }] }, ['denied']],
    ['is beyond the rows that are listed', { rows: [{ sources: ['10.20.9.0/24'] }], furtherRows: 3 }, []],
  ])('what %s: the probe got through', (_name, told, found) => {
    const seen = mismatches({ [DENIED]: { outcome: 'permitted', ...told } }, { seen: { [MX]: 'open-smtp' } });
    expect(seen.map(() => 'denied')).toEqual(found);
  });

  it.each([
    ['some source ports', { sourcePorts: ['80'], condition: 'source port 80' }],
    ['one source port', { sourcePorts: ['80'] }],
    ['some interfaces', { condition: 'outgoing interface eth2' }],
  ])('permitted for %s only: a probe that was dropped may have been another', (_name, row) => {
    const told = { [DENIED]: { outcome: 'permitted' as const, rows: [row] } };
    const seen = { [MX]: [{ outcome: 'dropped' as const }, { outcome: 'dropped' as const, pass: 'confirm' as const, at: 120 }] };
    expect(mismatches(told, { seen })).toEqual([]);
  });

  it('permitted by a line that a probe does not find at work: the finding points there', () => {
    const found = mismatches(
      { [DENIED]: { outcome: 'permitted', rows: [{ rules: ['edge.nft:4 accept'] }] } },
      { seen: { [MX]: [{ outcome: 'dropped' }, { outcome: 'dropped', pass: 'confirm', at: 120 }] } },
    );
    expect(found).toEqual([`critical config-live-mismatch edge ${DENIED} edge.nft:4:1`]);
  });

  it('an answer that could not be worked out contradicts nobody', () => {
    const seen = { [MX]: 'open-smtp' as const };
    expect(mismatches({ [DENIED]: { outcome: null, problem: 'Too many nodes.', rows: [] } }, { seen })).toEqual([]);
    expect(mismatches({ [DENIED]: null }, { seen })).toEqual([]);
  });

  it('somebody who answers for everybody contradicts no configuration', () => {
    const everywhere = documentationOf('workstations 10.20.0.5 > 192.0.2.1:25', { outcome: 'open-smtp' });
    const run = probed({ seen: { [MX]: 'open-smtp' }, extra: [everywhere] });
    const result = judgedConfiguration(POLICY, [run, configurationRunOf(POLICY)]);
    expect(result.findings.map(({ code }) => code)).toContain('intercepted');
    expect(result.findings.map(({ code }) => code)).not.toContain('config-live-mismatch');
  });

  it('are one finding for each flow of the policy, with how many probes show it', () => {
    const seen = { [MX]: 'open-smtp' as const };
    const runs = [
      probed({ seen, id: 'one' }),
      probed({ seen, id: 'two', hostname: 'other', legs: ['workstations 10.20.0.6'] }),
      configurationRunOf(POLICY),
    ];
    const found = judgedConfiguration(POLICY, runs).findings.filter(({ code }) => code === 'config-live-mismatch');
    expect(found.map(({ detail }) => detail.endsWith('. The same of 1 more flow.'))).toEqual([true]);
  });

  it('of another policy are not held against each other', () => {
    const digest = `sha256:${'1'.repeat(64)}`;
    const runs = [probed({ seen: { [MX]: 'open-smtp' } }), configurationRunOf(POLICY, { run: { digest } })];
    const result = judgedConfiguration(POLICY, runs, { allowOtherPolicy: true });
    expect(result.findings.map(({ code }) => code)).not.toContain('config-live-mismatch');
  });
});

describe('two firewalls on the way', () => {
  const TWO = officePolicy({
    firewalls: '{ edge: { files: [edge.nft], hook: forward }, core: { files: [core.nft], hook: forward } }',
  });
  const dropped = {
    [SMTP]: [{ outcome: 'dropped' as const }, { outcome: 'dropped' as const, pass: 'confirm' as const, at: 120 }],
  };

  function found(core: Readonly<Record<string, Told | null>>, seen: RunSpec['seen']): string[] {
    const runs = [
      probed({ seen: seen ?? {} }, TWO),
      configurationRunOf(TWO),
      configurationRunOf(TWO, { firewall: { firewall: 'core' }, told: core }),
    ];
    return codesIn(judgedConfiguration(TWO, runs)).filter((code) => code.includes('config-live-mismatch'));
  }

  it('of which both permit what was dropped are both contradicted', () => {
    expect(found({}, dropped)).toEqual([
      `critical config-live-mismatch edge ${ALLOWED} nowhere`,
      `critical config-live-mismatch core ${ALLOWED} nowhere`,
    ]);
  });

  it.each([
    ['denies it', 'denied' as const],
    ['diverts it', 'redirected' as const],
    ['was not asked', null],
  ])('of which the second %s are not contradicted by silence', (_name, told) => {
    expect(found({ [ALLOWED]: told }, dropped)).toEqual([]);
  });

  it('of which one denies what got through are contradicted there alone', () => {
    expect(found({ [DENIED]: 'permitted' }, { [MX]: 'open-smtp' })).toEqual([
      `critical config-live-mismatch edge ${DENIED} nowhere`,
    ]);
  });
});
