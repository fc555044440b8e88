/**
 * What is left of the office where no namespaces can be made: servers on 127.0.0.1, on ports that an ordinary user may open. There
 * is no firewall in between, so that a flow can be wrongly open but none can be blocked, and there is one address family.
 */
import { ACCEPTS_ONLY, type Listener, mailServer } from './behaviour.ts';
import type { LabCertificates, Plan, Scenario } from './scenario.ts';

const HERE = 'this machine';

/** The scenario of `postern demo` where they cannot. */
export function loopback(certificates: LabCertificates): Scenario {
  return {
    topology: null,
    servers: { [HERE]: listeners(certificates) },
    vantages: [{ host: HERE, segment: 'workstations' }],
    exhibits: {},
    plan: (ports) => planOf(ports[HERE] ?? []),
  };
}

function listeners({ good }: LabCertificates): readonly Listener[] {
  return [
    mailServer('smtp.example.net', good),
    mailServer('smtp.example.net', good),
    mailServer('mail.example.net', good, { tls: 'none' }),
    mailServer('smtp.example.com', good, { auth: 'always' }),
    ACCEPTS_ONLY,
  ].map((behaviour) => ({ address: '127.0.0.1', port: 0, behaviour }));
}

function planOf([submission = 0, open = 0, ticketing = 0, newsletter = 0, control = 0]: readonly number[]): Plan {
  return {
    policy: `# The policy of the demonstration on loopback: high ports of this machine stand for the ports of mail.
version: 1
name: demo-loopback
description: ${submission} stands for a provider's 587, ${open} for its 2525, which nothing allows.

segments:
  workstations: { networks: [127.0.0.1] }

destinations:
  provider: { hosts: [127.0.0.1], listening: [${submission}, ${open}], ca: ca.pem }
  ticketing: { hosts: [127.0.0.1], listening: [${ticketing}], ca: ca.pem }
  newsletter: { hosts: [127.0.0.1], listening: [${newsletter}], ca: ca.pem }

rules:
  - name: staff-submit
    from: workstations
    to: [provider, ticketing, newsletter]
    ports: [${submission}, ${ticketing}, ${newsletter}]
    require: { tls: starttls, tls-version: "1.2", certificate: valid, auth: required, auth-before-tls: forbidden }

audit:
  ports: [${[submission, open, ticketing, newsletter].join(', ')}]
  controls: [{ host: 127.0.0.1, port: ${control} }]
  ehlo: audit.example.com
`,
    faults: [
      {
        what: `a denied port left open (${open}, for 2525)`,
        findings: [{ code: 'egress-open', segment: 'workstations', destination: 'provider', port: open, family: 'ipv4' }],
      },
      {
        what: 'a server without STARTTLS (ticketing)',
        findings: [
          { code: 'starttls-missing', segment: 'workstations', destination: 'ticketing', port: ticketing, family: 'ipv4' },
        ],
      },
      {
        what: 'AUTH in clear text before TLS (newsletter)',
        findings: [
          { code: 'auth-before-tls', segment: 'workstations', destination: 'newsletter', port: newsletter, family: 'ipv4' },
        ],
      },
    ],
  };
}
