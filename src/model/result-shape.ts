/** What a result document must look like, field by field (see `result.ts` and `finding.ts` for what the fields mean). */
import { changeShape, rowShape } from './configuration-shape.ts';
import { FINDING_CODES, SEVERITIES } from './finding.ts';
import { BLOCKED_OUTCOMES, MUTE_OUTCOMES, OPEN_OUTCOMES } from './outcome.ts';
import { ATTEMPT_CLASSES, RELAY_OUTCOMES } from './relay.ts';
import { RESULT_SCHEMA } from './result.ts';
import {
  address,
  agreeing,
  anyText,
  duration,
  expected,
  family,
  flag,
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
} from './shape.ts';

const count = integer(0, Number.MAX_SAFE_INTEGER);
const verdict = oneOf('compliant', 'violation', 'inconclusive');
const fingerprint = pattern(/^[0-9a-f]{16}$/, '16 hex digits');
const words = nullable(anyText);

const checkFields = {
  id: anyText,
  segment: words,
  source: nullable(address),
  destination: words,
  host: words,
  address: nullable(address),
  family: nullable(family),
  port: nullable(port),
  expect: nullable(oneOf('allow', 'deny')),
  rule: words,
  detail: words,
  verdict,
  proof: oneOf('proven', 'supported', 'none'),
  reason: anyText,
  elapsedMs: nullable(duration),
  findings: list(fingerprint),
  waived: flag,
};

const network = object({
  ...checkFields,
  outcome: nullable(oneOf(...OPEN_OUTCOMES, ...BLOCKED_OUTCOMES, ...MUTE_OUTCOMES)),
});

const attempt = object({
  id: anyText,
  about: anyText,
  mailFrom: words,
  rcptTo: words,
  ehlo: words,
  stage: nullable(oneOf('verb', 'mail', 'rcpt', 'data')),
  code: nullable(integer(0, 999)),
  enhanced: words,
  text: words,
  class: oneOf(...ATTEMPT_CLASSES),
  secure: flag,
  connection: count,
  reason: words,
});

const CHECKS: ReadonlyMap<unknown, Shape> = new Map([
  ['reachability', network],
  ['leak', network],
  ['coverage', network],
  ['relay', object({ ...checkFields, server: anyText, outcome: oneOf(...RELAY_OUTCOMES), attempts: list(attempt) })],
  [
    'configuration',
    object({
      ...checkFields,
      firewall: anyText,
      outcome: nullable(oneOf('permitted', 'denied', 'conditional', 'redirected')),
      change: nullable(changeShape(anyText)),
      rows: list(rowShape(anyText)),
      furtherRows: count,
    }),
  ],
]);

const check: Shape = (value, path) => {
  const kind = isObject(value) ? value.kind : undefined;
  const shape = CHECKS.get(kind);
  return shape === undefined ? expected(`${path}.kind`, `one of ${[...CHECKS.keys()].join(', ')}`, kind) : shape(value, path);
};

const finding = object(
  {
    code: oneOf(...FINDING_CODES),
    severity: oneOf(...SEVERITIES),
    fingerprint,
    segment: words,
    destination: words,
    host: words,
    port: nullable(port),
    family: nullable(family),
    server: words,
    firewall: words,
    title: anyText,
    detail: anyText,
    remediation: anyText,
    references: list(anyText),
    check: words,
    checks: list(anyText),
    location: nullable(
      object({ file: anyText, line: integer(1, Number.MAX_SAFE_INTEGER), column: integer(1, Number.MAX_SAFE_INTEGER) }),
    ),
    evidence: object({}),
    waiver: nullable(
      object({ until: pattern(/^\d{4}-\d{2}-\d{2}$/, 'a day such as 2027-01-31'), reason: anyText, owner: words }),
    ),
  },
  { since: nullable(instant), known: flag, grown: anyText },
);

const counts = (...names: readonly string[]): Shape => object(Object.fromEntries(names.map((name) => [name, count])));

const seen = { segment: anyText, address, asserted: flag };

export const RESULT: Shape = agreeing(
  object({
    schema: oneOf(RESULT_SCHEMA),
    tool: object({ name: anyText, version: anyText }),
    policy: object({ name: anyText, path: anyText, digest: pattern(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits') }),
    run: object(
      {
        id: anyText,
        command: anyText,
        startedAt: instant,
        finishedAt: instant,
        elapsedMs: duration,
        interrupted: flag,
        operator: words,
        reference: words,
      },
      { configurations: list(anyText) },
    ),
    vantages: list(object({ ...seen, hostname: anyText })),
    summary: object({
      verdict,
      checks: counts('total', 'compliant', 'violation', 'inconclusive'),
      findings: counts(...SEVERITIES, 'waived'),
      leakProbes: counts('sent', 'open'),
    }),
    checks: list(check),
    findings: list(finding),
    scope: object({
      ports: list(port),
      sources: list(object(seen)),
      endpoints: count,
      unseen: list(anyText),
      notes: list(anyText),
    }),
  }),
  countsProblem,
);

/** Half a result must not look like a whole one. */
function countsProblem({ summary, checks, findings }: Readonly<Record<string, unknown>>): string | null {
  if (!isObject(summary) || !isObject(summary.checks) || !isObject(summary.findings)) return null;
  const told = Object.values(summary.findings).reduce((sum: number, number) => sum + Number(number), 0);
  const [asked, found] = [checks, findings].map((all) => (Array.isArray(all) ? all.length : 0));
  if (asked !== summary.checks.total) return `summary.checks.total is ${summary.checks.total}, but there are ${asked} checks`;
  return found === told ? null : `summary.findings count ${told}, but there are ${found} findings`;
}
