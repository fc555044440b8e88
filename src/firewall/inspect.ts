/**
 * What a firewall's configuration makes of the questions of a policy, without a packet being sent.
 *
 * A question is a region of packets. Denied it has to be whatever is not known: one packet of it that surely passes makes it permitted, one that may
 * pass makes it conditional. Allowed it has to be for every packet of it, whatever is not known. Every row of an answer is a part of the region that
 * is not treated as the policy expects.
 *
 * Worked example: workstations to public on 25 is to be denied. `-A FORWARD -s 10.20.0.5 -p tcp --dport 25 -j ACCEPT` before a DROP makes it permitted,
 * with one row: 10.20.0.5 to public on 25, decided by that line. With `-m limit` in it the row and the answer are conditional.
 */
import { FAMILIES, type Family } from '../model/address.ts';
import type { ConfigurationRow, DeadLine } from '../model/configuration.ts';
import type { ConfigurationQuestion } from '../model/configuration-question.ts';
import type { ConfigurationRecord } from '../model/evidence.ts';
import { ascending } from '../model/ports.ts';
import { type Bdd, NodeBudgetError } from './bdd.ts';
import { deadLines } from './dead-lines.ts';
import { describeRows } from './describe-rows.ts';
import { decidingLines } from './effective.ts';
import { Onward } from './onward.ts';
import { PacketSpace } from './packet-space.ts';
import { type Passage, passage } from './passage.ts';
import { CLIENT_PORTS, regionOf } from './region.ts';
import type { Hook, Interval, Ruleset } from './ruleset.ts';
import { type Asked, type Looked, namedBeside, type Unasked, unaskedNotes } from './unasked.ts';
import { unexpectedIn } from './unexpected.ts';

export interface Inspecting {
  readonly hook: Hook;
  /** Nodes of the diagrams of one family. */
  readonly budget: number;
  /** Names of interfaces that the policy gives, beside those of the questions. */
  readonly interfaces: readonly string[];
  /** What to look for beside the questions; absent: nothing. */
  readonly unasked?: Unasked;
}

export type Answer = Omit<ConfigurationRecord, 'type' | 'at'>;

export interface Inspection {
  /** One for each question, in their order. */
  readonly answers: readonly Answer[];
  readonly dead: readonly DeadLine[];
  /** Why dead lines were not looked for; null: they were. */
  readonly problem: string | null;
  /** What the questions leave out, as sentences. */
  readonly notes: readonly string[];
}

/** Rows of one answer: what is beyond is counted. */
const MOST_ROWS = 12;

/**
 * @throws {Error} where packet sets and interpreter disagree about a packet: a bug.
 */
export function inspect(ruleset: Ruleset, questions: readonly ConfigurationQuestion[], inspecting: Inspecting): Inspection {
  const named = questions.flatMap((question) => [...(question.in ?? []), ...(question.out ?? [])]);
  const interfaces = [...new Set([...inspecting.interfaces, ...named])];
  const ports = ascending(questions.map(({ port }) => port));
  const { budget, hook } = inspecting;
  const asked = (family: Family): readonly Interval<bigint>[] =>
    questions
      .flatMap((question) => (question.family === family ? [...question.sources, ...question.destinations] : []))
      .concat(namedBeside(inspecting.unasked, family));
  const looks = FAMILIES.map((family) => ({
    family,
    look: within(
      budget,
      () =>
        new Inspector(ruleset, new PacketSpace(family, [ruleset], { interfaces, budget, ports, addresses: asked(family) }), hook),
    ),
  }));
  const answers = questions.map((question) => {
    const found = looks.find(({ family }) => family === question.family);
    if (found === undefined) throw new TypeError(`no family is ${question.family}`);
    return answerOf(question, found.look, budget);
  });
  const dead = deadIn(
    looks.map(({ look }) => look),
    inspecting,
    ports,
  );
  return { answers, ...dead, notes: notesBeside(looks, { hook, questions, ports }, inspecting) };
}

type Inspected = Inspector | Problem;

interface Problem {
  readonly problem: string;
}

