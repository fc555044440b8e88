/**
 * Honest mail servers, as they are found: in the words of many programs, well kept or not, alone or many names at one provider.
 *
 * One is not among them, because nothing tells it from a device that answers for everybody: a provider of three or more domains under names of
 * their own, in networks far apart, whose machines all greet by one name and have certificates for none of these, where the policy knows no
 * other server. Here the machines of such a provider are numbered (`%n`), as they mostly are.
 */
import fc from 'fast-check';
import type { Behaviour, MailServer, Talker } from '../../src/lab/behaviour.ts';
import { FAMILIES, type Family } from '../../src/model/address.ts';
import { certificate } from './postern.ts';

export const NAMES = ['mx.example.org', 'mx.example.com', 'mx1.example.net', 'mx2.example.net'] as const;
export type Name = (typeof NAMES)[number];

/** One or several names, behind which one operator's servers stand. */
export interface Operator {
  readonly names: readonly Name[];
  readonly behaviour: Behaviour;
  /** Whether its names have addresses of their own, in networks far apart. */
  readonly spread: boolean;
  /** Another of its machines, at a second address of each name; null: there is none. */
  readonly second: Behaviour | null;
  /** What its port 587 does; null: it has none. */
  readonly submission: Behaviour | null;
  readonly ipv6: boolean;
  /** Its certificate, where the policy knows the key of it. */
  readonly pin: string | null;
  /** The policy says that it is the user's own: it is sent an unknown verb, too. */
  readonly own: boolean;
  readonly allowed: boolean;
}

/** What the firewall does to what the policy denies. */
export type Block = 'drop' | 'reset' | 'icmp';

export interface HonestSentinel {
  readonly family: Family;
  readonly tls: boolean;
  readonly allowed: boolean;
  /** Has a port that no mail goes to, with TLS from the first byte. */
  readonly disguised: boolean;
  /** What its clock is ahead by, milliseconds. */
  readonly aheadMs: number;
}

export interface World {
  readonly operators: readonly Operator[];
  readonly block: Block;
  /** What becomes of packets to addresses that nobody has. */
  readonly nowhere: Block;
  readonly documentation: boolean;
  /** How connections look from outside: as they are, or all from one address; `unlisted`: the policy does not say which. */
  readonly translation: 'none' | 'listed' | 'unlisted';
  /** Null: the policy has no sentinel. */
  readonly sentinel: HonestSentinel | null;
  readonly requires: 'nothing' | 'starttls' | 'certificate';
  readonly concurrency: number;
}

/** Certificates of one operator, some of them badly kept. */
const CERTIFICATES = [
  'good-ec',
  'good-ec',
  'good',
  'by-intermediate',
  'expired',
  'self-signed',
  'wrong-name',
  'untrusted',
  'not-yet-valid',
];

type Style = Pick<MailServer, 'greeting' | 'unknown' | 'keywords' | 'pauseMs'>;

