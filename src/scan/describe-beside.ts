/** What a run would ask beside its questions, line by line, for `--dry-run`. */
import { endpointText, networksOf } from '../model/address.ts';
import { attestationsOf } from './attest.ts';
import { blocksOf, documentedOf, documentedTarget } from './documentation.ts';
import { targetOf } from './plan.ts';
import type { Run } from './run.ts';
import { saidTo } from './said-to.ts';

/** Each with its heading; nothing where nothing would be asked. */
export function describeBeside(run: Run): string[] {
  return [...attestations(run), ...documentation(run)];
}

function attestations(run: Run): string[] {
  const sent = attestationsOf(run).filter(({ source, address }) => run.obstacle(source, address) === null);
  if (sent.length === 0) return [];
  const lines = sent.map((attestation) => {
    const { segment, source, address, port, sentinel } = attestation;
    const said = saidTo(targetOf(run.policy, attestation, run.speech));
    return `  ${segment} ${source} -> ${endpointText(address, port)} (${sentinel}): ${said}`;
  });
  return ['', 'Sentinels, on ports that are no mail ports (at the start, and at the end of a long run):', ...lines];
}

function documentation(run: Run): string[] {
  if (!run.policy.audit.documentationAddresses) return [];
  const lines = documentedOf(run).map((documented) => {
    const { leg, address, port } = documented;
    const inTheWay = run.obstacle(leg.source, address);
    const from = `  ${leg.segment} ${leg.source} -> `;
    if (inTheWay !== null) return `${from}${address}: not asked: ${inTheWay.reason}`;
    return `${from}${endpointText(address, port)}: ${saidTo(documentedTarget(run, documented))}`;
  });
  const used = blocksOf(run).used.flatMap(networksOf);
  const left = used.map((block) => `  ${block} is left out: the policy or this host has addresses in it`);
  return ['', 'Documentation addresses, where nobody can answer:', ...new Set(lines), ...left];
}
