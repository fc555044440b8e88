/**
 * Verdicts over open flows where something on the way shows. What a receipt proves comes before what signs show; where something else answers in
 * the destination's place, nothing that it offers is judged.
 *
 *   shown                                            denied                                allowed
 *   ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   receipt: direct                                  egress-open                           as the rule requires
 *   receipt: relayed                                 egress-open                           intercepted (high), and as the rule requires
 *   receipt: modified                                egress-open, and what modifies        what modifies, and as the rule requires
 *   receipt: TLS ends on the way                     egress-open, intercepted              intercepted
 *   a sentinel answers without a receipt             intercepted                           intercepted
 *   signs: something answers for the destination     intercepted                           intercepted
 *   signs: masked, STARTTLS removed, rewritten       egress-open, told in its detail       what modifies, and as the rule requires
 *   signs that are not enough                        egress-open                           as the rule requires, proof at most supported
 *   a receipt that is due did not come               egress-open                           compliant becomes inconclusive
 *
 * "What modifies" is starttls-stripped or banner-masked where these explain it, else intercepted.
 */
import type { Severity } from '../model/finding.ts';
import type { Question } from '../model/question.ts';
import type { Reach } from '../receipt/reach.ts';
import type { Shown } from './interference.ts';
import { flowOf, inconclusive, type Ruling, type RulingFault, serverOf } from './question-ruling.ts';
import type { Testimony } from './receipts.ts';

/** A denied flow that was open: as it is ruled without any of this, and what shows. */
export function holeUnder(ruling: Ruling, question: Question, shown: Shown): Ruling {
  const { receipt } = shown;
  if (receipt !== null) {
    const words = testimonyText(receipt, ruling.reason);
    const [hole, ...rest] = ruling.faults;
    const faults = hole === undefined ? [] : [{ ...hole, detail: `${hole.detail} ${words}` }, ...rest];
    return { ...ruling, reason: `${ruling.reason} ${words}`, faults: [...faults, ...besideHole(question, receipt, shown)] };
  }
  const taken = takenBy(shown);
  if (taken !== null) return interceptedHole(ruling, question, taken);
  const words = [shown.testimony?.open ?? null, shown.masked, shown.stripped, shown.rewritten]
    .filter((text) => text !== null)
    .join(' ');
  if (words === '') return ruling;
  return { ...ruling, faults: ruling.faults.map((fault) => ({ ...fault, detail: `${fault.detail} ${words}` })) };
}

/** An allowed flow that was open: as it is ruled by its rule, and what shows. */
export function passageUnder(ruling: Ruling, question: Question, shown: Shown): Ruling {
  const reach = shown.testimony?.reach ?? null;
  const taken = takenBy(shown);
  const named = namedFaults(question, shown);
  if (taken !== null)
    return violation(ruling, [intercepted(question, taken, 'is answered, and not by its destination'), ...named]);
  if (reach?.level === 'tls-intercepted') return violation(ruling, [intercepted(question, reasonsOf(reach)), ...named]);
  const faults = [...named, ...unexplained(question, shown, named), ...relayed(question, reach)];
  if (faults.length > 0) return violation(ruling, [...faults, ...ruling.faults.filter((fault) => !isExplained(fault, named))]);
  const open = shown.testimony?.open ?? null;
  if (open !== null && ruling.verdict === 'compliant')
    return { ...inconclusive(question, `${ruling.reason} ${open}`), rule: ruling.rule };
  return asFarAsHinted(shown.receipt === null ? ruling : withTestimony(ruling, shown.receipt), shown);
}

interface Taken {
  /** Null: the catalogue's. */
  readonly severity: Severity | null;
  readonly text: string;
}

/** Something else than the destination answers: no receipt where one is due, or signs enough. */
function takenBy({ testimony, takeover }: Shown): Taken | null {
  if (testimony?.reach?.level !== 'stranger') return takeover;
  const why = testimony.reach.reasons[0] ?? '';
  const text = `What answers there is not sentinel ${testimony.sentinel}, or a sentinel that no longer has the key that the policy names. ${why}`;
  return { severity: null, text: takeover === null ? text : `${text} ${takeover.text}` };
}

function reasonsOf({ reasons }: Reach): Taken {
  return { severity: null, text: reasons.join(' ') };
}

