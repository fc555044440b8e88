/** `postern relay`: the open-relay battery against servers that are named on the command line, judged as in an audit. */
import { compareEvidence } from './compare.ts';
import type { Evidence, EvidenceRecord } from './model/evidence.ts';
import { evidenceWriter } from './model/evidence-codec.ts';
import { oneLine } from './model/one-line.ts';
import type { Policy } from './model/policy.ts';
import type { Result } from './model/result.ts';
import { prepareRelay, type RelaySetting, requireOwnSink } from './relay-setting.ts';
import { describeSink, describeTests } from './scan/describe-relay.ts';
import { guardAppend } from './scan/guard-append.ts';
import { isAskableServer, testServers } from './scan/relay.ts';
import { createJournal, isoTime, type Progress } from './scan/run.ts';
import { timedSignal } from './scan/timed-signal.ts';

export { linesOfTargets, parseRelayHost, parseRelayHosts, type RelayHost, type WrittenHost } from './relay-hosts.ts';
export { RELAY_PAUSE_MS } from './scan/relay.ts';

export interface RelayOptions extends RelaySetting {
  readonly requireProof: 'supported' | 'proven';
  readonly deadlineMs: number | null;
  readonly append: (line: string) => void;
  readonly onRecord: (record: EvidenceRecord) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly signal: AbortSignal;
}

/**
 * Tests every address and port of the hosts, and judges what was seen, also where the user interrupted.
 *
 * @throws {InputError} where there is no address to speak from, the sink is not the user's, or `append` throws. Never for what a server does.
 */
export async function relay(options: RelayOptions): Promise<Result> {
  const unwritable = new AbortController();
  const { append, check } = guardAppend(options.append, () => unwritable.abort());
  const signal = AbortSignal.any([options.signal, unwritable.signal]);
  const timed = timedSignal(signal, options.deadlineMs, options.host.clock);
  try {
    const { policy, header, records, questions, obstacle, manner, sink } = await prepareRelay(options, timed.signal);
    if (sink !== null) await requireOwnSink(sink, manner.probeDomain, options, timed.signal);
    const writer = evidenceWriter(append);
    writer.header(header);
    const journal = createJournal([], (record) => {
      writer.record(record);
      options.onRecord(record);
    });
    records.forEach(journal.write);
    const { concurrency, limits, onProgress, host } = options;
    const pace = (): Promise<void> => Promise.resolve();
    const shared = { clock: host.clock, probers: host.probers, stop: timed.signal, journal, obstacle, pace };
    await testServers({ ...shared, concurrency, limits, onProgress }, manner, questions);
    const trailer = writer.trailer({ finishedAt: isoTime(host.clock), interrupted: options.signal.aborted });
    check();
    return judge(options, policy, { header, records: journal.records, trailer });
  } finally {
    timed.end();
  }
}

/** Every connection that `relay` would make, as text; sends nothing but DNS queries. */
export async function relayDryRun(options: RelayOptions): Promise<string> {
  const { questions, obstacle, manner, sink } = await prepareRelay(options, options.signal);
  const count = questions.filter(isAskableServer).length;
  const head = `${count} ${count === 1 ? 'server' : 'servers'} to test, by address and port. Nothing was sent but DNS queries.`;
  const first = sink === null ? [] : ['', ...describeSink(sink, options.host.newNonce())];
  return `${[head, ...first, '', ...describeTests(questions, manner, obstacle)].join('\n')}\n`;
}

function judge(options: RelayOptions, policy: Policy, evidence: Evidence): Result {
  const { tool, requireProof, host, authorisedBy } = options;
  const settings = { tool, requireProof, allowOtherPolicy: false, command: 'relay', now: host.clock.now() };
  const result = compareEvidence(policy, [evidence], settings);
  const notes = [`These servers were named on the command line. Authorised by: ${oneLine(authorisedBy)}`, ...result.scope.notes];
  return {
    ...result,
    findings: result.findings.map((finding) => ({ ...finding, location: null })),
    scope: { ...result.scope, notes },
  };
}
