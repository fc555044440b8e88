/** What holds for runs as a whole: outcomes that say nothing, names, families, trailers, several vantages, waivers. */
import { dialogueOf } from '../support/evidence.ts';
import { ALIVE, EGRESS, MX, RELAY, SUBMIT, submission, type VerdictCase, WORKSTATION } from './verdict-case.ts';

const mute: readonly VerdictCase[] = (
  ['host-down', 'no-route', 'local-block', 'probe-error', 'aborted', 'unresolved'] as const
).flatMap((outcome): VerdictCase[] => [
  {
    title: `a denied flow that is ${outcome} says nothing`,
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], seen: { [MX]: outcome }, controls: ALIVE }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: `an allowed flow that is ${outcome} says nothing`,
    policy: submission('tls: starttls'),
    runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: outcome }, controls: ALIVE }],
    rows: { [SUBMIT]: 'inconclusive/none' },
    exit: 3,
  },
]);

const names: readonly VerdictCase[] = [
  {
    title: 'a name that does not resolve is inconclusive, never blocked',
    policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, names: ['smtp.example.net !ENOTFOUND'] }],
    rows: { 'provider/smtp.example.net:587': 'inconclusive/none' },
    why: /smtp\.example\.net did not resolve: ENOTFOUND/,
    exit: 3,
  },
  ...[
    ['127.0.0.1', /no address of a server/],
    ['0.0.0.0', /no address of a server/],
    ['10.20.0.5', /this host itself/],
  ].map(
    ([address, why]): VerdictCase => ({
      title: `a name that resolves to ${address} is inconclusive`,
      policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net'),
      runs: [
        {
          legs: [WORKSTATION],
          controls: ALIVE,
          names: [`smtp.example.net ${address}`],
          seen: { ':587': { outcome: 'open-smtp', dialogue: dialogueOf() } },
        },
      ],
      rows: { [`provider/${address}:587`]: 'inconclusive/none' },
      why: why as RegExp,
      exit: 3,
    }),
  ),
  {
    title: 'a name that resolves outside the networks of its destination is inconclusive',
    policy: EGRESS.replace('198.51.100.7', 'mx.example.org'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, names: ['mx.example.org 10.66.0.1'] }],
    rows: { 'internet/10.66.0.1:25': 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /outside the networks of internet/,
    exit: 3,
  },
];

const DUAL = EGRESS.replace('10.20.0.0/16]', '10.20.0.0/16, "2001:db8:20::/48"]').replace(
  '{ host: 198.51.100.7, listening: [25] }',
  '{ host: mx.example.org, listening: [25] }',
);
const DUAL_NAMES = ['mx.example.org 198.51.100.7 2001:db8:f::25'];
const WORKSTATION6 = 'workstations 2001:db8:20::5';
const ALIVE6 = [...ALIVE, 'www.example.net [2001:db8:f::80]:443 0+ 30+ 120+'];

const families: readonly VerdictCase[] = [
  {
    title: 'a forgotten IPv6 rule is a hole and a family gap',
    policy: DUAL,
    runs: [
      {
        legs: [WORKSTATION, WORKSTATION6],
        controls: ALIVE6,
        names: DUAL_NAMES,
        seen: { 'internet/198.51.100.7:25': 'dropped', '[2001:db8:f::25]:25': { outcome: 'open-smtp', dialogue: dialogueOf() } },
      },
    ],
    rows: { 'internet/198.51.100.7:25': 'compliant/supported', 'internet/[2001:db8:f::25]:25': 'violation/proven' },
    findings: ['critical egress-open 25', 'high family-gap 25'],
    exit: 1,
  },
  {
    title: 'a control of one family vouches for nothing of the other',
    policy: DUAL,
    runs: [{ legs: [WORKSTATION, WORKSTATION6], controls: ALIVE, names: DUAL_NAMES }],
    rows: {
      'internet/198.51.100.7:25': 'compliant/supported',
      'internet/[2001:db8:f::25]:25': 'inconclusive/none',
      'coverage:workstations:25/ipv6': 'inconclusive/none',
    },
    why: /over IPv6/,
    exit: 3,
  },
  {
    title: 'a segment with IPv6 networks whose host has no IPv6 address is one coverage row',
    policy: DUAL,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, names: DUAL_NAMES }],
    rows: { 'internet/198.51.100.7:25': 'compliant/supported', 'coverage:workstations/ipv6': 'inconclusive/none' },
    why: /no address in them/,
    exit: 3,
  },
  {
    title: 'a host with IPv6 in a segment without it is a finding',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, ipv6: true }],
    rows: { [MX]: 'compliant/supported' },
    findings: ['high ipv6-unregulated null'],
    exit: 1,
  },
];

const runs: readonly VerdictCase[] = [
  {
    title: 'a question that nobody asked is a row, and inconclusive',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: null } }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /Not probed/,
    exit: 3,
  },
  {
    title: 'a run without a trailer is inconclusive, however good its rows look',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, trailer: 'missing' }],
    rows: { [MX]: 'compliant/supported', 'coverage:run/run-workstations': 'inconclusive/none' },
    why: /no trailer/,
    exit: 3,
  },
  {
    title: 'an interrupted run with nothing judged exits as interrupted',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], trailer: 'interrupted', seen: { [MX]: null } }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /interrupted/,
    exit: 130,
  },
  {
    title: 'from a system whose port states were not measured, nothing is more than supported',
    policy: EGRESS,
    runs: [
      { legs: [WORKSTATION], controls: ALIVE, platform: 'darwin' },
      { legs: [RELAY], seen: { [MX]: 'open-smtp' }, controls: ALIVE },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', [`relays/10.1.0.25>${MX}`]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'a later run of the same source replaces an earlier one',
    policy: EGRESS,
    runs: [
      {
        id: 'old',
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: { [MX]: 'open-smtp' },
        startedAt: Date.parse('2026-11-21T10:00:00.000Z'),
      },
      { id: 'new', legs: [WORKSTATION], controls: ALIVE },
    ],
    rows: { [MX]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'an endpoint with no address of the family leaves the port uncovered',
    policy: DUAL,
    runs: [{ legs: [WORKSTATION, WORKSTATION6], controls: ALIVE6, names: ['mx.example.org 198.51.100.7'] }],
    rows: { 'internet/198.51.100.7:25': 'compliant/supported', 'coverage:workstations:25/ipv6': 'inconclusive/none' },
    why: /no endpoint known to listen on it over IPv6/,
    exit: 3,
  },
];

const WAIVED = `${EGRESS}
waivers:
  - { code: egress-open, segment: workstations, port: 25, until: 2026-11-21, reason: CHG-1, owner: netops }
`;

const waivers: readonly VerdictCase[] = [
  {
    title: 'a waived violation counts for neither verdict nor exit code, up to the last day of its waiver',
    policy: WAIVED,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'open-smtp' } }],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25 waived'],
    now: '2026-11-21T23:59:59Z',
    exit: 0,
  },
  {
    title: 'an expired waiver is a finding, and what it covered counts again',
    policy: WAIVED,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'open-smtp' } }],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25', 'medium waiver-expired 25'],
    now: '2026-11-22T00:00:00Z',
    exit: 1,
  },
  {
    title: 'a waiver for another port covers nothing',
    policy: WAIVED.replace('port: 25,', 'port: 587,'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { [MX]: 'open-smtp' } }],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
];

export const RUN_CASES: readonly VerdictCase[] = [...mute, ...names, ...families, ...runs, ...waivers];
