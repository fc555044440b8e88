import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { differences } from '../../src/firewall/difference.ts';
import { policyOf } from '../support/policy.ts';

const POLICY = policyOf(`
version: 1
name: head-office
segments: { workstations: { networks: [10.20.0.0/16] } }
destinations: { internet: { networks: [public] } }
rules: [{ name: submit, from: workstations, to: internet, ports: [587] }]
audit: { ports: [25, 587] }
firewalls: { edge: { files: [edge.rules] } }
`);
const CLOSED = ['*filter', ':FORWARD DROP [0:0]'];

/** Of each change of the segment: what it is by, on both sides. */
function lines(before: readonly string[], after: readonly string[]): readonly string[] {
  const [old, fresh] = [before, after].map((text, index) =>
    readConfiguration([{ file: `${index}`, text: [...text, 'COMMIT', ''].join('\n'), format: 'iptables-save' }]),
  );
  const [firewall] = POLICY.firewalls;
  if (old === undefined || fresh === undefined || firewall === undefined) throw new Error('nothing to compare');
  const { changes } = differences({ policy: POLICY, firewall, before: old, after: fresh, hook: 'forward', budget: 1_000_000 });
  return changes
    .filter(({ segment }) => segment !== null)
    .map(({ row, before: was, after: is }) => {
      const others = row.rules.map(({ line }) => line).join();
      return `${row.outcome}${row.target === null ? '' : ` to ${row.target}`}: ${was.line?.line} then ${is.line?.line} of ${others}`;
    });
}

describe('the line that a change is told by', () => {
  const marked = '-A FORWARD -p tcp -m tcp --dport 25 -m mark --mark 0x7 -j ACCEPT';

  it('is the one that decides always, not one that decides at times before it', () => {
    const sure = '-A FORWARD -s 10.20.7.0/24 -p tcp -m tcp --dport 25 -j ACCEPT';
    expect(lines(CLOSED, [...CLOSED, marked, sure])).toEqual(['permitted: 2 then 4 of 4,3', 'conditional: 2 then 3 of 3,2']);
    expect(lines(CLOSED, [...CLOSED, sure, marked])).toEqual(['permitted: 2 then 3 of 3', 'conditional: 2 then 4 of 4,2']);
  });

  it('is on the other side the one that stopped it always', () => {
    const limited = '-A FORWARD -p tcp -m tcp --dport 25 -m limit --limit 5/sec -j DROP';
    const before = [...CLOSED, limited, '-A FORWARD -p tcp -m tcp --dport 25 -j DROP'];
    expect(lines(before, [...CLOSED, '-A FORWARD -s 10.20.7.0/24 -p tcp -m tcp --dport 25 -j ACCEPT'])).toEqual([
      'permitted: 4 then 3 of 3',
    ]);
  });

  it('is of a detour the one that makes it, also where it is stopped behind that at times', () => {
    const nat = [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -p tcp -m tcp --dport 25 -j DNAT --to-destination 10.9.9.9',
      'COMMIT',
    ];
    expect(lines(CLOSED, [...nat, ...CLOSED])).toEqual(['redirected to 10.9.9.9: 2 then 3 of 3,6']);
  });
});
