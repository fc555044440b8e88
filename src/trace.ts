/** `postern trace`: what a packet, or a stream of them, meets in a configuration. */
import { givenFiles, locate } from './configuration-files.ts';
import { readFirewall, unmetFamilies } from './configuration-reading.ts';
import { type Packet, type Trace, traceOf } from './firewall/interpret.ts';
import type { Place } from './firewall/ruleset.ts';
import { type Sent, sentTo } from './firewall/sent-to.ts';
import { type Address, familyName, familyOf, numberOf, parseAddress } from './model/address.ts';
import type { ConfigurationLine } from './model/configuration.ts';
import { notInterfaceName } from './model/interface-name.ts';
import { nearest } from './model/nearest.ts';
import type { ConfigurationFormat, Firewall } from './model/policy.ts';
import { printable } from './model/printable.ts';
import { InputError, type Problem } from './model/problem.ts';
import { isObject } from './model/shape.ts';
import { TRACE_SCHEMA, type TraceDocument, type TracedPacket, type TraceLine, type TraceTarget } from './model/trace.ts';
import { jsonText } from './report/json-text.ts';

export interface TraceSettings {
  readonly tool: { readonly name: string; readonly version: string };
  readonly cwd: string;
  /** Files, folders or revisions that together describe one firewall. */
  readonly configurations: readonly string[];
  /** One for each of them; null: to be detected. */
  readonly formats: readonly (ConfigurationFormat | null)[];
  readonly hook: Firewall['hook'];
}

export interface Tracer {
  /** What was taken for granted: sentences. */
  readonly assumptions: readonly string[];
  /** Warnings of the parsers. */
  readonly problems: readonly Problem[];
  trace(packet: TracedPacket): TraceDocument;
  /** The same of one line of JSON: the line of the answer, without its line feed. @throws {InputError} `packet` with its place. */
  traceLine(text: string, place: { readonly file: string; readonly line: number }): string;
}

/** @throws {InputError} with every problem of every file. */
export function openTrace({ tool, cwd, configurations, formats, hook }: TraceSettings): Tracer {
  const { ruleset, notes } = readFirewall(
    givenFiles(
      configurations.map((name) => locate(name, cwd)),
      formats,
    ),
  );
  const assumptions = [...ruleset.assumptions, ...unmetFamilies(ruleset, hook), ...notes];
  return {
    assumptions,
    problems: ruleset.problems,
    trace: (packet) => {
      const trace = traceOf(ruleset, packetOf(packet), hook);
      const targets = sentTo(ruleset, packetOf(packet), hook).map(targetOf);
      return {
        schema: TRACE_SCHEMA,
        tool,
        hook,
        packet,
        ...lineOf(trace),
        decided: trace.decision === null ? null : shown(trace.decision),
        ...(targets.length === 0 ? {} : { sentTo: targets }),
        files: ruleset.files,
        assumptions: [...assumptions, ...besideTheWay(packet, hook)],
      };
    },
    traceLine: (text, place) => jsonText(lineOf(traceOf(ruleset, packetOf(packetIn(text, place)), hook)), 0),
  };
}

/**
 * A packet, from texts as they were given.
 *
 * @returns every sentence on what is wrong with them, where something is.
 */
export function parsePacket(fields: {
  readonly source: string;
  readonly destination: string;
  readonly port: number | null;
  readonly sourcePort: number | null;
  readonly in: string | null;
  readonly out: string | null;
}): TracedPacket | { readonly problems: readonly string[] } {
  const [source, destination] = [parseAddress(fields.source), parseAddress(fields.destination)];
  const { port, sourcePort } = fields;
  const problems = [
    source === null ? notAddress('source', fields.source) : null,
    destination === null ? notAddress('destination', fields.destination) : null,
    source !== null && destination !== null ? mixed(source, destination) : null,
    isPort(port) ? null : 'port must be a whole number from 1 to 65535.',
    sourcePort === null || isPort(sourcePort) ? null : 'sourcePort must be a whole number from 1 to 65535.',
    notInterface('in', fields.in),
    notInterface('out', fields.out),
  ].filter((problem) => problem !== null);
  if (problems.length > 0 || source === null || destination === null || port === null) return { problems };
  return { family: familyOf(source), source, sourcePort, destination, port, in: fields.in, out: fields.out };
}

