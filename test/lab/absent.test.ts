import { afterAll, beforeAll, expect, it } from 'vitest';
import { ACCEPTS_ONLY } from '../../src/lab/behaviour.ts';
import type { Scenario } from '../../src/lab/scenario.ts';
import { describeLab, type Field, openField, resultOf } from './postern.ts';
import { CONTROL_ADDRESS } from './small-network.ts';

const ABSENT = 16;
const PATIENCE_MS = ABSENT * 5_000 + 120_000;

describeLab(`${ABSENT} denied targets that do not exist, behind a gate that lets everything through`, () => {
  let field: Field;

  beforeAll(async () => {
    field = await openField(scenario());
  });
  afterAll(() => field?.lab.close());

  it(
    'are blocked by nothing, also where the last hop has no ICMP left to say that they are absent',
    async () => {
      const args = (concurrency: number): string[] => ['audit', '--format', 'json', '--concurrency', `${concurrency}`];
      const [many, one] = await Promise.all([field.run('auditor', args(100)), field.run('colleague', args(1))]);
      const outcomes = resultOf(many).checks.map(({ outcome }) => outcome);
      expect(outcomes, 'what the limit let through').toContain('host-down');
      expect(outcomes, 'what it swallowed').toContain('dropped');
      for (const ran of [many, one]) {
        const settled = resultOf(ran).checks.filter(({ verdict }) => verdict !== 'inconclusive');
        expect(settled, 'rows that took an absence for a block').toEqual([]);
      }
      expect([many.code, one.code]).toEqual([3, 3]);
    },
    PATIENCE_MS,
  );
});

/** The absent ones would be neighbours of the gate, which asks for them by ARP, one a second, three times. */
function scenario(): Scenario {
  const denied = Array.from({ length: ABSENT }, (_, index) => `198.51.100.${100 + index}`);
  const end = (host: string, name: string, address: string) => ({ host, interface: name, addresses: [address] });
  return {
    topology: {
      names: {},
      hosts: [
        { name: 'auditor', routes: ['default via 10.20.0.1'] },
        { name: 'colleague', routes: ['default via 10.21.0.1'] },
        { name: 'gate', forwards: true, routes: ['203.0.113.0/24 via 198.51.100.7'] },
        { name: 'far', routes: ['default via 198.51.100.1'], loopback: [`${CONTROL_ADDRESS}/32`] },
      ],
      links: [
        [end('auditor', 'eth0', '10.20.0.5/24'), end('gate', 'lan0', '10.20.0.1/24')],
        [end('colleague', 'eth0', '10.21.0.5/24'), end('gate', 'lan1', '10.21.0.1/24')],
        [end('gate', 'wan0', '198.51.100.1/24'), end('far', 'eth0', '198.51.100.7/24')],
      ],
    },
    servers: { far: [{ address: CONTROL_ADDRESS, port: 443, behaviour: ACCEPTS_ONLY }] },
    vantages: [{ host: 'auditor', segment: 'workstations' }],
    exhibits: {},
    plan: () => ({
      faults: [],
      policy: `version: 1
name: absent
segments: { workstations: { networks: [10.20.0.0/16, 10.21.0.0/16] } }
destinations: { others: { hosts: [${denied.join(', ')}], listening: [25] } }
rules: []
audit: { ports: [25], controls: [{ host: ${CONTROL_ADDRESS}, port: 443 }], ehlo: audit.example.com }
`,
    }),
  };
}
