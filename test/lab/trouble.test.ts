import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import type { Check, Result } from '../../src/model/result.ts';
import { untilFile } from './await-file.ts';
import { describeLab, type Field, openField, resultOf } from './postern.ts';
import { CONTROL_ADDRESS, MX, type SmallNetwork, smallNetwork } from './small-network.ts';

/** Each test has a network of its own, so that they can wait at the same time. */
async function open(wanted: SmallNetwork, { onTestFinished }: TestContext): Promise<Field> {
  const field = await openField(smallNetwork(wanted));
  onTestFinished(() => field.lab.close());
  return field;
}

/** `--timeout 1s`: nothing here is an absent host, and answers come within milliseconds. */
function auditArgs(policyFile: string, ...more: readonly string[]): string[] {
  return ['audit', policyFile, '--format', 'json', '--timeout', '1s', '--greeting-timeout', '3s', '--quiet', ...more];
}

function deniedFlows({ checks }: Result): readonly Check[] {
  return checks.filter(({ kind, expect: wanted }) => kind === 'reachability' && wanted === 'deny');
}

describeLab('an audit in trouble never turns green', () => {
  it.concurrent('is green where nothing is wrong: the allowed flow passes, the denied ones are dropped, the control answers', async (context) => {
    const { run, policyFile } = await open({}, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran).toMatchObject({ code: 0 });
    expect(resultOf(ran).summary.checks).toMatchObject({ violation: 0, inconclusive: 0 });
  });

  it.concurrent('a dead target of a denied flow is supported at most, and inconclusive where proof is asked for', async (context) => {
    const { run, policyFile } = await open({ dead: ['192.0.2.20'] }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(0);
    const denied = deniedFlows(resultOf(ran));
    expect(denied.map(({ proof }) => proof)).toEqual(denied.map(() => 'supported'));
    expect(denied[0]?.reason).toMatch(/declare|polic/i);

    const strict = await run('auditor', auditArgs(policyFile, '--require-proof', 'proven'));
    expect(strict.code).toBe(3);
    expect(deniedFlows(resultOf(strict)).map(({ verdict }) => verdict)).toEqual(denied.map(() => 'inconclusive'));
  });

  it.concurrent('a dead target of an allowed flow is a violation, because a control answered', async (context) => {
    const { run, policyFile } = await open({ dead: [MX] }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(1);
    const [finding] = resultOf(ran).findings;
    expect(finding).toMatchObject({ code: 'egress-blocked', destination: 'partner', port: 25 });
    expect(finding?.detail).toContain('www.example.net');
  });

  it.concurrent('a dead control leaves what was blocked inconclusive, and names the control', async (context) => {
    const { run, policyFile } = await open({ allows: false, dead: [CONTROL_ADDRESS] }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(3);
    const { checks } = resultOf(ran);
    expect(checks.length).toBeGreaterThan(0);
    for (const check of checks.filter(({ kind }) => kind === 'reachability')) {
      expect(check).toMatchObject({ verdict: 'inconclusive' });
      expect(check.reason).toContain('www.example.net');
    }
  });

  it.concurrent('a dead control beside a dead allowed target leaves the allowed flow inconclusive, too', async (context) => {
    const { run, policyFile } = await open({ dead: [CONTROL_ADDRESS, MX] }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(3);
    expect(resultOf(ran).checks.map(({ verdict }) => verdict)).not.toContain('compliant');
  });

  it.concurrent('a name that does not resolve is inconclusive, never blocked', async (context) => {
    const { run, policyFile } = await open({ unknown: ['mx.example.org'] }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(3);
    const allowed = resultOf(ran).checks.find(({ expect: wanted }) => wanted === 'allow');
    expect(allowed).toMatchObject({ outcome: 'unresolved', verdict: 'inconclusive' });
    expect(allowed?.reason).toMatch(/mx\.example\.org.*(ENOTFOUND|EAI_AGAIN)/);
  });

  it.concurrent('an uplink that dies in mid-run takes the proof from what was blocked after the last good control', async (context) => {
    const { run, policyFile, folder, lab } = await open({ allows: false, denied: 8, deniedPorts: [25] }, context);
    const evidence = join(folder, 'evidence.jsonl');
    const running = run('auditor', auditArgs(policyFile, '--concurrency', '1', '--evidence', evidence));
    await untilFile(evidence, (text) => text.split('"type":"observation"').length > 3);
    await lab.sandbox?.script('gate', 'ip link set wan0 down');
    const ran = await running;
    expect(ran.code).toBe(3);
    const flows = deniedFlows(resultOf(ran));
    expect(new Set(flows.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
    expect(flows.at(-1)?.reason).toContain('www.example.net');
  });

  it.concurrent('a host in no segment is told its addresses and the segments', async (context) => {
    const { run, policyFile } = await open({}, context);
    const ran = await run('far', auditArgs(policyFile));
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('198.51.100.7');
    expect(ran.stderr).toContain('workstations (10.20.0.0');
  });

  it.concurrent('a full file table is an error of this host, not a block', async (context) => {
    const { run, policyFile, folder, lab } = await open({ allows: false, denied: 8, deniedPorts: [25] }, context);
    const evidence = join(folder, 'evidence.jsonl');
    const running = run('auditor', auditArgs(policyFile, '--concurrency', '1', '--evidence', evidence));
    await untilFile(evidence, (text) => text.split('"type":"observation"').length > 2);
    // Fewer than are open already: from here on there is no descriptor for anything.
    await lab.sandbox?.script('auditor', `prlimit --nofile=1:1 --pid "$(cat ${join(folder, 'auditor.pid')})"`);
    const ran = await running;
    expect(ran.code).toBe(3);
    const starved = resultOf(ran).checks.filter(({ outcome }) => outcome === 'probe-error');
    expect(starved.length).toBeGreaterThan(0);
    expect(starved[0]?.reason).toContain('EMFILE');
    expect(new Set(starved.map(({ verdict }) => verdict))).toEqual(new Set(['inconclusive']));
  });

  it.concurrent('a source address that leaves the host in mid-run is an error of this host, not a block', async (context) => {
    const { run, policyFile, folder, lab } = await open({ allows: false, denied: 8, deniedPorts: [25] }, context);
    const evidence = join(folder, 'evidence.jsonl');
    const running = run('auditor', auditArgs(policyFile, '--concurrency', '1', '--evidence', evidence));
    await untilFile(evidence, (text) => text.split('"type":"observation"').length > 2);
    await lab.sandbox?.script('auditor', 'ip address del 10.20.0.5/24 dev eth0; ip address add 10.20.0.9/24 dev eth0');
    const ran = await running;
    expect(ran.code).toBe(3);
    const last = deniedFlows(resultOf(ran)).at(-1);
    expect(last).toMatchObject({ outcome: 'probe-error', detail: 'config-error', verdict: 'inconclusive' });
    expect(last?.reason).toMatch(/10\.20\.0\.5 could not be bound.*EADDRNOTAVAIL by bind/);
  });

  it.concurrent('a second leg whose packets would leave by the first is told how to route them', async (context) => {
    const { run, policyFile } = await open({ secondLeg: 'unrouted' }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(3);
    const { checks } = resultOf(ran);
    const second = checks.filter(({ segment, kind }) => segment === 'servers' && kind === 'reachability');
    expect(second.length).toBeGreaterThan(0);
    for (const check of second) {
      expect(check).toMatchObject({ outcome: 'probe-error', verdict: 'inconclusive' });
      expect(check.reason).toMatch(/eth0.*eth1.*ip rule add from 10\.30\.0\.5/s);
    }
    expect(new Set(checks.filter(({ segment }) => segment === 'workstations').map(({ verdict }) => verdict))).toEqual(
      new Set(['compliant']),
    );
  });

  it.concurrent('a second leg with a route of its own is audited with the first, in one run', async (context) => {
    const { run, policyFile } = await open({ secondLeg: 'routed' }, context);
    const ran = await run('auditor', auditArgs(policyFile));
    expect(ran.code).toBe(0);
    expect(new Set(resultOf(ran).vantages.map(({ segment }) => segment))).toEqual(new Set(['workstations', 'servers']));
  });
});