function answerOf(question: ConfigurationQuestion, inspected: Inspected, budget: number): Answer {
  const { id, firewall, segment, destination, port, family } = question;
  const about = { id, firewall, segment, destination, port, family };
  const unknown = { ...about, outcome: null, rows: [], furtherRows: 0 };
  if (question.destinations.length === 0)
    return {
      ...unknown,
      problem: `${destination} has only names (${question.names.join(', ')}): give its networks in the policy`,
    };
  const found = inspected instanceof Inspector ? within(budget, () => inspected.answer(question)) : inspected;
  return 'problem' in found ? { ...unknown, problem: found.problem } : { ...about, ...found, problem: null };
}

/** Where the budget is used up nobody knows the answer. */
function within<T extends object>(budget: number, answer: () => T): T | Problem {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof NodeBudgetError)) throw error;
    const nodes = budget.toLocaleString('en-US');
    return { problem: `The node budget of ${nodes} is used up: give more with --node-budget` };
  }
}

function deadIn(
  inspected: readonly Inspected[],
  { hook, budget }: Inspecting,
  ports: readonly number[],
): Pick<Inspection, 'dead' | 'problem'> {
  const inspectors = inspected.filter((one) => one instanceof Inspector);
  // A line that is dead in one family may be alive in the other.
  if (inspectors.length < inspected.length)
    return { dead: [], problem: inspected.flatMap((one) => ('problem' in one ? [one.problem] : []))[0] ?? null };
  const views = inspectors.map(({ onward }) => onward);
  const found = within(budget, () => deadLines({ views, hook, ports }));
  return 'problem' in found ? { dead: [], problem: found.problem } : { dead: found, problem: null };
}

interface Look {
  readonly family: Family;
  readonly look: Inspected;
}

function notesBeside(looks: readonly Look[], asked: Asked, { budget, unasked }: Inspecting): readonly string[] {
  if (unasked === undefined) return [];
  const looked = looks.flatMap(({ family, look }): readonly Looked[] =>
    look instanceof Inspector ? [{ family, seen: look }] : [],
  );
  const found = within(budget, () => unaskedNotes(looked, asked, unasked));
  const why = 'problem' in found ? found.problem : looked.length < looks.length ? PARTLY : null;
  return [...('problem' in found ? [] : found), ...(why === null ? [] : [`${NOT_LOOKED} ${why}.`])];
}

const NOT_LOOKED = 'What no question asks about (other interfaces, other senders) was not looked at in full.';
const PARTLY = 'One family took more nodes than there are: give more with --node-budget';

/** One family. */
class Inspector {
  readonly onward: Onward;
  readonly #hook: Hook;
  #passage: Passage | NodeBudgetError | null = null;

  constructor(ruleset: Ruleset, space: PacketSpace, hook: Hook) {
    this.onward = new Onward(ruleset, space);
    this.#hook = hook;
  }

  /** @throws {NodeBudgetError} */
  answer({ expect, ...asked }: ConfigurationQuestion): Pick<Answer, 'outcome' | 'rows' | 'furtherRows'> {
    const { onward } = this;
    const { ruleset, space } = onward;
    const sourcePorts = expect === 'allow' ? CLIENT_PORTS : null;
    const region = regionOf(space, this.#hook, { ...asked, sourcePorts });
    const through = this.through();
    const { outcome, parts } = unexpectedIn(space, through, region, expect);
    const describing = {
      ruleset,
      space,
      hook: this.#hook,
      domain: region.domain,
      treatment: { accepted: through.accepted.set, redirected: through.redirected.set },
      deciding: (packets: Bdd) => decidingLines(onward, this.#hook, packets),
    };
    const rows: ConfigurationRow[] = [];
    let furtherRows = 0;
    for (const part of parts) {
      const described = describeRows(describing, part, MOST_ROWS - rows.length);
      rows.push(...described.rows.map(({ row }) => row));
      furtherRows = Math.min(furtherRows + described.further, Number.MAX_SAFE_INTEGER);
    }
    return { outcome, rows, furtherRows };
  }

  /** Worked out once; where that took too much, once is enough as well. */
  through(): Passage {
    if (this.#passage === null) {
      try {
        this.#passage = passage(this.onward, this.#hook);
      } catch (error) {
        if (!(error instanceof NodeBudgetError)) throw error;
        this.#passage = error;
      }
    }
    if (this.#passage instanceof NodeBudgetError) throw this.#passage;
    return this.#passage;
  }
}
