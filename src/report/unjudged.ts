/** What could not be judged, grouped by reason, with what would settle it. */
import { remediationOf } from '../catalogue/catalogue.ts';
import { groupBy } from '../model/group-by.ts';
import { classOf, type Outcome } from '../model/outcome.ts';
import type { RelayOutcome } from '../model/relay.ts';
import type { Check, RelayCheck, Result } from '../model/result.ts';
import { type Line, marksOf, paragraph, span } from './pen.ts';
import type { RenderOptions } from './renderer.ts';
import { count } from './words.ts';

const SHOWN_IDS = 3;

export interface Unjudged {
  readonly checks: readonly Check[];
  /** How many they are, where they are several, and the reason of the first. */
  readonly reason: string;
  /** What would settle it; null where the reason itself says so. */
  readonly settle: string | null;
}

/** What could not be judged and is not waived, by reason. Rows of a change tell their reasons themselves. */
export function unjudged(result: Result): readonly Unjudged[] {
  const open = result.checks.filter(
    (check) => check.verdict === 'inconclusive' && !check.waived && !(check.kind === 'configuration' && check.change !== null),
  );
  const remedies = remediesOf(result);
  return [...groupBy(open, kindOfReason).values()].flatMap((checks) => {
    const [first] = checks;
    if (first === undefined) return [];
    return [{ checks, reason: `${howMany(checks)}${first.reason}`, settle: remedies.get(first.id) ?? settles(first) }];
  });
}

/** @returns no lines where everything was judged or is waived. */
export function unjudgedLines(result: Result, options: RenderOptions): Line[] {
  const groups = unjudged(result);
  if (groups.length === 0) return [];
  const lines: Line[] = [[span('NOT JUDGED', 'strong'), span('  no verdict, and never counted as compliant')], []];
  for (const group of groups) lines.push(...describe(group, options), []);
  return lines;
}

function describe({ checks, reason, settle }: Unjudged, options: RenderOptions): Line[] {
  const { unsure, more, dot } = marksOf(options);
  const shown = options.verbose ? checks : checks.slice(0, SHOWN_IDS);
  const rest = checks.length - shown.length;
  const lead = [span('   '), span('settle', 'faint'), span('  ')];
  return [
    ...paragraph({ lead: [span(`${unsure}  `, 'unsure')], text: reason }, options),
    ...(settle === null ? [] : paragraph({ lead, text: settle }, options)),
    ...shown.flatMap((check) => paragraph({ lead: [span(`   ${dot} `)], text: check.id }, options)),
    ...(rest > 0 ? [[span(`   ${more} and ${count(rest, 'more check')}; --verbose shows all`, 'faint')]] : []),
  ];
}

function howMany(group: readonly Check[]): string {
  if (group.length === 1) return '';
  const same = group.every(({ reason }) => reason === group[0]?.reason);
  return `${count(group.length, 'check')}${same ? '' : ', such as'}: `;
}

/** Remediations that a finding gives in words of its own, by check. */
function remediesOf(result: Result): Map<string, string> {
  const general = remediationOf('not-judged');
  return new Map(
    result.findings
      .filter(({ code, remediation }) => code === 'not-judged' && remediation !== '' && remediation !== general)
      .flatMap(({ checks, remediation }) => checks.map((check) => [check, remediation] as const)),
  );
}

/** Reasons that differ only in names, addresses and numbers are one reason. */
function kindOfReason(check: Check): string {
  const own = [check.host, check.address, check.source, check.destination, check.segment].filter(
    (text) => text !== null && text !== '',
  );
  const general = own.reduce((text: string, word) => text.replaceAll(word ?? '', '*'), check.reason).replace(/\d+/g, '#');
  return `${check.kind} ${check.outcome} ${general}`;
}

/** Null where the reason itself says what to do. */
function settles(check: Check): string | null {
  if (check.kind === 'coverage') return null;
  if (check.kind === 'relay') return settlesRelay(check);
  if (check.kind === 'configuration') return null;
  return check.outcome === null ? remediationOf('not-judged') : settlesOutcome(check.outcome);
}

function settlesRelay({ attempts, outcome }: RelayCheck): string | null {
  if (attempts.length === 0) return null;
  const answered = attempts.some(({ code }) => code !== null);
  return answered ? SETTLES_RELAY[outcome] : 'make the server answer this host: nothing came back to any command of the test';
}

const SETTLES_RELAY: Readonly<Record<RelayOutcome, string>> = {
  'relay-confirmed': 'let what is supported be enough (--require-proof)',
  'relay-accepted': 'let what is supported be enough (--require-proof), or test from outside',
  'accept-all':
    'find out what answers there: a sink, or a device on the way, takes everything; test from a host beside the server',
  'catch-all':
    'let the server refuse unknown recipients of its own domain, or name a hosted-domain where it does: then what looks local can be told from relaying',
  rejected: 'let the refusal say why (5.7.1), name an own probe domain and a hosted-domain, or let what is supported be enough',
  'auth-required': 'let what is supported be enough (--require-proof)',
  'tls-required': 'let STARTTLS work for this client, then test again',
  deferred: 'test again after 6 minutes at least: who is greylisted passes the second time',
  limited: 'raise what the server grants this client (errors, connections), or test with a longer pause between connections',
  inconclusive: 'name a probe domain of your own that resolves, and a domain that the server takes mail for (hosted-domain)',
};

function settlesOutcome(outcome: Outcome): string {
  switch (outcome) {
    case 'unresolved':
      return 'make the name resolve from this host to an address of its destination, or take it out of the policy';
    case 'probe-error':
      return 'repair the auditing host (routes, source addresses, limit of open files) and audit again';
    case 'aborted':
      return 'run it again to its end; "postern scan --resume" goes on from what was seen';
    case 'host-down':
      return 'check that the target is up: nothing answered for its address';
    case 'no-route':
    case 'local-block':
      return "look at the auditing host's own routes and its own firewall: the packet never left it";
    default:
      return classOf(outcome) === 'blocked'
        ? 'a control that answers and a target known to listen: see "postern explain not-judged"'
        : 'ask again from a source that the server accepts, or drop the requirement';
  }
}
