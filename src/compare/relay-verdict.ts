/**
 * One relay test, judged: what the policy expects of the server × what it did × where it was asked from.
 *
 * | expectation | it did | verdict |
 * | --- | --- | --- |
 * | none, authenticated | accepted a foreign recipient, without a password | violation; proven where the message arrived |
 * | internal | the same, and a segment of the policy asked | complies: that is what it is for |
 * | any | refused every shape, or asked for a password | complies; proven where it said that relaying is why, and no less to its own |
 * | any | the same, but the record lacks shapes that every test has | inconclusive |
 * | any | anything else, or the test ended before its end | inconclusive |
 */
import type { RelayRecord } from '../model/evidence.ts';
import type { FindingCode } from '../model/finding.ts';
import { listText } from '../model/list-text.ts';
import type { Policy, RelayExpectation, Server } from '../model/policy.ts';
import { SUBMISSION_PORTS } from '../model/ports.ts';
import type { RelayAttempt, RelayOutcome } from '../model/relay.ts';
import { formOf, type ReadAttempt, readAttempts } from '../model/relay-attempts.ts';
import { lackingIn, leftOutText } from '../model/relay-gaps.ts';
import { relayOutcome } from '../model/relay-outcome.ts';
import { wordsOf } from '../model/reply-words.ts';
import type { Proof, Verdict } from '../model/result.ts';
import { parsePublicKey } from '../receipt/keys.ts';
import { openReceipt } from '../receipt/receipt.ts';
import type { Shown } from './interference.ts';

export interface RelayRuling {
  readonly outcome: RelayOutcome;
  readonly verdict: Verdict;
  readonly proof: Proof;
  readonly reason: string;
  /** What it is a finding of; null where it is none. */
  readonly code: FindingCode | null;
  /** With their classes worked out anew. */
  readonly attempts: readonly RelayAttempt[];
}

const ACCEPTED: readonly RelayOutcome[] = ['relay-confirmed', 'relay-accepted'];
const REFUSED: readonly RelayOutcome[] = ['rejected', 'auth-required'];

/** Nothing that a file says of classes or outcomes is believed. */
export function judgeRelay(policy: Policy, server: Server, record: RelayRecord): RelayRuling {
  const read = readAttempts(record.attempts);
  const attempts = read.map(({ ground: _ground, ...attempt }): RelayAttempt => attempt);
  const delivery = deliveryOf(policy, record);
  const { outcome, reason: seen } = relayOutcome(attempts, { port: record.port, delivered: delivery?.arrived ?? false });
  const reason = [seen, delivery?.text ?? ''].filter((text) => text !== '').join(' ');
  const ruling = { outcome, reason, attempts, code: null };
  if (ACCEPTED.includes(outcome)) return judgeAcceptance(server.relay, record, ruling);
  if (outcome === 'accept-all') {
    const who = 'So answers a sink, or a device on the way that stands in for the server.';
    return { ...ruling, verdict: 'inconclusive', proof: 'none', reason: withFailure(`${reason} ${who}`, record) };
  }
  if (!REFUSED.includes(outcome))
    return { ...ruling, verdict: 'inconclusive', proof: 'none', reason: withFailure(reason, record) };
  if (record.failure !== null) {
    return { ...ruling, outcome: 'inconclusive', verdict: 'inconclusive', proof: 'none', reason: withFailure(reason, record) };
  }
  const lacking = lackingIn({ ...record, attempts });
  if (lacking.length > 0) {
    const text = `${reason} The record lacks ${listText(lacking)}, which no test of the battery ${record.battery} is without: test again.`;
    return { ...ruling, outcome: 'inconclusive', verdict: 'inconclusive', proof: 'none', reason: text };
  }
  return complianceOf({ ...record, attempts: read }, ruling);
}

/** Proven as far as was asked, and where the refusals are about relaying. */
function complianceOf(
  record: Omit<RelayRecord, 'attempts'> & { readonly attempts: readonly ReadAttempt[] },
  ruling: Pick<RelayRuling, 'outcome' | 'reason' | 'attempts' | 'code'>,
): RelayRuling {
  const { attempts, port } = record;
  const wholesale = isWholesale(attempts, port)
    ? 'Mail for its own domain was refused in the same words, so that it may refuse this client everything.'
    : '';
  const reason = [ruling.reason, leftOutText(record), wholesale].filter((text) => text !== '').join(' ');
  const proof = wholesale === '' && attempts.every(isTelling) ? 'proven' : 'supported';
  return { ...ruling, verdict: 'compliant', proof, reason };
}

