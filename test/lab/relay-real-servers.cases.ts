/**
 * The servers of fixtures/mail-servers/relay, and what each does for strangers: written down from the servers' own documentation of the
 * options used there, not from what a test of them said.
 */
import type { RelayBattery, RelayOutcome } from '../../src/model/relay.ts';

export interface RelayServer {
  readonly software: RelaySoftware;
  readonly is: string;
  readonly address: string;
  readonly port: number;
  /** How its configuration is called in fixtures/mail-servers/relay, and in the logs. */
  readonly name: string;
  /** A domain that it hosts. */
  readonly hosts: string;
}

export type RelaySoftware = 'postfix' | 'exim' | 'opensmtpd' | 'haraka' | 'smtp-server';

/** One test of one server. */
export interface RelayCase {
  readonly server: RelayServer;
  readonly vantage: keyof typeof VANTAGES;
  readonly probeDomain: keyof typeof PROBE_DOMAINS;
  readonly battery: RelayBattery;
  /** The test goes on after the third shape that only a relay accepts. */
  readonly exhaustive: boolean;
  readonly outcome: RelayOutcome;
  /** Shapes whose recipient is accepted, in the order of the battery; null: more of them than are worth listing. */
  readonly accepted: readonly string[] | null;
  /** Every recipient was asked about inside TLS, although it was spoken to in clear text first. */
  readonly insideTls?: true;
  /** It sends this client away after its first error: what its log may say of that. */
  readonly sendsAway?: RegExp;
}

/** IPv4 and IPv6. */
export const VANTAGES = {
  stranger: ['198.51.100.9', '2001:db8:99::9'],
  colleague: ['10.20.0.5', null],
} as const;
/** R: one that has an exchanger; one that was mistyped; null: none is named, so that a stand-in is used that nobody can have. */
export const PROBE_DOMAINS = { own: 'relaytest.internal', mistyped: 'relaytset.internal', 'stand-in': null } as const;
/** Domains that the DNS of the lab knows. */
export const DOMAINS: readonly string[] = [
  PROBE_DOMAINS.own,
  'postfix.internal',
  'backup.internal',
  'exim.internal',
  'opensmtpd.internal',
  'haraka.internal',
  'nodemailer.internal',
];

const at =
  (software: RelaySoftware, hosts: string) =>
  (is: string, last: number | string, name: string, port = 25): RelayServer => ({
    software,
    is,
    address: typeof last === 'number' ? `192.0.2.${last}` : `2001:db8:f::${last}`,
    port,
    name,
    hosts,
  });
const postfix = at('postfix', 'postfix.internal');
const backup = at('postfix', 'backup.internal');
const exim = at('exim', 'exim.internal');
const opensmtpd = at('opensmtpd', 'opensmtpd.internal');
const haraka = at('haraka', 'haraka.internal');
const nodemailer = at('smtp-server', 'nodemailer.internal');

/** Every plain shape: a test ends at the third. B27 is one of the controls: a name under its domain is taken as well. */
const ANY = ['B01', 'B02', 'B03', 'B27'];
type Told = Partial<Omit<RelayCase, 'server' | 'outcome'>>;

function expected(server: RelayServer, outcome: RelayOutcome, told: Told = {}): RelayCase {
  return { server, vantage: 'stranger', probeDomain: 'own', battery: 'all', exhaustive: false, outcome, accepted: [], ...told };
}

function closed(server: RelayServer, told: Told = {}): RelayCase {
  return expected(server, 'rejected', told);
}

/** Refuses what is foreign; of its own domain it takes every local part, those that look like relaying too. */
function anyUser(server: RelayServer, told: Told = {}): RelayCase {
  return expected(server, 'catch-all', { accepted: ['B25a'], ...told });
}

function open(server: RelayServer, accepted: RelayCase['accepted'], told: Told = {}): RelayCase {
  return expected(server, 'relay-accepted', { accepted, ...told });
}

/** One that serves the office: seen from outside, and from the office. */
function ofOffice(server: RelayServer): readonly RelayCase[] {
  return [closed(server), open(server, ANY, { vantage: 'colleague' })];
}

const TRUSTED_OFFICE = [
  ...ofOffice(postfix('mynetworks of the office', 5, 'smarthost')),
  ...ofOffice(exim('"Machines to relay mail for": the office', 37, 'office')),
  ...ofOffice(opensmtpd('match from src of the office', 54, 'office')),
];

