/** Evidence that looks green and is not: what nobody tried, what vouches for nothing, what fits nowhere. */
import { dialogueOf } from '../support/evidence.ts';
import { ALIVE, EGRESS, MX, RELAY, SUBMIT, submission, submitted, type VerdictCase, WORKSTATION } from './verdict-case.ts';

const UNCOVERED = { 'coverage:workstations:25/ipv4': 'inconclusive/none' };

const NOT_JUDGED_WAIVED = `${EGRESS}
waivers:
  - { code: not-judged, segment: workstations, until: 2026-12-31, reason: CHG-2 }
`;

const INSIDE = EGRESS.replace(
  'internet: { networks: [public], probes: [{ host: 198.51.100.7,',
  'hub: { networks: [10.9.0.0/16], probes: [{ host: 10.9.0.25,',
).replaceAll('to: internet', 'to: hub');
const HUB = 'hub/10.9.0.25:25';

const DUAL_PROVIDER = submission('tls: starttls')
  .replace('networks: [10.20.0.0/16]', 'networks: [10.20.0.0/16, "2001:db8:20::/48"]')
  .replace('hosts: [192.0.2.10]', 'hosts: [192.0.2.10], networks: [192.0.2.0/24]');

const OWN = submission('tls: starttls, auth: required', 587, true);
const REPLY = { code: 250, enhanced: null, lines: ['ok'] };