/** C1 and B02 refused alike; on a submission port that wants a password from everybody, that is as it should be. */
function isWholesale(attempts: readonly ReadAttempt[], port: number): boolean {
  const [own, plain] = ['C1', 'B02'].map((id) => attempts.find((attempt) => attempt.id === id));
  if (own?.code == null || plain?.code == null || own.code < 400) return false;
  if (own.class === 'auth-required' && SUBMISSION_PORTS.includes(port)) return false;
  return own.code === plain.code && wordsOf(own.text ?? '') === wordsOf(plain.text ?? '');
}

/** Where something else answers in the server's place, it is that which accepts or refuses; where commands or replies are changed, less is proven. */
export function underInterference(ruling: RelayRuling, shown: Shown): RelayRuling {
  if (shown.takeover?.severity === 'critical') {
    const reason = `${ruling.reason} What answered is not the server, so that this says nothing of it. ${shown.takeover.text}`;
    return { ...ruling, verdict: 'inconclusive', proof: 'none', reason, code: null };
  }
  // A SYN proxy answers for the server and passes on what follows: an acceptance is the server's own then.
  const changed = shown.takeover?.text ?? shown.rewritten ?? shown.masked ?? shown.stripped ?? shown.hints[0]?.text ?? null;
  if (changed === null || ruling.verdict !== 'compliant') return ruling;
  return { ...ruling, proof: 'supported', reason: `${ruling.reason} ${changed}` };
}

function judgeAcceptance(
  expected: RelayExpectation,
  { port, segment }: RelayRecord,
  ruling: Pick<RelayRuling, 'outcome' | 'reason' | 'attempts' | 'code'>,
): RelayRuling {
  if (expected === 'internal') {
    const caveat = `The policy lets it relay for internal clients, and ${segment} counts as one; what strangers get, a test from inside cannot show.`;
    return { ...ruling, verdict: 'compliant', proof: 'supported', reason: `${ruling.reason} ${caveat}` };
  }
  const code = SUBMISSION_PORTS.includes(port) ? 'submission-without-auth' : 'open-relay';
  const proof = ruling.outcome === 'relay-confirmed' ? 'proven' : 'supported';
  return { ...ruling, verdict: 'violation', proof, code };
}

function withFailure(reason: string, { failure, attempts }: RelayRecord): string {
  if (failure === null) return reason;
  const shapes = attempts.filter(({ id }) => id.startsWith('B'));
  const done = shapes.filter(({ stage }) => stage !== null).length;
  const end = `${reason} The test ended before its end, after ${done} of ${shapes.length} shapes`;
  // Attempts that were not run have told why already.
  return reason.includes(failure) ? `${end}.` : `${end}: ${failure}`;
}

/** Whether the answer to a shape says itself that mail does not leave so; a control or a shape that was not sent says nothing against it. */
function isTelling({ id, class: kind, ground }: ReadAttempt): boolean {
  if (!id.startsWith('B') || kind === 'skipped' || kind === 'auth-required') return true;
  const form = formOf(id);
  if (kind === 'rejected') return ground === 'relay' || ground === 'policy' || (ground === 'syntax' && form !== 'foreign');
  if (kind === 'inconclusive') return ground === 'user' && form !== 'foreign' && form !== 'routed';
  return kind === 'deferred' && ground === 'relay';
}

interface Delivery {
  readonly arrived: boolean;
  readonly text: string;
}

/** What the receipt of the user's sink is worth: it has to be signed by a key that is known, and be about this very message. */
function deliveryOf(policy: Policy, { delivery: raw, names, attempts }: RelayRecord): Delivery | null {
  if (raw === null) return null;
  const keys = policy.sentinels.flatMap(({ publicKey }) => (publicKey === null ? [] : (parsePublicKey(publicKey) ?? [])));
  const opened = keys.map((key) => openReceipt(raw, key));
  const genuine = opened.find((one) => one.kind === 'genuine');
  if (genuine === undefined) {
    const refused = opened.find((one) => one.kind === 'refused');
    const why = refused?.kind === 'refused' ? refused.message : 'the policy names no sentinel with a key to verify it by';
    return { arrived: false, text: `Its receipt of a delivery counts for nothing: ${why}.` };
  }
  const { sink, delivery, nonce } = genuine.body;
  if (sink?.toLowerCase() !== names.probeDomain.toLowerCase() || !attempts.some(({ rcptTo }) => rcptTo?.includes(nonce))) {
    return { arrived: false, text: 'Its receipt is about another domain or another message.' };
  }
  if (delivery === null) return { arrived: false, text: 'The message did not arrive while it was waited for.' };
  return { arrived: true, text: `The message arrived at ${sink} at ${delivery.at}, from ${delivery.client}.` };
}
