/** What the lines of evidence that speak of firewall configurations must look like (see `evidence.ts` and `configuration.ts`). */
import { parseNetwork } from './address.ts';
import {
  address,
  agreeing,
  expected,
  family,
  flag,
  hex256,
  instant,
  integer,
  list,
  named,
  nullable,
  object,
  oneOf,
  port,
  type Shape,
  text,
} from './shape.ts';

const count = integer(0, Number.MAX_SAFE_INTEGER);

const outcome = oneOf('permitted', 'denied', 'conditional', 'redirected');

/** `10.20.0.0/16`, or one address; no host bits. */
const network: Shape = (value, path) =>
  typeof value === 'string' && 'range' in parseNetwork(value) ? null : expected(path, 'a network such as 10.20.0.0/16', value);

/** `25`, `465-587`. */
const portRange: Shape = (value, path) => {
  const [, first, last = first] = typeof value === 'string' ? (/^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? []) : [];
  const fits = first !== undefined && Number(first) <= Number(last) && Number(last) <= 65_535;
  return fits ? null : expected(path, 'a port or a range of ports such as 465-587', value);
};

const lineOf = (words: Shape): Shape => object({ file: words, line: integer(1, Number.MAX_SAFE_INTEGER), text: words });

const line = lineOf(text);

/** @param words  what its texts must be. */
export function rowShape(words: Shape): Shape {
  return object({
    outcome,
    sources: list(network),
    destinations: list(network),
    ports: list(portRange),
    condition: nullable(words),
    sourcePorts: nullable(list(portRange)),
    target: nullable(words),
    witness: object({
      source: address,
      sourcePort: integer(0, 65_535),
      destination: address,
      port,
      in: nullable(words),
      out: nullable(words),
    }),
    rules: list(lineOf(words)),
    furtherRules: count,
  });
}

/** @param words  what its texts must be. */
export function changeShape(words: Shape): Shape {
  const side = object({ outcome, condition: nullable(words), line: nullable(lineOf(words)) });
  return object({
    kind: oneOf('newly-allowed', 'newly-blocked', 'newly-redirected'),
    ports: list(port),
    before: side,
    after: side,
  });
}

const deadLine = object(
  {
    line,
    column: integer(1, Number.MAX_SAFE_INTEGER),
    chain: text,
    why: oneOf('shadowed', 'unreached'),
    by: list(line),
    conflict: flag,
  },
  { furtherBy: count, ports: list(port), beyond: flag },
);

export const firewallShape: Shape = object({
  type: oneOf('firewall'),
  firewall: text,
  files: list(
    object({
      file: text,
      format: oneOf('iptables-save', 'ip6tables-save', 'ipset-save', 'nftables', 'nftables-json'),
      lines: count,
      sha256: hex256,
    }),
  ),
  hook: oneOf('forward', 'output', 'input', 'prerouting', 'postrouting'),
  families: list(family),
  assumptions: list(text),
  warnings: list(text),
  interfaces: named(list(text)),
  dead: list(deadLine),
  doubts: list(object({ about: oneOf('hooks', 'dump', 'interfaces', 'policy', 'files'), text, key: hex256 })),
  at: instant,
});

export const unreadFirewallShape: Shape = object({ type: oneOf('unread-firewall'), firewall: text, why: text, at: instant });

export const configurationShape: Shape = agreeing(
  object({
    type: oneOf('configuration'),
    id: text,
    firewall: text,
    segment: text,
    destination: text,
    port,
    family,
    outcome: nullable(outcome),
    problem: nullable(text),
    rows: list(rowShape(text)),
    furtherRows: count,
    at: instant,
  }),
  ({ outcome: worked, problem }) =>
    (worked === null) === (problem !== null) ? null : 'problem must be null exactly where outcome is not',
);
