/** Pages about encryption, certificates and passwords. */
import type { Pages } from './page.ts';

type TlsCode = 'starttls-missing' | 'auth-before-tls' | 'tls-outdated' | 'certificate-invalid';

export const TLS_PAGES: Pages<TlsCode> = {
  'starttls-missing': {
    code: 'starttls-missing',
    title: 'No STARTTLS where TLS is required',
    severity: 'high',
    severityNote: null,
    meaning: `The rule requires STARTTLS. The server did not offer it, and refused it when Postern sent the command all the \
same. Nothing pointed to a device in between: if it had, the finding would be "starttls-stripped".

Without a second vantage Postern cannot exclude a device that removes the offer and answers the command too. Ask from another \
network: a server that offers STARTTLS there is not the one to repair.`,
    risk: `Everything goes in clear text: messages, addresses and, where a client authenticates, passwords. Anybody on the \
path can read and change them.`,
    fix: [
      'Switch STARTTLS on at the server, and make the clients refuse to go on without it.',
      `Postfix as server, main.cf; "may" on port 25, "encrypt" for submission in master.cf.
smtpd_tls_security_level = may
smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem`,
      `Postfix as client, main.cf: never in clear text to this server.
smtp_tls_policy_maps = inline:{ { [smtp.example.net]:587 = encrypt } }`,
      `Exim as server:
tls_advertise_hosts = *
tls_certificate = /etc/exim4/fullchain.pem
tls_privatekey = /etc/exim4/privkey.pem`,
      'Offer submission on 465 too: TLS from the first byte leaves nothing to remove.',
    ],
    references: [
      { label: 'RFC 3207 section 4', about: 'the STARTTLS command' },
      { label: 'RFC 8314 section 3', about: 'clear text is obsolete for access and submission; implicit TLS is preferred' },
      { label: 'NIST SP 800-53 SC-8(1)', about: 'cryptographic protection of what is transmitted' },
      { label: 'NIST SP 800-177', about: 'trustworthy email: TLS between mail servers' },
      { label: 'PCI DSS 4.0 4.2.1', about: 'strong cryptography over open, public networks' },
      { label: 'CIS Controls v8 3.10', about: 'encrypt sensitive data in transit' },
      { label: 'CWE-319', about: 'clear-text transmission of sensitive information' },
    ],
  },
  'auth-before-tls': {
    code: 'auth-before-tls',
    title: 'Passwords are asked for before TLS',
    severity: 'high',
    severityNote: null,
    meaning: `Before any encryption the server offers AUTH with a mechanism that sends the password as it is (PLAIN, LOGIN) or \
close to it. A client that is configured carelessly, or whose STARTTLS was removed on the way, will use it.

The offer alone is the finding: Postern sends no password.`,
    risk: `A password that crosses a network in clear text is known to everybody who listens, and with it the mailbox, and \
often more than the mailbox.`,
    fix: [
      'Offer AUTH only inside TLS.',
      `Postfix, main.cf:
smtpd_tls_auth_only = yes`,
      `Exim:
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}`,
      `Exchange:
Set-ReceiveConnector "Client Frontend" -AuthMechanism Tls, BasicAuth, BasicAuthRequireTLS`,
      'Then set the clients to "TLS required"; whoever still uses clear text shows in the log as failed, with the reason.',
    ],
    references: [
      { label: 'RFC 4954', about: 'SMTP authentication: clear-text passwords need a protected channel' },
      { label: 'RFC 8314 section 3', about: 'implicit TLS for submission and access' },
      { label: 'PCI DSS 4.0 8.3.2', about: 'authentication factors are unreadable during transmission' },
      { label: 'MITRE ATT&CK T1040', about: 'network sniffing' },
      { label: 'MITRE ATT&CK T1078', about: 'use of valid accounts' },
      { label: 'CWE-522', about: 'insufficiently protected credentials' },
    ],
  },
  'tls-outdated': {
    code: 'tls-outdated',
    title: 'TLS below the version that the rule requires',
    severity: 'medium',
    severityNote: null,
    meaning: `The handshake ended with a lower TLS version than the rule asks for, or failed because the server knows nothing \
newer. Postern offers the newest first, so a lower one is the server's choice, or that of a device which ends TLS in between.`,
    risk: `TLS 1.0 and 1.1 rest on MD5 and SHA-1 and lack modern ciphers; they are forbidden by the standards, and auditors \
ask for their absence.`,
    fix: [
      'Switch off everything below TLS 1.2 at the server.',
      `Postfix 3.6 or newer, main.cf:
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2`,
      `Postfix before 3.6:
smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1`,
      `Exim with OpenSSL, then with GnuTLS:
openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1
tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1`,
      'On port 25 to the rest of the world weak TLS is still better than none: be strict where the policy requires it.',
    ],
    references: [
      { label: 'RFC 8996', about: 'deprecates TLS 1.0 and 1.1' },
      { label: 'RFC 9325 section 3.1', about: 'recommended protocol versions (BCP 195)' },
      { label: 'NIST SP 800-52', about: 'selection and configuration of TLS' },
      { label: 'PCI DSS 4.0 4.2.1', about: 'only secure versions, no fallback to insecure ones' },
      { label: 'CWE-757', about: 'selection of a less secure algorithm during negotiation' },
    ],
  },
  'certificate-invalid': {
    code: 'certificate-invalid',
    title: 'The certificate does not stand up',
    severity: 'high',
    severityNote: null,
    meaning: `The rule requires a valid certificate. This one is expired or not yet valid, signed by nobody that is trusted, \
for another name, or it does not match the pin of the policy. The reason says which.

With an internal authority the certificate may be fine and the policy incomplete: name the authority under "ca" or \
"audit.trust". A certificate that another vantage does not see points to interception. A wrong clock on the auditing host \
makes every certificate look expired.`,
    risk: `Without a certificate that can be checked a client cannot tell the server from somebody who pretends to be it: the \
connection is encrypted, but not necessarily to the right end.`,
    fix: [
      'Install a certificate for the name that clients use, with its whole chain, and renew it by a timer, not by hand.',
      `Look at it: dates, names, chain.
openssl s_client -connect smtp.example.net:587 -servername smtp.example.net -starttls smtp -showcerts </dev/null
openssl x509 -noout -dates -ext subjectAltName -in leaf.pem`,
      `Postfix, main.cf: key, certificate and intermediates in one file, then reload.
smtpd_tls_chain_files = /etc/postfix/key-and-chain.pem
postfix reload`,
      `An authority of your own, in the policy:
destinations:
  provider: { hosts: [smtp.example.net], listening: [587], ca: internal-ca.pem }`,
    ],
    references: [
      { label: 'RFC 7817 section 3', about: 'how mail clients check the identity of a TLS server' },
      { label: 'RFC 9525', about: 'service identity in TLS' },
      { label: 'RFC 5280 section 6', about: 'validation of certification paths' },
      { label: 'PCI DSS 4.0 4.2.1', about: 'certificates are confirmed as valid, not expired or revoked' },
      { label: 'MITRE ATT&CK T1557', about: 'adversary in the middle' },
      { label: 'CWE-295', about: 'improper certificate validation' },
    ],
  },
};
