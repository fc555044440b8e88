/** Pages about firewall configurations, read without sending a packet. */
import type { Pages } from './page.ts';

type ConfigurationCode =
  | 'config-permits-denied'
  | 'config-blocks-allowed'
  | 'config-redirects'
  | 'rule-shadowed'
  | 'config-live-mismatch';

export const CONFIGURATION_PAGES: Pages<ConfigurationCode> = {
  'config-permits-denied': {
    code: 'config-permits-denied',
    title: 'A configuration lets a denied flow through',
    severity: 'critical',
    severityNote: 'Critical where port 25 is among the permitted ports, else high.',
    meaning: `As it stands, this configuration forwards packets that no rule of the policy permits. The finding shows a \
witness: one packet with addresses, port and interfaces, and the lines that decide about it.

A second filter on the same way may still stop it; Postern judges each firewall on its own. Where the answer hangs on \
something that a packet does not show (an owner, a time of day), the condition is named. Text that is not loaded protects \
nobody, and text that was loaded yesterday may have been changed since.

"elsewhere" ("addresses of no destination") is every address that no destination of the policy holds. With a destination \
"internet" of networks: [public] that is the private ones, the other networks of your own, to which a line without a destination \
lets mail as well. It is as grave as the rest: what listens there may pass mail on.`,
    risk: `Malware and stolen accounts can send mail past every filter of the organisation as soon as this configuration is in \
force.`,
    fix: [
      'Narrow the permitting line to what the policy names, and deny the mail ports behind it for both IP families.',
      `Where mail may go to your own other networks, permit that in the policy: "to: any", or a destination of its own.
destinations:
  inside: { networks: [private] }
rules:
  - { name: deliver, from: relays, to: [internet, inside], ports: [25] }`,
      `nftables, in the chain that the finding names:
tcp dport { 25, 465, 587, 2525 } counter reject with tcp reset
nft list chain inet filter forward`,
      `iptables and ip6tables: each of them.
iptables -A FORWARD -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset
ip6tables -A FORWARD -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset`,
      'Set the default of the chain to drop (nftables: policy drop; iptables: -P FORWARD DROP) and permit by exception.',
    ],
    references: [
      { label: 'NIST SP 800-53 SC-7(5)', about: 'deny by default, allow by exception' },
      { label: 'NIST SP 800-41', about: 'guidelines on firewalls and firewall policy' },
      { label: 'PCI DSS 4.0 1.2.7', about: 'configurations are reviewed at least every six months' },
      { label: 'PCI DSS 4.0 1.3.2', about: 'outbound traffic only where necessary' },
      { label: 'CIS Controls v8 13.4', about: 'traffic filtering between network segments' },
      { label: 'MITRE ATT&CK T1048', about: 'exfiltration over alternative protocol' },
    ],
  },
  'config-blocks-allowed': {
    code: 'config-blocks-allowed',
    title: 'A configuration stops an allowed flow',
    severity: 'high',
    severityNote: null,
    meaning: `The policy permits this flow; under this configuration its first packet is dropped or rejected. The witness \
packet and the deciding lines are part of the finding.

In nftables an accept ends only its own base chain: any other chain on the same hook may still drop the packet, and one drop \
is final. A redirect before the filter changes the port that the filter sees.`,
    risk: `Mail stops when this configuration is loaded, often unnoticed at first: messages wait in queues for hours before \
anybody hears of it.`,
    fix: [
      'Permit the flow before the line that stops it, for both IP families, or take the rule out of the policy.',
      `nftables: put the accept before the deciding line, by its handle.
nft -a list chain inet filter forward
nft insert rule inet filter forward position 7 ip saddr 10.1.0.25 tcp dport 25 accept
nft insert rule inet filter forward position 7 ip6 saddr 2001:db8:1::25 tcp dport 25 accept`,
      `iptables and ip6tables: by line number.
iptables -L FORWARD -n --line-numbers
iptables -I FORWARD 3 -s 10.1.0.25 -p tcp --dport 25 -j ACCEPT
ip6tables -I FORWARD 3 -s 2001:db8:1::25 -p tcp --dport 25 -j ACCEPT`,
    ],
    references: [
      { label: 'NIST SP 800-41', about: 'guidelines on firewalls and firewall policy' },
      { label: 'PCI DSS 4.0 1.2.2', about: 'changes to network security controls are approved and managed' },
      { label: 'PCI DSS 4.0 1.2.5', about: 'allowed services, protocols and ports are identified and needed' },
      { label: 'RFC 5068', about: 'port 587 must not be blocked' },
    ],
  },
  'config-redirects': {
    code: 'config-redirects',
    title: 'A configuration diverts mail',
    severity: 'high',
    severityNote: null,
    meaning: `A REDIRECT, DNAT or TPROXY line sends SMTP of this flow to another address or port than the sender asked for. It \
is decided before the filter: a deny rule for the original port then never sees the packet.

It can be wanted: a transparent filter, a lab, a migration. It is reported because sender and policy believe that they talk to \
somebody else.`,
    risk: `The diverting host reads all mail and can change it; senders that check certificates fail, and those that do not \
are deceived.`,
    fix: [
      'Remove the diversion, or name its target as the destination in the policy and deny the direct way.',
      `Find the lines in all tables that can divert.
nft list ruleset | grep -nE 'redirect|dnat|tproxy'
iptables-save | grep -E 'REDIRECT|DNAT|TPROXY'
ip6tables-save | grep -E 'REDIRECT|DNAT|TPROXY'`,
      `Send to the filter by configuration instead: visible, with TLS and its name. Postfix, main.cf:
relayhost = [filter.example.net]:587`,
    ],
    references: [
      { label: 'NIST SP 800-53 SC-7', about: 'boundary protection by managed interfaces' },
      { label: 'NIST SP 800-53 AC-4', about: 'enforcement of information flow' },
      { label: 'PCI DSS 4.0 1.2.7', about: 'configurations are relevant and effective' },
      { label: 'MITRE ATT&CK T1557', about: 'adversary in the middle' },
    ],
  },
  'rule-shadowed': {
    code: 'rule-shadowed',
    title: 'The mail ports of a rule can never match',
    severity: 'low',
    severityNote: null,
    meaning: `Every first packet of a mail connection that this line could match is decided by other lines before it gets there, \
alone or together, or is never led to it: the finding says which. So the line does nothing for mail. What it says of other ports, of UDP or of later packets of a \
connection was not looked at, and may well be needed. Where the lines before it decide the other way, somebody believes in a \
protection or a permission that is not there.`,
    risk: `The configuration says one thing and does another: the next change is made by somebody who trusts what it says.`,
    fix: [
      'Take the mail ports out of the line, or move it before the lines that take its packets; remove it only if nothing else needs it.',
      `iptables: the counters confirm it; a line that names mail ports alone stays at zero.
iptables -L FORWARD -n -v --line-numbers
ip6tables -L FORWARD -n -v --line-numbers`,
      `nftables: move it before the covering line.
nft -a list chain inet filter forward
nft delete rule inet filter forward handle 12
nft insert rule inet filter forward position 7 tcp dport 2525 counter reject with tcp reset`,
    ],
    references: [
      { label: 'NIST SP 800-41', about: 'the order of rules, and regular review of rule sets' },
      { label: 'PCI DSS 4.0 1.2.7', about: 'configurations are reviewed, outdated rules removed' },
      { label: 'CIS Controls v8 4.2', about: 'a secure configuration process for network infrastructure' },
    ],
  },
  'config-live-mismatch': {
    code: 'config-live-mismatch',
    title: 'Configuration and network disagree',
    severity: 'critical',
    severityNote: null,
    meaning: `The same question was asked of the configuration and of the network, and the answers differ: permitted on paper \
and blocked in reality, or denied on paper and open in reality.

Usual reasons: the text is not what is loaded; traffic takes another way (a second uplink, a VPN, a container bridge); another \
firewall decides first; the configured interfaces of the policy are not the real ones.`,
    risk: `Whatever was concluded from the configuration does not hold: reviews, approvals and audits speak of a firewall that \
does not exist.`,
    fix: [
      'Compare the audited text with what is loaded on the device, then follow the packet to where it really goes.',
      `What is loaded?
nft list ruleset
iptables-save
ip6tables-save`,
      `Which way does the packet take from the segment?
ip route get 198.51.100.7 from 10.20.0.5 iif eth1
ip -6 route get 2001:db8:f::25 from 2001:db8:20::5 iif eth1`,
      'Load configurations from version control only, and compare regularly.',
    ],
    references: [
      { label: 'PCI DSS 4.0 1.2.8', about: 'configuration files are kept consistent with the active configuration' },
      { label: 'NIST SP 800-53 CM-3', about: 'configuration change control' },
      { label: 'NIST SP 800-53 CM-6', about: 'deviations from configuration settings are found and approved' },
      { label: 'NIST SP 800-53 CA-7', about: 'continuous monitoring' },
      { label: 'CIS Controls v8 4.2', about: 'a secure configuration process for network infrastructure' },
    ],
  },
};
