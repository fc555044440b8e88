/** The verdict table for allowed flows: what gets through as its rule requires, what does not, and what nobody can tell. */
import { dialogueOf } from '../support/evidence.ts';
import { ALIVE, HEAD, SUBMIT, submission, submitted, type VerdictCase, WORKSTATION } from './verdict-case.ts';

export const ALLOWED_CASES: readonly VerdictCase[] = [
  {
    title: 'an allowed flow to a server that meets every requirement complies',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden'),
    runs: [submitted()],
    rows: { [SUBMIT]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: '530 to MAIL proves that AUTH is asked for',
    policy: submission('tls: starttls, auth: required'),
    runs: [submitted({ mail: { code: 530, enhanced: '5.7.0', lines: ['Authentication required'] } })],
    rows: { [SUBMIT]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: '530 that asks for STARTTLS proves nothing of AUTH',
    policy: submission('auth: required'),
    runs: [
      submitted({
        tls: null,
        keywords: ['STARTTLS'],
        keywordsTls: [],
        mail: { code: 530, enhanced: '5.7.0', lines: ['Must issue a STARTTLS command first'] },
      }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high submission-without-auth 587'],
    exit: 1,
  },
  {
    title: 'on an own server an accepted RCPT without AUTH is a violation',
    policy: submission('tls: starttls, auth: required', 587, true),
    runs: [
      submitted({
        mail: { code: 250, enhanced: null, lines: ['ok'] },
        rcpt: { code: 250, enhanced: null, lines: ['ok'] },
      }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high submission-without-auth 587'],
    exit: 1,
  },
  {
    title: 'without TLS only starttls-missing is reported: what depends on TLS is not judged',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden'),
    runs: [
      submitted({
        keywords: ['AUTH PLAIN'],
        starttls: { offered: false, reply: { code: 502, enhanced: null, lines: ['no'] } },
        tls: null,
        keywordsTls: [],
      }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high starttls-missing 587'],
    exit: 1,
  },
  {
    title: 'masked keywords in place of STARTTLS are stripping',
    policy: submission('tls: starttls'),
    runs: [
      submitted({
        keywords: ['XXXXXXXA'],
        starttls: { offered: false, reply: null },
        tls: null,
        keywordsTls: [],
      }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['critical starttls-stripped 587'],
    exit: 1,
  },
  {
    title: 'several failed requirements are as many findings on one row',
    policy: submission('tls: starttls, tls-version: "1.2", certificate: valid, auth-before-tls: forbidden'),
    runs: [
      submitted({
        keywords: ['STARTTLS', 'AUTH PLAIN LOGIN'],
        tls: {
          version: 'TLSv1.1',
          cipher: 'x',
          serverName: null,
          certificate: null,
          problems: [{ code: 'expired', message: 'Expired on 2020-01-01.' }],
        },
      }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high certificate-invalid 587', 'high auth-before-tls 587', 'medium tls-outdated 587'],
    exit: 1,
  },
  {
    title: 'a TLS handshake that timed out leaves the requirement unjudged',
    policy: submission('tls: starttls'),
    runs: [
      submitted({
        tls: null,
        keywordsTls: [],
        failure: { stage: 'tls', kind: 'timeout', message: 'no answer to the ClientHello within 10000 ms' },
      }),
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
    runs: [submitted({ mode: 'implicit' })],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['medium unexpected-service 587'],
    exit: 1,
  },
  {
    title: 'TLS from the first byte on 2465 is what the port is for',
    policy: submission('auth: required', 2465),
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          'provider/192.0.2.10:2465': { outcome: 'open-smtp', dialogue: dialogueOf({ mode: 'implicit', starttls: null }) },
        },
      },
    ],
    rows: { 'provider/192.0.2.10:2465': 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'TLS from the first byte is what a sentinel has on a port that is no mail port',
    policy: `${HEAD}
destinations: { provider: { hosts: [192.0.2.10], listening: [443] } }
rules: [{ name: submit, from: workstations, to: provider, ports: [443] }]
sentinels: { edge: { host: 192.0.2.10, ports: [443, 587] } }
audit: { ports: [587] }
`,
    runs: [
      {
        legs: [WORKSTATION],
        seen: {
          'provider/192.0.2.10:443': { outcome: 'open-smtp', dialogue: dialogueOf({ mode: 'implicit', starttls: null }) },
        },
      },
    ],
    rows: { 'provider/192.0.2.10:443': 'compliant/proven', 'coverage:workstations:587/ipv4': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: 'either mode serves where the rule asks for any TLS',
    policy: submission('tls: any'),
    runs: [submitted({ mode: 'implicit', starttls: null })],
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
