/**
 * The verdict table: one question, its answer, what vouches for it → one ruling.
 *
 * Silence is not proof. "Blocked" counts only where a control shows that the path was alive and the target is known to
 * listen; everything else that did not connect is inconclusive, with what would settle it.
 */
import type { Observation } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import type { Rule } from '../model/policy.ts';
import type { Question } from '../model/question.ts';
import type { Verdict } from '../model/result.ts';
import type { Answer } from './answer.ts';
import type { Attestation } from './attest.ts';
import { holeUnder, passageUnder } from './interfered.ts';
import type { Shown } from './interference.ts';
import { flowOf, inconclusive, type Ruling, serverOf } from './question-ruling.ts';
import { judgeRequirements, requiresAnything } from './requirements.ts';
import type { Sighting } from './sightings.ts';
import type { Vouching } from './vouch.ts';

export interface Circumstances {
  /** What shows of devices on the way. */
  readonly shown: Shown;
  /** Whether the path was alive when the flow was blocked. */
  readonly vouching: Vouching;
  /** Another vantage that reached this endpoint. */
  readonly sighting: Sighting | null;
  /** The sentinel that stands there says that it listens. */
  readonly attested: Attestation | null;
  /** Another address of the same name and family that answered on this port. */
  readonly sibling: string | null;
  /** Why the target may not be there at all. */
  readonly absence: string | null;
}

export function judge(question: Question, answer: Answer, circumstances: Circumstances): Ruling {
  const { observation } = answer;
  const outcome = classOf(observation.outcome);
  if (outcome === 'mute') return inconclusive(question, observation.reason);
  if (question.expect === 'deny') {
    return outcome === 'open'
      ? holeUnder(judgeHole(question, observation), question, circumstances.shown)
      : judgeBlock(question, observation, circumstances);
  }
  return outcome === 'open'
    ? passageUnder(judgePassage(question, observation), question, circumstances.shown)
    : judgeObstacle(question, answer, circumstances);
}

/** A denied flow got through. */
function judgeHole(question: Question, observation: Observation): Ruling {
  const spoke =
    observation.outcome === 'open-smtp' || observation.outcome === 'open-refusing' || observation.outcome === 'open-other';
  const severity = spoke ? (question.port === 25 ? 'critical' : 'high') : 'medium';
  const caveat = spoke ? '' : ' TCP connects, but no SMTP was seen: an application firewall or a SYN proxy may stand there.';
  const detail = `${flowOf(question)} is denied by the policy and got through. ${observation.reason}${caveat}`;
  return {
    verdict: 'violation',
    proof: spoke ? 'proven' : 'supported',
    reason: `${observation.reason}${caveat}`,
    rule: null,
    faults: [{ code: 'egress-open', severity, detail }],
  };
}

/** A denied flow did not get through: is that the firewall's doing? */
function judgeBlock(question: Question, observation: Observation, circumstances: Circumstances): Ruling {
  const { vouching, sighting, attested } = circumstances;
  if (!vouching.alive) return inconclusive(question, `${observation.reason} That proves nothing: ${vouching.why}.`);
  const alive = `${capital(vouching.by)}.`;
  if (sighting !== null) {
    const reason = `${observation.reason} ${alive} ${sightedText(sighting)}`;
    return { verdict: 'compliant', proof: 'proven', reason, rule: null, faults: [] };
  }
  const absence = absenceDespite(attested, circumstances);
  if (absence !== null) return inconclusive(question, `${observation.reason} That proves nothing: ${absence}.`);
  if (attested !== null) {
    const reason = `${withoutStop(observation.reason)}; ${attestedText(attested)}; ${vouching.by}.`;
    return { verdict: 'compliant', proof: 'proven', reason, rule: null, faults: [] };
  }
  const caveat =
    "Only the policy's declaration says that the target listens: its own filter or a provider's port-25 block could have stopped the flow as well.";
  return { verdict: 'compliant', proof: 'supported', reason: `${observation.reason} ${alive} ${caveat}`, rule: null, faults: [] };
}

