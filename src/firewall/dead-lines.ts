/**
 * Lines about mail that no packet of mail can ever meet: earlier lines take them all, or nothing leads to their chain.
 *
 * Worked example: after `--dport 25 -j DROP` the line `--dport 25 -s 10.0.0.9 -j ACCEPT` is dead, and the first one, which does the opposite, is why.
 * Of `--dports 25,80` only what it says of 25 would be.
 * A line is about mail where its own condition names one of the ports; a bare `-j DROP` at the end, which nothing reaches, is not.
 *
 * Only what holds in every case is claimed: a line that one family's packets may meet, or those of another hook that shares its chain, or that they
 * meet under a rewritten port, or where a rate limit is used up, is alive.
 */
import { type ConfigurationLine, type DeadLine, MOST_LINES } from '../model/configuration.ts';
import { groupBy } from '../model/group-by.ts';
import { blockersOf } from './blockers.ts';
import { reachedFrom } from './calls.ts';
import { hooksOf } from './hooks.ts';
import { type Looking, linesNaming, type MailLine, mailIn, mailLines, type NamedLine } from './mail-lines.ts';
import { namedPorts } from './named-ports.ts';
import { reachOf } from './reach.ts';
import { HOOKS, type Hook, type Place, type Ruleset } from './ruleset.ts';

/**
 * @param wanted  of those that other lines shadow, the ones of which it matters what takes their packets.
 * @throws {NodeBudgetError}
 */
export function deadLines(looking: Looking, wanted: Wanted = (lines) => lines): readonly DeadLine[] {
  const { views, hook, ports } = looking;
  const [view] = views;
  if (view === undefined) return [];
  const { ruleset } = view;
  const reached = reachedFrom(ruleset, HOOKS);
  const onWay = reachedFrom(ruleset, hooksOf(hook));
  const named = linesNaming(ruleset, ports);
  const mail = (lines: readonly NamedLine[]): readonly MailLine[] => mailLines(lines, looking);
  const unreached = mail(named.filter(({ chain }) => !reached.has(chain)));
  const onIt = named.filter(({ chain }) => onWay.has(chain));
  const shadowed = mail(unmet(ruleset, onIt, looking));
  const by = blockersOf(looking, wanted(shadowed).slice(0, MOST_EXPLAINED));
  return [
    ...unreached.map((line): DeadLine => ({ ...told(line, ports), why: 'unreached', by: [], furtherBy: 0, conflict: false })),
    ...shadowed.map((line): DeadLine => {
      const found = by.get(line);
      if (found === undefined) return { ...told(line, ports), why: 'shadowed', by: [], conflict: false };
      const { lines, conflict } = found;
      const why = lines.length === 0 ? 'unreached' : 'shadowed';
      const shown = lines.slice(0, MOST_LINES);
      return { ...told(line, ports), why, by: shown.map(lineOf), furtherBy: lines.length - shown.length, conflict };
    }),
  ].sort((a, b) =>
    a.line.file === b.line.file ? a.line.line - b.line.line || a.column - b.column : a.line.file < b.line.file ? -1 : 1,
  );
}

type Wanted = (lines: readonly MailLine[]) => readonly MailLine[];

/** Those of which there are more than before: of lines that were dead already nothing is told. */
export function deadSince(before: readonly DeadLine[]): Wanted {
  const known = groupBy(before, ({ chain, line }) => `${chain} ${line.text}`);
  return (lines) => {
    const alike = groupBy(lines, keyOf);
    return lines.filter((line) => (alike.get(keyOf(line))?.length ?? 0) > (known.get(keyOf(line))?.length ?? 0));
  };
}

function keyOf({ chain, place }: MailLine): string {
  return `${chain} ${place.text}`;
}

/** Each takes a walk through all rules; what takes the packets of further ones is not looked for. */
const MOST_EXPLAINED = 12;

/** Other hooks are asked only where chains are shared with them. */
function unmet(ruleset: Ruleset, lines: readonly NamedLine[], { views, hook, ports }: Looking): readonly NamedLine[] {
  let left = lines;
  const others = STARTS.filter((start) => start !== hook);
  for (const start of [hook, ...others]) {
    const chains = reachedFrom(ruleset, hooksOf(start));
    if (!left.some(({ chain }) => chains.has(chain))) continue;
    const sought = new Set(left.flatMap(({ rules }) => rules));
    for (const onward of views) {
      const met = reachOf(onward, start, mailIn(onward.space, ports)).met(sought);
      left = left.filter(({ rules }) => !rules.some((rule) => met.has(rule)));
    }
  }
  return left;
}

const STARTS: readonly Hook[] = ['forward', 'input', 'output'];

function told(
  { place, chain, rules }: MailLine,
  ports: readonly number[],
): Pick<DeadLine, 'line' | 'column' | 'chain' | 'ports' | 'beyond'> {
  const named = rules.flatMap(({ rule }) => namedPorts(rule) ?? []);
  const own = ports.filter((port) => named.some(({ first, last }) => first <= port && port <= last));
  const inside = (first: number, last: number): number => own.filter((port) => first <= port && port <= last).length;
  const beyond = named.some(({ first, last }) => inside(first, last) <= last - first);
  return { line: lineOf(place), column: place.column, chain, ports: own, beyond };
}

function lineOf({ file, line, text }: Place): ConfigurationLine {
  return { file, line, text };
}
