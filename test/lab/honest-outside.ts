/**
 * An honest outside world on loopback: the addresses and ports of a policy, each a real listener of this machine, reached by real sockets.
 * Only the addresses are translated, as by a router in between: nobody reads or changes a byte.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import { ACCEPTS_ONLY, type Behaviour, type Listener } from '../../src/lab/behaviour.ts';
import { serve } from '../../src/lab/servers.ts';
import { type Address, type Family, familyOf } from '../../src/model/address.ts';
import type { Connection, Dial, DialResult, DialTarget } from '../../src/model/outside.ts';
import type { Policy } from '../../src/model/policy.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { connectOnly, probe } from '../../src/scan/probe.ts';
import type { ProbeContext, ProbeLimits } from '../../src/scan/target.ts';
import type { ScanOptions } from '../../src/scan.ts';
import { openSentinel } from '../../src/sentinel/listener.ts';
import { DEFAULT_SENTINEL_LIMITS, type Sentinel } from '../../src/sentinel/options.ts';
import { at } from '../support/address.ts';
import { fakeHost, fakeNames, scanOptions } from '../support/fake-network.ts';
import { fixture } from '../support/server.ts';
import type { Block, HonestSentinel, World } from './honest-world.ts';
import { certificate, pinOf } from './postern.ts';

export interface HonestOutside {
  readonly policy: Policy;
  readonly options: ScanOptions;
  close(): Promise<void>;
}

const HERE: Readonly<Record<Family, Address>> = { ipv4: at('127.0.0.1'), ipv6: at('::1') };
const INSIDE: Readonly<Record<Family, Address>> = { ipv4: at('10.20.0.5'), ipv6: at('fd00:20::5') };
/** A sentinel and a web server: nobody else has these. */
const WATCH: Readonly<Record<Family, string>> = { ipv4: '198.51.100.25', ipv6: '3fff:0:c::25' };
const WWW: readonly string[] = ['198.51.100.80', '3fff:0:c::80'];
/** Nothing here is far away; a busy machine is. */
const LIMITS: ProbeLimits = { connectMs: 5_000, greetingMs: 10_000, replyMs: 10_000, tlsMs: 10_000, targetMs: 30_000 };

/** What somebody outside serves, at the address that the world knows it by. */
interface Place {
  readonly address: string;
  readonly port: number;
  readonly behaviour: Behaviour;
}

interface Watch {
  readonly key: string;
  readonly sentinel: Sentinel;
  readonly ports: readonly number[];
  readonly mailPorts: readonly number[];
}

export async function openOutside(world: World): Promise<HonestOutside> {
  const watch = world.sentinel === null ? null : await openWatch(world.sentinel);
  const places = [...placesOf(world), ...WWW.map((address) => ({ address, port: 443, behaviour: ACCEPTS_ONLY }))];
  const servers = await serve(
    places.map(({ address, behaviour }): Listener => ({ address: HERE[familyOf(at(address))], port: 0, behaviour })),
  );
  const routes = new Map(places.map(({ address, port }, index) => [`${address} ${port}`, servers.ports[index] ?? 0]));
  for (const port of watch === null ? [] : watch.ports) {
    const mail = watch?.mailPorts.includes(port) === true;
    if (!mail || world.sentinel?.allowed === true) routes.set(`${WATCH[world.sentinel?.family ?? 'ipv4']} ${port}`, port);
  }
  const policy = load(policyText(world, watch));
  return {
    policy,
    options: optionsOf(world, policy, dialOf(world, routes)),
    async close() {
      servers.close();
      await watch?.sentinel.close();
    },
  };
}

