/** The verdict table where something stands on the way: what receipts prove, what signs show, what is not enough. */
import type { Dialogue, DialogueFailure } from '../../src/model/dialogue.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { attestationOf, dialogueOf, documentationOf, type RunSpec } from '../support/evidence.ts';
import { KEY, OTHER_KEY, type PathOptions, sentinelDialogue } from '../support/path-to-sentinel.ts';
import { ALIVE, EGRESS, HEAD, MX, RELAY, SUBMIT, submission, submitted, type VerdictCase, WORKSTATION } from './verdict-case.ts';

const NAT = '198.51.100.20';
const EDGE = 'internet/203.0.113.9:25';

/** Workstations may not reach the sentinel on 25; the relay may. */
const WATCHED = `${HEAD}
destinations:
  internet: { networks: [public], probes: [{ sentinel: edge }] }
rules:
  - { name: deliver, from: relays, to: internet, ports: [25] }
audit:
  ports: [25]
  controls: [{ host: www.example.net, port: 443 }]
sentinels:
  edge: { host: 203.0.113.9, ports: [25, 443], public-key: "${KEY.publicKey.text}", expected-sources: [${NAT}] }
`;

const OFF: DialogueFailure = {
  stage: 'receipt',
  kind: 'closed',
  message: 'The receipt did not come: the server closed the connection.',
};

/** Each nonce is asked for once: by vantage. */
function toEdge(
  who: string,
  options: PathOptions = {},
  changes: (dialogue: Dialogue) => Partial<Dialogue> = () => ({}),
): RunSpec {
  const dialogue = sentinelDialogue({ from: NAT, seed: who, ...options });
  return {
    legs: [who],
    controls: ALIVE,
    seen: { [EDGE]: { outcome: 'open-smtp', dialogue: { ...dialogue, ...changes(dialogue) } } },
  };
}

interface Told {
  readonly what: string;
  readonly run: (who: string) => RunSpec;
  /** Findings on 25 where the flow is denied; where it is allowed, or `compliant`, or `inconclusive`. */
  readonly denied: readonly string[];
  readonly allowed: readonly string[] | 'compliant' | 'inconclusive';
}

const lastReceiptBroken = ({ receipts }: Dialogue): Partial<Dialogue> => ({
  receipts: receipts.map((one, index) => (index === 1 ? { ...one, receipt: null } : one)),
  failure: OFF,
});