/** In the destination's place: whether the flow got any further, nobody can tell. */
function interceptedHole(ruling: Ruling, question: Question, taken: Taken): Ruling {
  const detail = `${flowOf(question)} is denied by the policy; the connection was answered, and not by its destination: whether anything gets further is not shown. ${taken.text}`;
  return {
    ...ruling,
    reason: `${ruling.reason} ${taken.text}`,
    faults: [{ code: 'intercepted', severity: taken.severity, detail }],
  };
}

/** What a device does to a flow that arrived: it stands in the way of what the policy denies, and is no less a device. */
function besideHole(question: Question, { reach }: Testimony, shown: Shown): RulingFault[] {
  if (reach?.level === 'tls-intercepted') return [intercepted(question, reasonsOf(reach))];
  if (reach?.level !== 'modified') return [];
  const named = namedFaults(question, shown);
  return [...named, ...unexplained(question, shown, named)];
}

function namedFaults(question: Question, { masked, stripped }: Shown): RulingFault[] {
  const detail = (text: string): string => `${serverOf(question)}, from ${question.segment} (${question.source}): ${text}`;
  return [
    // Keywords overwritten in place of the offer are one fault, and told by what it does.
    ...(masked === null || (stripped !== null && !masked.includes('greeting'))
      ? []
      : [{ code: 'banner-masked' as const, severity: null, detail: detail(masked) }]),
    ...(stripped === null ? [] : [{ code: 'starttls-stripped' as const, severity: null, detail: detail(stripped) }]),
  ];
}

/** A change that is neither: somebody between the two ends says other things than they do. */
function unexplained(question: Question, { testimony, rewritten }: Shown, named: readonly RulingFault[]): RulingFault[] {
  if (named.length > 0) return [];
  const reach = testimony?.reach ?? null;
  const text = reach?.level === 'modified' ? reach.reasons.join(' ') : rewritten;
  return text === null ? [] : [intercepted(question, { severity: null, text })];
}

function relayed(question: Question, reach: Reach | null): RulingFault[] {
  if (reach?.level !== 'relayed') return [];
  return [intercepted(question, { ...reasonsOf(reach), severity: 'high' }, 'does not go straight to its destination')];
}

function intercepted(
  question: Question,
  { severity, text }: Taken,
  how = 'does not reach its destination untouched',
): RulingFault {
  return { code: 'intercepted', severity, detail: `${flowOf(question)} ${how}. ${text}` };
}

/** That STARTTLS is missing is explained by its being taken out. */
function isExplained({ code }: RulingFault, named: readonly RulingFault[]): boolean {
  return code === 'starttls-missing' && named.some((fault) => fault.code === 'starttls-stripped');
}

function violation({ rule }: Ruling, faults: readonly RulingFault[]): Ruling {
  return { verdict: 'violation', proof: 'proven', reason: faults.map(({ detail }) => detail).join(' '), rule, faults };
}

function withTestimony(ruling: Ruling, testimony: Testimony): Ruling {
  return { ...ruling, reason: `${ruling.reason} ${testimonyText(testimony, ruling.reason)}` };
}

/** @param before  what stands before it: the scanner's own words may hold some of these reasons already. */
function testimonyText({ sentinel, reach, open }: Testimony, before: string): string {
  const from = reach?.genuine.at(-1)?.client.address ?? '';
  const how = reach?.level === 'direct' && open === null ? ', byte for byte' : '';
  const news = [...(reach?.reasons ?? []), ...(open === null ? [] : [open])].filter((reason) => !before.includes(reason));
  return [`The receipt of sentinel ${sentinel} proves that it arrived there${how}, from ${from}.`, ...news].join(' ');
}

/** Signs that show nothing by themselves leave a doubt. */
function asFarAsHinted(ruling: Ruling, { receipt, hints }: Shown): Ruling {
  const strong = hints.filter(({ strength }) => strength === 'strong');
  if (receipt !== null || strong.length === 0 || ruling.verdict !== 'compliant') return ruling;
  const words = strong.map(({ text }) => text).join(' ');
  return { ...ruling, proof: 'supported', reason: `${ruling.reason} ${words} That alone shows no interception.` };
}
