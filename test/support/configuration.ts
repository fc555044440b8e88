/** Builds what a firewall's configuration told, as evidence, for the comparator. */
import { FAMILIES, formatAddress, networksOf, parseNetwork } from '../../src/model/address.ts';
import type { ConfigurationLine, ConfigurationOutcome, ConfigurationRow, DeadLine } from '../../src/model/configuration.ts';
import { type ConfigurationQuestion, configurationQuestions } from '../../src/model/configuration-question.ts';
import type { ConfigurationRecord, Evidence, EvidenceRecord, FirewallRecord } from '../../src/model/evidence.ts';
import type { Firewall, Policy } from '../../src/model/policy.ts';
import { evidenceOf, type RunSpec, START } from './evidence.ts';

/** `edge.nft:7 tcp dport 25 accept`. */
export function lineOf(text: string): ConfigurationLine {
  const [, file = '', line = '', shown = ''] = /^(\S+?):(\d+) (.*)$/.exec(text) ?? [];
  return { file, line: Number(line), text: shown };
}

export interface RowSpec extends Partial<Omit<ConfigurationRow, 'rules' | 'witness'>> {
  readonly rules?: readonly string[];
}

/** The witness is of the first network of each side. */
export function configurationRowOf({ rules, ...spec }: RowSpec = {}): ConfigurationRow {
  const row = {
    outcome: 'permitted' as const,
    sources: ['10.20.0.0/16'],
    destinations: ['198.51.100.0/24'],
    ports: ['25'],
    condition: null,
    sourcePorts: null,
    target: null,
    furtherRules: 0,
    ...spec,
  };
  const witness = {
    source: firstOf(row.sources[0]),
    sourcePort: 49_152,
    destination: firstOf(row.destinations[0]),
    port: Number(row.ports[0]?.split('-')[0]),
    in: null,
    out: null,
  };
  return { ...row, witness, rules: (rules ?? ['edge.nft:7 tcp dport 25 accept']).map(lineOf) };
}

export function deadLineOf(line: string, changes: Partial<DeadLine> = {}): DeadLine {
  return { line: lineOf(line), column: 1, chain: 'inet edge/forward', why: 'shadowed', by: [], conflict: false, ...changes };
}

export function firewallRecordOf(changes: Partial<FirewallRecord> = {}): FirewallRecord {
  return {
    type: 'firewall',
    firewall: 'edge',
    files: [{ file: 'edge.nft', format: 'nftables', lines: 12, sha256: 'a'.repeat(64) }],
    hook: 'forward',
    families: FAMILIES,
    assumptions: [],
    warnings: [],
    interfaces: {},
    dead: [],
    doubts: [],
    at: new Date(START).toISOString(),
    ...changes,
  };
}

export type Told =
  | ConfigurationOutcome
  | (Partial<Omit<ConfigurationRecord, 'type' | 'rows'>> & { readonly rows?: readonly RowSpec[] });

export interface ConfigurationRun {
  readonly firewall?: Partial<FirewallRecord>;
  /** By the question's id without `config:NAME:`. What is not here is as the policy expects it; null: nobody asked. */
  readonly told?: Readonly<Record<string, Told | null>>;
  readonly run?: Partial<RunSpec>;
  /** Of another firewall, in the same run. */
  readonly extra?: readonly EvidenceRecord[];
}

/** A run that read one firewall of the policy, or one that is described by its record alone. */
export function configurationRunOf(
  policy: Policy,
  { firewall, told = {}, run = {}, extra = [] }: ConfigurationRun = {},
): Evidence {
  const record = firewallRecordOf(firewall);
  const asked = configurationQuestions(policy, firewallOf(policy, record));
  const answers = asked.flatMap((question) => {
    const key = question.id.slice(`config:${record.firewall}:`.length);
    const answer = told[key];
    return answer === null ? [] : [answerOf(question, answer)];
  });
  const unknown = Object.keys(told).filter((key) => !asked.some(({ id }) => id.endsWith(`:${key}`)));
  if (unknown.length > 0) throw new TypeError(`no such question: ${unknown.join(', ')}`);
  const made = evidenceOf(policy, {
    id: `run-${record.firewall}`,
    hostname: 'gate',
    legs: [],
    extra: [record, ...answers, ...extra],
    ...run,
  });
  return made;
}

function firewallOf(policy: Policy, { firewall, hook, interfaces }: FirewallRecord): Firewall {
  const location = { file: 'postern.yaml', line: 1, column: 1 };
  const named = policy.firewalls.find(({ name }) => name === firewall);
  return named ?? { name: firewall, format: null, files: [], hook, interfaces: new Map(Object.entries(interfaces)), location };
}

function answerOf(question: ConfigurationQuestion, told: Told | undefined): ConfigurationRecord {
  const { id, firewall, segment, destination, port, family, expect } = question;
  const expected: ConfigurationOutcome = expect === 'allow' ? 'permitted' : 'denied';
  const { rows, ...changes } = typeof told === 'string' ? { outcome: told, rows: undefined } : { rows: undefined, ...told };
  const outcome = changes.outcome === undefined ? expected : changes.outcome;
  const whole: RowSpec = {
    outcome: outcome ?? 'permitted',
    sources: question.sources.flatMap(networksOf),
    destinations: question.destinations.flatMap(networksOf),
    ports: [String(port)],
  };
  const kept = rows ?? (outcome === expected || outcome === null ? [] : [whole]);
  return {
    type: 'configuration',
    id,
    firewall,
    segment,
    destination,
    port,
    family,
    problem: null,
    furtherRows: 0,
    at: new Date(START).toISOString(),
    ...changes,
    outcome,
    rows: kept.map((row) => configurationRowOf({ ...whole, ...row })),
  };
}

function firstOf(network: string | undefined): ConfigurationRow['witness']['source'] {
  const parsed = parseNetwork(network ?? '');
  if (!('range' in parsed)) throw new TypeError(`not a network: ${network}`);
  return formatAddress(parsed.range.family, parsed.range.first);
}
