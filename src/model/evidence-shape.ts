/** What each line of evidence must look like, field by field (see `evidence.ts` for what the fields mean). */
import { configurationShape, firewallShape, unreadFirewallShape } from './configuration-shape.ts';
import { EVIDENCE_SCHEMA } from './evidence.ts';
import { BLOCKED_OUTCOMES, MUTE_OUTCOMES, OPEN_OUTCOMES } from './outcome.ts';
import { ATTEMPT_CLASSES } from './relay.ts';
import {
  address,
  agreeing,
  duration,
  family,
  flag,
  hex128,
  hex256,
  instant,
  integer,
  isObject,
  list,
  nullable,
  object,
  oneOf,
  pattern,
  port,
  type Shape,
  text,
} from './shape.ts';

const outcome = oneOf(...OPEN_OUTCOMES, ...BLOCKED_OUTCOMES, ...MUTE_OUTCOMES);

const leg = object({ segment: text, family, source: address, asserted: flag });

export const HEADER: Shape = object({
  type: oneOf('header'),
  schema: oneOf(EVIDENCE_SCHEMA),
  tool: object({ name: text, version: text }),
  policy: object({ name: text, digest: pattern(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits') }),
  run: object({ id: text, startedAt: instant }),
  vantage: object({
    hostname: text,
    platform: text,
    addresses: list(address),
    segments: list(text),
    legs: list(leg),
    ipv6: flag,
  }),
  operator: nullable(text),
  reference: nullable(text),
  settings: object({
    timeoutMs: duration,
    concurrency: integer(1, 1_000_000),
    ports: list(port),
    relay: nullable(oneOf('core', 'all')),
  }),
});

const reply = object({ code: integer(0, 999), enhanced: nullable(text), lines: list(text) });

const certificate = object({
  subject: text,
  issuer: text,
  names: list(text),
  notBefore: text,
  notAfter: text,
  fingerprint: text,
  pin: text,
  chain: list(text),
});

const tlsSession = object({
  version: nullable(text),
  cipher: nullable(text),
  serverName: nullable(text),
  certificate: nullable(certificate),
  problems: list(
    object({
      code: oneOf('expired', 'not-yet-valid', 'self-signed', 'untrusted', 'wrong-name', 'pin-mismatch', 'missing'),
      message: text,
    }),
  ),
});

const failure = object({
  stage: oneOf('greeting', 'ehlo', 'verb', 'receipt', 'starttls', 'tls', 'ehlo-tls', 'mail', 'rcpt', 'data', 'quit'),
  kind: oneOf('timeout', 'reset', 'closed', 'limit', 'malformed', 'tls', 'refused'),
  message: text,
});

const receiptExchange = object({
  when: oneOf('clear', 'refused-tls', 'tls'),
  nonce: hex128,
  receipt: nullable(text),
  sent: hex256,
  received: hex256,
  exporter: nullable(hex256),
  local: nullable(object({ address, port })),
});

const dialogue = object({
  mode: oneOf('clear', 'implicit'),
  greeting: nullable(reply),
  ehlo: nullable(reply),
  keywords: list(text),
  starttls: nullable(object({ offered: flag, reply: nullable(reply) })),
  tls: nullable(tlsSession),
  keywordsTls: list(text),
  mail: nullable(reply),
  rcpt: nullable(reply),
  failure: nullable(failure),
  injected: nullable(text),
  echo: nullable(object({ verb: text, reply: nullable(reply) })),
  receipts: list(receiptExchange),
  transcript: list(text),
});

const resolution = object({
  type: oneOf('resolution'),
  lookup: oneOf('address', 'mx'),
  name: text,
  addresses: list(address),
  exchangers: list(text),
  error: nullable(text),
  at: instant,
});

const control = object({
  type: oneOf('control'),
  phase: oneOf('start', 'middle', 'end'),
  segment: text,
  family,
  source: address,
  host: text,
  address: nullable(address),
  port,
  named: flag,
  outcome,
  reason: text,
  at: instant,
  elapsedMs: duration,
});

const report = {
  outcome,
  detail: nullable(text),
  reason: text,
  error: nullable(object({ code: text, syscall: nullable(text) })),
  elapsedMs: duration,
  connectMs: nullable(duration),
  dialogue: nullable(dialogue),
};

const observation = object({
  type: oneOf('observation'),
  id: text,
  pass: oneOf('scan', 'confirm'),
  segment: text,
  source: address,
  destination: text,
  host: text,
  address: nullable(address),
  port,
  at: instant,
  ...report,
});

const documentation = object({
  type: oneOf('documentation'),
  segment: text,
  family,
  source: address,
  address,
  port,
  at: instant,
  ...report,
});

const attestation = object({
  type: oneOf('attestation'),
  sentinel: text,
  segment: text,
  family,
  source: address,
  host: text,
  address,
  port,
  at: instant,
  ...report,
});

const relayAttempt = agreeing(
  object({
    id: text,
    about: text,
    mailFrom: nullable(text),
    rcptTo: nullable(text),
    ehlo: nullable(text),
    stage: nullable(oneOf('verb', 'mail', 'rcpt', 'data')),
    code: nullable(integer(0, 999)),
    enhanced: nullable(text),
    text: nullable(text),
    class: oneOf(...ATTEMPT_CLASSES),
    secure: flag,
    connection: integer(0, 10_000),
    reason: nullable(text),
  }),
  ({ code, stage }, path) => ((code === null) === (stage === null) ? null : `${path}.code must be null exactly where stage is`),
);

const relay = agreeing(
  object({
    type: oneOf('relay'),
    id: text,
    server: text,
    segment: text,
    source: address,
    host: text,
    address,
    port,
    at: instant,
    elapsedMs: duration,
    authorisedBy: nullable(text),
    battery: oneOf('core', 'all'),
    level: oneOf('envelope', 'data-abort', 'confirm'),
    names: object({
      ehlo: text,
      probeDomain: text,
      otherDomain: text,
      owned: flag,
      hostedDomain: nullable(text),
      serverName: nullable(text),
    }),
    attempts: list(relayAttempt),
    connections: integer(0, 10_000),
    unreached: nullable(outcome),
    delivery: nullable(text),
    failure: nullable(text),
    transcript: list(text),
  }),
  attemptsProblem,
);

export const RECORDS: ReadonlyMap<string, Shape> = new Map([
  ['resolution', resolution],
  ['control', control],
  ['observation', observation],
  ['documentation', documentation],
  ['attestation', attestation],
  ['relay', relay],
  ['firewall', firewallShape],
  ['unread-firewall', unreadFirewallShape],
  ['configuration', configurationShape],
]);

export const TRAILER: Shape = object({
  type: oneOf('trailer'),
  count: integer(0, Number.MAX_SAFE_INTEGER),
  sha256: hex256,
  finishedAt: instant,
  interrupted: flag,
});

/** Each attempt stands for one shape, and was made on one of the connections. */
function attemptsProblem({ attempts, connections }: Readonly<Record<string, unknown>>): string | null {
  const told: readonly unknown[] = Array.isArray(attempts) ? attempts : [];
  const [made, seen] = [Number(connections), new Set<unknown>()];
  for (const [index, attempt] of told.entries()) {
    if (!isObject(attempt)) continue;
    const { id, connection } = attempt;
    if (seen.has(id)) return `attempts[${index}].id is that of an attempt before it`;
    if (Number(connection) > made)
      return `attempts[${index}].connection must be at most ${made}, the test's connections, not ${connection}`;
    seen.add(id);
  }
  return null;
}
