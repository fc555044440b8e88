/**
 * What a network can do to one connection, and what Postern must make of it. Each row is built for real: an address of its own
 * for each family, behind a router with nftables, or on the auditor's own host.
 *
 * The errors are Linux's. @see linux/net/ipv4/icmp.c (icmp_err_convert), linux/net/ipv6/icmp.c (tab_unreach)
 */
import type { Behaviour, CertificateFiles, MailServer } from '../../src/lab/behaviour.ts';
import type { Family } from '../../src/model/address.ts';
import type { CertificateProblem } from '../../src/model/evidence.ts';
import type { Outcome } from '../../src/model/outcome.ts';

export interface PortState {
  readonly row: string;
  /** Both where absent. */
  readonly families?: readonly Family[];
  /** 25 where absent. */
  readonly port?: number;
  /** A name for it, which the certificate should be for; absent: the address alone. */
  readonly name?: string;
  readonly plant: Plant;
  readonly expect: Expected;
}

export type Plant =
  /** A statement of nftables for new connections to the address, in the router's forward chain or the auditor's output chain. */
  | { readonly kind: 'rule'; readonly on: 'router' | 'auditor'; readonly statement: string; readonly state?: 'established' }
  /** A route of that type to the address; `none`: no route at all. */
  | {
      readonly kind: 'route';
      readonly on: 'router' | 'auditor';
      readonly type: 'unreachable' | 'prohibit' | 'blackhole' | 'none';
    }
  /** An address that nobody has: on the auditor's own link, or on the far side of the router. */
  | { readonly kind: 'nobody'; readonly on: 'own link' | 'far link' }
  /** A host that is there; null: nothing listens. */
  | { readonly kind: 'server'; readonly behaviour: Behaviour | null };

export interface Expected {
  readonly outcome: Outcome;
  readonly detail?: string | null;
  /** The error's code as Node reports it. */
  readonly error?: string;
  /** The version that was agreed. */
  readonly tls?: string;
  readonly problems?: readonly CertificateProblem['code'][];
  /** The dialogue ended in a failure at this stage. */
  readonly stage?: string;
  /** It took at least as long; milliseconds. */
  readonly atLeastMs?: number;
  /** It was known within this time; milliseconds. */
  readonly withinMs?: number;
}

export interface CaseCertificates {
  readonly good: CertificateFiles;
  readonly expired: CertificateFiles;
  readonly selfSigned: CertificateFiles;
  readonly wrongName: CertificateFiles;
}

/** A fatal alert record, protocol_version (70). @see RFC 8446 section 6 */
const PROTOCOL_VERSION = '\x15\x03\x01\x00\x02\x02\x46';

const IPV4: readonly Family[] = ['ipv4'];
const IPV6: readonly Family[] = ['ipv6'];