const TOLD: readonly Told[] = [
  { what: 'reached directly', run: (who) => toEdge(who), denied: ['critical egress-open 25'], allowed: 'compliant' },
  {
    what: 'reached directly, without TLS of its own',
    run: (who) => toEdge(who, { plain: true }),
    denied: ['critical egress-open 25'],
    allowed: 'compliant',
  },
  {
    what: 'reached directly, with a manner of its own',
    run: (who) => toEdge(who, {}, () => ({ greeting: { code: 220, enhanced: null, lines: ['****'] }, injected: '250 more' })),
    denied: ['critical egress-open 25'],
    allowed: 'compliant',
  },
  {
    what: 'reached through a relay',
    run: (who) => toEdge(who, { path: 'relay', from: '203.0.113.1' }),
    denied: ['critical egress-open 25'],
    allowed: ['high intercepted 25'],
  },
  {
    what: 'reached past somebody who removes STARTTLS',
    run: (who) => toEdge(who, { path: 'strip' }),
    denied: ['critical egress-open 25', 'critical starttls-stripped 25'],
    allowed: ['critical starttls-stripped 25'],
  },
  {
    what: 'reached past an inspecting firewall',
    run: (who) => toEdge(who, { path: 'inspect' }),
    denied: ['critical egress-open 25', 'critical starttls-stripped 25', 'high banner-masked 25'],
    allowed: ['critical starttls-stripped 25', 'high banner-masked 25'],
  },
  {
    what: 'reached past somebody who changes something without a name',
    run: (who) =>
      toEdge(who, {}, ({ receipts }) => ({ receipts: receipts.map((one) => ({ ...one, received: '0'.repeat(64) })) })),
    denied: ['critical egress-open 25', 'critical intercepted 25'],
    allowed: ['critical intercepted 25'],
  },
  {
    what: 'reached by a session that another begins',
    run: (who) => toEdge(who, { path: 'tls' }),
    denied: ['critical egress-open 25', 'critical intercepted 25'],
    allowed: ['critical intercepted 25'],
  },
  {
    what: 'not reached: a sink answers',
    run: (who) => toEdge(who, { path: 'sink' }),
    denied: ['critical intercepted 25'],
    allowed: ['critical intercepted 25'],
  },
  {
    what: 'not shown: its receipts are by a retired key',
    run: (who) => toEdge(who, { signedBy: OTHER_KEY }),
    denied: ['critical intercepted 25'],
    allowed: ['critical intercepted 25'],
  },
  {
    what: 'not shown: a clock is a day off',
    run: (who) => toEdge(who, { clock: Date.parse('2026-11-20T20:01:00.000Z') }),
    denied: ['critical egress-open 25'],
    allowed: 'inconclusive',
  },
  {
    what: 'not shown: no receipt was asked for',
    run: (who) => toEdge(who, {}, () => ({ receipts: [] })),
    denied: ['critical egress-open 25'],
    allowed: 'inconclusive',
  },
  {
    what: 'not shown: it broke off where the first receipt was due',
    run: (who) =>
      toEdge(who, {}, ({ receipts }) => ({
        receipts: receipts.slice(0, 1).map((one) => ({ ...one, receipt: null })),
        failure: OFF,
      })),
    denied: ['critical egress-open 25'],
    allowed: 'inconclusive',
  },
  {
    what: 'shown in clear text alone: its clock passed the limit in between',
    run: (who) =>
      toEdge(who, {}, ({ receipts }) => ({
        receipts: receipts.map((one, index) => {
          const late = sentinelDialogue({
            from: NAT,
            seed: who,
            local: who.split(' ')[1] ?? '',
            clock: Date.parse('2026-11-21T21:01:00.001Z'),
          });
          return index === 1 ? { ...one, receipt: late.receipts[1]?.receipt ?? null, nonce: late.receipts[1]?.nonce ?? '' } : one;
        }),
      })),
    denied: ['critical egress-open 25'],
    allowed: 'inconclusive',
  },
  {
    what: 'shown in clear text alone: it broke off inside TLS',
    run: (who) => toEdge(who, {}, lastReceiptBroken),
    denied: ['critical egress-open 25'],
    allowed: 'inconclusive',
  },
];

const sentinels: readonly VerdictCase[] = TOLD.flatMap(({ what, run, denied, allowed }): VerdictCase[] => [
  {
    title: `denied: a sentinel ${what}`,
    policy: WATCHED,
    runs: [run(WORKSTATION)],
    rows: { [EDGE]: 'violation/proven' },
    findings: denied,
    exit: 1,
  },
  {
    title: `allowed: a sentinel ${what}`,
    policy: WATCHED,
    runs: [run(RELAY)],
    rows: {
      [EDGE]:
        allowed === 'compliant' ? 'compliant/proven' : allowed === 'inconclusive' ? 'inconclusive/none' : 'violation/proven',
    },
    findings: typeof allowed === 'string' ? [] : allowed,
    ...(allowed === 'inconclusive' ? { why: /receipt/ } : {}),
    exit: allowed === 'compliant' ? 0 : allowed === 'inconclusive' ? 3 : 1,
  },
]);

