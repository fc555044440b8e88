/** What a scheduled run tells: only what is news, and what is still so. */
import type { FindingBrief, Transition } from './history.ts';
import type { Summary, Verdict } from './result.ts';

export const EVENT_SCHEMA = 'postern.event/1';

/** Times are starts of runs, ISO 8601, UTC. */
export type News =
  /** The run ended without a result. `runs`: so many in a row. */
  | {
      readonly kind: 'failed';
      readonly exitCode: number;
      readonly since: string;
      readonly runs: number;
      readonly words: readonly string[];
    }
  | { readonly kind: 'works-again'; readonly since: string; readonly runs: number }
  /** It fails and works in turn: nothing is told of that until it stays one of both. */
  | { readonly kind: 'unreliable'; readonly since: string; readonly words: readonly string[] }
  /** Nothing of what was asked can be judged. */
  | { readonly kind: 'blind'; readonly since: string }
  | { readonly kind: 'sees-again'; readonly since: string; readonly blindSince: string }
  /** Gravest first within a run. */
  | { readonly kind: 'changed'; readonly transitions: readonly Transition[] }
  | { readonly kind: 'reminder' }
  /** The run was judged, but could not be kept. `found`: what it has and the kept runs do not know as open: no second run will confirm that. */
  | {
      readonly kind: 'unkept';
      readonly since: string;
      readonly words: readonly string[];
      readonly found: readonly FindingBrief[];
    }
  /** The run was judged, but a document of it could not be written. */
  | { readonly kind: 'unwritten'; readonly since: string; readonly words: readonly string[] }
  /** Beside what was judged: a webhook, a ping, the state folder, a baseline, evidence that was judged before, something that is lost for good. */
  | {
      readonly kind: 'trouble';
      readonly what: TroubleKind;
      readonly since: string;
      readonly words: string;
    };

/**
 * `lost-run`: a kept run is gone, damaged or changed. `lost-event`: no webhook will be told of it any more. `evidence`: what is judged is what was
 * judged before. `baseline`: it is of another kind of run.
 */
export type TroubleKind = LossKind | 'state' | 'webhook' | 'ping' | 'baseline' | 'evidence';

export type LossKind = 'lost-run' | 'lost-event';

export interface StandingOpen {
  readonly finding: FindingBrief;
  readonly since: string;
  readonly unsteady: boolean;
}

export interface Notice {
  /** In the order in which a reader wants them. */
  readonly news: readonly News[];
  /** What is open and confirmed, gravest first; without what the audit could not see. */
  readonly open: readonly StandingOpen[];
  readonly unseen: readonly StandingOpen[];
  /** Findings that were seen once, and that no second run confirms yet. */
  readonly unconfirmed: number;
}

/** Where and of what a notice is. */
export interface NoticeScene {
  readonly host: string;
  /** `audit head-office`; of a run that never came to a policy what was given. */
  readonly subject: string;
  readonly at: string;
  /** As the user would write it. */
  readonly folder: string;
  readonly exitCode: number;
  /** Null where there is no result. */
  readonly run: NoticeRun | null;
}

export interface NoticeRun {
  readonly id: string;
  /** Null: it could not be kept. */
  readonly sequence: number | null;
  readonly series: string;
  /** Id of the run before what changed; null where there is none, or nothing changed. */
  readonly before: string | null;
  readonly policyDigest: string;
  readonly verdict: Verdict;
  readonly checks: Summary['checks'];
}
