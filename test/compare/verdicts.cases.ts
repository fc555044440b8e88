/**
 * The verdict table as data: a policy, what was seen, and exactly the rows and findings that must follow. Rows that a case is
 * not about are left out by `rows`; findings are always the whole list.
 */
import { dialogueOf, type RunSpec } from '../support/evidence.ts';

export interface VerdictCase {
  readonly title: string;
  readonly policy: string;
  readonly runs: readonly RunSpec[];
  readonly requireProof?: 'proven';
  readonly now?: string;
  /** End of the row's id → `verdict/proof`. Every row of the result must be here. */
  readonly rows: Readonly<Record<string, string>>;
  /** `severity code port`, in the result's order, without `not-judged`. */
  readonly findings?: readonly string[];
  /** Part of the reason of the only inconclusive row, or of the first. */
  readonly why?: RegExp;
  readonly exit: number;
}

const HEAD = `
version: 1
name: office
segments:
  workstations: { networks: [10.20.0.0/16] }
  relays: { networks: [10.1.0.25] }
`;

/** Workstations may not use 25; the relay may. */
export const EGRESS: string = `${HEAD}
destinations:
  internet: { networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }] }
rules:
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit:
  ports: [25]
  controls: [{ host: www.example.net, port: 443 }]
`;

/** Workstations submit on 587; `require` is put in. */
export function submission(require: string, port = 587, own = false): string {
  return `${HEAD}
destinations:
  provider: { hosts: [192.0.2.10], listening: [${port}], own: ${own} }
rules:
  - { name: submit, from: workstations, to: provider, ports: [${port}], require: { ${require} } }
audit:
  ports: [${port}]
  controls: [{ host: www.example.net, port: 443 }]
`;
}

const WWW = 'www.example.net 203.0.113.80:443';
const ALIVE = [`${WWW} 0+ 30+ 120+`];
const WORKSTATION = 'workstations 10.20.0.5';
const RELAY = 'relays 10.1.0.25';
const MX = 'internet/198.51.100.7:25';
const SUBMIT = 'provider/192.0.2.10:587';

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

