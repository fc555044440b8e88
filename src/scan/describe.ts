/** What a run would do, line by line, for `--dry-run`. */
import { endpointText } from '../model/address.ts';
import type { Question } from '../model/question.ts';
import { createControls } from './controls.ts';
import { describeBeside } from './describe-beside.ts';
import { describeTests } from './describe-relay.ts';
import { inTurn, isAskable, targetOf } from './plan.ts';
import type { Run } from './run.ts';
import { saidTo } from './said-to.ts';

/** Connections in the order in which they would start; then what would not be sent, and why. */
export function describePlan(run: Run): string {
  const askable = run.questions.filter(isAskable);
  const sent = [...inTurn(askable)].filter(({ source, address }) => run.obstacle(source, address) === null);
  const idle = run.questions.filter(
    (question) => !isAskable(question) || run.obstacle(question.source, question.address) !== null,
  );
  const controls = createControls(run).targets();
  return [
    `${count(sent.length, 'connection')} to probe, ${count(controls.length, 'control')}. Nothing was sent but DNS queries.`,
    '',
    'Controls (TCP handshake only; at the start, in the middle and at the end):',
    ...(controls.length === 0 ? ['  none named; allowed flows that answer stand in'] : controls.map((line) => `  ${line}`)),
    '',
    'Probes:',
    ...(sent.length === 0
      ? ['  none: the policy names no endpoint that can be asked']
      : sent.map((question) => `  ${describe(run, question)}`)),
    ...describeBeside(run),
    ...relayLines(run),
    ...(idle.length === 0 ? [] : ['', 'Not sent:', ...idle.map((question) => `  ${question.id}: ${reasonOf(run, question)}`)]),
    '',
  ].join('\n');
}

function relayLines({ relay, obstacle }: Run): readonly string[] {
  const lines = relay === null ? [] : describeTests(relay.questions, relay.manner, obstacle);
  return lines.length === 0 ? [] : ['', ...lines];
}

function describe(run: Run, question: Question): string {
  if (!isAskable(question)) return question.id;
  const target = targetOf(run.policy, question, run.speech);
  const { segment, source, address, port, host, destination, expect, kind, rules } = question;
  const rule = rules[0] === undefined ? '' : ` by ${rules[0].name}`;
  const where = host === address ? destination : `${host}, ${destination}`;
  const asked = kind === 'leak' ? 'leak probe' : `${expect}${rule}`;
  return `${segment} ${source} -> ${endpointText(address, port)} (${where}; ${asked}): ${saidTo(target)}`;
}

function reasonOf(run: Run, question: Question): string {
  if (question.problem !== null) return `${question.problem}.`;
  return isAskable(question) ? (run.obstacle(question.source, question.address)?.reason ?? '') : 'It has no address.';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
