/** Pages about what gets out and what does not. */
import type { Pages } from './page.ts';

type EgressCode = 'egress-open' | 'egress-blocked' | 'endpoint-down' | 'ipv6-unregulated' | 'family-gap';

export const EGRESS_PAGES: Pages<EgressCode> = {
  'egress-open': {
    code: 'egress-open',
    title: 'A denied mail flow gets out',
    severity: 'critical',
    severityNote: 'Critical on port 25, high on other ports, medium where TCP connected and no SMTP was seen.',
    meaning: `No rule of the policy permits this flow, yet a TCP connection was made from the segment to the endpoint on this \
port. Where an SMTP server answered, mail can be sent this way now; also where it answered with a refusal (421, 554), since \
the refusal itself came through the firewall.

Where only TCP connected, a device between may have answered for the target: a SYN proxy, or a firewall that looks at the \
protocol before it decides. What got out then is the connection, not necessarily a message. Usual causes: an "allow all \
outbound" default, a rule for one host written for its whole network, a permitted port that nobody listed as mail (2525), \
rules for IPv4 only, or a rule above the intended one.`,
    risk: `Malware and stolen accounts can send mail past every filter, log and journal of the organisation. Spam sent this \
way puts the public address on blocklists, and legitimate mail stops with it; data leaves in a form that looks like ordinary \
mail.`,
    fix: [
      'Deny the mail ports for this segment by default in both IP families, and permit only the flows that the policy names.',
      `nftables: a table of family inet covers IPv4 and IPv6. What is inserted last stands first.
nft insert rule inet filter forward tcp dport { 25, 465, 587, 2525 } counter reject with tcp reset
nft insert rule inet filter forward ip saddr 10.1.0.25 tcp dport 25 accept
nft insert rule inet filter forward ip6 saddr 2001:db8:1::25 tcp dport 25 accept`,
      `iptables: both commands are needed, one for each family.
iptables -I FORWARD -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset
ip6tables -I FORWARD -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset`,
      'Reject inside the network rather than drop: programs fail at once and say why, and the next audit reads the answer.',
      'If the flow is wanted, write a rule for it into the policy, or a waiver with an end and a reason.',
    ],
    references: [
      { label: 'NIST SP 800-53 SC-7(5)', about: 'deny by default, allow by exception, at the boundary' },
      { label: 'NIST SP 800-53 SC-7(10)', about: 'prevent exfiltration' },
      { label: 'PCI DSS 4.0 1.3.2', about: 'outbound traffic only where necessary, all else specifically denied' },
      { label: 'CIS Controls v8 13.4', about: 'traffic filtering between network segments' },
      { label: 'CIS Controls v8 4.4', about: 'implement and manage a firewall on servers' },
      { label: 'MITRE ATT&CK T1048', about: 'exfiltration over alternative protocol' },
      { label: 'MITRE ATT&CK T1071.003', about: 'command and control over mail protocols' },
      { label: 'RFC 5068', about: 'submission belongs on its own port, with authentication, not on 25' },
    ],
  },
  'egress-blocked': {
    code: 'egress-blocked',
    title: 'An allowed mail flow is blocked',
    severity: 'high',
    severityNote: null,
    meaning: `A rule of the policy permits this flow, the endpoint is known to listen, and a control flow of the same segment \
answered at the same time; still no connection was made. So the path as such is alive, and this flow in particular is stopped.

Postern cannot see who stops it. It may be the firewall that the policy is about, a host firewall on either side, the target's \
own access list, or the uplink: many providers and clouds block outbound port 25 without an answer while 465 and 587 work.`,
    risk: `Mail is delayed or lost: messages wait in queues until they bounce, alarms and password resets among them. People \
who cannot send find another way, which then is the one that nobody watches.`,
    fix: [
      'Permit the flow on the device that stops it, for both IP families, or take the rule out of the policy.',
      `Find the device: follow one packet through the firewall, then look on the next one.
nft insert rule inet filter forward tcp dport 587 meta nftrace set 1
nft monitor trace`,
      `Permit it; an accept in one nftables base chain does not end the others, while a drop in any of them does.
nft insert rule inet filter forward ip saddr 10.20.0.0/16 ip daddr 192.0.2.25 tcp dport 587 accept
nft insert rule inet filter forward ip6 saddr 2001:db8:20::/48 ip6 daddr 2001:db8:f::25 tcp dport 587 accept
iptables -I FORWARD -s 10.20.0.0/16 -d 192.0.2.25 -p tcp --dport 587 -j ACCEPT
ip6tables -I FORWARD -s 2001:db8:20::/48 -d 2001:db8:f::25 -p tcp --dport 587 -j ACCEPT`,
      'Silence on port 25 alone, at every target: ask the provider to lift its block, or deliver by a smarthost on 465 or 587.',
      'Addresses of mail providers change: permit the networks that they publish, not the addresses of today.',
    ],
    references: [
      { label: 'RFC 5068', about: 'access providers must not block the submission port 587' },
      { label: 'RFC 8314 section 3.3', about: 'submission with implicit TLS on 465 stands beside 587' },
      { label: 'RFC 5321 section 4.5.4.1', about: 'what a sender does with mail that it cannot deliver: queue and retry' },
      { label: 'PCI DSS 4.0 1.2.5', about: 'the services, protocols and ports that are allowed are identified and needed' },
      { label: 'CIS Controls v8 13.4', about: 'traffic filtering between network segments' },
    ],
  },
  'endpoint-down': {
    code: 'endpoint-down',
    title: 'One address of an allowed mail server does not answer',
    severity: 'low',
    severityNote: null,
    meaning: `The name has several addresses of this family. One did not answer, another did, from the same segment on the \
same port. Most likely that server is down or out of service while DNS still names it.

It can also be a firewall rule that lists the addresses one by one and has missed this one: the answer of its sibling does not \
prove that both take the same rule.`,
    risk: `Mail still flows by the other address, more slowly, and with nothing in reserve. Programs that try only the first \
address that DNS gives them fail at random.`,
    fix: [
      'Bring the server back, take its address out of DNS, or add the address to the firewall rule that lists its siblings.',
      `On the server: does it listen on the address at all?
ss -ltn 'sport = :587'`,
      `From the segment: what does the name mean there, and which address stays silent?
getent ahosts smtp.example.net`,
    ],
    references: [
      { label: 'RFC 5321 section 5.1', about: 'a sender must try each address of a host in order' },
      { label: 'RFC 5321 section 4.5.4.1', about: 'what a sender does with mail that it cannot deliver: queue and retry' },
    ],
  },
  'ipv6-unregulated': {
    code: 'ipv6-unregulated',
    title: 'IPv6 is in use and the policy is silent about it',
    severity: 'high',
    severityNote: null,
    meaning: `The host that spoke for this segment has a global IPv6 address and a default route for it, but the segment names \
no IPv6 network. The policy asks nothing about that traffic, so this audit has judged only half of the ways out.

It does not say that mail gets out by IPv6. It says that nobody has asked. Router advertisements give addresses to hosts \
without anybody configuring them.`,
    risk: `A firewall that is tight for IPv4 and has no IPv6 rules is open: mail servers of all large providers answer on \
IPv6, and programs prefer it.`,
    fix: [
      'Add the IPv6 networks to the segment in the policy and audit again, or take IPv6 off the segment on purpose.',
      `Policy:
segments:
  workstations:
    networks: [10.20.0.0/16, "2001:db8:20::/48"]`,
      `Deny first, then look; leave ICMPv6 open, since IPv6 does not work without it.
nft insert rule inet filter forward meta nfproto ipv6 tcp dport { 25, 465, 587, 2525 } counter reject with tcp reset
ip6tables -I FORWARD -p tcp -m multiport --dports 25,465,587,2525 -j REJECT --reject-with tcp-reset`,
    ],
    references: [
      { label: 'RFC 9099', about: 'operational security of IPv6 networks, filters among it' },
      { label: 'RFC 4890', about: 'which ICMPv6 messages a firewall must let pass' },
      { label: 'NIST SP 800-53 SC-7', about: 'boundary protection, for every protocol that crosses it' },
      { label: 'NIST SP 800-119', about: 'secure deployment of IPv6' },
      { label: 'CIS Controls v8 12.2', about: 'establish and maintain a secure network architecture' },
    ],
  },
  'family-gap': {
    code: 'family-gap',
    title: 'IPv4 and IPv6 of one flow are treated differently',
    severity: 'high',
    severityNote: null,
    meaning: `The same segment asked the same host on the same port over both families. One got through and the other did not, \
though the policy expects the same of both. The usual cause is a firewall with two rule sets of which only one was kept up to \
date.

A server that listens in one family only looks alike where the flow is allowed; where it is denied, the open family is a hole.`,
    risk: `Programs pick a family by themselves, so the flow works or fails by chance, and a denied flow is stopped only for \
those who happen to use the closed family.`,
    fix: [
      'Write the rule once for both families, or add the missing rule to the other family.',
      `nftables: a table of family inet; "ip daddr" and "ip6 daddr" still bind a rule to one family.
nft insert rule inet filter forward iifname "eth1" oifname "eth0" tcp dport 25 counter reject with tcp reset`,
      `iptables and ip6tables know nothing of each other. Compare them.
diff <(iptables -S FORWARD) <(ip6tables -S FORWARD)`,
      'Check that the server listens in both families before changing the firewall, or take its AAAA record out of DNS.',
    ],
    references: [
      { label: 'RFC 9099', about: 'the IPv6 filter should match the IPv4 one' },
      { label: 'RFC 4890', about: 'which ICMPv6 messages a firewall must let pass' },
      { label: 'NIST SP 800-53 CM-6', about: 'configuration settings, the same wherever they are meant to be' },
      { label: 'CIS Controls v8 4.2', about: 'a secure configuration process for network infrastructure' },
    ],
  },
};
