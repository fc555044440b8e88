/**
 * The host's own addresses and routes. Routes come from iproute2: `ip -json route get TARGET from SOURCE` asks the kernel, rules and all,
 * and sends nothing. Lookups asked for in one turn of the event loop share one process (`ip -batch -`), since sixteen thousand processes
 * would take longer than the probes.
 *
 * @see ip(8), ip-route(8)
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { hostname, networkInterfaces, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Address, familyOf, parseAddress } from '../model/address.ts';
import type { HostNetwork, LocalAddress, Route } from '../model/outside.ts';
import { printable } from '../model/printable.ts';
import { inputError } from '../model/problem.ts';
import { fileErrorText } from './files.ts';

/** For an ordinary user these are often not on the PATH. */
const ALSO = ['/usr/sbin', '/sbin', '/usr/local/sbin'];
/** For one batch of lookups, which the kernel answers in milliseconds. */
const LOOKUP_TIMEOUT_MS = 20_000;

/** `linux`, `darwin`, `win32` …: where outcomes can be told apart hangs on it. */
export const HOST_PLATFORM: string = platform();

interface Lookup {
  readonly target: Address;
  readonly source: Address | null;
  readonly resolve: (route: Route) => void;
}

/** @param path  where programs are looked for: the environment's PATH. */
export function hostNetwork(path: string): HostNetwork {
  const ip = findProgram('ip', path);
  let waiting: Lookup[] = [];
  const flush = (): void => {
    const lookups = waiting;
    waiting = [];
    void answer(ip, lookups);
  };
  return {
    hostname,
    addresses: localAddresses,
    route: (target, source) =>
      new Promise((resolve) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ target, source, resolve });
      }),
  };
}

function findProgram(name: string, path: string): string | null {
  for (const folder of [...path.split(delimiter).filter((entry) => entry !== ''), ...ALSO]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch (error) {
      if (fileErrorText(error) === null) throw error;
    }
  }
  return null;
}

function localAddresses(): LocalAddress[] {
  return Object.entries(interfaces()).flatMap(([name, entries]) =>
    (entries ?? []).flatMap((entry): LocalAddress[] => {
      const address = parseAddress(entry.address);
      return address === null ? [] : [{ address, family: familyOf(address), interface: name, internal: entry.internal }];
    }),
  );
}

/** @throws {InputError} `no-interfaces` where a sandbox forbids the question (systemd: RestrictAddressFamilies without AF_NETLINK). */
function interfaces(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw inputError('no-interfaces', `The addresses of this host cannot be read: ${error.message}.`, { cause: error });
  }
}

async function answer(ip: string | null, lookups: readonly Lookup[]): Promise<void> {
  const routes = ip === null ? unknown(lookups, 'no `ip` here') : await lookUp(ip, lookups);
  for (const [index, lookup] of lookups.entries()) {
    lookup.resolve(routes[index] ?? { kind: 'unknown', message: '`ip route get` gave no answer' });
  }
}

function unknown(lookups: readonly Lookup[], message: string): Route[] {
  return lookups.map(() => ({ kind: 'unknown', message }));
}

async function lookUp(ip: string, lookups: readonly Lookup[]): Promise<Route[]> {
  const script = lookups.map(({ target, source }) => `route get ${target}${source === null ? '' : ` from ${source}`}\n`).join('');
  const run = await runProgram(ip, ['-json', '-force', '-batch', '-'], script);
  return run.error === null ? readBatch(run.stdout, run.stderr, lookups.length) : unknown(lookups, run.error);
}

/**
 * Joins the answers of a batch. A command that succeeds prints one JSON array on stdout; one that fails prints its reason on stderr and
 * then `Command failed -:LINE`. Both are in the order of the commands.
 */
export function readBatch(stdout: string, stderr: string, count: number): Route[] {
  const failed = new Map<number, string>();
  let message = '';
  for (const line of stderr.split('\n')) {
    const match = /^Command failed -:(\d+)$/.exec(line.trim());
    if (match !== null) failed.set(Number(match[1]), printable(message));
    else if (line.trim() !== '') message = line.trim().replace(/^(RTNETLINK answers|Error): /, '');
  }
  const answers = stdout.split('\n').filter((line) => line.startsWith('['));
  if (answers.length + failed.size !== count) return [];
  let next = 0;
  return Array.from({ length: count }, (_, index): Route => {
    const reason = failed.get(index + 1);
    if (reason !== undefined) return { kind: 'none', message: reason };
    return readRoute(answers[next++] ?? '');
  });
}

function readRoute(line: string): Route {
  const value = parseJson(line);
  const first: unknown = Array.isArray(value) ? value[0] : null;
  if (typeof first !== 'object' || first === null)
    return { kind: 'unknown', message: 'an answer of `ip route get` that is no object' };
  const type = 'type' in first ? first.type : null;
  if (type === 'unreachable' || type === 'prohibit' || type === 'blackhole')
    return { kind: 'none', message: `a route of type ${type}` };
  if (!('dev' in first) || typeof first.dev !== 'string') {
    return { kind: 'unknown', message: 'an answer of `ip route get` that names no interface' };
  }
  const source = 'prefsrc' in first && typeof first.prefsrc === 'string' ? parseAddress(first.prefsrc) : null;
  return { kind: 'route', interface: first.dev, source };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: string | null;
}

function runProgram(program: string, args: readonly string[], input: string): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'pipe', timeout: LOOKUP_TIMEOUT_MS, env: { LC_ALL: 'C' } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', (error) => resolve({ stdout, stderr, error: `${program} did not run: ${error.message}` }));
    // It may end without reading everything; what it answered tells.
    child.stdin.on('error', () => undefined);
    child.on('close', (_code, signal) =>
      resolve({ stdout, stderr, error: signal === null ? null : `${program} was ended by ${signal}` }),
    );
    child.stdin.end(input);
  });
}
