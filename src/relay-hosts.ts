/** The servers that `postern relay` is given: `HOST`, `HOST:PORT`, `HOST:25,587`, `[2001:db8::1]:25`, one argument or one line each. */
import { parseAddress } from './model/address.ts';
import { ascending } from './model/ports.ts';
import { printable } from './model/printable.ts';
import { InputError, type Problem } from './model/problem.ts';
import { canonicalHost, hostProblem } from './policy/host-name.ts';

export interface RelayHost {
  /** A name in lower case or an address in canonical form. */
  readonly host: string;
  readonly ports: readonly number[];
}

export interface WrittenHost {
  readonly text: string;
  /** Where it stands in a file; null on the command line. */
  readonly place: { readonly file: string; readonly line: number } | null;
}

const DEFAULT_PORT = 25;

/** The lines of a file of targets that name one: without blank ones, and those that begin with `#`. */
export function linesOfTargets(text: string, file: string): readonly WrittenHost[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ text: line.trim(), place: { file, line: index + 1 } }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
}

/**
 * Each host once, with all of its ports, in the order in which they were written.
 *
 * @throws {InputError} with every text that is no host, and its place.
 */
export function parseRelayHosts(written: readonly WrittenHost[]): readonly RelayHost[] {
  const hosts = new Map<string, number[]>();
  const problems: Problem[] = [];
  for (const { text, place } of written) {
    const parsed = parseRelayHost(text);
    if (typeof parsed === 'string') {
      const location = place === null ? null : { ...place, column: 1 };
      problems.push({ severity: 'error', code: 'not-a-host', message: parsed, location, frame: null });
    } else hosts.set(parsed.host, [...(hosts.get(parsed.host) ?? []), ...parsed.ports]);
  }
  if (problems.length > 0) throw new InputError(problems);
  return [...hosts].map(([host, ports]) => ({ host, ports: ascending(ports) }));
}

/** A sentence where it is none. */
export function parseRelayHost(text: string): RelayHost | string {
  if (parseAddress(text) !== null) return { host: canonicalHost(text), ports: [DEFAULT_PORT] };
  const [, bracketed, plain = '', portsText] = /^(?:\[([^\]]*)\]|([^[\]:]*))(?::([\d,]*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === '') return `"${printable(text)}" is no host; write HOST, HOST:PORT, HOST:25,587 or [IPV6]:PORT.`;
  if (bracketed !== undefined && parseAddress(host) === null) return `"${printable(text)}" holds no IP address in its brackets.`;
  const problem = hostProblem(host);
  if (problem !== null) return problem;
  const ports = portsText === undefined ? [DEFAULT_PORT] : portsText.split(',').map(Number);
  const valid = ports.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535);
  return valid
    ? { host: canonicalHost(host), ports }
    : `"${text}": ports are whole numbers from 1 to 65535, with commas between.`;
}
