import { expect, it } from 'vitest';
import { briefOf } from '../../src/model/history.ts';
import { findingLines, type MailFinding } from '../../src/report/mail-findings.ts';
import { MAIL } from '../../src/report/mail-lines.ts';
import { draw } from '../../src/report/pen.ts';
import { savedResult } from '../support/results.ts';

function told(name: string, detailed = false): readonly MailFinding[] {
  return savedResult(name).findings.map((finding) => ({ finding: briefOf(finding), when: 'since Monday', detailed }));
}

it('findings of one firewall that are alike stand together, each flow once, gravest first', () => {
  expect(draw(findingLines(told('check'), 10), MAIL)).toBe(`  CRITICAL A configuration lets a denied flow through
      config-permits-denied: the configuration, 3 findings; since Monday
      workstations -> provider, internet and elsewhere on 25 (IPv4)
  HIGH IPv4 and IPv6 of one flow are treated differently
      family-gap: the configuration, 13 findings; since Monday
      workstations -> provider on 25 and 2525; workstations -> internet and
      elsewhere on 25, 465, 587 and 2525; relays -> provider, internet and
      elsewhere on 25
  HIGH A configuration lets a denied flow through
      config-permits-denied: the configuration, 7 findings; since Monday
      workstations -> provider on 2525 (IPv4); workstations -> internet and
      elsewhere on 465, 587 and 2525 (IPv4)
  HIGH A configuration stops an allowed flow
      config-blocks-allowed: the configuration, 3 findings; since Monday
      relays -> provider, internet and elsewhere on 25 (IPv6)
`);
});

it('what is said of whole firewalls stands alone, and so does what probes found', () => {
  const heads = (name: string): number => draw(findingLines(told(name), 100), MAIL).match(/^ {2}[A-Z]+ [A-Z]/gm)?.length ?? 0;
  expect([heads('unread'), heads('violations')]).toEqual([5, savedResult('violations').findings.length]);
});

it('beyond so many causes findings are counted; one detail stands for all of a cause', () => {
  const text = draw(findingLines(told('check', true), 1), MAIL);
  expect(text.replace(/\s+/g, ' ')).toContain(' such as: given lets workstations reach provider on port 25 over IPv4 only if');
  expect(text.trimEnd().split('\n').at(-1)).toBe('  ... and 23 more');
});

it('since another time, or of another severity, is another entry', () => {
  const findings = told('check').filter(({ finding }) => finding.code === 'config-blocks-allowed');
  const mixed = findings.map((one, index) => (index === 0 ? { ...one, when: 'since Sunday' } : one));
  expect(draw(findingLines(mixed, 10), MAIL).match(/since \w+/g)).toEqual(['since Sunday', 'since Monday']);
});
