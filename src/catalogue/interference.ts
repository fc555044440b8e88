/** Pages about devices that stand between sender and server and change what they say. */
import type { Pages } from './page.ts';

type InterferenceCode = 'starttls-stripped' | 'banner-masked' | 'intercepted';

export const INTERFERENCE_PAGES: Pages<InterferenceCode> = {
  'starttls-stripped': {
    code: 'starttls-stripped',
    title: 'STARTTLS is removed on the way',
    severity: 'critical',
    severityNote: null,
    meaning: `The server offers STARTTLS and this segment does not get to see it. Shown by one of these: STARTTLS worked \
although the offer was missing; its refusal quotes a command that was overwritten (XXXXXXXX); keywords of the EHLO reply are \
overwritten and the offer is gone; another vantage got the offer from the same address within the hour; the sentinel signed \
that it received other bytes.

A refusal that quotes STARTTLS as it was sent, or says nothing of it, shows no stripping: then the server has none \
(starttls-missing). Several servers behind one address, of which one lacks TLS, and a server that offers it to some clients \
only, look to two vantages like stripping.

Firewalls with SMTP inspection do this by design, and few know that they do. An attacker does the same on purpose.`,
    risk: `Mail servers encrypt when they can and send in clear text when they cannot: whoever removes one line of the reply \
reads all mail and every password.`,
    fix: [
      'Switch off the SMTP inspection that rewrites the dialogue, or let it pass TLS.',
      `Cisco ASA and Firepower: let TLS pass, or take the inspection out.
policy-map type inspect esmtp smtp-with-tls
  parameters
    no mask-banner
    allow-tls
policy-map global_policy
  class inspection_default
    no inspect esmtp`,
      `Make the sender insist: then mail waits instead of going out in clear text. Postfix, main.cf:
smtp_tls_policy_maps = inline:{ { [smtp.example.net]:587 = secure } }
smtp_tls_security_level = dane
smtp_dns_support_level = dnssec`,
      'Use 465 for submission: with TLS from the first byte there is no offer to remove.',
      'If no device of yours does this, treat it as an attack: compare from another network and tell the provider.',
    ],
    references: [
      { label: 'RFC 3207 section 6', about: 'a man in the middle can delete the STARTTLS offer' },
      { label: 'RFC 8461', about: 'MTA-STS: a domain says that its servers offer TLS' },
      { label: 'RFC 7672', about: 'DANE for SMTP: resistant to the downgrade' },
      { label: 'RFC 8314 section 3.3', about: 'implicit TLS on 465' },
      { label: 'NIST SP 800-53 SC-8', about: 'confidentiality and integrity of what is transmitted' },
      { label: 'MITRE ATT&CK T1557', about: 'adversary in the middle' },
      { label: 'CWE-757', about: 'selection of a less secure algorithm during negotiation' },
    ],
  },
  'banner-masked': {
    code: 'banner-masked',
    title: 'A device rewrites the greeting',
    severity: 'high',
    severityNote: null,
    meaning: `The greeting consists of asterisks (and the characters 2, 0, hyphen and blank), or keywords of the EHLO reply are \
overwritten with X. That is the mark of an inspecting firewall; no mail server greets like this.

It may be meant as protection: hiding the product's name. It hides much more than that. On a flow that the policy denies the \
mark is told beside the hole; it is a finding of its own on flows that are allowed, and on sentinels.`,
    risk: `Postfix takes such a greeting for an old firewall and falls back to HELO, so that it never hears of STARTTLS and \
delivers in clear text, without an error and without a line in anybody's report.`,
    fix: [
      'Switch off masking on the inspecting device.',
      `Cisco ASA and Firepower:
policy-map type inspect esmtp smtp-with-tls
  parameters
    no mask-banner
    allow-tls`,
      `Until then, Postfix as sender, main.cf: do not fall back, and never in clear text to this server.
smtp_pix_workarounds = delay_dotcrlf
smtp_tls_policy_maps = inline:{ { [smtp.example.net]:587 = encrypt } }`,
      'A server that should not tell its version can say so itself (Postfix: smtpd_banner = $myhostname ESMTP).',
    ],
    references: [
      { label: 'RFC 5321 section 4.2', about: 'replies, and the greeting among them' },
      { label: 'RFC 3207 section 6', about: 'what a sender loses with the EHLO reply' },
      { label: 'NIST SP 800-53 SC-8', about: 'integrity of what is transmitted' },
      { label: 'CWE-757', about: 'selection of a less secure algorithm during negotiation' },
    ],
  },
  intercepted: {
    code: 'intercepted',
    title: 'Something else than the destination answers',
    severity: 'critical',
    severityNote:
      'High where bytes pass unchanged from another address, or where nothing but handshakes was answered; else critical.',
    meaning: `A connection was made, and something between its two ends answered it, changed it or passed it on. Shown by one of \
these: an address for documentation, which nobody can have, answered too; a sentinel gave no receipt; its receipt says that \
other bytes arrived than were sent, that TLS ended on the way, or that the connection came from an address that \
expected-sources does not list; servers of three or more unrelated operators show one greeting or one certificate; a command \
came back overwritten.

Look first at what else could be: a sentinel that no longer has the key of the policy gives no receipt either, and an address \
missing in expected-sources looks like a relay. Two operators with one greeting, or a server that takes every command, are not \
enough for this finding: they are notes of the scope.

It may be a product somebody bought (a transparent mail filter, data-loss prevention, a provider's redirect of port 25), the \
antivirus on the auditing host itself, or an attacker. In each case a firewall rule that seems to permit or deny the flow says \
little: the traffic goes elsewhere. On a denied flow it stands in place of egress-open, unless a receipt proves arrival.`,
    risk: `Somebody reads the mail, and may change it. Where the interception is not known to those who run the network, it is \
an incident.`,
    fix: [
      'Find the device that answers, and decide whether it belongs there.',
      'With a sentinel, see that its public-key and expected-sources in the policy are those of today.',
      `On Linux firewalls and on the host itself:
nft list ruleset | grep -nE 'redirect|dnat|tproxy'
iptables-save -t nat | grep -E 'REDIRECT|DNAT'
ip6tables-save -t nat | grep -E 'REDIRECT|DNAT'`,
      'Switch off mail shields of antivirus products on the auditing host, and audit again from a host without one.',
      'Compare from a second network; ask the provider about a transparent filter on port 25.',
      'If it is wanted, tell the policy: name the filter as the destination, and deny the way past it.',
    ],
    references: [
      { label: 'MITRE ATT&CK T1557', about: 'adversary in the middle' },
      { label: 'NIST SP 800-53 SC-23', about: 'authenticity of sessions' },
      { label: 'NIST SP 800-53 SI-4(4)', about: 'monitoring of inbound and outbound traffic' },
      { label: 'RFC 7672', about: 'DANE for SMTP: the server proves who it is' },
      { label: 'RFC 9266', about: 'channel bindings for TLS 1.3: both ends can tell one session from two' },
      { label: 'CWE-300', about: 'channel accessible by a non-endpoint' },
    ],
  },
};