function notAddress(what: string, text: string): string {
  const name = text.includes('/') ? 'is a network; give one address of it' : 'is no IP address, such as 10.20.0.5 or 2001:db8::5';
  return `${what} "${printable(text.slice(0, 64))}" ${name}.`;
}

function mixed(source: Address, destination: Address): string | null {
  const [from, to] = [familyName(familyOf(source)), familyName(familyOf(destination))];
  return from === to ? null : `source ${source} is ${from} and destination ${destination} is ${to}: no packet is both.`;
}

function isPort(port: number | null): boolean {
  return port !== null && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function notInterface(side: 'in' | 'out', name: string | null): string | null {
  const problem = name === null ? null : notInterfaceName(name);
  return problem === null ? null : `${side} ${problem}`;
}

const KEYS = ['source', 'destination', 'port', 'sourcePort', 'in', 'out'] as const;

function packetIn(text: string, { file, line }: { readonly file: string; readonly line: number }): TracedPacket {
  const fail = (...messages: readonly string[]): InputError =>
    new InputError(
      messages.map((message) => ({
        severity: 'error',
        code: 'packet',
        message,
        location: { file, line, column: 1 },
        frame: null,
      })),
    );
  const value = jsonOf(text);
  if (!isObject(value))
    throw fail(`this line is no JSON object such as {"source":"10.20.0.5","destination":"198.51.100.7","port":25}.`);
  const problems = Object.keys(value).flatMap((key) => unknownKey(key));
  for (const key of ['source', 'destination', 'port']) if (!Object.hasOwn(value, key)) problems.push(`${key} is missing.`);
  for (const key of ['source', 'destination', 'in', 'out'])
    if (isWrong(value[key], 'string')) problems.push(`${key} must be a text.`);
  for (const key of ['port', 'sourcePort']) if (isWrong(value[key], 'number')) problems.push(`${key} must be a number.`);
  if (problems.length > 0) throw fail(...problems);
  const packet = parsePacket({
    source: String(value.source),
    destination: String(value.destination),
    port: Number(value.port),
    sourcePort: typeof value.sourcePort === 'number' ? value.sourcePort : null,
    in: typeof value.in === 'string' ? value.in : null,
    out: typeof value.out === 'string' ? value.out : null,
  });
  if ('problems' in packet) throw fail(...packet.problems);
  return packet;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** A key that means nothing here may have been meant to narrow the packet: its answer would be about another one. */
function unknownKey(key: string): string[] {
  if (KEYS.some((known) => known === key)) return [];
  const meant = nearest(key, KEYS);
  const hint = meant === null ? `The keys are ${KEYS.join(', ')}.` : `Did you mean ${meant}?`;
  return [`there is no key "${printable(key.slice(0, 64))}". ${hint}`];
}

function isWrong(value: unknown, type: 'string' | 'number'): boolean {
  return value !== undefined && value !== null && typeof value !== type;
}

function packetOf({ family, source, destination, port, sourcePort, in: into, out }: TracedPacket): Packet {
  return {
    family,
    source: numberOf(source),
    destination: numberOf(destination),
    port,
    ...(sourcePort === null ? {} : { sourcePort }),
    ...(into === null ? {} : { in: into }),
    ...(out === null ? {} : { out }),
  };
}

function lineOf({ verdict, rules, condition }: Trace): TraceLine {
  return { verdict, rules: rules.map(shown), condition };
}

function targetOf({ target, line, condition, there: { verdict, condition: passing, stoppedBy } }: Sent): TraceTarget {
  const there = { verdict, condition: passing, stoppedBy: stoppedBy.map(shown) };
  return { target, line: line === null ? null : shown(line), condition, there };
}

function shown({ file, line, text }: Place): ConfigurationLine {
  return { file, line, text };
}

/** What an answer about this packet does not rest on, though it may seem so. */
function besideTheWay({ in: into, out }: TracedPacket, hook: Firewall['hook']): readonly string[] {
  const early = hook === 'input' || hook === 'prerouting';
  return [
    ...(hook === 'output' && into !== null ? ['A packet that this host sends came in nowhere: in says nothing of it.'] : []),
    ...(early && out !== null ? ['Before its way out is chosen, or where it has none, out says nothing of a packet.'] : []),
  ];
}
