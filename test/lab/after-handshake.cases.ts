import type { Behaviour, CertificateFiles, MailServer } from '../../src/lab/behaviour.ts';
import type { Plant, PortState } from './port-state.ts';

export interface CaseCertificates {
  readonly good: CertificateFiles;
  readonly expired: CertificateFiles;
  readonly selfSigned: CertificateFiles;
  readonly wrongName: CertificateFiles;
}

/** A fatal alert record, protocol_version (70). @see RFC 8446 section 6 */
const PROTOCOL_VERSION = '\x15\x03\x01\x00\x02\x02\x46';

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

function server(behaviour: Behaviour): Plant {
  return { kind: 'server', behaviour };
}
