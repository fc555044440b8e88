/**
 * What a dull mail server answers to one command line. It relays nothing: only `postern-NONCE@` at the sink's domain, where there is one,
 * is a recipient. The order and the words are those that common servers use, so that nobody takes an interest.
 *
 * @see RFC 5321 section 4.1 (commands), section 4.2 (replies), RFC 3463 (enhanced codes), RFC 5321 section 4.3.2 (which code when)
 */
import { printable } from '../model/printable.ts';
import { MAX_MESSAGE } from './incoming.ts';

/** What is the same in the whole connection. */
export interface Terms {
  readonly name: string;
  /** Lower case. */
  readonly sink: string | null;
}

/** Where the dialogue stands. */
export interface Talk {
  /** STARTTLS would be answered with a handshake. */
  readonly offersTls: boolean;
  readonly secure: boolean;
  /** EHLO or HELO was said. */
  readonly greeted: boolean;
  /** MAIL was said. */
  readonly sender: boolean;
  /** Of the recipient taken, 32 hex digits; null: none. */
  readonly nonce: string | null;
}

export interface Answer {
  /** Whole lines, with their codes. */
  readonly lines: readonly string[];
  readonly talk: Talk;
  readonly next: 'command' | 'message' | 'handshake' | 'quit';
}

/** @param line  each byte one character, without its end. */
export function answerTo(line: string, talk: Talk, terms: Terms): Answer {
  const [word = ''] = /^\S*/.exec(line) ?? [];
  const verb = VERBS.get(word.toUpperCase());
  return verb === undefined ? stay(talk, unrecognized(word)) : verb(talk, line.slice(word.length).trim(), terms);
}

type Verb = (talk: Talk, argument: string, terms: Terms) => Answer;

const VERBS: ReadonlyMap<string, Verb> = new Map(
  Object.entries<Verb>({
    EHLO: (talk, argument, terms) =>
      argument === ''
        ? stay(talk, '501 5.5.4 Syntax: EHLO hostname')
        : { lines: keywordLines(talk, terms), talk: greeted(talk), next: 'command' },
    HELO: (talk, argument, { name }) =>
      argument === '' ? stay(talk, '501 5.5.4 Syntax: HELO hostname') : stay(greeted(talk), `250 ${name}`),
    STARTTLS: startTls,
    MAIL: mail,
    RCPT: recipient,
    DATA: data,
    RSET: (talk) => stay({ ...talk, sender: false, nonce: null }, '250 2.0.0 OK'),
    NOOP: (talk) => stay(talk, '250 2.0.0 OK'),
    VRFY: (talk, argument) =>
      stay(
        talk,
        argument === ''
          ? '501 5.5.4 Syntax: VRFY address'
          : '252 2.5.2 Cannot VRFY user, but will take mail and try to deliver it',
      ),
    HELP: (talk) => stay(talk, '214 2.0.0 See RFC 5321'),
    QUIT: (talk, _argument, { name }) => ({ lines: [`221 2.0.0 ${name} closing connection`], talk, next: 'quit' }),
  }),
);

/** Longest part of a foreign word that is said again; the whole line stays within 512 octets however much of it is escaped. */
const MAX_ECHO = 200;

function unrecognized(word: string): string {
  return `500 5.5.1 Command unrecognized: "${printable(word).slice(0, MAX_ECHO)}"`;
}

/** Only what is answered properly: BDAT is not, so that CHUNKING is not offered. */
function keywordLines({ offersTls }: Talk, { name, sink }: Terms): string[] {
  const texts = [
    name,
    'PIPELINING',
    `SIZE ${sink === null ? SIZE_WITHOUT_SINK : MAX_MESSAGE}`,
    ...(offersTls ? ['STARTTLS'] : []),
    'ENHANCEDSTATUSCODES',
    '8BITMIME',
    'DSN',
    'SMTPUTF8',
  ];
  return texts.map((text, index) => `250${index < texts.length - 1 ? '-' : ' '}${text}`);
}

/** As Postfix has it: nothing of it is ever taken. */
const SIZE_WITHOUT_SINK = 10_240_000;

