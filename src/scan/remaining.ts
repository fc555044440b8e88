/** What a resumed run has still to ask. */
import type { EvidenceRecord, Leg, Observation } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import type { Question } from '../model/question.ts';

/** Milliseconds. A control that answered an hour later proves nothing of the minute of the block. */
const CLOSE_MS = 600_000;

/**
 * Questions without an answer that can stand. An open port was seen open whatever came later. A block stands where a control of the same leg
 * answered soon after; without that, nobody could say that the path was alive. What says nothing about the firewall is
 * asked again.
 */
export function remainingQuestions(questions: readonly Question[], records: readonly EvidenceRecord[]): readonly Question[] {
  const answers = new Map<string, Observation>();
  const controls = new Map<string, number[]>();
  for (const record of records) {
    if (record.type === 'observation') answers.set(record.id, record);
    if (record.type === 'control' && classOf(record.outcome) === 'open') {
      controls.set(legKey(record), [...(controls.get(legKey(record)) ?? []), Date.parse(record.at)]);
    }
  }
  return questions.filter((question) => {
    const answer = answers.get(question.id);
    if (answer === undefined) return true;
    if (question.problem !== null) return answer.outcome !== 'unresolved';
    const seen = classOf(answer.outcome);
    if (seen !== 'blocked') return seen !== 'open';
    const at = Date.parse(answer.at);
    return !controls.get(legKey(question))?.some((control) => control > at && control - at <= CLOSE_MS);
  });
}

function legKey({ segment, family, source }: Pick<Leg, 'segment' | 'family' | 'source'>): string {
  return `${segment} ${family} ${source}`;
}