/** Port-state rows of one connect(): before the handshake completes. */
export const BEFORE_HANDSHAKE: readonly PortState[] = [
  { row: 'forward drop', plant: router('drop'), expect: { outcome: 'dropped' } },
  { row: 'output drop is silence, not EPERM', plant: auditor('drop'), expect: { outcome: 'dropped' } },
  { row: 'reject with tcp reset', plant: router('reject with tcp reset'), expect: { outcome: 'refused', error: 'ECONNREFUSED' } },
  {
    row: 'the default reject (port unreachable)',
    plant: router('reject'),
    expect: { outcome: 'refused', error: 'ECONNREFUSED' },
  },
  {
    row: 'closed port of a host',
    plant: { kind: 'server', behaviour: null },
    expect: { outcome: 'refused', error: 'ECONNREFUSED' },
  },
  ...icmpRows('icmp', IPV4, {
    'net-unreachable': 'ENETUNREACH',
    'host-unreachable': 'EHOSTUNREACH',
    'prot-unreachable': 'ENOPROTOOPT',
    'net-prohibited': 'ENETUNREACH',
    'host-prohibited': 'EHOSTUNREACH',
    'admin-prohibited': 'EHOSTUNREACH',
  }),
  ...icmpRows('icmpv6', IPV6, {
    'no-route': 'ENETUNREACH',
    'admin-prohibited': 'EACCES',
    'addr-unreachable': 'EHOSTUNREACH',
    'policy-fail': 'EACCES',
    'reject-route': 'EACCES',
  }),
  ...icmpRows('icmpx', IPV4, {
    'admin-prohibited': 'EHOSTUNREACH',
    'host-unreachable': 'EHOSTUNREACH',
    'no-route': 'ENETUNREACH',
  }),
  ...icmpRows('icmpx', IPV6, { 'admin-prohibited': 'EACCES', 'host-unreachable': 'EHOSTUNREACH', 'no-route': 'ENETUNREACH' }),
  {
    row: 'icmp port-unreachable',
    families: IPV4,
    plant: router('reject with icmp type port-unreachable'),
    expect: { outcome: 'refused' },
  },
  {
    row: 'icmpv6 port-unreachable',
    families: IPV6,
    plant: router('reject with icmpv6 type port-unreachable'),
    expect: { outcome: 'refused' },
  },
  {
    row: 'unreachable route of the router',
    families: IPV4,
    plant: route('router', 'unreachable'),
    expect: { outcome: 'rejected', error: 'EHOSTUNREACH' },
  },
  {
    row: 'prohibit route of the router',
    families: IPV4,
    plant: route('router', 'prohibit'),
    expect: { outcome: 'rejected', error: 'EHOSTUNREACH' },
  },
  {
    row: 'prohibit route of the router',
    families: IPV6,
    plant: route('router', 'prohibit'),
    expect: { outcome: 'rejected', error: 'EACCES' },
  },
  { row: 'no route on the router', plant: route('router', 'none'), expect: { outcome: 'rejected', error: 'ENETUNREACH' } },
  { row: 'blackhole route of the router', plant: route('router', 'blackhole'), expect: { outcome: 'dropped' } },
  {
    row: 'unreachable route of the host',
    plant: route('auditor', 'unreachable'),
    expect: { outcome: 'local-block', withinMs: 500 },
  },
  { row: 'prohibit route of the host', plant: route('auditor', 'prohibit'), expect: { outcome: 'local-block', withinMs: 500 } },
  { row: 'blackhole route of the host', plant: route('auditor', 'blackhole'), expect: { outcome: 'local-block', withinMs: 500 } },
  { row: 'no route on the host', plant: route('auditor', 'none'), expect: { outcome: 'no-route', withinMs: 500 } },
  {
    row: 'absent host on the own link',
    plant: { kind: 'nobody', on: 'own link' },
    expect: { outcome: 'host-down', error: 'EHOSTUNREACH', atLeastMs: 2_500 },
  },
  {
    row: 'absent host behind the router',
    plant: { kind: 'nobody', on: 'far link' },
    expect: { outcome: 'host-down', error: 'EHOSTUNREACH', atLeastMs: 2_500 },
  },
];

