/** How the servers of fixtures/mail-servers are configured: the truth that a probe of them is compared with. */
import type { FindingCode } from '../../src/model/finding.ts';
import type { Outcome } from '../../src/model/outcome.ts';

export type Software = 'postfix' | 'exim' | 'opensmtpd';

export interface RealServer {
  readonly software: Software;
  readonly is: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly port: number;
  readonly destination: Destination;
  readonly outcome: Outcome;
  /** Code of the greeting. */
  readonly greeting: number;
  readonly tls: 'starttls' | 'implicit' | 'none';
  /** The newest TLS that it speaks; 1.3 where absent. */
  readonly newestTls?: 'TLSv1.2';
  readonly certificate?: 'good' | 'good-ec';
  /** Where AUTH PLAIN LOGIN is offered. */
  readonly auth: 'never' | 'inside-tls' | 'always';
  /** Codes that MAIL and RCPT without AUTH get; null: not to be asked. */
  readonly mail: number | null;
  readonly rcpt: number | null;
  /** Whether it stays for QUIT. */
  readonly staysForQuit: boolean;
  /** What the policy below makes of it. */
  readonly findings: readonly FindingCode[];
}

export type Destination = 'exchangers' | 'strangers' | 'submission';

export const CLIENT = ['10.20.0.5', '2001:db8:20::5'] as const;
export const CONTROLS = ['203.0.113.80', '2001:db8:c::80'] as const;

const ORDINARY: Omit<RealServer, 'software' | 'is' | 'name' | 'addresses'> = {
  port: 25,
  destination: 'exchangers',
  outcome: 'open-smtp',
  greeting: 220,
  tls: 'starttls',
  certificate: 'good',
  auth: 'never',
  mail: null,
  rcpt: null,
  staysForQuit: true,
  findings: [],
};
const REFUSING = { ...ORDINARY, destination: 'strangers', outcome: 'open-refusing', greeting: 554, tls: 'none' } as const;
const SUBMISSION = { ...ORDINARY, port: 587, destination: 'submission', auth: 'inside-tls', mail: 530 } as const;
const OLD = {
  ...ORDINARY,
  certificate: 'good-ec',
  newestTls: 'TLSv1.2',
  auth: 'always',
  findings: ['tls-outdated', 'auth-before-tls'],
} as const;
const CLEAR = { ...ORDINARY, tls: 'none', findings: ['starttls-missing'] } as const;

export const SERVERS: readonly RealServer[] = [
  ...(['postfix', 'exim', 'opensmtpd'] as const).flatMap((software, index): RealServer[] => {
    const domain = ['example.net', 'example.org', 'example.com'][index] ?? '';
    const at = (last: number): string => `192.0.2.${10 * (index + 1) + last}`;
    const is = (what: string) => ({ software, is: `${software}: ${what}` });
    // Postfix decides at RCPT, so that it can log both addresses (smtpd_delay_reject); the others ask for AUTH at MAIL.
    const decides = software === 'postfix' ? { mail: 250, rcpt: 554 } : {};
    return [
      { ...ORDINARY, ...is('an exchanger'), name: `mx.${domain}`, addresses: [at(0), `2001:db8:f::${index + 1}0`] },
      { ...SUBMISSION, ...decides, ...is('submission'), name: `smtp.${domain}`, addresses: [at(1)] },
      {
        ...SUBMISSION,
        ...decides,
        ...is('submission inside TLS'),
        name: `smtp.${domain}`,
        addresses: [at(1)],
        port: 465,
        tls: 'implicit',
      },
      {
        ...REFUSING,
        ...is('554 for this client'),
        name: `relay.${domain}`,
        addresses: [at(2)],
        staysForQuit: software === 'postfix',
      },
      {
        ...REFUSING,
        ...is('421 for this client'),
        name: `mail.${domain}`,
        addresses: [at(3)],
        greeting: 421,
        staysForQuit: false,
      },
      ...(software === 'opensmtpd' ? [] : [{ ...OLD, ...is('TLS 1.2 at most'), name: `mx2.${domain}`, addresses: [at(5)] }]),
      { ...CLEAR, ...is('no TLS'), name: `www.${domain}`, addresses: [at(6)] },
    ];
  }),
  { ...ORDINARY, software: 'postfix', is: 'postfix: postscreen', name: 'mx1.example.net', addresses: ['192.0.2.14'] },
];

/** Everything asked for that a server can be asked for; the certificates' authority lies beside it as ca.pem. */
export const POLICY: string = `version: 1
name: real-servers
segments:
  workstations: { networks: [10.20.0.0/16, "2001:db8:20::/48"] }
destinations:
  exchangers: { hosts: [${hosts('exchangers')}], listening: [25], ca: ca.pem }
  strangers: { hosts: [${hosts('strangers')}], listening: [25], ca: ca.pem }
  submission: { hosts: [${hosts('submission')}], listening: [465, 587], own: true, ca: ca.pem }
rules:
  - { name: deliver, from: workstations, to: exchangers, ports: [25], require: { tls: starttls, tls-version: "1.3", certificate: valid, auth-before-tls: forbidden } }
  - { name: knock, from: workstations, to: strangers, ports: [25] }
  - { name: submit, from: workstations, to: submission, ports: [587], require: { tls: starttls, tls-version: "1.3", certificate: valid, auth: required, auth-before-tls: forbidden } }
  - { name: submit-inside-tls, from: workstations, to: submission, ports: [465], require: { tls: implicit, tls-version: "1.3", certificate: valid, auth: required } }
servers:
  - { name: hub, host: smtp.example.net, ports: [465, 587], relay: none, hosted-domain: example.net }
audit:
  ports: [25, 465, 587]
  controls: [${CONTROLS.map((host) => `{ host: "${host}", port: 443 }`).join(', ')}]
  ehlo: audit.example.com
`;

function hosts(destination: Destination): string {
  return [...new Set(SERVERS.filter((server) => server.destination === destination).map(({ name }) => name))].join(', ');
}
