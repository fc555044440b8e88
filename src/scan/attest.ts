/**
 * Sentinels asked on their ports that are no mail ports: what they sign there says which of their mail ports were reached from outside lately,
 * also where every mail port is blocked from here. On the wire, for each leg, address and such port: one TCP connection, TLS handshake,
 * (greeting), EHLO, NOOP for a receipt, QUIT; where no TLS comes, a second one in clear text. A sentinel without such a port signs the same wherever a question reaches it.
 */
import type { AttestationRecord } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import { sentinelModeOn } from '../model/ports.ts';
import { type Askable, isAskable, targetOf } from './plan.ts';
import { runPool } from './pool.ts';
import { withReach } from './reach-words.ts';
import { isoTime, type Run, unasked } from './run.ts';
import { PER_TARGET } from './sweep.ts';

/** Milliseconds: the kernel reports an absent host after 3.1 s, and what answers at all answers sooner. */
const CONNECT_MS = 4_000;

/** Milliseconds. What was signed so short a time ago is not asked for again: a short run asks once, a long one at its end too. */
const FRESH_MS = 600_000;

/** A question that is none of the policy's: the same sentinel on another of its ports. */
export type Attestation = Askable & { readonly sentinel: string };

/** For each leg and sentinel address that questions go to, the ports that none goes to. */
export function attestationsOf({
  policy,
  questions,
  speech,
}: Pick<Run, 'policy' | 'questions' | 'speech'>): readonly Attestation[] {
  const asked = questions.filter(isAskable);
  const mailPorts = policy.audit.ports;
  const taken = new Set(asked.map(keyOf));
  return asked.flatMap((question) => {
    const { sentinel } = question;
    if (sentinel === null || !speech.keys.has(sentinel)) return [];
    const ports = policy.sentinels.find(({ name }) => name === sentinel)?.ports ?? [];
    return ports.flatMap((port): Attestation[] => {
      const other: Attestation = { ...question, sentinel, port, mode: sentinelModeOn(port, mailPorts), rules: [] };
      if (mailPorts.includes(port) || taken.has(keyOf(other))) return [];
      taken.add(keyOf(other));
      return [other];
    });
  });
}

/** Asks for what is not known freshly. What the end of the run cuts off is not written. */
export async function attest(run: Run): Promise<void> {
  const known = new Map<string, AttestationRecord>();
  for (const record of run.journal.records) if (record.type === 'attestation') known.set(keyOf(record), record);
  const isFresh = (attestation: Attestation): boolean => {
    const record = known.get(keyOf(attestation));
    return record !== undefined && classOf(record.outcome) !== 'mute' && run.clock.now() - Date.parse(record.at) < FRESH_MS;
  };
  const { concurrency, stop: signal, pace } = run;
  await runPool(
    attestationsOf(run).filter((attestation) => !isFresh(attestation)),
    (attestation) => ask(run, attestation),
    { concurrency, signal, pace, targetOf: ({ address }) => address, perTarget: PER_TARGET },
  );
}

async function ask(run: Run, attestation: Attestation): Promise<void> {
  const { sentinel, segment, family, source, host, address, port } = attestation;
  const at = isoTime(run.clock);
  const obstacle = run.obstacle(source, address);
  const limits = { ...run.limits, connectMs: Math.min(run.limits.connectMs, CONNECT_MS) };
  const report =
    obstacle === null
      ? await run.probers.probe(targetOf(run.policy, attestation, run.speech), limits, run.stop)
      : unasked(obstacle.outcome, obstacle.detail, obstacle.reason);
  if (report.outcome === 'aborted') return;
  const record = { type: 'attestation' as const, sentinel, segment, family, source, host, address, port, at };
  run.journal.write({ ...record, ...withReach(run, { sentinel, port, at }, report) });
}

function keyOf({ source, address, port }: Pick<Askable, 'source' | 'address' | 'port'>): string {
  return `${source} ${address} ${port}`;
}
