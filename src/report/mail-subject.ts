/** The first line of a notice: what is gravest in it, where, and of what. */
import { isBlindness, type Transition } from '../model/history.ts';
import type { News, Notice, NoticeScene, TroubleKind } from '../model/notice.ts';
import { printable } from '../model/printable.ts';
import { count } from './words.ts';

/** Longer ones are cut by whoever shows them. */
const MOST_CHARACTERS = 120;

const TROUBLES: Readonly<Record<TroubleKind, string>> = {
  'lost-run': 'a kept run is LOST or damaged',
  'lost-event': 'its notices have trouble',
  state: 'its state folder has trouble',
  webhook: 'its notices have trouble',
  ping: 'its notices have trouble',
  baseline: 'its baseline is of another kind of run',
  evidence: 'NO NEW EVIDENCE',
};

/** `postern: 1 opened (critical), 2 closed - audit head-office on probe-1`. */
export function mailSubject(notice: Notice, { host, subject }: NoticeScene): string {
  const told = [...new Set(notice.news.flatMap((news) => subjectOf(news, notice)))];
  const text = printable(`postern: ${told.slice(0, 3).join(', ')} - ${subject} on ${host}`);
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 3)}...`;
}

function subjectOf(news: News, { open, unseen }: Notice): readonly string[] {
  switch (news.kind) {
    case 'failed':
      return [`${news.runs > 1 ? 'still FAILS' : 'FAILED'} (exit code ${news.exitCode})`];
    case 'works-again':
      return ['works again'];
    case 'unreliable':
      return ['fails and works in turn'];
    case 'blind':
      return ['SEES NOTHING'];
    case 'sees-again':
      return ['sees again'];
    case 'changed':
      return changes(news.transitions);
    case 'reminder':
      return [
        [open.length > 0 ? `${open.length} still open` : '', unseen.length > 0 ? `${unseen.length} not seen` : '']
          .filter((part) => part !== '')
          .join(', '),
      ];
    case 'unkept': {
      const worst = news.found[0]?.severity;
      return [...(worst === undefined ? [] : [`${news.found.length} found (${worst})`]), 'the run is NOT KEPT'];
    }
    case 'unwritten':
      return ['a document is NOT WRITTEN'];
    case 'trouble':
      return [TROUBLES[news.what]];
  }
}

function changes(transitions: readonly Transition[]): readonly string[] {
  const seen = transitions.filter(({ finding }) => !isBlindness(finding.code));
  const kinds = ['opened', 'graver', 'grown', 'closed', 'unasked', 'milder', 'unsteady'] as const;
  const told = kinds.flatMap((kind) => {
    const of = seen.filter((one) => one.kind === kind);
    const worst = of[0]?.finding.severity;
    const grave = kind === 'closed' || kind === 'milder' || worst === undefined ? '' : ` (${worst})`;
    return of.length === 0 ? [] : [`${of.length} ${kind === 'unasked' ? 'no longer asked' : kind}${grave}`];
  });
  const unseen = transitions.length - seen.length;
  const lost = transitions.filter(({ kind, finding }) => kind === 'opened' && isBlindness(finding.code)).length;
  if (unseen === 0) return told;
  return [...told, lost > 0 ? `${lost} not judged any more` : `${count(unseen, 'change')} of what is judged`];
}
