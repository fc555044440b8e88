/** The verdict table for denied flows and leak probes: what is a hole, what is blocked, and how sure that is. */
import { dialogueOf } from '../support/evidence.ts';
import { ALIVE, EGRESS, HEAD, MX, RELAY, type VerdictCase, WORKSTATION, WWW } from './verdict-case.ts';

const OWN = `${HEAD}
destinations:
  hub: { hosts: [192.0.2.10], listening: [587], own: true }
rules:
  - { name: submit, from: workstations, to: hub, ports: [587] }
audit: { ports: [587, 2525], controls: [{ host: www.example.net, port: 443 }] }
waivers:
  - { code: not-judged, segment: workstations, port: 2525, until: 2026-12-31, reason: nothing to try it on }
`;
const HUB = { 'hub/192.0.2.10:587': { outcome: 'open-smtp', dialogue: dialogueOf() } } as const;

const denied: readonly VerdictCase[] = [
  ...(['open-smtp', 'open-refusing', 'open-other'] as const).map(
    (outcome): VerdictCase => ({
      title: `a denied flow that is ${outcome} is a critical hole on 25`,
      policy: EGRESS,
      runs: [{ legs: [WORKSTATION], seen: { [MX]: outcome }, controls: ALIVE }],
      rows: { [MX]: 'violation/proven' },
      findings: ['critical egress-open 25'],
      exit: 1,
    }),
  ),
  ...(['open-silent', 'open-closed', 'open-reset'] as const).map(
    (outcome): VerdictCase => ({
      title: `a denied flow that is ${outcome} is a hole of medium severity: only TCP was seen`,
      policy: EGRESS,
      runs: [{ legs: [WORKSTATION], seen: { [MX]: outcome }, controls: ALIVE }],
      rows: { [MX]: 'violation/supported' },
      findings: ['medium egress-open 25'],
      exit: 1,
    }),
  ),
  {
    title: 'a denied flow on another port than 25 is a hole of high severity',
    policy: EGRESS.replaceAll('[25]', '[2525]'),
    runs: [{ legs: [WORKSTATION], seen: { 'internet/198.51.100.7:2525': 'open-smtp' }, controls: ALIVE }],
    rows: { 'internet/198.51.100.7:2525': 'violation/proven' },
    findings: ['high egress-open 2525'],
    exit: 1,
  },
  ...(['dropped', 'rejected', 'refused'] as const).flatMap((outcome): VerdictCase[] => [
    {
      title: `a denied flow that is ${outcome} is supported where only the declaration says that the target listens`,
      policy: EGRESS,
      runs: [{ legs: [WORKSTATION], seen: { [MX]: outcome }, controls: ALIVE }],
      rows: { [MX]: 'compliant/supported' },
      exit: 0,
    },
    {
      title: `a denied flow that is ${outcome} is proven where another vantage reached the endpoint`,
      policy: EGRESS,
      runs: [
        { legs: [WORKSTATION], seen: { [MX]: outcome }, controls: ALIVE },
        { legs: [RELAY], seen: { [MX]: 'open-smtp' }, controls: ALIVE },
      ],
      rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/proven', [`relays/10.1.0.25>${MX}`]: 'compliant/proven' },
      exit: 0,
    },
    {
      title: `a denied flow that is ${outcome} without any control is inconclusive`,
      policy: EGRESS,
      runs: [{ legs: [WORKSTATION], seen: { [MX]: outcome } }],
      rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
      why: /nothing at a public address answered from 10\.20\.0\.5 over IPv4/,
      exit: 3,
    },
  ]),
  {
    title: 'what only supports a verdict is inconclusive where proof is asked for',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: ALIVE }],
    requireProof: 'proven',
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /proof was asked for/,
    exit: 3,
  },
  {
    title: 'a control that fails at the end takes every block since its last success with it',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: [`${WWW} 0+ 30+ 120-`] }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /www\.example\.net:443 failed at the end of the run/,
    exit: 3,
  },
  {
    title: 'a control that fails after a later success takes nothing from what came before that',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: [`${WWW} 0+ 90+ 120-`] }],
    rows: { [MX]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'a dead control makes every block inconclusive, even beside one that is alive',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: [...ALIVE, 'dead.example.net 203.0.113.81:443 0- 30- 120-'] }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /dead\.example\.net:443 failed/,
    exit: 3,
  },
  {
    title: 'a control whose name does not resolve vouches for nothing',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: [`www.example.net ?:443 0- 30- 120-`] }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /failed at the .* of the run \(unresolved\)/,
    exit: 3,
  },
  {
    title: 'a control inside vouches for no public target',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: ['intra.example.net 10.9.9.9:443 0+ 30+ 120+'] }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /nothing at a public address answered/,
    exit: 3,
  },
  {
    title: 'a control a quarter of an hour away vouches for nothing',
    policy: EGRESS,
    runs: [{ legs: [WORKSTATION], controls: [`${WWW} 0+ 961+`] }],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /no control was seen alive shortly after/,
    exit: 3,
  },
  {
    title: 'a denied flow that was open once is open, whatever a later pass saw',
    policy: EGRESS,
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: { [MX]: [{ outcome: 'open-smtp' }, { outcome: 'dropped', at: 90, pass: 'confirm' }] },
      },
    ],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
  {
    title: 'another vantage by another way out proves nothing of this one',
    policy: EGRESS.replace('{ networks: [10.1.0.25] }', '{ networks: [10.1.0.25], egress: branch }'),
    runs: [
      { legs: [WORKSTATION], controls: ALIVE },
      { legs: [RELAY], seen: { [MX]: 'open-smtp' }, controls: ALIVE },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', [`relays/10.1.0.25>${MX}`]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'another vantage that reached the endpoint two hours earlier proves nothing any more',
    policy: EGRESS,
    runs: [
      { legs: [WORKSTATION], controls: ALIVE },
      { legs: [RELAY], seen: { [MX]: 'open-smtp' }, controls: ALIVE, startedAt: Date.parse('2026-11-21T18:00:00.000Z') },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', [`relays/10.1.0.25>${MX}`]: 'compliant/proven' },
    exit: 0,
  },
];

const leaks: readonly VerdictCase[] = [
  {
    title: 'a leak probe that got through is a hole',
    policy: OWN,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { ...HUB, 'hub/192.0.2.10:2525': 'open-smtp' } }],
    rows: { 'hub/192.0.2.10:587': 'compliant/proven', 'hub/192.0.2.10:2525': 'violation/proven' },
    findings: ['high egress-open 2525'],
    exit: 1,
  },
  {
    title: 'a leak probe that did not get through is no row, and covers nothing',
    policy: OWN,
    runs: [{ legs: [WORKSTATION], controls: ALIVE, seen: { ...HUB, 'hub/192.0.2.10:2525': 'dropped' } }],
    rows: { 'hub/192.0.2.10:587': 'compliant/proven', 'coverage:workstations:2525/ipv4': 'inconclusive/none' },
    exit: 0,
  },
];

export const DENIED_CASES: readonly VerdictCase[] = [...denied, ...leaks];
