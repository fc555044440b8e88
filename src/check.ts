/** `postern check`: firewall configurations against the policy, without a packet → evidence, and its judgement. */

import { summarise } from './compare/summary.ts';
import { type CompareSettings, compareEvidence } from './compare.ts';
import { doubtsOf, unreadDoubts } from './configuration-doubts.ts';
import { givenFiles, locate, policyFiles } from './configuration-files.ts';
import { namesOf, type ReadFirewall, readFirewall, unmetFamilies, warningsOf } from './configuration-reading.ts';
import { type Inspection, inspect } from './firewall/inspect.ts';
import {
  type Attempt,
  attempts,
  chosenFirewalls,
  firewallOfFiles,
  type GivenFirewall,
  type Here,
  refuseGiven,
  whyOf,
} from './inspected.ts';
import { auditedPorts, configurationQuestions, ELSEWHERE } from './model/configuration-question.ts';
import {
  EVIDENCE_SCHEMA,
  type Evidence,
  type EvidenceHeader,
  type EvidenceRecord,
  type FirewallRecord,
  type UnreadFirewallRecord,
} from './model/evidence.ts';
import { evidenceWriter } from './model/evidence-codec.ts';
import { listText } from './model/list-text.ts';
import { nearest } from './model/nearest.ts';
import { oneLine } from './model/one-line.ts';
import type { Firewall, Policy } from './model/policy.ts';
import { InputError, inputError } from './model/problem.ts';
import type { Result } from './model/result.ts';
import { unaskedOf } from './unasked.ts';

export { createEvidenceFile } from './host/evidence-file.ts';

export interface CheckSettings extends Pick<CompareSettings, 'tool' | 'requireProof'>, GivenFirewall {
  readonly cwd: string;
  /** The policy's file, as given: its firewalls' files lie relative to it. */
  readonly policyFile: string;
  /** Files, folders or revisions that together describe one firewall; empty: those of the policy's firewalls. */
  readonly configurations: readonly string[];
  /** Segments that are asked about; empty: all. */
  readonly from: readonly string[];
  readonly budget: number;
  readonly host: Here;
  readonly operator: string | null;
  readonly reference: string | null;
  /** Gets each line of evidence. */
  readonly append: (line: string) => void;
}

/**
 * Reads, inspects and judges. A firewall of several that cannot be read is one inconclusive row.
 *
 * @throws {InputError} with every problem where none can be read, and where there is none.
 */
export function check(policy: Policy, settings: CheckSettings): Result {
  requireSegments(policy, settings.from);
  const header = headerOf(policy, settings);
  const read = readAll(policy, settings);
  const others = filesOfFirewalls(policy, settings, read);
  const records: EvidenceRecord[] = [];
  const writer = evidenceWriter(settings.append);
  writer.header(header);
  for (const { firewall, value, error } of read) {
    const found =
      error === null ? recordsOf({ policy, firewall, read: value, others }, settings) : [unreadRecord(firewall, error, settings)];
    for (const record of found) {
      records.push(record);
      writer.record(record);
    }
  }
  const trailer = writer.trailer({ finishedAt: isoNow(settings), interrupted: false });
  const evidence: Evidence = { header, records, trailer };
  const { tool, requireProof, host } = settings;
  const judging = { tool, requireProof, command: 'check', now: host.clock.now(), allowOtherPolicy: false };
  const result = compareEvidence(policy, [evidence], judging);
  const { configurations } = settings;
  const run = configurations.length === 0 ? result.run : { ...result.run, configurations };
  return narrowed(policy, { ...result, run }, settings.from);
}

type Read = readonly Attempt<ReadFirewall>[];

function readAll(policy: Policy, settings: CheckSettings): Read {
  const { configurations, formats, cwd, policyFile } = settings;
  if (configurations.length > 0) {
    const located = configurations.map((name) => locate(name, cwd));
    return attempts([firewallOfFiles(policy, settings)], () => readFirewall(givenFiles(located, formats)));
  }
  if (policy.firewalls.length === 0) {
    const why = `${policy.path} names no firewalls, and no configuration was given.`;
    throw inputError(
      'no-configuration',
      `${why} Name files with --config, or write firewalls into the policy: firewalls: { edge: { files: [firewall/edge.nft] } }.`,
    );
  }
  refuseGiven(policy, settings);
  return attempts(chosenFirewalls(policy, settings.firewall), (firewall) => readFirewall(policyFiles(firewall, policyFile, cwd)));
}

/** Names of what was read of any firewall, and of what the policy gives those that were not asked for. */
function filesOfFirewalls(policy: Policy, { configurations, cwd, policyFile }: CheckSettings, all: Read): ReadonlySet<string> {
  const own = namesOf(all.flatMap(({ value }) => value ?? []));
  if (configurations.length > 0) return own;
  const unasked = policy.firewalls.filter((firewall) => !all.some((one) => one.firewall === firewall));
  const given = unasked.flatMap((firewall) => {
    try {
      return policyFiles(firewall, policyFile, cwd).files.map(({ tree, path }) => tree.nameOf(path));
    } catch (error) {
      // What is wrong with the files of a firewall that was not asked for is told where it is.
      if (error instanceof InputError) return [];
      throw error;
    }
  });
  return new Set([...own, ...given]);
}

