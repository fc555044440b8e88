/**
 * Findings that say of the same flow of a configuration, by the same line, that IPv4 and IPv6 are treated differently: whoever mends the line mends
 * both, so the short report tells them in a sentence where the line is told.
 *
 * Worked example: `-A FORWARD -i lan0 -o ppp0 -j ACCEPT` of an ip6tables-save lets four ports through that iptables stops: four findings of
 * `config-permits-denied`, told once, and there "over IPv4 these 4 flows are treated the other way: 4 findings (family-gap)".
 */
import { familyName } from '../model/address.ts';
import type { Finding } from '../model/finding.ts';
import { groupBy } from '../model/group-by.ts';
import type { Check } from '../model/result.ts';
import { type Alike, alike } from './alike.ts';
import { count } from './words.ts';

export interface Told extends Alike {
  /** `family-gap` of the same flows. */
  readonly beside: readonly Finding[];
}

/** What is new stands apart from what was so before: only those fold that are as old as what they stand beside. */
export function toldTogether(findings: readonly Finding[], checks: ReadonlyMap<string, Check>): readonly Told[] {
  const key = ({ check, since = null, known = false, grown }: Finding): string =>
    JSON.stringify([check, since, known, grown ?? null]);
  const isGap = ({ code, check }: Finding): boolean =>
    code === 'family-gap' && check !== null && checks.get(check)?.kind === 'configuration';
  const own = new Set(findings.filter((finding) => !isGap(finding) && finding.check !== null).map(key));
  const beside = groupBy(
    findings.filter((finding) => isGap(finding) && own.has(key(finding))),
    key,
  );
  const folded = new Set([...beside.values()].flat());
  return alike(
    findings.filter((finding) => !folded.has(finding)),
    checks,
  ).map((group) => {
    const keys = new Set([group.finding, ...group.others].map(key));
    const found = [...keys].flatMap((one) => beside.get(one) ?? []);
    for (const one of keys) beside.delete(one);
    return { ...group, beside: found };
  });
}

/** Empty where there are none. */
export function gapText({ others, beside }: Told, checks: ReadonlyMap<string, Check>): string {
  const [first] = beside;
  if (first === undefined) return '';
  const family = checks.get(first.check ?? '')?.family === 'ipv6' ? 'ipv4' : 'ipv6';
  const flows =
    others.length === 0
      ? 'this flow is'
      : beside.length === others.length + 1
        ? `these flows are`
        : `${beside.length} of these flows ${beside.length === 1 ? 'is' : 'are'}`;
  return `over ${familyName(family)} ${flows} treated the other way: ${count(beside.length, 'finding')} (family-gap); --verbose shows ${beside.length === 1 ? 'it' : 'them'}.`;
}