const DATE = 'Sat, 21 Nov 2026 20:38:00 +0000';
const STYLES: readonly ((name: string) => Style)[] = [
  (name) => ({
    greeting: [`220 ${name} ESMTP Postfix (Debian/GNU)`],
    unknown: '502 5.5.2 Error: command not recognized',
    keywords: ['PIPELINING', 'SIZE 10240000', 'VRFY', 'ETRN', 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN', 'SMTPUTF8', 'CHUNKING'],
  }),
  (name) => ({ greeting: [`220-${name} ESMTP Postfix`, `220 ${name} ESMTP Postfix`], pauseMs: 30 }),
  (name) => ({
    greeting: [`220 ${name} ESMTP Exim 4.98 ${DATE}`],
    unknown: '500 unrecognized command',
    keywords: [
      'SIZE 52428800',
      'LIMITS MAILMAX=1000 RCPTMAX=50000',
      '8BITMIME',
      'PIPELINING',
      'PIPECONNECT',
      'CHUNKING',
      'PRDR',
      'HELP',
    ],
  }),
  (name) => ({
    greeting: [`220 ${name} ESMTP Sendmail 8.18.1/8.18.1; ${DATE}`],
    unknown: '500 5.5.1 Command unrecognized: "%s"',
    keywords: ['ENHANCEDSTATUSCODES', 'PIPELINING', 'EXPN', 'VERB', '8BITMIME', 'SIZE', 'DSN', 'ETRN', 'DELIVERBY', 'HELP'],
  }),
  (name) => ({
    greeting: [`220 ${name} Microsoft ESMTP MAIL Service ready at ${DATE}`],
    unknown: "500 5.3.3 Unrecognized command 'unknown'",
    keywords: [
      'SIZE 37748736',
      'PIPELINING',
      'DSN',
      'X-ANONYMOUSTLS',
      'X-EXPS GSSAPI NTLM',
      'BINARYMIME',
      'XEXCH50',
      'XRDST',
      'XSHADOWREQUEST',
    ],
  }),
  (name) => ({ greeting: [`220 ${name} ESMTP OpenSMTPD`], unknown: '500 5.5.1 Invalid command: Command not recognized' }),
  (name) => ({ greeting: [`220 ${name} ESMTP`], unknown: '502 unimplemented (#5.5.1)', keywords: ['PIPELINING', '8BITMIME'] }),
  () => ({
    greeting: ['220 mx%n.mailhost.example ESMTP a1-20020a - gsmtp'],
    unknown: '502-5.5.1 Unrecognized command.\r\n502 5.5.1  - gsmtp',
  }),
  // Without a name, as careful operators and appliances greet; two of them need not be one.
  () => ({ greeting: ['220 ESMTP'], unknown: '500 Error', keywords: ['PIPELINING', '8BITMIME'] }),
  () => ({ greeting: ['220 '], unknown: '500 What?' }),
  () => ({ greeting: ['220 Service ready'], unknown: '500 Syntax error, command unrecognized "%s"' }),
  (name) => ({
    greeting: [
      `220-${name} ESMTP`,
      '220-********************************',
      '220-* No unsolicited mail. 2020   *',
      '220 ********************************',
    ],
    pauseMs: 10,
  }),
  (name) => ({ greeting: [`220 *** ${name} *** authorised use only ***`], unknown: '500 5.5.2 unknown command %s' }),
];

const mail: fc.Arbitrary<{ readonly behaviour: MailServer; readonly certificate: string | null }> = fc
  .record({
    style: fc.constantFrom(...STYLES),
    name: fc.constantFrom('mx.example.org', 'mail.internal', 'in%n.mailhost.example', 'localhost'),
    tls: fc.constantFrom('starttls', 'starttls', 'starttls', 'none'),
    auth: fc.constantFrom('never', 'inside-tls', 'always'),
    certificate: fc.constantFrom(...CERTIFICATES),
    newestTls: fc.constantFrom(undefined, undefined, 'TLSv1.2'),
    trouble: fc.option(
      fc.constantFrom<Partial<MailServer>>(
        { resetAt: 'starttls' },
        { resetAt: 'client-hello' },
        { resetAt: 'ehlo' },
        { answersHello: '\x15\x03\x03\x00\x02\x02\x28' },
        { pauseMs: 150 },
      ),
      { freq: 12 },
    ),
  } as const)
  .map(({ style, name, tls, auth, certificate: file, newestTls, trouble }) => ({
    certificate: file,
    behaviour: {
      kind: 'mail',
      name,
      tls,
      auth,
      certificate: certificate(file),
      ...style(name),
      ...(newestTls === undefined ? {} : { newestTls }),
      ...trouble,
    },
  }));

/** Reachable, and no mail server for this client. */
const refusing: fc.Arbitrary<Talker> = fc.constantFrom(
  { kind: 'talk', says: '554 5.7.1 blocked using zen.example.org\r\n', afterwards: 'close' },
  { kind: 'talk', says: '421 4.3.2 Service not available\r\n', afterwards: 'close' },
  { kind: 'talk', says: 'SSH-2.0-OpenSSH_9.2p1\r\n', afterwards: 'wait' },
  { kind: 'talk', says: '', afterwards: 'close' },
  { kind: 'talk', says: '', afterwards: 'reset' },
);

const behaviours = fc.oneof(
  { weight: 12, arbitrary: mail },
  { weight: 1, arbitrary: refusing.map((behaviour) => ({ behaviour, certificate: null })) },
);

function operatorOf(names: readonly Name[]): fc.Arbitrary<Operator> {
  return fc
    .record({
      main: behaviours,
      second: fc.option(behaviours, { freq: 4 }),
      submission: fc.option(behaviours, { freq: 3 }),
      spread: fc.boolean(),
      ipv6: fc.boolean(),
      own: fc.boolean(),
      pinned: fc.boolean(),
      allowed: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    })
    .map(({ main, second, submission, pinned, ...rest }) => ({
      ...rest,
      names,
      behaviour: main.behaviour,
      second: second?.behaviour ?? null,
      submission: submission?.behaviour ?? null,
      // A pin that does not hold is a finding: only who has one key everywhere is pinned.
      pin: pinned && keysOf(main, second, submission).size === 1 ? main.certificate : null,
    }));
}

function keysOf(...servers: readonly ({ readonly certificate: string | null } | null)[]): ReadonlySet<string | null> {
  return new Set(servers.flatMap((server) => (server === null ? [] : [server.certificate])));
}

/** Four operators, or fewer that take mail for several of the names. */
const operators: fc.Arbitrary<readonly Operator[]> = fc
  .constantFrom(
    NAMES.map((name) => [name]),
    [
      [NAMES[0], NAMES[1]],
      [NAMES[2], NAMES[3]],
    ],
    [[NAMES[0], NAMES[1], NAMES[2]], [NAMES[3]]],
    [[...NAMES]],
  )
  .chain((groups) => fc.tuple(...groups.map(operatorOf)));

export const worlds: fc.Arbitrary<World> = fc.record({
  operators,
  block: fc.oneof(
    { weight: 20, arbitrary: fc.constant<Block>('drop') },
    { weight: 1, arbitrary: fc.constantFrom<Block>('reset', 'icmp') },
  ),
  nowhere: fc.constantFrom<Block>('drop', 'reset', 'icmp'),
  documentation: fc.boolean(),
  translation: fc.constantFrom('none', 'listed', 'unlisted'),
  sentinel: fc.option(
    fc.record({
      family: fc.constantFrom(...FAMILIES),
      tls: fc.boolean(),
      allowed: fc.boolean(),
      disguised: fc.boolean(),
      aheadMs: fc.constantFrom(0, 0, -50 * 60_000, 50 * 60_000),
    }),
    { freq: 3 },
  ),
  requires: fc.constantFrom('nothing', 'starttls', 'certificate'),
  concurrency: fc.constantFrom(1, 4, 32),
});
