/**
 * What a run says of a finding that it does not show. Silence is not proof: that a finding is gone is believed only of checks that were asked
 * and could see it.
 *
 * `gone`: the checks that showed it, or others of the same flow (a name has other addresses now), were asked, judged, and show nothing that would hide
 * it. `unasked`: no check of it was asked (another policy, other flags), although its segment was, and nothing about the same
 * subject is in doubt; it may be there still. `unseen`: anything else; the finding stays as it was.
 *
 * What a firewall is said to do is about something else where its dump was cut, or where no line names the interfaces that it was asked about: its
 * rows then comply with what is missing. Chains that nobody looked at say less: what was looked at has changed all the same.
 */
import type { Finding, FindingCode } from '../model/finding.ts';
import { type FindingBrief, isBlindness } from '../model/history.ts';
import type { Check, ConfigurationCheck, Result } from '../model/result.ts';

export type Absence = 'gone' | 'unasked' | 'unseen';

/** A result, looked up by what it says of findings. */
export interface Sight {
  readonly result: Result;
  readonly findings: ReadonlyMap<string, Finding>;
  readonly checks: ReadonlyMap<string, Check>;
  /** Firewalls of which the answers may be about something else. */
  readonly misread: ReadonlySet<string>;
}

/** Built once for a result: it is asked about many findings. */
export function sightOf(result: Result): Sight {
  return {
    result,
    findings: new Map(result.findings.map((finding) => [finding.fingerprint, finding])),
    checks: new Map(result.checks.map((check) => [check.id, check])),
    misread: new Set(result.checks.flatMap((check) => (isMisreading(check) ? [check.firewall] : []))),
  };
}

/** `config:edge:dump`; one that is waived was looked at by somebody. */
function isMisreading(check: Check): check is ConfigurationCheck {
  const { id, kind, segment, port, verdict, waived } = check;
  const whole = kind === 'configuration' && segment === null && port === null;
  return whole && verdict === 'inconclusive' && !waived && /:(?:dump|interfaces)(?:@.*)?$/s.test(id);
}

/** @param checks  ids of the checks that last showed it; none: it is about no check (a dead rule, an expired waiver). */
export function absenceOf(finding: FindingBrief, checks: readonly string[], sight: Sight): Absence {
  // Waivers end whatever was judged.
  if (finding.code === 'waiver-expired') return 'gone';
  if (!isBlindness(finding.code) && finding.firewall !== null && sight.misread.has(finding.firewall)) return 'unseen';
  if (checks.length === 0) return absenceOfLoose(finding, sight.result);
  const asked = checks.flatMap((id) => sight.checks.get(id) ?? []);
  if (asked.some((check) => !sees(check, finding.code, sight))) return 'unseen';
  if (asked.length === checks.length) return 'gone';
  if (asked.length === 0 && isRemark(finding, checks)) return absenceOfRemark(finding, sight.result);
  // Addresses come and go, and are part of a check's id: what became of the rest, those show that are in doubt about the same.
  const doubted = sight.result.findings.some((other) => hides(other.code, finding.code) && isAlike(other, finding));
  if (doubted) return 'unseen';
  if (asked.length > 0 || isAskedElsewhere(finding, sight)) return 'gone';
  return finding.segment !== null && sight.result.scope.unseen.includes(finding.segment) ? 'unseen' : 'unasked';
}

/** Of the same flow, from or to another address. */
function isAskedElsewhere(finding: FindingBrief, sight: Sight): boolean {
  const about = sight.result.checks.filter((check) => isOfFlow(check, finding));
  return about.length > 0 && about.every((check) => sees(check, finding.code, sight));
}

/** In all that the finding names; what it is not about, a server or a firewall, the check is not about either. */
function isOfFlow(check: Check, finding: FindingBrief): boolean {
  const subject = subjectOf(check);
  const named = (['segment', 'destination', 'port', 'family'] as const).every(
    (field) => finding[field] === null || finding[field] === subject[field],
  );
  const host = finding.server !== null || finding.host === null || finding.host === check.host;
  return named && host && finding.server === subject.server && finding.firewall === subject.firewall;
}

