/** Pages about what a mail server does for those who reach it. */
import type { Pages } from './page.ts';

type ServerCode = 'open-relay' | 'submission-without-auth' | 'unexpected-service';

export const SERVER_PAGES: Pages<ServerCode> = {
  'open-relay': {
    code: 'open-relay',
    title: 'A server relays for strangers',
    severity: 'critical',
    severityNote: null,
    meaning: `The server accepted a recipient of a foreign domain from a client that it should not serve. "Accepted" means a \
2xx to RCPT TO; "confirmed" means that the message arrived at the sentinel.

Not every acceptance is relaying. A sink or an intercepting proxy says 250 to everything; some servers accept first and bounce \
later. Postern sends control recipients to tell these apart, and names the class. A client inside a trusted network is served \
by configuration: whether that is wanted is for the policy to say.`,
    risk: `Spammers find an open relay within hours; the server's address is then listed, its own mail is refused everywhere, \
and the messages carry the organisation's name. From inside, it is a way around every control on the sender.`,
    fix: [
      'Relay only for authenticated clients and for named networks; refuse everybody else at RCPT TO.',
      `Postfix, main.cf: keep mynetworks small, and let nothing permit before the last line refuses.
mynetworks = 127.0.0.0/8 [::1]/128 10.1.0.0/24 [2001:db8:1::]/64
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination`,
      `Exim: what acl_check_rcpt accepts must be local, listed, or authenticated.
hostlist relay_from_hosts = 127.0.0.1 : ::::1 : 10.1.0.0/24
accept hosts = +relay_from_hosts
accept authenticated = *
require message = relay not permitted
        domains = +local_domains : +relay_to_domains`,
      `Exchange: a receive connector that gives anonymous users the right to any recipient relays.
Get-ReceiveConnector | Get-ADPermission | Where-Object { $_.ExtendedRights -like "*Any-Recipient*" }`,
      'A load balancer or NAT that hides the client makes all of the world look like a trusted neighbour: pass the address on.',
    ],
    references: [
      { label: 'RFC 2505 section 2.1', about: 'a server must be able to refuse to relay' },
      { label: 'RFC 5321 section 3.6', about: 'relaying, and which servers do it' },
      { label: 'RFC 5321 section 7.9', about: 'a server may refuse any mail for operational reasons' },
      { label: 'NIST SP 800-177', about: 'trustworthy email' },
      { label: 'CWE-306', about: 'missing authentication for a critical function' },
    ],
  },
  'submission-without-auth': {
    code: 'submission-without-auth',
    title: 'Submission works without a password',
    severity: 'high',
    severityNote: null,
    meaning: `On 465 or 587 the server accepted MAIL FROM and RCPT TO without authentication, or offered no authentication \
where the rule requires it. Servers such as Postfix accept MAIL FROM from anybody and decide at RCPT TO: only an accepted \
recipient counts.

It may be a trusted network of the server that this segment is in. Then anybody in that network can send as anybody.`,
    risk: `Every program in reach can send mail in the name of every user, and the log does not say who it was. One infected \
host is enough to send spam through the organisation's own, well reputed server.`,
    fix: [
      'Require authentication on the submission ports before a recipient is accepted, for clients inside the network too.',
      `Postfix, master.cf; do not put permit_mynetworks before permit_sasl_authenticated here.
submission inet n - y - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject`,
      `Exim, in acl_check_rcpt:
deny message = authentication required
     condition = \${if or{{={$received_port}{587}}{={$received_port}{465}}}}
     !authenticated = *`,
      'Printers and scanners that cannot authenticate get a listener of their own, for their addresses and recipients only.',
    ],
    references: [
      { label: 'RFC 6409 section 4.3', about: 'a submission server must require authentication' },
      { label: 'RFC 4954 section 6', about: '530 5.7.0: authentication required' },
      { label: 'RFC 5068', about: 'who submits must be known' },
      { label: 'CWE-306', about: 'missing authentication for a critical function' },
      { label: 'MITRE ATT&CK T1071.003', about: 'command and control over mail protocols' },
    ],
  },
  'unexpected-service': {
    code: 'unexpected-service',
    title: 'The port speaks something else than the policy expects',
    severity: 'medium',
    severityNote: null,
    meaning: `The connection was made, but what answered was not the service of the rule: HTTP or SSH on a mail port, clear \
text on 465, TLS from the first byte on 587, a server that never greets, or one that hangs up at once.

Either the service is not what the policy believes, or something between answers for it: a captive portal, a load balancer \
without a working server behind it, a firewall that lets the handshake pass and stops the dialogue.`,
    risk: `Mail clients fail here, or hang until a timeout. Worse, some fall back to clear text when TLS does not come as they \
expect it.`,
    fix: [
      'Make the port serve what its number promises: clear text with STARTTLS on 25 and 587, TLS from the first byte on 465.',
      `Look at it by hand.
openssl s_client -connect smtp.example.net:465 -servername smtp.example.net
openssl s_client -connect smtp.example.net:587 -servername smtp.example.net -starttls smtp`,
      `Postfix, master.cf: 465 needs the wrapper mode, 587 must not have it.
submissions inet n - y - - smtpd -o smtpd_tls_wrappermode=yes
submission inet n - y - - smtpd -o smtpd_tls_security_level=encrypt`,
      `Exim: tls_on_connect_ports = 465`,
    ],
    references: [
      { label: 'RFC 8314 section 3.3', about: '465 is submission with TLS from the first byte' },
      { label: 'RFC 8314 section 7.3', about: 'the registration of port 465 as "submissions"' },
      { label: 'RFC 5321 section 4.3.1', about: 'the server speaks first' },
      { label: 'MITRE ATT&CK T1571', about: 'non-standard port: other protocols where mail is expected' },
    ],
  },
};