const POSTFIX: readonly RelayCase[] = [
  // postconf(5), defer_unauth_destination: 4xx, where reject_unauth_destination says 5xx.
  closed(postfix("Debian's configuration", 1, 'default')),
  closed(postfix("Debian's configuration, by IPv6", '1', 'default-6')),
  closed(postfix('reject_unauth_destination', 2, 'strict')),
  open(postfix('mynetworks = 0.0.0.0/0', 3, 'everybody'), ANY),
  closed(postfix('mynetworks = 0.0.0.0/0, by IPv6', '3', 'everybody-6')),
  closed(postfix('mynetworks = [::]/0', 4, 'everybody6')),
  open(postfix('mynetworks = [::]/0, by IPv6', '4', 'everybody6-6'), ANY),
  // access(5): the domain is one for its subdomains too (parent_domain_matches_subdomains), and so for the server's own name, which a
  // sender without a domain gets (append_at_myorigin).
  open(postfix('check_sender_access before reject_unauth_destination', 6, 'sender'), ['B04', 'B05', 'B08']),
  open(postfix('check_helo_access before reject_unauth_destination', 7, 'helo'), ['B28']),
  // relay_domains match subdomains too, and of backup domains it knows no users: what looks like theirs cannot be told from theirs.
  expected(backup('backup of a domain', 8, 'backup'), 'catch-all', { accepted: ['B27'] }),
  expected(backup('backup of a domain, allow_untrusted_routing', 9, 'routing'), 'catch-all', {
    accepted: ['B25a', 'B25b', 'B27'],
  }),
  closed(postfix('any user of its domain', 11, 'catch-all')),
  closed(postfix('submission', 12, 'submission', 587), { insideTls: true }),
  closed(postfix('submission inside TLS', 12, 'submissions', 465)),
  closed(postfix('submission, smtpd_client_restrictions', 21, 'submission-client', 587), { insideTls: true }),
  open(postfix('submission, mynetworks = 0.0.0.0/0', 13, 'submission-open', 587), ANY, { insideTls: true }),
  open(postfix('submission inside TLS, mynetworks = 0.0.0.0/0', 13, 'submissions-open', 465), ANY),
  closed(postfix('TLS required', 14, 'encrypt'), { insideTls: true }),
  closed(postfix('reject_unknown_sender_domain', 15, 'sender-dns')),
  open(postfix('reject_unknown_recipient_domain, mynetworks = 0.0.0.0/0', 16, 'recipient-dns'), ANY),
  expected(postfix('greylisting', 17, 'greylist'), 'deferred'),
  expected(postfix('a client that is blocked', 18, 'blocked'), 'inconclusive'),
  expected(postfix('a client that is blocked in the greeting', 19, 'refusing'), 'inconclusive'),
  // smtpd_hard_error_limit is 1 under stress: after the first refusal the client is sent away, and comes again for the next.
  closed(postfix('a server under stress', 20, 'stress'), {
    battery: 'core',
    sendsAway: /too many errors after (?:RCPT|UNKNOWN) /,
  }),
];

const EXIM: readonly RelayCase[] = [
  closed(exim("Debian's internet site", 31, 'default')),
  closed(exim("Debian's internet site, by IPv6", '31', 'default')),
  open(exim('"Machines to relay mail for": 0.0.0.0/0', 32, 'networks'), ANY),
  closed(exim('"Machines to relay mail for": 0.0.0.0/0, by IPv6', '32', 'networks')),
  open(exim('"Domains to relay mail for": *', 33, 'domains'), ANY),
  // Debian's local_domains hold localhost and the server's own name (dc_mailname_in_oh).
  open(exim('accept sender_domains = +local_domains', 34, 'sender'), ['B04', 'B05', 'B07']),
  open(exim('accept encrypted = *', 35, 'encrypted'), ['B30a', 'B30b']),
  // percent_hack_domains in the Exim specification: the address is taken apart first, and its new domain is then judged as any other.
  closed(exim('percent_hack_domains', 36, 'percent')),
];

