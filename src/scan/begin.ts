/** How a run begins: as a new one, or where an earlier part of it stopped. */
import type { Address } from '../model/address.ts';
import type { Evidence, EvidenceHeader, Leg, Vantage } from '../model/evidence.ts';
import { EVIDENCE_SCHEMA } from '../model/evidence.ts';
import { oneLine } from '../model/one-line.ts';
import type { Clock, HostNetwork } from '../model/outside.ts';
import type { Policy } from '../model/policy.ts';
import { inputError } from '../model/problem.ts';
import type { RelayBattery } from '../model/relay.ts';
import { isoTime } from './run.ts';
import { findVantage } from './vantage.ts';

export interface Beginning {
  readonly policy: Policy;
  readonly tool: { readonly name: string; readonly version: string };
  readonly runId: string;
  readonly clock: Clock;
  readonly network: HostNetwork;
  readonly platform: string;
  readonly from: readonly string[];
  readonly source: Address | null;
  readonly operator: string | null;
  readonly reference: string | null;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly relay: RelayBattery | null;
}

/** The header of a run that begins now, from wherever the host stands. @throws {InputError} as `findVantage` does. */
export async function newHeader(begin: Beginning): Promise<EvidenceHeader> {
  const { policy, tool, runId, timeoutMs, concurrency, relay } = begin;
  const vantage = await findVantage(policy, begin.network, begin);
  return {
    type: 'header',
    schema: EVIDENCE_SCHEMA,
    tool,
    policy: { name: oneLine(policy.name), digest: policy.digest },
    run: { id: runId, startedAt: isoTime(begin.clock) },
    vantage: { ...vantage, hostname: oneLine(vantage.hostname) },
    operator: begin.operator === null ? null : oneLine(begin.operator),
    reference: begin.reference === null ? null : oneLine(begin.reference),
    settings: { timeoutMs, concurrency, ports: policy.audit.ports, relay },
  };
}

/**
 * The header that a run goes on under: that of its first part.
 *
 * @throws {InputError} `resume-policy`, `resume-vantage` or `resume-settings` where what follows would not be the same run.
 */
export async function resumedHeader(begin: Beginning, { header }: Evidence, file: string): Promise<EvidenceHeader> {
  if (header.policy.digest !== begin.policy.digest) {
    throw inputError(
      'resume-policy',
      `${file} was taken under another policy (${header.policy.digest}) than ${begin.policy.path} (${begin.policy.digest}). Start a new run.`,
    );
  }
  if (header.settings.timeoutMs !== begin.timeoutMs) {
    throw inputError(
      'resume-settings',
      `${file} was taken with --timeout ${header.settings.timeoutMs}ms, this run has ${begin.timeoutMs}ms. Give the same one.`,
    );
  }
  if (header.settings.relay !== begin.relay) {
    throw inputError(
      'resume-settings',
      `${file} was taken with --relay ${header.settings.relay ?? 'none'}, this run has ${begin.relay ?? 'none'}. Give the same one.`,
    );
  }
  await requireVantage(begin, header.vantage, file);
  return header;
}

async function requireVantage(begin: Beginning, { legs }: Vantage, file: string): Promise<void> {
  const local = begin.network.addresses().map(({ address }) => address);
  const gone = legs.find(({ source }) => !local.includes(source));
  if (gone !== undefined) {
    throw inputError(
      'resume-vantage',
      `${file} was taken from ${gone.source}, which is no address of this host now. Start a new run.`,
    );
  }
  const told = begin.from.length > 0 || begin.source !== null;
  if (!told && legs.some(({ asserted }) => asserted)) return;
  const now = await findVantage(begin.policy, begin.network, begin);
  if (JSON.stringify(now.legs) !== JSON.stringify(legs)) {
    throw inputError(
      'resume-vantage',
      `${file} spoke for ${legText(legs)}; this run would speak for ${legText(now.legs)}. Start a new run.`,
    );
  }
}

function legText(legs: readonly Leg[]): string {
  return legs.map(({ segment, source }) => `${segment} from ${source}`).join(', ');
}