/** An allowed flow got through: to a server as the rule wants it? Where several rules permit it, the one that fits best counts. */
function judgePassage(question: Question, observation: Observation): Ruling {
  const rank: Readonly<Record<Verdict, number>> = { compliant: 0, inconclusive: 1, violation: 2 };
  const rulings = question.rules.map((rule) => judgePassageUnder(rule, question, observation));
  const best = [...rulings].sort((a, b) => rank[a.verdict] - rank[b.verdict] || a.faults.length - b.faults.length)[0];
  return best ?? inconclusive(question, 'No rule permits this flow.');
}

function judgePassageUnder(rule: Rule, question: Question, observation: Observation): Ruling {
  const { outcome, reason, dialogue } = observation;
  if (outcome !== 'open-smtp' && outcome !== 'open-refusing') {
    const detail = `${flowOf(question)} is allowed by rule ${rule.name}, but no SMTP server answered there. ${reason}`;
    return {
      verdict: 'violation',
      proof: 'supported',
      reason,
      rule,
      faults: [{ code: 'unexpected-service', severity: null, detail }],
    };
  }
  if (outcome === 'open-refusing' || dialogue === null) {
    return requiresAnything(rule.require)
      ? { ...inconclusive(question, `${reason} What rule ${rule.name} requires could not be seen.`), rule }
      : { verdict: 'compliant', proof: 'proven', reason, rule, faults: [] };
  }
  const ruling = judgeRequirements(rule.require, dialogue, question);
  if (ruling.faults.length > 0) {
    const faults = ruling.faults.map(({ code, detail }) => ({
      code,
      severity: null,
      detail: `${serverOf(question)}: ${detail}`,
    }));
    return { verdict: 'violation', proof: 'proven', reason: ruling.faults.map(({ detail }) => detail).join(' '), rule, faults };
  }
  if (ruling.unknown !== null) return { ...inconclusive(question, `${reason} ${ruling.unknown}`), rule };
  const offered = ruling.proof === 'supported' ? ' AUTH is offered; that it is also asked for was not seen.' : '';
  return { verdict: 'compliant', proof: ruling.proof, reason: `${reason}${offered}`, rule, faults: [] };
}

/** An allowed flow did not get through: is something in the way, or is something down? */
function judgeObstacle(question: Question, { observation, lapsed }: Answer, circumstances: Circumstances): Ruling {
  const { vouching, sighting, sibling, attested } = circumstances;
  if (lapsed) {
    return inconclusive(
      question,
      `${observation.reason} The same flow answered earlier in this run: the path, the uplink or the target comes and goes.`,
    );
  }
  if (!vouching.alive) {
    return inconclusive(question, `${observation.reason} The path, the uplink or the target may be down: ${vouching.why}.`);
  }
  const absence = absenceDespite(attested, circumstances);
  if (sighting === null && absence !== null) {
    return inconclusive(question, `${observation.reason} The target may not be there: ${absence}.`);
  }
  const rule = question.rules[0] ?? null;
  const allowed = `${flowOf(question)} is allowed by rule ${rule?.name ?? ''} and did not get through. ${observation.reason}`;
  if (sibling !== null && sighting === null && attested === null) {
    const detail = `${allowed} Another address of ${question.host} answered (${sibling}): this one is probably down.`;
    return {
      verdict: 'violation',
      proof: 'supported',
      reason: observation.reason,
      rule,
      faults: [{ code: 'endpoint-down', severity: null, detail }],
    };
  }
  const alive = `${capital(vouching.by)}.`;
  const seen = sighting !== null ? ` ${sightedText(sighting)}` : attested !== null ? ` ${capital(attestedText(attested))}.` : '';
  return {
    verdict: 'violation',
    proof: seen === '' ? 'supported' : 'proven',
    reason: `${observation.reason} ${alive}${seen}`,
    rule,
    faults: [{ code: 'egress-blocked', severity: null, detail: `${allowed} ${alive}${seen}` }],
  };
}

/** A sentinel that signed around that time was there; what it said hours before says nothing of now. */
function absenceDespite(attested: Attestation | null, { absence }: Circumstances): string | null {
  return attested?.present === true ? null : absence;
}

function attestedText({ sentinel }: Attestation): string {
  return `sentinel ${sentinel} attests that it listens there`;
}

function sightedText(sighting: Sighting): string {
  return `${sighting.segment} (${sighting.source}) reached the same endpoint at ${new Date(sighting.at).toISOString().slice(0, 19)}Z.`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
