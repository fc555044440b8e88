/** Rules that no question tried: a result without a word of them would read as if they were known to work. */
import type { Evidence } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import type { RunRows } from './rows.ts';

/** One note for each rule: from which segments, to which ports, nobody tried what it allows. */
export function untriedNotes(policy: Policy, evidence: readonly Evidence[], runs: readonly RunRows[]): string[] {
  const spoken = new Set(evidence.flatMap(({ header }) => header.vantage.legs.map(({ segment }) => segment)));
  const tried = new Set(
    runs.flatMap(({ questions }) =>
      questions.flatMap(({ segment, port, rules }) => rules.map((rule) => JSON.stringify([rule.name, segment, port]))),
    ),
  );
  return policy.rules.flatMap((rule) => {
    const untried = rule.from
      .filter((segment) => spoken.has(segment))
      .flatMap((segment) => {
        const ports = rule.ports.filter((port) => !tried.has(JSON.stringify([rule.name, segment, port])));
        return ports.length === 0 ? [] : [`${segment} on ${ports.join(', ')}`];
      });
    if (untried.length === 0) return [];
    return [
      `What rule ${rule.name} allows was not tried from ${untried.join('; ')}: no endpoint of its destinations is known to listen there.`,
    ];
  });
}