const OPENSMTPD: readonly RelayCase[] = [
  closed(opensmtpd('match for its domain', 51, 'default')),
  closed(opensmtpd('match for its domain, by IPv6', '51', 'default')),
  open(opensmtpd('match from any for any', 52, 'open'), ANY),
  open(opensmtpd('match mail-from its domain', 53, 'sender'), ['B05', 'B09']),
  open(opensmtpd('match helo its name', 55, 'helo'), ['B28']),
];

const HARAKA: readonly RelayCase[] = [
  // It knows domains and no users: what is at its domain is its own, whatever stands before the at sign.
  anyUser(haraka('rcpt_to.in_host_list', 71, 'default')),
  anyUser(haraka('rcpt_to.in_host_list, by IPv6', '71', 'default')),
  expected(haraka('submission', 71, 'default', 587), 'auth-required'),
  anyUser(haraka('relay_acl_allow 0.0.0.0/0, of which it makes 0.0.0.0/32', 72, 'acl')),
  open(haraka('relay_acl_allow 0.0.0.0/1 and 128.0.0.0/1', 75, 'halves'), ANY),
  open(haraka('relay_acl_allow 0.0.0.0/1 and 128.0.0.0/1, submission', 75, 'halves', 587), ANY),
  open(haraka('relay all', 73, 'all'), ANY),
  // It "also enables relaying" (README of haraka-plugin-relay): for the rest of the transaction, once one of its own is told.
  open(haraka('relay dest_domains', 74, 'dest'), ['B25a', 'B34']),
];

const SMTP_SERVER: readonly RelayCase[] = [
  anyUser(nodemailer('onRcptTo looks at the domain', 91, 'right')),
  open(nodemailer('no onRcptTo', 92, 'bare'), ANY),
  open(nodemailer('onMailFrom alone', 93, 'sender'), ['B05', 'B09', 'B30b']),
  expected(nodemailer('AUTH required', 95, 'auth', 587), 'auth-required'),
  expected(nodemailer('AUTH required, inside TLS', 95, 'auth-inside', 465), 'auth-required'),
  open(nodemailer('authOptional', 96, 'optional', 587), ANY),
];

/** R is a name that does not exist: what a server says of that must not pass for what it says of relaying. */
const NO_DOMAIN: readonly RelayCase[] = [
  closed(postfix("Debian's configuration", 1, 'default')),
  // It looks at R before it thinks of relaying; closed or open, the answer is the same.
  expected(postfix('reject_unknown_sender_domain', 15, 'sender-dns'), 'inconclusive'),
  expected(postfix('reject_unknown_recipient_domain, mynetworks = 0.0.0.0/0', 16, 'recipient-dns'), 'inconclusive'),
  closed(exim("Debian's internet site", 31, 'default')),
  expected(exim('"Domains to relay mail for": *', 33, 'domains'), 'inconclusive'),
  expected(haraka('rcpt_to.in_host_list', 71, 'default'), 'inconclusive'),
].flatMap((each) =>
  (['stand-in', 'mistyped'] as const).map((probeDomain): RelayCase => ({ ...each, probeDomain, battery: 'core' })),
);

/** As long as a test can be on servers that accept everything: a client that they have nothing against is still to be a polite one. */
const EXHAUSTIVE: readonly RelayCase[] = [
  postfix('mynetworks = 0.0.0.0/0', 3, 'everybody'),
  exim('"Machines to relay mail for": 0.0.0.0/0', 32, 'networks'),
  opensmtpd('match from any for any', 52, 'open'),
  haraka('relay all', 73, 'all'),
  nodemailer('no onRcptTo', 92, 'bare'),
].map((server) => open(server, null, { exhaustive: true }));

const ALL = [...POSTFIX, ...EXIM, ...OPENSMTPD, ...TRUSTED_OFFICE, ...HARAKA, ...SMTP_SERVER, ...NO_DOMAIN, ...EXHAUSTIVE];

export function casesOf(software: readonly RelaySoftware[]): readonly RelayCase[] {
  return ALL.filter(({ server }) => software.includes(server.software));
}

/** Each server once, whoever tests it. */
export function serversOf(cases: readonly RelayCase[]): readonly RelayServer[] {
  return [...new Map(cases.map(({ server }) => [endpointOf(server), server])).values()];
}

export function endpointOf({ address, port }: Pick<RelayServer, 'address' | 'port'>): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
