/** What deserves a word and is no finding: signs that are not enough, sentinels that cannot prove anything. */
import { type Address, endpointText } from '../model/address.ts';
import type { AttestationRecord, Evidence, Observation } from '../model/evidence.ts';
import type { Policy } from '../model/policy.ts';
import type { DialogueSign } from './dialogue-signs.ts';
import { arrived, type Interference, type Interferences } from './interference.ts';
import type { Testimonies } from './receipts.ts';
import type { RunRows } from './rows.ts';

/** @param runs  with the legs that count, as their rows are. */
export function hintNotes(
  policy: Policy,
  evidence: readonly Evidence[],
  runs: readonly RunRows[],
  interferences: Interferences,
): string[] {
  const notes = evidence.flatMap((run) => [
    ...signNotes(run, interferences.in(run)),
    ...run.records.flatMap((record) =>
      record.type === 'attestation' ? attestationNotes(record, interferences.testimonies) : [],
    ),
  ]);
  return [...new Set([...notes, ...keylessNotes(policy, runs)])];
}

const WHAT_TELLS = 'That alone shows no interception: a sentinel, another network, or audit.documentation-addresses would tell.';

/** One note for each kind of sign and each leg: a run with many servers would fill a page with them. */
function signNotes(run: Evidence, interference: Interference): string[] {
  const legs = new Set(run.header.vantage.legs.map(({ segment, source }) => `${segment} (${source})`));
  const kinds = new Map<string, { readonly sign: DialogueSign; readonly leg: string; readonly targets: Set<string> }>();
  const shared = new Set<string>();
  for (const flow of run.records.filter(isFlow)) {
    const leg = `${flow.segment} (${flow.source})`;
    const shown = interference.of(flow);
    if (!legs.has(leg) || shown.receipt !== null || shown.takeover !== null) continue;
    for (const text of interference.hintsOf(flow)) shared.add(`Seen by ${leg} on port ${flow.port}: ${text} ${WHAT_TELLS}`);
    for (const sign of shown.hints) {
      const key = JSON.stringify([leg, sign.kind]);
      const known = kinds.get(key) ?? { sign, leg, targets: new Set<string>() };
      kinds.set(key, known);
      known.targets.add(endpointText(flow.address, flow.port));
    }
  }
  const single = [...kinds.values()].map(({ sign, leg, targets }) => {
    const [first = '', ...rest] = targets;
    const more = rest.length === 0 ? '' : `, and so at ${rest.length} more`;
    return `Seen by ${leg} at ${first}${more}: ${sign.text} ${WHAT_TELLS}`;
  });
  return [...single, ...shared];
}

function isFlow(record: Evidence['records'][number]): record is Observation & { readonly address: Address } {
  return record.type === 'observation' && record.address !== null && record.dialogue !== null;
}

/** A sentinel that was spoken to on a port of its own, and proved nothing there. */
function attestationNotes(record: AttestationRecord, testimonies: Testimonies): string[] {
  const testimony = testimonies.get(record);
  if (testimony === undefined || arrived(testimony)) return [];
  const why = testimony.reach?.reasons[0] ?? testimony.open ?? '';
  return [
    `${endpointText(record.address, record.port)} was asked by ${record.segment} (${record.source}) what sentinel ${record.sentinel} listens on, and gave no receipt that counts: ${why}`,
  ];
}

function keylessNotes({ sentinels }: Policy, runs: readonly RunRows[]): string[] {
  const asked = new Set(runs.flatMap(({ questions }) => questions.map(({ sentinel }) => sentinel)));
  return sentinels
    .filter(({ name, publicKey }) => publicKey === null && asked.has(name))
    .map(
      ({ name }) =>
        `Sentinel ${name} has no public-key in the policy, so that what answers there is taken at its word: it proves no arrival, and attests nothing.`,
    );
}