const evidence: readonly VerdictCase[] = [
  {
    title: 'where everything is waived and nothing was judged, nothing is compliant',
    policy: NOT_JUDGED_WAIVED,
    runs: [{ legs: [WORKSTATION], seen: { [MX]: 'dropped' } }],
    rows: { [MX]: 'inconclusive/none', ...UNCOVERED },
    exit: 3,
  },
  {
    title: 'an interrupted run is inconclusive, though every row of it was judged',
    policy: submission('tls: starttls'),
    runs: [{ ...submitted({}), trailer: 'interrupted' }],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 3,
  },
  {
    title: 'a leg of a segment that the policy does not have is judged by nothing, and says so',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION, 'guests 10.66.0.5'], controls: ALIVE }],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', '/misfit': 'inconclusive/none' },
    why: /speaks for guests, which is no segment/,
    exit: 3,
  },
  {
    title: 'a leg whose address belongs to another segment does not speak for its own',
    policy: EGRESS,
    runs: [{ legs: ['workstations 10.1.0.25'], controls: ALIVE }],
    rows: { 'coverage:workstations/ipv4': 'inconclusive/none', '/misfit': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: 'a header that forgets its segments leaves no port uncovered in silence',
    policy: EGRESS.replace('ports: [25]\n', 'ports: [25, 465]\n'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, segments: [] }],
    rows: { [MX]: 'compliant/supported', 'coverage:workstations:465/ipv4': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: 'two hosts with one address are two vantages: the green one takes nothing from the other',
    policy: EGRESS,
    runs: [
      { id: 'branch-a', hostname: 'a', legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'open-smtp' } },
      { id: 'branch-b', hostname: 'b', legs: [WORKSTATION], controls: ALIVE, startedAt: Date.parse('2026-11-21T20:30:00.000Z') },
    ],
    rows: { [MX]: 'violation/proven', [`${MX}@b`]: 'compliant/supported' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
];

const vouching: readonly VerdictCase[] = [
  {
    title: 'a control in the segment itself vouches for no way out of it',
    policy: INSIDE,
    runs: [{ legs: [WORKSTATION], controls: ['desk.example.net 10.20.0.80:443 0+ 30+ 120+'] }],
    rows: { [HUB]: 'inconclusive/none', ...UNCOVERED },
    why: /nothing at an address inside, but not of the segment itself, answered/,
    exit: 3,
  },
  {
    title: 'a control inside, beyond the segment, vouches for what lies inside',
    policy: INSIDE,
    runs: [{ legs: [WORKSTATION], controls: ['intra.example.net 10.8.0.80:443 0+ 30+ 120+'] }],
    rows: { [HUB]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'what answered another vantage, but not as a mail server, proves nothing of the target',
    policy: EGRESS,
    runs: [
      { legs: [WORKSTATION], controls: ALIVE },
      { legs: [RELAY], controls: ALIVE, seen: { [MX]: 'open-other' } },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', [`relays/10.1.0.25>${MX}`]: 'violation/supported' },
    findings: ['medium unexpected-service 25'],
    exit: 1,
  },
  {
    title: 'an address that another vantage reached is not down: the allowed flow to it is blocked',
    policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net').replace('from: workstations', 'from: any'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        names: ['smtp.example.net 192.0.2.10 192.0.2.11'],
        seen: { '192.0.2.10:587': { outcome: 'open-smtp', dialogue: dialogueOf() }, '192.0.2.11:587': 'dropped' },
      },
      {
        legs: [RELAY],
        controls: ALIVE,
        names: ['smtp.example.net 192.0.2.10 192.0.2.11'],
        seen: { ':587': { outcome: 'open-smtp', dialogue: dialogueOf() } },
      },
    ],
    rows: {
      'workstations/10.20.0.5>provider/192.0.2.10:587': 'compliant/proven',
      'workstations/10.20.0.5>provider/192.0.2.11:587': 'violation/proven',
      'relays/10.1.0.25>provider/192.0.2.10:587': 'compliant/proven',
      'relays/10.1.0.25>provider/192.0.2.11:587': 'compliant/proven',
    },
    findings: ['high egress-blocked 587'],
    exit: 1,
  },
];

const TWO = EGRESS.replace(
  '{ host: 198.51.100.7, listening: [25] }',
  '{ host: 198.51.100.7, listening: [25] }, { host: 198.51.100.8, listening: [25] }',
);
const OTHER = 'internet/198.51.100.8:25';
const UNREACHABLE = { outcome: 'rejected', error: 'EHOSTUNREACH' } as const;
const again = (at: number) => ({ ...UNREACHABLE, at, pass: 'confirm' }) as const;

const absence: readonly VerdictCase[] = [
  {
    title: 'the silence of a target whose neighbour is absent shows no block: the last hop reports only some',
    policy: TWO,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'host-down', [OTHER]: 'dropped' } }],
    rows: { [MX]: 'inconclusive/none', [OTHER]: 'inconclusive/none', ...UNCOVERED },
    exit: 3,
  },
  {
    title: 'a target that another vantage reached is not absent, whatever its neighbour is',
    policy: TWO,
    runs: [
      { legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'host-down', [OTHER]: 'dropped' } },
      { legs: [RELAY], controls: ALIVE, seen: { [MX]: 'host-down', [OTHER]: 'open-smtp' } },
    ],
    rows: {
      [`workstations/10.20.0.5>${MX}`]: 'inconclusive/none',
      [`workstations/10.20.0.5>${OTHER}`]: 'compliant/proven',
      [`relays/10.1.0.25>${MX}`]: 'inconclusive/none',
      [`relays/10.1.0.25>${OTHER}`]: 'compliant/proven',
    },
    exit: 3,
  },
  {
    title: 'a port of a host that is absent on another port shows no block',
    policy: EGRESS.replace('listening: [25]', 'listening: [25, 465]').replace('ports: [25]\n', 'ports: [25, 465]\n'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { '198.51.100.7:465': 'host-down', [MX]: 'dropped' } }],
    rows: {
      [MX]: 'inconclusive/none',
      '198.51.100.7:465': 'inconclusive/none',
      ...UNCOVERED,
      'coverage:workstations:465/ipv4': 'inconclusive/none',
    },
    why: /on another port 198\.51\.100\.7 was reported absent/,
    exit: 3,
  },
  {
    title: 'a prompt ICMP error beside an absent neighbour shows no block: another one may have asked for the target, too',
    policy: TWO,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: UNREACHABLE, [OTHER]: 'host-down' } }],
    rows: { [MX]: 'inconclusive/none', [OTHER]: 'inconclusive/none', ...UNCOVERED },
    why: /neighbour 198\.51\.100\.8 was reported absent, and this error may mean the same/,
    exit: 3,
  },
  {
    title: 'one rejection with the error of an absence takes no absence back; a second one does',
    policy: EGRESS,
    runs: [
      { legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: [{ outcome: 'host-down' }, again(90)] } },
      {
        legs: ['workstations 10.20.0.6'],
        controls: ALIVE,
        id: 'twice',
        seen: { [MX]: [{ outcome: 'host-down' }, again(90), again(92)] },
      },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'inconclusive/none', [`workstations/10.20.0.6>${MX}`]: 'compliant/supported' },
    exit: 3,
  },
  {
    title: 'silence takes nothing back from a router that said that the target is absent; a rejection does',
    policy: EGRESS,
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: { [MX]: [{ outcome: 'host-down' }, { outcome: 'dropped', at: 90, pass: 'confirm' }] },
      },
      {
        legs: ['workstations 10.20.0.6'],
        controls: ALIVE,
        id: 'rejected',
        seen: { [MX]: [{ outcome: 'host-down' }, { outcome: 'rejected', at: 90, pass: 'confirm' }] },
      },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'inconclusive/none', [`workstations/10.20.0.6>${MX}`]: 'compliant/supported' },
    exit: 3,
  },
  {
    title: 'an allowed flow is not blocked where its target may be absent',
    policy: submission('tls: starttls').replace('[192.0.2.10]', '[192.0.2.10, 192.0.2.11]'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [SUBMIT]: 'host-down', '192.0.2.11:587': 'dropped' } }],
    rows: { [SUBMIT]: 'inconclusive/none', '192.0.2.11:587': 'inconclusive/none' },
    exit: 3,
  },
];

