/** Pages about the audit itself. */
import type { Pages } from './page.ts';

type RunCode = 'waiver-expired' | 'not-judged';

export const RUN_PAGES: Pages<RunCode> = {
  'waiver-expired': {
    code: 'waiver-expired',
    title: 'An accepted exception has ended',
    severity: 'medium',
    severityNote: null,
    meaning: `A waiver of the policy is past its last day (inclusive, UTC). What it covered counts again, beside this finding. \
A waiver that covers nothing any more is reported too: then the fault is gone and only the line is left.`,
    risk: 'Exceptions that nobody ends become the policy: the risk was accepted for a time, and that time is over.',
    fix: [
      'Repair what the waiver covered and delete it, or renew it with a new end, a reason and an owner.',
      `In the policy:
waivers:
  - { code: egress-open, segment: workstations, port: 2525, until: 2027-03-31, reason: "CHG-1234 migration", owner: netops }`,
      'Ask the owner first; a waiver without an owner is one that nobody will end.',
    ],
    references: [
      { label: 'NIST SP 800-53 CA-5', about: 'plan of action and milestones: what is open, and until when' },
      { label: 'NIST SP 800-53 RA-7', about: 'risk response: accepting is a decision that is kept up to date' },
      { label: 'PCI DSS 4.0 1.2.7', about: 'what is allowed is reviewed at least every six months' },
    ],
  },
  'not-judged': {
    code: 'not-judged',
    title: 'Not enough evidence for a verdict',
    severity: 'info',
    severityNote: 'Never counts as compliant: the exit code is 3 where nothing worse was found.',
    meaning: `The question was asked, but the answer proves nothing, or it was never asked. A connection that fails can mean a \
firewall, a server that is down, a dead uplink, a name that does not resolve, or a fault on the auditing host. Postern says \
"blocked" only where a control flow of the same segment answered at the same time and the target is known to listen.

The reason of each check names what is missing.`,
    risk: `Silence taken for protection is the error that hides open ways out for years: an audit that is green because \
nothing was measured is worse than none.`,
    fix: [
      'Give the audit what it lacks: a control that answers, a target known to listen, or a host in the segment.',
      `No control: name a flow that is allowed and alive, reached the same way. 443 will do.
audit:
  controls: [{ host: www.example.net, port: 443 }]`,
      `No known listener: say what the target serves, or put a sentinel outside.
destinations:
  internet:
    networks: [public]
    probes: [{ host: mx.example.org, listening: [25] }]`,
      `Audit from a second vantage, then judge both together.
postern compare postern.yaml workstation.jsonl relay.jsonl`,
      'On the auditing host: its routes, its resolver, its own firewall, and the limit of open files.',
      'Where it cannot be settled, a waiver for "not-judged" accepts it until a date.',
    ],
    references: [
      { label: 'NIST SP 800-53 CA-2', about: 'control assessments rest on evidence' },
      { label: 'NIST SP 800-115', about: 'technical guide to security testing and assessment' },
      { label: 'RFC 5321 section 4.5.3.2', about: 'how long an SMTP client waits before it gives up' },
    ],
  },
};