interface Reading {
  readonly policy: Policy;
  readonly firewall: Firewall;
  readonly read: ReadFirewall;
  /** Names of files that belong to any firewall. */
  readonly others: ReadonlySet<string>;
}

function recordsOf(reading: Reading, settings: CheckSettings): readonly EvidenceRecord[] {
  const { policy, firewall, read } = reading;
  const { from, budget } = settings;
  const questions = configurationQuestions(policy, firewall).filter(({ segment }) => from.length === 0 || from.includes(segment));
  const inspection = inspect(read.ruleset, questions, {
    hook: firewall.hook,
    budget,
    interfaces: [...firewall.interfaces.values()].flat(),
    unasked: unaskedOf(policy, firewall, from),
  });
  const at = isoNow(settings);
  return [
    firewallRecord({ ...reading, inspection, at }),
    ...inspection.answers.map((answer) => ({ type: 'configuration', ...answer, at }) as const),
  ];
}

function unreadRecord({ name }: Firewall, error: InputError, settings: CheckSettings): UnreadFirewallRecord {
  return { type: 'unread-firewall', firewall: name, why: oneLine(whyOf(error)), at: isoNow(settings) };
}

interface Inspected extends Reading {
  readonly inspection: Inspection;
  readonly at: string;
}

function firewallRecord({ policy, firewall, read, others, inspection, at }: Inspected): FirewallRecord {
  const { ruleset, files, notes } = read;
  const { dead, problem } = inspection;
  const undone = problem === null ? [] : [`Lines that can never match were not looked for. ${problem}.`];
  return {
    type: 'firewall',
    firewall: firewall.name,
    files,
    hook: firewall.hook,
    families: ruleset.families,
    interfaces: Object.fromEntries(firewall.interfaces),
    assumptions: [...ruleset.assumptions, ...unmetFamilies(ruleset, firewall.hook)],
    warnings: [...warningsOf(ruleset), ...notes, ...undone, ...inspection.notes],
    dead,
    doubts: [...doubtsOf(policy, firewall, ruleset), ...unreadDoubts(read, others)],
    at,
  };
}

function headerOf(policy: Policy, { tool, host, operator, reference, ...settings }: CheckSettings): EvidenceHeader {
  return {
    type: 'header',
    schema: EVIDENCE_SCHEMA,
    tool,
    policy: { name: oneLine(policy.name), digest: policy.digest },
    run: { id: host.runId, startedAt: isoNow({ ...settings, host }) },
    // Nothing is probed: it speaks for no segment, from no address.
    vantage: { hostname: oneLine(host.hostname), platform: host.platform, addresses: [], segments: [], legs: [], ipv6: false },
    operator: operator === null ? null : oneLine(operator),
    reference: reference === null ? null : oneLine(reference),
    settings: { timeoutMs: 0, concurrency: 1, ports: auditedPorts(policy), relay: null },
  };
}

function isoNow({ host }: Pick<CheckSettings, 'host'>): string {
  return new Date(host.clock.now()).toISOString();
}

function requireSegments({ segments }: Policy, from: readonly string[]): void {
  const names = segments.map(({ name }) => name);
  const unknown = from.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const meant = nearest(unknown, names);
  throw inputError(
    'unknown-segment',
    `The policy has no segment ${unknown}. ${meant === null ? `It has ${listText(names)}.` : `Did you mean ${meant}?`}`,
  );
}

/** Without what is about other segments: they were not asked about, which is no gap. */
function narrowed(policy: Policy, result: Result, from: readonly string[]): Result {
  if (from.length === 0) return result;
  const about = (segment: string | null): boolean => segment === null || from.includes(segment);
  const ownerless = `:${ELSEWHERE}>${ELSEWHERE}:`;
  const checks = result.checks.filter(
    ({ id, segment }: Result['checks'][number]): boolean => about(segment) && !id.includes(ownerless),
  );
  const left = new Set(checks.map(({ id }) => id));
  const findings = result.findings
    .filter(({ segment, checks: shown }) => about(segment) && (shown.length === 0 || shown.some((id) => left.has(id))))
    .map((finding) => {
      const shown = finding.checks.filter((id) => left.has(id));
      return { ...finding, check: shown[0] ?? null, checks: shown };
    });
  const others = policy.segments.map(({ name }) => name).filter((name) => !from.includes(name));
  const note = `Asked was what ${listText(from)} may send (--from); of ${listText(others)} nothing is said.`;
  const { scope } = result;
  return {
    ...result,
    checks,
    findings,
    summary: summarise(checks, findings, []),
    scope: {
      ...scope,
      unseen: policy.segments.map(({ name }) => name).filter((name) => scope.unseen.includes(name) || others.includes(name)),
      notes: others.length === 0 ? scope.notes : [...scope.notes, note],
    },
  };
}
