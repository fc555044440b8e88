/** What of a firewall's configuration cannot be judged as a whole, by its policy: of one reading, and of the two sides of a change. */

import { interfaceDoubts, type MappedInterface, textDoubts } from './firewall/doubts.ts';
import type { Ruleset } from './firewall/ruleset.ts';
import type { Doubt } from './model/configuration.ts';
import { auditedPorts, destinationsOf } from './model/configuration-question.ts';
import { GIVEN } from './model/firewall-text.ts';
import type { Firewall, Policy } from './model/policy.ts';

export function doubtsOf(policy: Policy, firewall: Firewall, ruleset: Ruleset): readonly Doubt[] {
  return [...textDoubts(ruleset, doubtingOf(policy, firewall)), ...mappedDoubts(policy, firewall, [ruleset])];
}

/** Of a change: chains that are not looked at are one where they differ; what says the same before and after is a note. */
export function changeDoubts(
  policy: Policy,
  firewall: Firewall,
  { before, after }: { readonly before: Ruleset; readonly after: Ruleset },
): { readonly doubts: readonly Doubt[]; readonly notes: readonly string[] } {
  const doubting = doubtingOf(policy, firewall);
  const [old, fresh] = [textDoubts(before, doubting), textDoubts(after, doubting)];
  const same = ({ about, key }: Doubt, others: readonly Doubt[]): boolean =>
    about === 'hooks' && others.some((other) => other.key === key);
  const gone = old.filter((one) => !same(one, fresh) && !fresh.some(({ about }) => about === one.about));
  const doubts = [
    ...fresh.filter((one) => !same(one, old)),
    ...gone.map((one) => ({ ...one, text: `Before the change: ${one.text}` })),
    ...mappedDoubts(policy, firewall, [before, after]),
  ];
  const notes = fresh.filter((one) => same(one, old)).map(({ text }) => `The same before and after the change: ${text}`);
  return { doubts, notes };
}

function doubtingOf(policy: Policy, { name, hook }: Firewall): Parameters<typeof textDoubts>[1] {
  return { name, hook, ports: auditedPorts(policy) };
}

/** Packets come in by a segment's interface, and leave by that of their destination, which may be a segment. */
function mappedDoubts(policy: Policy, firewall: Firewall, rulesets: readonly Ruleset[]): readonly Doubt[] {
  const segments = policy.segments.map(({ name }) => name);
  const destinations = destinationsOf(policy).map(({ name }) => name);
  const mapped = [...firewall.interfaces].flatMap(([of, names]) =>
    names.flatMap((name): readonly MappedInterface[] => [
      ...(segments.includes(of) ? [{ of, interface: name, side: 'in' } as const] : []),
      ...(destinations.includes(of) ? [{ of, interface: name, side: 'out' } as const] : []),
    ]),
  );
  const where = firewall.name === GIVEN ? '--interface' : `firewalls.${firewall.name}.interfaces`;
  return interfaceDoubts(rulesets, mapped, firewall, where);
}