async function openWatch({ family, tls, disguised, aheadMs }: HonestSentinel): Promise<Watch> {
  const { pem: _, ...signing } = generateSigningKey();
  const files = certificate('good-ec');
  const door = (mode: 'starttls' | 'implicit') => ({ address: HERE[family], port: 0, tls: mode, ifPossible: false });
  const sentinel = await openSentinel({
    name: 'sentinel.example.net',
    doors: [door('starttls'), door('starttls'), ...(tls && disguised ? [door('implicit')] : [])],
    keys: [signing],
    certificate: tls ? { cert: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') } : null,
    sink: null,
    limits: { ...DEFAULT_SENTINEL_LIMITS, atOnce: 1_000, perMinute: 100_000 },
    countLoopback: true,
    attested: [],
    clock: { ...systemClock, now: () => systemClock.now() + aheadMs },
    tell: () => undefined,
    warn: () => undefined,
  });
  const mailPorts = sentinel.doors.filter((one) => one.tls === 'starttls').map(({ port }) => port);
  return { key: signing.publicKey.text, sentinel, ports: sentinel.doors.map(({ port }) => port), mailPorts };
}

/** Networks far apart, so that nobody takes them for one site. */
const SITES = ['198.51.100.', '198.18.0.', '198.19.0.', '192.0.2.'];

interface Machine {
  readonly address: string;
  readonly behaviour: Behaviour;
}

/** The machines of an operator's nth name. */
function machinesOf({ operators }: World, index: number, nth: number): readonly Machine[] {
  const operator = operators[index];
  if (operator === undefined) return [];
  const site = operator.spread ? nth : 0;
  const last = 10 * (index + 1) + site;
  const { behaviour, second, ipv6 } = operator;
  const network = SITES[(index + site) % SITES.length] ?? '';
  return [
    { address: `${network}${last}`, behaviour: numbered(behaviour, last) },
    ...(ipv6 ? [{ address: `3fff:${site}:b::${last}`, behaviour: numbered(behaviour, last) }] : []),
    ...(second === null ? [] : [{ address: `${network}${last + 100}`, behaviour: numbered(second, last + 100) }]),
  ];
}

function numbered(behaviour: Behaviour, machine: number): Behaviour {
  if (behaviour.kind !== 'mail') return behaviour;
  const number = (text: string): string => text.replace('%n', `${machine}`);
  const { name, greeting } = behaviour;
  return { ...behaviour, name: number(name), ...(greeting === undefined ? {} : { greeting: greeting.map(number) }) };
}

/** What the policy denies is not there: the firewall keeps it away. */
function placesOf(world: World): Place[] {
  const places = world.operators.flatMap(({ names, submission, allowed }, index) =>
    names.flatMap((_, nth) =>
      machinesOf(world, index, nth).flatMap(({ address, behaviour }): Place[] =>
        allowed
          ? [
              { address, port: 25, behaviour },
              ...(submission === null ? [] : [{ address, port: 587, behaviour: numbered(submission, nth) }]),
            ]
          : [],
      ),
    ),
  );
  return [...new Map(places.map((place) => [`${place.address} ${place.port}`, place])).values()];
}

/** As the firewall does it, or as a network does it that does not know the address; without waiting for what never comes. */
const BLOCKED: Readonly<Record<Block, (timeoutMs: number) => DialResult>> = {
  drop: (timeoutMs) => ({ kind: 'timeout', elapsedMs: timeoutMs }),
  reset: () => ({ kind: 'failed', code: 'ECONNREFUSED', syscall: 'connect', immediate: false, elapsedMs: 3 }),
  icmp: () => ({ kind: 'failed', code: 'EHOSTUNREACH', syscall: 'connect', immediate: false, elapsedMs: 3 }),
};

const realDial = createDial(systemClock);

function dialOf({ block, nowhere, translation }: World, routes: ReadonlyMap<string, number>): Dial {
  return async ({ address, port, source }: DialTarget, timeoutMs, signal) => {
    const here = routes.get(`${address} ${port}`);
    if (here === undefined) return BLOCKED[isNobodys(address) ? nowhere : block](timeoutMs);
    const family = familyOf(address);
    const result = await realDial({ address: HERE[family], port: here, source: null }, timeoutMs, signal);
    if (result.kind !== 'connected' || translation === 'none' || source === null) return result;
    return { ...result, connection: withLocal(result.connection, source) };
  };
}

/** The documentation networks that this world leaves alone. @see RFC 5737, RFC 3849 */
function isNobodys(address: Address): boolean {
  return /^(?:192\.0\.2\.1$|203\.0\.113\.|2001:db8:)/.test(address);
}

/** The connection as it is before its address is translated. */
function withLocal(connection: Connection, source: Address): Connection {
  return {
    read: (deadline) => connection.read(deadline),
    write: (bytes) => connection.write(bytes),
    startTls: (options, deadline) => connection.startTls(options, deadline),
    binding: () => connection.binding(),
    local: () => {
      const local = connection.local();
      return local === null ? null : { ...local, address: source };
    },
    close: () => connection.close(),
  };
}

function optionsOf(world: World, policy: Policy, dial: Dial): ScanOptions {
  const context = (limits: ProbeLimits, signal: AbortSignal): ProbeContext => ({
    dial,
    clock: systemClock,
    limits,
    signal,
    retries: 0,
  });
  const names = [
    ...world.operators.flatMap(({ names: own }, index) =>
      own.map((name, nth) => [name, ...machinesOf(world, index, nth).map(({ address }) => address)].join(' ')),
    ),
    `www.example.net ${WWW.join(' ')}`,
    `sentinel.example.net ${WATCH[world.sentinel?.family ?? 'ipv4']}`,
  ];
  const interfaces = world.translation === 'none' ? [] : [`eth0 ${INSIDE.ipv4} ${INSIDE.ipv6}`];
  const base = scanOptions(policy, {
    clock: systemClock,
    network: fakeHost(interfaces, (_, source) => ({
      kind: 'route',
      interface: world.translation === 'none' ? 'lo' : 'eth0',
      source,
    })),
    resolver: fakeNames(...names),
    probers: {
      probe: (target, limits, signal) => probe(target, context(limits, signal)),
      connect: (target, limits, signal) => connectOnly(target, context(limits, signal)),
      relay: () => Promise.reject(new TypeError('the policy names no server to test for relaying')),
    },
  });
  return {
    ...base,
    limits: LIMITS,
    concurrency: world.concurrency,
    host: { ...base.host, usualAnchors: [], readFile: (name) => (name === 'ca.pem' ? fixture('ca.pem') : '') },
  };
}

function policyText(world: World, watch: Watch | null): string {
  const { translation, requires, sentinel } = world;
  const networks = Object.values(translation === 'none' ? HERE : INSIDE).map((address) => `"${address}"`);
  const listening = (submission: Behaviour | null): string => (submission === null ? '[25]' : '[25, 587]');
  const destinations = world.operators.map(
    ({ names, own, pin, submission }, index) =>
      `  operator-${index}: { hosts: [${names.join(', ')}], listening: ${listening(submission)}, ca: ca.pem, own: ${own}${pin === null ? '' : `, pins: ["${pinOf(pin)}"]`} }`,
  );
  const allowed = [
    ...world.operators.flatMap(({ allowed: is }, index) => (is ? [`operator-${index}`] : [])),
    ...(sentinel?.allowed === true ? ['outpost'] : []),
  ];
  const ports = [25, 587, ...(watch?.mailPorts ?? [])];
  const require = { nothing: '{}', starttls: '{ tls: starttls }', certificate: '{ tls: starttls, certificate: valid }' }[
    requires
  ];
  const sources =
    translation === 'listed'
      ? `, expected-sources: [${Object.values(HERE)
          .map((address) => `"${address}"`)
          .join(', ')}]`
      : '';
  return `version: 1
name: honest
segments: { desks: { networks: [${networks.join(', ')}] } }
destinations:
${destinations.join('\n')}
${watch === null ? '' : '  outpost: { probes: [{ sentinel: edge }], ca: ca.pem }'}
rules: ${allowed.length === 0 ? '[]' : `[{ name: deliver, from: desks, to: [${allowed.join(', ')}], ports: [${ports.join(', ')}], require: ${require} }]`}
audit:
  ports: [${ports.join(', ')}]
  controls: [{ host: www.example.net, port: 443 }]
  ehlo: audit.example.com
  documentation-addresses: ${world.documentation}
${watch === null ? '' : `sentinels: { edge: { host: sentinel.example.net, ports: [${watch.ports.join(', ')}], public-key: "${watch.key}"${sources} } }`}
`;
}

function load(text: string): Policy {
  return loadPolicy({ text, path: 'postern.yaml', readFile: (file) => ({ error: `${file} is not there` }) }).policy;
}