/** A new greeting ends a transaction. @see RFC 5321 section 4.1.4 */
function greeted(talk: Talk): Talk {
  return { ...talk, greeted: true, sender: false, nonce: null };
}

/** Without a certificate the verb is unknown, and said again: so a client learns that nobody on the way rewrote it. */
function startTls(talk: Talk, argument: string): Answer {
  if (talk.secure) return stay(talk, '503 5.5.1 TLS is active already');
  if (!talk.offersTls) return stay(talk, unrecognized('STARTTLS'));
  if (argument !== '') return stay(talk, '501 5.5.4 Syntax: STARTTLS takes no parameters');
  return { lines: ['220 2.0.0 Ready to start TLS'], talk, next: 'handshake' };
}

function mail(talk: Talk, argument: string, { sink }: Terms): Answer {
  if (!talk.greeted) return stay(talk, '503 5.5.1 Say EHLO first');
  if (talk.sender) return stay(talk, '503 5.5.1 Sender given already');
  const match = PATH.exec(argument);
  if (match?.[1]?.toUpperCase() !== 'FROM') return stay(talk, '501 5.5.4 Syntax: MAIL FROM:<address>');
  const parameters = parametersOf(match[3]);
  if (!parameters.every((text) => MAIL_PARAMETER.test(text))) return stay(talk, '555 5.5.4 Unsupported option');
  const size = parameters.map((text) => Number(/^SIZE=(\d+)$/i.exec(text)?.[1] ?? 0));
  if (Math.max(0, ...size) > (sink === null ? SIZE_WITHOUT_SINK : MAX_MESSAGE)) return stay(talk, '552 5.3.4 Message too big');
  return stay({ ...talk, sender: true, nonce: null }, '250 2.1.0 Sender OK');
}

function recipient(talk: Talk, argument: string, { sink }: Terms): Answer {
  if (!talk.sender) return stay(talk, '503 5.5.1 Need MAIL first');
  const match = PATH.exec(argument);
  if (match?.[1]?.toUpperCase() !== 'TO') return stay(talk, '501 5.5.4 Syntax: RCPT TO:<address>');
  if (!parametersOf(match[3]).every((text) => RCPT_PARAMETER.test(text))) return stay(talk, '555 5.5.4 Unsupported option');
  const [, nonce = null, domain = ''] = /^postern-([0-9a-f]{32})@(.+)$/.exec((match[2] ?? '').toLowerCase()) ?? [];
  if (sink === null || nonce === null || domain !== sink) return stay(talk, '554 5.7.1 Relaying denied');
  // One nonce a message: so a delivery is about one test.
  if (talk.nonce !== null && talk.nonce !== nonce) return stay(talk, '452 4.5.3 Too many recipients');
  return stay({ ...talk, nonce }, '250 2.1.5 Recipient OK');
}

function data(talk: Talk, argument: string): Answer {
  if (argument !== '') return stay(talk, '501 5.5.4 Syntax: DATA takes no parameters');
  if (talk.nonce === null) return stay(talk, '503 5.5.1 Need RCPT first');
  return { lines: ['354 End data with <CR><LF>.<CR><LF>'], talk, next: 'message' };
}

/** A blank after the colon is no SMTP, but common, and let through by common servers. */
const PATH = /^(FROM|TO): ?<([^<>]{0,256})>(?: +(.*))?$/i;
/** @see RFC 1870 (SIZE), RFC 6152 (BODY), RFC 6531 (SMTPUTF8), RFC 3461 section 4.3 and 4.4 (RET, ENVID) */
const MAIL_PARAMETER = /^(?:SIZE=\d{1,15}|BODY=(?:7BIT|8BITMIME)|SMTPUTF8|RET=(?:FULL|HDRS)|ENVID=[!-~]{1,100})$/i;
/** @see RFC 3461 section 4.1 and 4.2 */
const RCPT_PARAMETER = /^(?:NOTIFY=(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2})|ORCPT=[!-~]{1,500})$/i;

function parametersOf(text: string | undefined): string[] {
  return (text ?? '').split(' ').filter((parameter) => parameter !== '');
}

function stay(talk: Talk, line: string): Answer {
  return { lines: [line], talk, next: 'command' };
}