const allowed: readonly VerdictCase[] = [
  {
    title: 'an allowed flow to a server that meets every requirement complies',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden'),
    runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf() } } }],
    rows: { [SUBMIT]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: '530 to MAIL proves that AUTH is asked for',
    policy: submission('tls: starttls, auth: required'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({ mail: { code: 530, enhanced: '5.7.0', lines: ['Authentication required'] } }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: '530 that asks for STARTTLS proves nothing of AUTH',
    policy: submission('auth: required'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              tls: null,
              keywords: ['STARTTLS'],
              keywordsTls: [],
              mail: { code: 530, enhanced: '5.7.0', lines: ['Must issue a STARTTLS command first'] },
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high submission-without-auth 587'],
    exit: 1,
  },
  {
    title: 'on an own server an accepted RCPT without AUTH is a violation',
    policy: submission('tls: starttls, auth: required', 587, true),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              mail: { code: 250, enhanced: null, lines: ['ok'] },
              rcpt: { code: 250, enhanced: null, lines: ['ok'] },
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high submission-without-auth 587'],
    exit: 1,
  },
  {
    title: 'without TLS only starttls-missing is reported: what depends on TLS is not judged',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              keywords: ['AUTH PLAIN'],
              starttls: { offered: false, reply: { code: 502, enhanced: null, lines: ['no'] } },
              tls: null,
              keywordsTls: [],
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high starttls-missing 587'],
    exit: 1,
  },
  {
    title: 'masked keywords in place of STARTTLS are stripping',
    policy: submission('tls: starttls'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              keywords: ['XXXXXXXA'],
              starttls: { offered: false, reply: null },
              tls: null,
              keywordsTls: [],
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['critical starttls-stripped 587'],
    exit: 1,
  },
  {
    title: 'several failed requirements are as many findings on one row',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth-before-tls: forbidden'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              keywords: ['STARTTLS', 'AUTH PLAIN LOGIN'],
              tls: {
                version: 'TLSv1.1',
                cipher: 'x',
                serverName: null,
                certificate: null,
                problems: [{ code: 'expired', message: 'Expired on 2020-01-01.' }],
              },
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high certificate-invalid 587', 'high auth-before-tls 587', 'medium tls-outdated 587'],
    exit: 1,
  },
  {
    title: 'a TLS handshake that timed out leaves the requirement unjudged',
    policy: submission('tls: starttls'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          [SUBMIT]: {
            outcome: 'open-smtp',
            dialogue: dialogueOf({
              tls: null,
              keywordsTls: [],
              failure: { stage: 'tls', kind: 'timeout', message: 'no answer to the ClientHello within 10000 ms' },
            }),
          },
        },
      },
    ],
    rows: { [SUBMIT]: 'inconclusive/none' },
    why: /TLS handshake could not be judged: no answer to the ClientHello/,
    exit: 3,
  },
  {
    title: 'clear text on 465 is an unexpected service, also where nothing is required',
    policy: submission('', 465).replace(', require: {  }', ''),
    runs: [{ legs: [WORKSTATION], seen: { 'provider/192.0.2.10:465': { outcome: 'open-smtp', dialogue: dialogueOf() } } }],
    rows: { 'provider/192.0.2.10:465': 'violation/proven' },
    findings: ['medium unexpected-service 465'],
    exit: 1,
  },
  {
    title: 'TLS from the first byte on 587 is an unexpected service',
    policy: submission('tls: starttls'),
    runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf({ mode: 'implicit' }) } } }],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['medium unexpected-service 587'],
    exit: 1,
  },
  {
    title: 'either mode serves where the rule asks for any TLS',
    policy: submission('tls: any'),
    runs: [
      {
        legs: [WORKSTATION],
        seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf({ mode: 'implicit', starttls: null }) } },
      },
    ],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'a refusing server complies where nothing is required',
    policy: submission('').replace(', require: {  }', ''),
    runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: 'open-refusing' } }],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'a refusing server is inconclusive where something is required',
    policy: submission('tls: starttls'),
    runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: 'open-refusing' } }],
    rows: { [SUBMIT]: 'inconclusive/none' },
    why: /What rule submit requires could not be seen/,
    exit: 3,
  },
  ...(['open-other', 'open-silent', 'open-closed', 'open-reset'] as const).map(
    (outcome): VerdictCase => ({
      title: `an allowed flow that is ${outcome} reaches an unexpected service`,
      policy: submission('tls: starttls'),
      runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: outcome } }],
      rows: { [SUBMIT]: 'violation/supported' },
      findings: ['medium unexpected-service 587'],
      exit: 1,
    }),
  ),
  ...(['dropped', 'rejected', 'refused'] as const).flatMap((outcome): VerdictCase[] => [
    {
      title: `an allowed flow that is ${outcome} while a control answers is blocked`,
      policy: submission('tls: starttls'),
      runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: outcome }, controls: ALIVE }],
      rows: { [SUBMIT]: 'violation/supported' },
      findings: ['high egress-blocked 587'],
      exit: 1,
    },
    {
      title: `an allowed flow that is ${outcome} without a control is inconclusive`,
      policy: submission('tls: starttls'),
      runs: [{ legs: [WORKSTATION], seen: { [SUBMIT]: outcome } }],
      rows: { [SUBMIT]: 'inconclusive/none' },
      why: /may be down/,
      exit: 3,
    },
  ]),
  {
    title: 'an allowed flow that answered and then did not is inconclusive',
    policy: submission('tls: starttls'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: {
          [SUBMIT]: [
            { outcome: 'open-smtp', dialogue: dialogueOf() },
            { outcome: 'dropped', at: 90, pass: 'confirm' },
          ],
        },
      },
    ],
    rows: { [SUBMIT]: 'inconclusive/none' },
    why: /comes and goes/,
    exit: 3,
  },
  {
    title: 'an allowed flow that was blocked under load and answers when asked again complies',
    policy: submission('tls: starttls'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: { [SUBMIT]: [{ outcome: 'dropped' }, { outcome: 'open-smtp', dialogue: dialogueOf(), at: 90, pass: 'confirm' }] },
      },
    ],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'an address is down, not blocked, where another of the same name answers',
    policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        names: ['smtp.example.net 192.0.2.10 192.0.2.11'],
        seen: { '192.0.2.10:587': { outcome: 'open-smtp', dialogue: dialogueOf() }, '192.0.2.11:587': 'dropped' },
      },
    ],
    rows: { '192.0.2.10:587': 'compliant/proven', '192.0.2.11:587': 'violation/supported' },
    findings: ['low endpoint-down 587'],
    exit: 1,
  },
  {
    title: 'two addresses of one name with the same fault are one finding',
    policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net'),
    runs: [{ legs: [WORKSTATION], controls: ALIVE, names: ['smtp.example.net 192.0.2.10 192.0.2.11'] }],
    rows: { '192.0.2.10:587': 'violation/supported', '192.0.2.11:587': 'violation/supported' },
    findings: ['high egress-blocked 587'],
    exit: 1,
  },
];

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

export const VERDICT_CASES: readonly VerdictCase[] = [
  ...denied,
  ...mute,
  ...allowed,
  ...names,
  ...families,
  ...runs,
  ...leaks,
  ...waivers,
];