const more: readonly VerdictCase[] = [
  {
    title: 'receipts that were shown in another run as well prove nothing in either',
    policy: WATCHED,
    runs: [
      { ...toEdge('relays 10.1.0.25', { seed: 'same' }), id: 'one', hostname: 'one' },
      { ...toEdge('relays 10.1.0.25', { seed: 'same' }), id: 'two', hostname: 'two' },
    ],
    rows: { [EDGE]: 'violation/proven', [`${EDGE}@two`]: 'violation/proven' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'a sentinel without a public key is a server like any other',
    policy: WATCHED.replace(`public-key: "${KEY.publicKey.text}", `, ''),
    runs: [toEdge(RELAY, { path: 'strip' }, () => ({ receipts: [] }))],
    rows: { [EDGE]: 'violation/proven' },
    findings: ['critical starttls-stripped 25'],
    exit: 1,
  },
  {
    title: 'a sentinel that refuses by its greeting is nobody known',
    policy: WATCHED,
    runs: [
      {
        legs: [RELAY],
        seen: {
          [EDGE]: { outcome: 'open-refusing', dialogue: dialogueOf({ ehlo: null, keywords: [], starttls: null, tls: null }) },
        },
      },
    ],
    rows: { [EDGE]: 'inconclusive/none' },
    why: /No receipt of sentinel edge/,
    exit: 3,
  },
];

const NOBODY = 'workstations 10.20.0.5 > 192.0.2.1:25';
const SPEAKS = { outcome: 'open-smtp', dialogue: dialogueOf() } as const;
const openTo = (outcome: Outcome): RunSpec => ({
  legs: [WORKSTATION],
  controls: ALIVE,
  seen: { [MX]: { outcome, dialogue: outcome === 'open-smtp' ? dialogueOf() : null } },
});

const documentation: readonly VerdictCase[] = [
  {
    title: 'where an address that nobody can have answers as a mail server, an open flow is intercepted',
    policy: EGRESS,
    runs: [{ ...openTo('open-smtp'), extra: [documentationOf(NOBODY, SPEAKS)] }],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'where such an address completes a handshake and no more, it is of high severity: a SYN proxy does that',
    policy: EGRESS,
    runs: [{ ...openTo('open-silent'), extra: [documentationOf(NOBODY, { outcome: 'open-closed' })] }],
    rows: { [MX]: 'violation/supported' },
    findings: ['high intercepted 25'],
    exit: 1,
  },
  {
    title: 'an allowed flow whose way out something else answers does not comply, whatever that offers',
    policy: EGRESS,
    runs: [
      {
        legs: [RELAY],
        seen: { [MX]: SPEAKS },
        extra: [documentationOf('relays 10.1.0.25 > 192.0.2.1:25', SPEAKS)],
      },
    ],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  ...(
    [
      ['another port', 'workstations 10.20.0.5 > 192.0.2.1:587'],
      ['another family', 'workstations 10.20.0.5 > [2001:db8::1]:25'],
      ['another leg', 'workstations 10.20.0.6 > 192.0.2.1:25'],
      ['an address that the policy names', 'workstations 10.20.0.5 > 198.51.100.7:25'],
    ] as const
  ).map(
    ([what, place]): VerdictCase => ({
      title: `an answer from ${what} shows nothing of this way out`,
      policy: EGRESS,
      runs: [{ ...openTo('open-smtp'), extra: [documentationOf(place, SPEAKS)] }],
      rows: { [MX]: 'violation/proven' },
      findings: ['critical egress-open 25'],
      exit: 1,
    }),
  ),
  {
    title: 'an address that nobody can have and that does not answer proves nothing',
    policy: EGRESS,
    runs: [{ ...openTo('open-smtp'), extra: [documentationOf(NOBODY, { outcome: 'refused' })] }],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
  {
    title: 'where something answers for everybody, a receipt says otherwise of its own flow',
    policy: WATCHED,
    runs: [{ ...toEdge(WORKSTATION), extra: [documentationOf(NOBODY, SPEAKS)] }],
    rows: { [EDGE]: 'violation/proven' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
  {
    title: 'what is inside is not answered by what stands at the way out',
    policy: EGRESS.replace(
      'networks: [public], probes: [{ host: 198.51.100.7',
      'networks: [10.9.0.0/16], probes: [{ host: 10.9.0.25',
    ),
    runs: [
      {
        legs: [RELAY],
        seen: { 'internet/10.9.0.25:25': SPEAKS },
        extra: [documentationOf('relays 10.1.0.25 > 192.0.2.1:25', SPEAKS)],
      },
    ],
    rows: { 'internet/10.9.0.25:25': 'compliant/proven' },
    exit: 0,
  },
];

const UNKNOWN_VERB = (text: string): Dialogue['echo'] => ({
  verb: 'XPSTRN12AB34CD',
  reply: { code: 500, enhanced: null, lines: [text] },
});
const NO_TLS = { tls: null, keywordsTls: [], keywords: ['PIPELINING'] } as const;
const refusedWith = (text: string): Partial<Dialogue> => ({
  ...NO_TLS,
  starttls: { offered: false, reply: { code: 502, enhanced: null, lines: [text] } },
});
const MASKED = { code: 220, enhanced: null, lines: ['****2****0****'] };

const signs: readonly VerdictCase[] = [
  ...(
    [
      ['is masked', { greeting: MASKED }, ['high banner-masked 587']],
      ['has four asterisks and no more', { greeting: { ...MASKED, lines: ['****'] } }, ['high banner-masked 587']],
      ['is followed by masked keywords', { keywords: ['STARTTLS', 'XXXXXXXB'] }, ['high banner-masked 587']],
      [
        'is masked, and STARTTLS with it',
        { ...refusedWith('unrecognized: "XXXXXXXX"'), greeting: MASKED },
        ['critical starttls-stripped 587', 'high banner-masked 587'],
      ],
    ] as const
  ).map(
    ([what, changes, findings]): VerdictCase => ({
      title: `a device shows where the greeting ${what}, also where nothing is required`,
      policy: submission('').replace(', require: {  }', ''),
      runs: [submitted(changes)],
      rows: { [SUBMIT]: 'violation/proven' },
      findings,
      exit: 1,
    }),
  ),
  ...(
    [
      ['three asterisks', { greeting: { ...MASKED, lines: ['*** welcome'] } }],
      ['a name between asterisks', { greeting: { ...MASKED, lines: ['**** mail.example.net ****'] } }],
      ['no text', { greeting: { ...MASKED, lines: [''] } }],
      ['keywords that begin with X', { keywords: ['STARTTLS', 'XCLIENT NAME ADDR', 'XXX'] }],
    ] as const
  ).map(
    ([what, changes]): VerdictCase => ({
      title: `a server with ${what} is a server`,
      policy: submission('tls: starttls'),
      runs: [submitted(changes)],
      rows: { [SUBMIT]: 'compliant/proven' },
      exit: 0,
    }),
  ),
  {
    title: 'STARTTLS that works without being offered was taken out of the offer',
    policy: submission('tls: starttls'),
    runs: [
      submitted({ keywords: ['PIPELINING'], starttls: { offered: false, reply: { code: 220, enhanced: null, lines: ['go'] } } }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['critical starttls-stripped 587'],
    exit: 1,
  },
  ...(
    [
      ['quotes the command', 'unrecognized: "STARTTLS"'],
      ['says nothing of it', 'Error: command not implemented'],
      ['says that it was not advertised', 'STARTTLS command used when not advertised'],
    ] as const
  ).map(
    ([what, text]): VerdictCase => ({
      title: `STARTTLS that is refused in words that ${what} is missing, not stripped`,
      policy: submission('tls: starttls'),
      runs: [submitted(refusedWith(text))],
      rows: { [SUBMIT]: 'violation/proven' },
      findings: ['high starttls-missing 587'],
      exit: 1,
    }),
  ),
  {
    title: 'masked keywords beside a refusal that quotes STARTTLS: a device, and a server without TLS',
    policy: submission('tls: starttls'),
    runs: [submitted({ ...refusedWith('unrecognized: "STARTTLS"'), keywords: ['XXXXXXXA'] })],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high banner-masked 587', 'high starttls-missing 587'],
    exit: 1,
  },
  {
    title: 'stripping is one fault: what a server without TLS offers is not judged beside it',
    policy: submission('tls: starttls, auth-before-tls: forbidden'),
    runs: [
      submitted({ keywords: ['AUTH PLAIN'], starttls: { offered: false, reply: { code: 220, enhanced: null, lines: ['go'] } } }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['critical starttls-stripped 587'],
    exit: 1,
  },
  {
    title: 'an unknown verb that comes back overwritten shows a device',
    policy: submission('tls: starttls', 587, true),
    runs: [submitted({ echo: UNKNOWN_VERB('Command unrecognized: "XXXXXXXXXXXXXX"') })],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['critical intercepted 587'],
    exit: 1,
  },
  ...(
    [
      ['as it was sent', 'Command unrecognized: "XPSTRN12AB34CD"'],
      ['not at all', 'Error: command not recognized'],
      ['as something of another length', 'Command unrecognized: "XXXX"'],
    ] as const
  ).map(
    ([what, text]): VerdictCase => ({
      title: `an unknown verb that comes back ${what} shows nothing`,
      policy: submission('tls: starttls', 587, true),
      runs: [submitted({ echo: UNKNOWN_VERB(text) })],
      rows: { [SUBMIT]: 'compliant/proven' },
      exit: 0,
    }),
  ),
  ...(
    [
      ['an unknown verb is accepted', { echo: { verb: 'XPSTRN12AB34CD', reply: { code: 250, enhanced: null, lines: ['OK'] } } }],
      ['bytes stand behind the reply to STARTTLS', { injected: '250 more' }],
    ] as const
  ).map(
    ([what, changes]): VerdictCase => ({
      title: `where ${what}, a doubt remains: the verdict is only supported`,
      policy: submission('tls: starttls', 587, true),
      runs: [submitted(changes)],
      rows: { [SUBMIT]: 'compliant/supported' },
      exit: 0,
    }),
  ),
  {
    title: '250 to STARTTLS alone is no interception: the destination may be what takes everything',
    policy: submission('').replace(', require: {  }', ''),
    runs: [submitted({ ...NO_TLS, starttls: { offered: false, reply: { code: 250, enhanced: null, lines: ['OK'] } } })],
    rows: { [SUBMIT]: 'compliant/supported' },
    exit: 0,
  },
  {
    title: 'a denied flow past a masking device is a hole, and no more findings than that',
    policy: EGRESS,
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        seen: { [MX]: { outcome: 'open-smtp', dialogue: dialogueOf({ greeting: MASKED }) } },
      },
    ],
    rows: { [MX]: 'violation/proven' },
    findings: ['critical egress-open 25'],
    exit: 1,
  },
];

const FROM_ANY = submission('tls: starttls').replace('from: workstations', 'from: any');
const WITHOUT = submitted(refusedWith('Error: command not implemented'));
const offeredTo = (spec: Partial<RunSpec>): RunSpec => ({
  id: 'other',
  legs: [RELAY],
  seen: { [SUBMIT]: { outcome: 'open-smtp', dialogue: dialogueOf() } },
  ...spec,
});

const vantages: readonly VerdictCase[] = [
  {
    title: 'STARTTLS that another vantage gets offered by the same address is stripped here',
    policy: FROM_ANY,
    runs: [WITHOUT, offeredTo({})],
    rows: { [`workstations/10.20.0.5>${SUBMIT}`]: 'violation/proven', [`relays/10.1.0.25>${SUBMIT}`]: 'compliant/proven' },
    findings: ['critical starttls-stripped 587'],
    exit: 1,
  },
  {
    title: 'an offer of two hours ago strips nothing',
    policy: FROM_ANY,
    runs: [WITHOUT, offeredTo({ startedAt: Date.parse('2026-11-21T18:00:00.000Z') })],
    rows: { [`workstations/10.20.0.5>${SUBMIT}`]: 'violation/proven', [`relays/10.1.0.25>${SUBMIT}`]: 'compliant/proven' },
    findings: ['high starttls-missing 587'],
    exit: 1,
  },
  {
    title: 'nor does an offer to others where the server itself says that it has none for this client',
    policy: FROM_ANY,
    runs: [submitted(refusedWith('unrecognized: "STARTTLS"')), offeredTo({})],
    rows: { [`workstations/10.20.0.5>${SUBMIT}`]: 'violation/proven', [`relays/10.1.0.25>${SUBMIT}`]: 'compliant/proven' },
    findings: ['high starttls-missing 587'],
    exit: 1,
  },
  {
    title: 'nor one that this very vantage got at another time',
    policy: submission('tls: starttls'),
    runs: [
      { ...WITHOUT, startedAt: Date.parse('2026-11-21T20:30:00.000Z') },
      offeredTo({ legs: [WORKSTATION], hostname: 'host-workstations' }),
    ],
    rows: { [SUBMIT]: 'violation/proven' },
    findings: ['high starttls-missing 587'],
    exit: 1,
  },
];

/** On 443 the sentinel speaks inside TLS, and names what it listens on. */
function attested(listenedAt: string, options: PathOptions = {}): RunSpec['extra'] {
  const listening = [{ port: 25, family: 'ipv4' as const, at: listenedAt }];
  const dialogue = sentinelDialogue({ port: 443, seed: 'attestation', listening, from: NAT, ...options });
  return [attestationOf('workstations 10.20.0.5 > 203.0.113.9:443', { outcome: 'open-smtp', dialogue })];
}

const BLOCKED = { legs: [WORKSTATION], controls: ALIVE } as const;
const TODAY = '2026-11-21T12:00:00.000Z';

const attestations: readonly VerdictCase[] = [
  ...(['dropped', 'rejected', 'refused'] as const).map(
    (outcome): VerdictCase => ({
      title: `a denied flow that is ${outcome} is proven where the sentinel attests that it listens there`,
      policy: WATCHED,
      runs: [{ ...BLOCKED, seen: { [EDGE]: outcome }, extra: attested(TODAY) ?? [] }],
      rows: { [EDGE]: 'compliant/proven' },
      requireProof: 'proven',
      exit: 0,
    }),
  ),
  ...(
    [
      ['of a day and a minute before', attested('2026-11-20T20:00:00.000Z')],
      [
        'of another port',
        [
          attestationOf('workstations 10.20.0.5 > 203.0.113.9:443', {
            outcome: 'open-smtp',
            dialogue: sentinelDialogue({ port: 443, from: NAT, listening: [{ port: 443, family: 'ipv4', at: TODAY }] }),
          }),
        ],
      ],
      [
        'of another family',
        [
          attestationOf('workstations 10.20.0.5 > 203.0.113.9:443', {
            outcome: 'open-smtp',
            dialogue: sentinelDialogue({ port: 443, from: NAT, listening: [{ port: 25, family: 'ipv6', at: TODAY }] }),
          }),
        ],
      ],
      ['that is two hours ahead', attested('2026-11-21T22:02:00.000Z')],
      ['by a retired key', attested(TODAY, { signedBy: OTHER_KEY })],
      ['of a stranger', attested(TODAY, { path: 'sink' })],
    ] as const
  ).map(
    ([what, extra]): VerdictCase => ({
      title: `an attestation ${what} attests nothing`,
      policy: WATCHED,
      runs: [{ ...BLOCKED, extra: extra ?? [] }],
      rows: { [EDGE]: 'compliant/supported' },
      exit: 0,
    }),
  ),
  {
    title: 'an attestation does not stand in for a control',
    policy: WATCHED,
    runs: [{ legs: [WORKSTATION], extra: attested(TODAY) ?? [] }],
    rows: { [EDGE]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    exit: 3,
  },
  {
    title: 'a receipt of another vantage attests as well, also one whose way out is another',
    policy: WATCHED.replace('{ networks: [10.1.0.25] }', '{ networks: [10.1.0.25], egress: branch }'),
    runs: [BLOCKED, toEdge(RELAY, { listening: [{ port: 25, family: 'ipv4', at: '2026-11-21T20:01:00.000Z' }] })],
    rows: { [`workstations/10.20.0.5>${EDGE}`]: 'compliant/proven', [`relays/10.1.0.25>${EDGE}`]: 'compliant/proven' },
    exit: 0,
  },
  {
    title: 'an allowed flow that is stopped on its way to a sentinel that listens is blocked, proven',
    policy: WATCHED,
    runs: [{ legs: [RELAY], controls: ALIVE, extra: attested(TODAY) ?? [] }],
    rows: { [EDGE]: 'violation/proven' },
    findings: ['high egress-blocked 25'],
    exit: 1,
  },
];

const vouching: readonly VerdictCase[] = [
  {
    title: 'a stranger in the place of the sentinel is no sighting of it',
    policy: WATCHED,
    runs: [BLOCKED, toEdge(RELAY, { path: 'sink' })],
    rows: { [`workstations/10.20.0.5>${EDGE}`]: 'compliant/supported', [`relays/10.1.0.25>${EDGE}`]: 'violation/proven' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'a sentinel that was reached past a device was there all the same',
    policy: WATCHED,
    runs: [BLOCKED, toEdge(RELAY, { path: 'strip' })],
    rows: { [`workstations/10.20.0.5>${EDGE}`]: 'compliant/proven', [`relays/10.1.0.25>${EDGE}`]: 'violation/proven' },
    findings: ['critical starttls-stripped 25'],
    exit: 1,
  },
  {
    title: 'what answers for everybody on the way out of another vantage is no sighting of a target',
    policy: EGRESS,
    runs: [
      BLOCKED,
      { legs: [RELAY], seen: { [MX]: SPEAKS }, extra: [documentationOf('relays 10.1.0.25 > 192.0.2.1:25', SPEAKS)] },
    ],
    rows: { [`workstations/10.20.0.5>${MX}`]: 'compliant/supported', [`relays/10.1.0.25>${MX}`]: 'violation/proven' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'an allowed flow that something else answers shows no path alive',
    policy: WATCHED.replace(
      'networks: [public], probes: [',
      'networks: [public], probes: [{ host: 198.51.100.7, listening: [25] }, ',
    )
      .replace('to: internet', 'to: outpost')
      .replace('rules:', '  outpost: { hosts: [198.51.100.8], listening: [25] }\nrules:'),
    runs: [
      {
        legs: [RELAY],
        seen: {
          'outpost/198.51.100.8:25': [
            { ...SPEAKS, at: 10 },
            { ...SPEAKS, at: 100 },
          ],
          'internet/203.0.113.9:25': 'dropped',
        },
        extra: [documentationOf('relays 10.1.0.25 > 192.0.2.1:25', SPEAKS)],
      },
    ],
    rows: {
      'outpost/198.51.100.8:25': 'violation/proven',
      'internet/203.0.113.9:25': 'inconclusive/none',
      'internet/198.51.100.7:25': 'inconclusive/none',
    },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
];

const CONTROLLED = WATCHED.replace('host: www.example.net', 'host: 203.0.113.9');
const BY_ITSELF = { legs: [WORKSTATION], controls: ['203.0.113.9 203.0.113.9:443 0+ 30+ 120+'] } as const;

const controls: readonly VerdictCase[] = [
  {
    title: 'a control that something else answers shows no path alive',
    policy: CONTROLLED,
    runs: [{ ...BY_ITSELF, extra: attested(TODAY, { path: 'sink' }) ?? [] }],
    rows: { [EDGE]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    why: /nothing at a public address answered/,
    exit: 3,
  },
  {
    title: 'a control that something else answers on an audited port is no hole, but interception',
    policy: EGRESS.replace('port: 443', 'port: 25'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ['mail.example.net 203.0.113.25:25 0+ 30+ 120+'],
        extra: [documentationOf(NOBODY, SPEAKS)],
      },
    ],
    rows: { [MX]: 'inconclusive/none', 'coverage:workstations:25/ipv4': 'inconclusive/none' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'a sentinel on 443 is a control, and attests its other ports',
    policy: CONTROLLED,
    runs: [{ ...BY_ITSELF, extra: attested(TODAY) ?? [] }],
    rows: { [EDGE]: 'compliant/proven' },
    exit: 0,
  },
];

const DUAL = EGRESS.replace('networks: [10.20.0.0/16]', 'networks: [10.20.0.0/16, "2001:db8:20::/48"]').replace(
  'host: 198.51.100.7',
  'host: mx.example.org',
);

const beside: readonly VerdictCase[] = [
  {
    title: 'what something else answers over one family says nothing of how the flow fares there: no gap',
    policy: DUAL,
    runs: [
      {
        legs: [WORKSTATION, 'workstations 2001:db8:20::5'],
        names: ['mx.example.org 198.51.100.7 3fff:0:f::7'],
        controls: [...ALIVE, 'www.example.net [3fff:0:f::80]:443 0+ 30+ 120+'],
        seen: { [MX]: SPEAKS },
        extra: [documentationOf(NOBODY, SPEAKS)],
      },
    ],
    rows: { [MX]: 'violation/proven', '[3fff:0:f::7]:25': 'compliant/supported' },
    findings: ['critical intercepted 25'],
    exit: 1,
  },
  {
    title: 'an address that a sentinel attests is blocked, not down, though another of its name answers',
    policy: WATCHED.replace('host: 203.0.113.9', 'host: edge.example.net'),
    runs: [
      {
        ...toEdge(RELAY),
        names: ['edge.example.net 203.0.113.9 203.0.113.10'],
        extra: [
          attestationOf('relays 10.1.0.25 > 203.0.113.10:443', {
            outcome: 'open-smtp',
            dialogue: sentinelDialogue({
              port: 443,
              from: NAT,
              seed: 'ten',
              listening: [{ port: 25, family: 'ipv4', at: TODAY }],
            }),
          }),
        ],
      },
    ],
    rows: { [EDGE]: 'compliant/proven', 'internet/203.0.113.10:25': 'violation/proven' },
    findings: ['high egress-blocked 25'],
    exit: 1,
  },
  {
    title: 'whoever answers for everybody besides, a receipt says what becomes of its own flow',
    policy: WATCHED,
    runs: [{ ...toEdge(RELAY, { path: 'strip' }), extra: [documentationOf('relays 10.1.0.25 > 192.0.2.1:25', SPEAKS)] }],
    rows: { [EDGE]: 'violation/proven' },
    findings: ['critical starttls-stripped 25'],
    exit: 1,
  },
  {
    title: 'an address is blocked, not down, where another of the same name was answered by something else',
    policy: submission('tls: starttls').replace('192.0.2.10', 'smtp.example.net'),
    runs: [
      {
        legs: [WORKSTATION],
        controls: ALIVE,
        names: ['smtp.example.net 192.0.2.10 192.0.2.11'],
        seen: { '192.0.2.10:587': SPEAKS, '192.0.2.11:587': 'dropped' },
        extra: [documentationOf('workstations 10.20.0.5 > 203.0.113.1:587', SPEAKS)],
      },
    ],
    rows: { '192.0.2.10:587': 'violation/proven', '192.0.2.11:587': 'violation/supported' },
    findings: ['critical intercepted 587', 'high egress-blocked 587'],
    exit: 1,
  },
];

export const INTERFERENCE_CASES: readonly VerdictCase[] = [
  ...sentinels,
  ...more,
  ...documentation,
  ...signs,
  ...vantages,
  ...attestations,
  ...vouching,
  ...controls,
  ...beside,
];