/** Port-state rows after the handshake: the port is open, whatever follows. */
export function afterHandshake(certificates: CaseCertificates): readonly PortState[] {
  const mail = (more: Partial<MailServer> = {}): Plant =>
    server({
      kind: 'mail',
      name: 'mx.example.net',
      tls: 'starttls',
      auth: 'inside-tls',
      certificate: certificates.good,
      ...more,
    });
  const says = (text: string, afterwards: 'wait' | 'close' | 'reset' = 'wait'): Plant =>
    server({ kind: 'talk', says: text, afterwards });
  return [
    { row: 'a mail server', name: 'mx.example.net', plant: mail(), expect: { outcome: 'open-smtp', detail: null, problems: [] } },
    { row: 'a mail server without STARTTLS', plant: mail({ tls: 'none' }), expect: { outcome: 'open-smtp' } },
    { row: 'implicit TLS on 465', port: 465, plant: mail({ tls: 'implicit' }), expect: { outcome: 'open-smtp', detail: null } },
    { row: 'reset after accept', plant: says('', 'reset'), expect: { outcome: 'open-reset', error: 'ECONNRESET' } },
    { row: 'closed at once, no bytes', plant: says('', 'close'), expect: { outcome: 'open-closed' } },
    { row: 'silent server', plant: says(''), expect: { outcome: 'open-silent' } },
    {
      row: 'greeting in several lines with a pause before the last',
      plant: mail({ greeting: ['220-mx.example.net waits', '220 mx.example.net ESMTP'], pauseMs: 2_000 }),
      expect: { outcome: 'open-smtp', atLeastMs: 2_000 },
    },
    {
      row: 'one byte a second',
      plant: server({
        kind: 'talk',
        says: '220 mx.example.net ESMTP spamd IP-based SPAM blocker; have fun\r\n',
        stutterMs: 1_000,
        afterwards: 'wait',
      }),
      expect: { outcome: 'open-silent', detail: 'tarpit' },
    },
    { row: '421 greeting', plant: says('421 4.3.2 Service not available\r\n', 'close'), expect: { outcome: 'open-refusing' } },
    {
      row: '554 greeting of a blocklist',
      plant: says('554 5.7.1 blocked using zen.example.org\r\n', 'close'),
      expect: { outcome: 'open-refusing' },
    },
    {
      row: 'HTTP that is pushed (captive portal)',
      plant: says('HTTP/1.1 302 Found\r\nLocation: http://portal.example.net/\r\n\r\n', 'close'),
      expect: { outcome: 'open-other' },
    },
    {
      row: 'HTTP that waits to be asked',
      plant: server({
        kind: 'talk',
        says: '',
        answers: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
        afterwards: 'close',
      }),
      expect: { outcome: 'open-other' },
    },
    { row: 'SSH banner', plant: says('SSH-2.0-OpenSSH_9.2p1\r\n'), expect: { outcome: 'open-other' } },
    {
      row: 'reset upon EHLO by the server',
      plant: mail({ resetAt: 'ehlo' }),
      expect: { outcome: 'open-reset', detail: 'dpi-reset:ehlo', stage: 'ehlo' },
    },
    {
      row: 'reset upon the first data by the router',
      plant: { kind: 'rule', on: 'router', statement: 'tcp flags & psh == psh reject with tcp reset', state: 'established' },
      expect: { outcome: 'open-reset', detail: 'dpi-reset:ehlo', stage: 'ehlo' },
    },
    {
      row: 'reset upon STARTTLS',
      plant: mail({ resetAt: 'starttls' }),
      expect: { outcome: 'open-smtp', detail: 'dpi-reset:starttls', stage: 'starttls' },
    },
    {
      row: 'reset upon ClientHello',
      plant: mail({ resetAt: 'client-hello' }),
      expect: { outcome: 'open-smtp', detail: 'dpi-reset:tls', stage: 'tls' },
    },
    { row: 'clear text on 465', port: 465, plant: mail(), expect: { outcome: 'open-smtp', detail: 'plaintext-on-tls' } },
    {
      row: 'TLS on 587',
      port: 587,
      plant: mail({ tls: 'implicit' }),
      expect: { outcome: 'open-smtp', detail: 'tls-on-plaintext' },
    },
    {
      row: 'TLS alert behind STARTTLS',
      plant: mail({ answersHello: PROTOCOL_VERSION }),
      expect: { outcome: 'open-smtp', detail: 'tls-alert:protocol-version', stage: 'tls' },
    },
    {
      row: 'no TLS at all behind STARTTLS',
      plant: mail({ answersHello: '500 5.5.1 What?\r\n' }),
      expect: { outcome: 'open-smtp', detail: 'plaintext-on-tls', stage: 'tls' },
    },
    {
      row: 'TLS 1.1 at most behind STARTTLS',
      plant: mail({ newestTls: 'TLSv1.1' }),
      expect: { outcome: 'open-smtp', detail: null, tls: 'TLSv1.1' },
    },
    {
      row: 'TLS alert on 465',
      port: 465,
      plant: mail({ tls: 'implicit', answersHello: PROTOCOL_VERSION }),
      expect: { outcome: 'open-other', detail: 'tls-alert:protocol-version' },
    },
    {
      row: 'TLS 1.1 at most on 465',
      port: 465,
      plant: mail({ tls: 'implicit', newestTls: 'TLSv1.1' }),
      expect: { outcome: 'open-smtp', detail: null, tls: 'TLSv1.1' },
    },
    {
      row: 'reset upon ClientHello on 465',
      port: 465,
      plant: mail({ tls: 'implicit', resetAt: 'client-hello' }),
      expect: { outcome: 'open-reset', detail: 'dpi-reset:tls' },
    },
    {
      row: 'expired certificate',
      name: 'mail.example.net',
      plant: mail({ certificate: certificates.expired }),
      expect: { outcome: 'open-smtp', problems: ['expired'] },
    },
    {
      row: 'self-signed certificate',
      name: 'smtp.example.net',
      plant: mail({ certificate: certificates.selfSigned }),
      expect: { outcome: 'open-smtp', problems: ['self-signed'] },
    },
    {
      row: 'certificate for another name',
      name: 'smtp.example.org',
      plant: mail({ certificate: certificates.wrongName }),
      expect: { outcome: 'open-smtp', problems: ['wrong-name'] },
    },
  ];
}

function router(statement: string): Plant {
  return { kind: 'rule', on: 'router', statement };
}

function auditor(statement: string): Plant {
  return { kind: 'rule', on: 'auditor', statement };
}

function route(on: 'router' | 'auditor', type: 'unreachable' | 'prohibit' | 'blackhole' | 'none'): Plant {
  return { kind: 'route', on, type };
}

function server(behaviour: Behaviour): Plant {
  return { kind: 'server', behaviour };
}

function icmpRows(family: string, families: readonly Family[], errors: Readonly<Record<string, string>>): PortState[] {
  return Object.entries(errors).map(([type, error]) => ({
    row: `reject with ${family} ${type}`,
    families,
    plant: router(`reject with ${family} type ${type}`),
    expect: { outcome: 'rejected', error },
  }));
}
