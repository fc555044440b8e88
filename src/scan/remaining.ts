/** What a resumed run has still to ask. */
import type { EvidenceRecord, Leg, Observation, Vantage } from '../model/evidence.ts';
import { classOf } from '../model/outcome.ts';
import type { Question } from '../model/question.ts';

/**
 * Questions without an answer that can stand. An open port was seen open whatever came later. A block stands where a control of the same leg
 * answered later in the file; without that, nobody could say that the path was alive. What says nothing about the firewall is
 * asked again.
 */
export function remainingQuestions(
  questions: readonly Question[],
  vantage: Vantage,
  records: readonly EvidenceRecord[],
): readonly Question[] {
  const answers = new Map<string, { readonly answer: Observation; readonly index: number }>();
  const lastControl = new Map<string, number>();
  for (const [index, record] of records.entries()) {
    if (record.type === 'observation') answers.set(record.id, { answer: record, index });
    if (record.type === 'control' && classOf(record.outcome) === 'open') lastControl.set(legKey(record), index);
  }
  const legs = new Map(vantage.legs.map((leg) => [`${leg.segment} ${leg.source}`, leg]));
  return questions.filter((question) => {
    const found = answers.get(question.id);
    if (found === undefined) return true;
    const { answer, index } = found;
    if (question.problem !== null) return answer.outcome !== 'unresolved';
    const seen = classOf(answer.outcome);
    const leg = legs.get(`${question.segment} ${question.source}`);
    if (seen === 'blocked' && leg !== undefined) return (lastControl.get(legKey(leg)) ?? -1) < index;
    return seen !== 'open';
  });
}

function legKey({ segment, family, source }: Pick<Leg, 'segment' | 'family' | 'source'>): string {
  return `${segment} ${family} ${source}`;
}
