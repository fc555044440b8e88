/**
 * Controls: flows that are known to pass, probed at the start, in the middle and at the end of a run. They prove that path and auditor were
 * alive while others were blocked. On the wire: one TCP handshake each, closed at once, no byte of data.
 */
import { type Address, endpointText, familyOf, parseAddress } from '../model/address.ts';
import { contains, LOOPBACK } from '../model/address-set.ts';
import { boundaryOf } from '../model/boundary.ts';
import type { ControlRecord, Leg, ProbeReport } from '../model/evidence.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf } from '../model/outcome.ts';
import type { HostPort } from '../model/policy.ts';
import { interleave } from './interleave.ts';
import { isAskable } from './plan.ts';
import { runPool } from './pool.ts';
import type { Flow } from './routes.ts';
import { isoTime, type Run, unasked } from './run.ts';

/** Flows that stand in for a named control, for each leg and side of the network's edge. */
const STAND_INS = 5;
const CONCURRENCY = 8;

/** Milliseconds between two rounds, so that with the time that a round takes there is one every five minutes. */
const CONTROL_INTERVAL_MS = 240_000;

export interface Controls {
  round(phase: ControlRecord['phase'], signal: AbortSignal): Promise<void>;
  /** A round every `CONTROL_INTERVAL_MS`, until the returned function is called; that waits for the one under way. */
  keepUp(signal: AbortSignal): () => Promise<void>;
  /** Every named control, as a line of text. */
  targets(): readonly string[];
}

type Setting = Pick<Run, 'policy' | 'vantage' | 'resolution'>;

interface Control {
  readonly leg: Leg;
  readonly host: string;
  readonly address: Address | null;
  readonly port: number;
  readonly named: boolean;
  /** Why there is no address. */
  readonly problem: string | null;
}

/** The first round decides which stand-ins there are: allowed flows that answer, where no named control does. */
export function createControls(run: Run): Controls {
  const named = run.vantage.legs.flatMap((leg) => namedControls(run, leg));
  let standIns: readonly Control[] | null = null;
  let last: Promise<void> = Promise.resolve();
  const probeRound = async (phase: ControlRecord['phase'], signal: AbortSignal): Promise<void> => {
    const answered = await probeAll(run, [...named, ...(standIns ?? [])], phase, signal);
    if (standIns === null) {
      const candidates = run.vantage.legs.flatMap((leg) => findStandIns(run, leg, answered));
      standIns = await probeAll(run, candidates, phase, signal);
    }
  };
  const round: Controls['round'] = (phase, signal) => {
    last = last.then(() => probeRound(phase, signal));
    return last;
  };
  return {
    round,
    keepUp: (signal) => keepUp(run, () => round('middle', signal)),
    targets: () => named.map(describe),
  };
}

/** Where the controls that the policy names lead. */
export function controlFlows(setting: Setting): Flow[] {
  return setting.vantage.legs.flatMap((leg) =>
    namedControls(setting, leg).flatMap(({ address }) => (address === null ? [] : [{ source: leg.source, target: address }])),
  );
}

function describe({ leg, host, address, port, problem }: Control): string {
  const name = host === address ? '' : ` (${host})`;
  const target = address === null ? `nowhere: ${problem ?? ''}` : `${endpointText(address, port)}${name}`;
  return `${leg.segment} ${leg.source} -> ${target}`;
}

function keepUp(run: Run, round: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;
  const schedule = (): void => {
    cancel = run.clock.after(CONTROL_INTERVAL_MS, () => {
      current = round();
      schedule();
    });
  };
  schedule();
  return () => {
    cancel();
    return current;
  };
}

/** A name that has only addresses of the other family, or of this host itself, is no control of this leg. */
function namedControls(run: Setting, leg: Leg): Control[] {
  const segment = run.policy.segments.find(({ name }) => name === leg.segment);
  const all = [...(segment?.controls ?? []), ...run.policy.audit.controls];
  return distinct(all, ({ host, port }) => `${host}:${port}`).flatMap((control) => controlsOfName(run, leg, control));
}

function controlsOfName(run: Setting, leg: Leg, { host, port }: HostPort): Control[] {
  const literal = parseAddress(host);
  const addresses = literal === null ? run.resolution.addresses(host) : [literal];
  if (addresses.length === 0) {
    const problem = `${host} did not resolve: ${run.resolution.error('address', host) ?? 'no address'}`;
    return [{ leg, host, address: null, port, named: true, problem }];
  }
  const own = run.vantage.addresses;
  return addresses
    .filter((address) => familyOf(address) === leg.family && (contains(LOOPBACK, address) || !own.includes(address)))
    .map((address) => ({ leg, host, address, port, named: true, problem: null }));
}

function findStandIns(run: Run, leg: Leg, answered: readonly Control[]): Control[] {
  const covered = new Set(
    answered.flatMap(({ leg: of, address }) =>
      of === leg && address !== null ? [boundaryOf(run.policy, leg.segment, address)] : [],
    ),
  );
  const own = run.questions.filter(isAskable).filter(({ segment, source }) => segment === leg.segment && source === leg.source);
  return (['neighbour', 'inside', 'public'] as const).flatMap((boundary) => {
    if (covered.has(boundary)) return [];
    const allowed = own.filter(
      ({ expect, address }) => expect === 'allow' && boundaryOf(run.policy, leg.segment, address) === boundary,
    );
    const spread = interleave(groupBy(allowed, ({ destination }) => destination).values());
    return distinct([...spread], ({ address, port }) => `${address} ${port}`)
      .slice(0, STAND_INS)
      .map(({ host, address, port }): Control => ({ leg, host, address, port, named: false, problem: null }));
  });
}

/** @returns those that answered. */
async function probeAll(
  run: Run,
  controls: readonly Control[],
  phase: ControlRecord['phase'],
  signal: AbortSignal,
): Promise<readonly Control[]> {
  const answered = new Set<Control>();
  const work = async (control: Control): Promise<void> => {
    const at = isoTime(run.clock);
    const report = await probeOne(run, control, signal);
    if (report.outcome === 'aborted') return;
    if (classOf(report.outcome) === 'open') answered.add(control);
    const { leg, host, address, port, named } = control;
    const { outcome, reason, elapsedMs } = report;
    const { segment, family, source } = leg;
    run.journal.write({
      type: 'control',
      phase,
      segment,
      family,
      source,
      host,
      address,
      port,
      named,
      outcome,
      reason,
      at,
      elapsedMs,
    });
  };
  await runPool(controls, work, { concurrency: CONCURRENCY, signal });
  return controls.filter((control) => answered.has(control));
}

async function probeOne(run: Run, control: Control, signal: AbortSignal): Promise<ProbeReport> {
  const { address, port, leg, problem } = control;
  if (address === null) return unasked('unresolved', null, `${problem ?? 'It has no address'}; nothing was sent.`);
  const obstacle = run.obstacle(leg.source, address);
  if (obstacle !== null) return unasked(obstacle.outcome, obstacle.detail, obstacle.reason);
  return run.probers.connect({ address, port, source: leg.source }, run.limits, signal);
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map<string, T>();
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item);
  return [...first.values()];
}