const coverage: readonly VerdictCase[] = [
  {
    title: 'a port that is allowed over IPv4 only is covered over IPv6 by nothing',
    policy: DUAL_PROVIDER,
    runs: [
      {
        legs: [WORKSTATION, 'workstations 2001:db8:20::5'],
        seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf() } },
      },
    ],
    rows: { [SUBMIT]: 'compliant/proven', 'coverage:workstations:587/ipv6': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: 'an allowed name that lost its addresses of the only family spoken is not forgotten',
    policy: submission('tls: starttls').replace('[192.0.2.10]', '[smtp.example.net, mail.example.net]'),
    runs: [
      {
        legs: [WORKSTATION],
        names: ['smtp.example.net 192.0.2.10', 'mail.example.net 2001:db8:f::10'],
        seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf() } },
      },
    ],
    rows: { [SUBMIT]: 'compliant/proven', 'provider/mail.example.net:587': 'inconclusive/none' },
    why: /has no IPv4 address/,
    exit: 3,
  },
];

const requirements: readonly VerdictCase[] = [
  ...(
    [
      ['was never asked', { mail: null, rcpt: null }],
      ['refuses for another reason', { mail: REPLY, rcpt: { code: 550, enhanced: '5.1.1', lines: ['no such user'] } }],
      ['puts off', { mail: REPLY, rcpt: { code: 450, enhanced: '4.7.1', lines: ['greylisted'] } }],
    ] as const
  ).map(
    ([what, changes]): VerdictCase => ({
      title: `on an own server an offer of AUTH is not enough where RCPT ${what}`,
      policy: OWN,
      runs: [submitted(changes)],
      rows: { [SUBMIT]: 'inconclusive/none' },
      why: /was not decided/,
      exit: 3,
    }),
  ),
  {
    title: 'on an own server 530 to RCPT proves that AUTH is asked for',
    policy: OWN,
    runs: [submitted({ mail: REPLY, rcpt: { code: 530, enhanced: '5.7.0', lines: ['Authentication required'] } })],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  ...['AUTH XOAUTH2', 'AUTH=LOGIN', 'AUTH CRAM-MD5 OAUTHBEARER'].map(
    (keyword): VerdictCase => ({
      title: `${keyword} before TLS shows a password or a token to whoever reads along`,
      policy: submission('auth-before-tls: forbidden'),
      runs: [submitted({ keywords: ['STARTTLS', keyword] })],
      rows: { [SUBMIT]: 'violation/proven' },
      findings: ['high auth-before-tls 587'],
      exit: 1,
    }),
  ),
  {
    title: '530 that asks for encryption, in whatever words, proves nothing of AUTH',
    policy: submission('auth: required'),
    runs: [
      submitted({
        tls: null,
        keywords: ['STARTTLS', 'AUTH CRAM-MD5'],
        keywordsTls: [],
        mail: { code: 530, enhanced: '5.7.0', lines: ['Encryption required'] },
      }),
    ],
    rows: { [SUBMIT]: 'compliant/supported' },
    exit: 0,
  },
];

const OPEN_CONTROL = 'mail.example.net 203.0.113.25:25 0+ 30+ 120+';

const controls: readonly VerdictCase[] = [
  {
    title: 'a control that answers on an audited port which its segment may use nowhere is a hole',
    policy: EGRESS.replace('port: 443', 'port: 25'),
    runs: [{ legs: [WORKSTATION], controls: [OPEN_CONTROL] }],
    rows: { [MX]: 'compliant/supported' },
    findings: ['medium egress-open 25'],
    exit: 1,
  },
  {
    title: 'a control in the segment itself crosses no firewall, so an answer on an audited port is no hole',
    policy: EGRESS.replace('host: www.example.net, port: 443', 'host: hub.example.net, port: 25'),
    runs: [{ legs: [WORKSTATION], controls: ['hub.example.net 10.20.0.25:25 0+ 30+ 120+', ...ALIVE] }],
    rows: { [MX]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'a control that answered an earlier run only is no hole any more',
    policy: EGRESS.replace('port: 443', 'port: 25'),
    runs: [
      { id: 'old', legs: [WORKSTATION], controls: [OPEN_CONTROL], startedAt: Date.parse('2026-11-21T10:00:00.000Z') },
      { id: 'new', legs: [WORKSTATION], controls: [OPEN_CONTROL.replaceAll('+', '-')] },
    ],
    rows: { [MX]: 'inconclusive/none', ...UNCOVERED },
    exit: 3,
  },
  {
    title: 'a control that a rule allows is none',
    policy: EGRESS.replace('port: 443', 'port: 25'),
    runs: [{ legs: [RELAY], seen: { [MX]: 'open-smtp' }, controls: [OPEN_CONTROL] }],
    rows: { [MX]: 'compliant/proven' },
    exit: 0,
  },
];

export const WRONG_GREEN_CASES: readonly VerdictCase[] = [
  ...controls,
  ...evidence,
  ...vouching,
  ...absence,
  ...coverage,
  ...requirements,
];