/** Of a run, a segment or a firewall as a whole: a row that is there only where it could not be seen. */
function isRemark({ code, port }: FindingBrief, checks: readonly string[]): boolean {
  return isBlindness(code) && checks.every((id) => id.startsWith('coverage:') || (id.startsWith('config:') && port === null));
}

/** Whoever looked there again would have said it again. */
function absenceOfRemark({ segment, firewall }: FindingBrief, { run, checks, scope }: Result): Absence {
  if (run.interrupted || (segment !== null && scope.unseen.includes(segment))) return 'unseen';
  const about = checks
    .map(subjectOf)
    .filter((one) => (firewall ?? one.firewall) === one.firewall && (segment ?? one.segment) === one.segment);
  if (about.length === 0) return 'unasked';
  return firewall === null || about.some(({ port }) => port !== null) ? 'gone' : 'unseen';
}

/** It would be shown beside any check of its subject that was judged. */
function absenceOfLoose(finding: FindingBrief, { run, checks }: Result): Absence {
  if (run.interrupted) return 'unseen';
  const about = checks.filter((check) => isAlike(subjectOf(check), finding));
  if (about.length === 0) return 'unasked';
  return about.some(({ verdict }) => verdict !== 'inconclusive') ? 'gone' : 'unseen';
}

/** Whether a check would have shown a finding of that kind. Whether it was judged, and why not, it always shows. */
function sees(check: Check, code: FindingCode, { findings }: Sight): boolean {
  if (isBlindness(code)) return true;
  if (check.verdict === 'inconclusive') return false;
  return !check.findings.some((fingerprint) => {
    const shown = findings.get(fingerprint);
    return shown !== undefined && hides(shown.code, code);
  });
}

function hides(shown: FindingCode, code: FindingCode): boolean {
  return isBlindness(shown) || (!isBlindness(code) && (HIDES[shown] ?? []).includes(code));
}

type Subject = Pick<FindingBrief, 'segment' | 'destination' | 'port' | 'family' | 'server' | 'firewall'> & {
  readonly host?: string | null;
};

/** In all that both of them name. */
function isAlike(one: Subject, other: Subject): boolean {
  const fields = ['segment', 'destination', 'host', 'port', 'family', 'server', 'firewall'] as const;
  return fields.every((field) => (one[field] ?? null) === null || (other[field] ?? null) === null || one[field] === other[field]);
}

/** Without the host: a check has what a name or a domain led to, a finding has what the policy says. */
function subjectOf(check: Check): Subject {
  const { segment, destination, port, family } = check;
  const server = check.kind === 'relay' ? check.server : null;
  const firewall = check.kind === 'configuration' ? check.firewall : null;
  return { segment, destination, port, family, server, firewall };
}

/** What needs a dialogue with the right server before it shows. */
const IN_DIALOGUE: readonly FindingCode[] = [
  'starttls-missing',
  'starttls-stripped',
  'banner-masked',
  'auth-before-tls',
  'tls-outdated',
  'certificate-invalid',
  'submission-without-auth',
];

const AT_ALL: readonly FindingCode[] = ['egress-open', 'egress-blocked', 'endpoint-down', 'unexpected-service', ...IN_DIALOGUE];

/** Behind TLS: not judged while there is none. */
const BEHIND_TLS: readonly FindingCode[] = ['tls-outdated', 'certificate-invalid', 'auth-before-tls', 'submission-without-auth'];

/** A check stops at the first thing that makes the rest moot: then what lies behind it is not gone, but out of sight. */
const HIDES: Readonly<Partial<Record<FindingCode, readonly FindingCode[]>>> = {
  'egress-blocked': ['unexpected-service', ...IN_DIALOGUE],
  'endpoint-down': ['unexpected-service', ...IN_DIALOGUE],
  'unexpected-service': IN_DIALOGUE,
  intercepted: AT_ALL,
  'starttls-missing': BEHIND_TLS,
  'starttls-stripped': BEHIND_TLS,
};
