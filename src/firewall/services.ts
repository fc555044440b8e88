/**
 * Names of ports and protocols, as firewall tools look them up in /etc/services and /etc/protocols of the machine that loads the file.
 * Built in, so that a file means the same wherever it is read: `--dport smtp` is 25.
 *
 * @see IANA Service Name and Transport Protocol Port Number Registry; IANA Protocol Numbers; RFC 8314 section 7 (submissions)
 */
/** @param text  a number from 0 to 65535, or a name in any case. With a leading zero tools read octal: null, as for what is neither. */
export function portNumber(text: string): number | null {
  return look(text, PORTS, 65_535);
}

/** @param text  a number from 0 to 255, or a name in any case. `all` is no protocol: see the callers. */
export function protocolNumber(text: string): number | null {
  return look(text, PROTOCOLS, 255);
}

function look(text: string, names: ReadonlyMap<string, number>, highest: number): number | null {
  const named = names.get(text) ?? names.get(text.toLowerCase());
  if (named !== undefined) return named;
  const number = /^(0|[1-9]\d{0,8})$/.test(text) ? Number(text) : highest + 1;
  return number <= highest ? number : null;
}

/** `name name 25, …`: every name before a number is one of it. */
function table(text: string): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const entry of text.trim().split(/,\s*/)) {
    const words = entry.split(' ');
    const number = Number(words.at(-1));
    for (const name of words.slice(0, -1)) names.set(name, number);
  }
  return names;
}

const PROTOCOLS = table(`
ip hopopt 0, icmp 1, igmp 2, ggp 3, ipencap ipv4 4, st 5, tcp 6, egp 8, igp 9, pup 12, udp 17, hmp 20, xns-idp 22, rdp 27, iso-tp4 29, dccp 33,
xtp 36, ddp 37, idpr-cmtp 38, ipv6 41, ipv6-route 43, ipv6-frag 44, idrp 45, rsvp 46, gre 47, esp ipsec-esp ipv6-crypt 50,
ah ipsec-ah ipv6-auth 51, skip 57, ipv6-icmp icmpv6 icmp6 58, ipv6-nonxt 59, ipv6-opts 60, rspf 73, vmtp 81, eigrp 88, ospf ospfigp 89, ax.25 93,
ipip 94, etherip 97, encap 98, pim 103, ipcomp 108, vrrp 112, l2tp 115, isis 124, sctp 132, fc 133, mobility-header ipv6-mh mh 135,
udplite 136, mpls-in-ip 137, manet 138, hip 139, shim6 140, wesp 141, rohc 142, ethernet 143`);

/** Those of mail first: of several names equally near, the first one is offered. */
const PORTS = table(`
smtp mail 25, submissions smtps ssmtp urd 465, submission 587, tcpmux rtmp 1, nbp 2, echo 7, discard sink null 9, systat users 11, daytime 13, netstat 15, qotd quote 17, msp 18, chargen ttytst source 19,
ftp-data 20, ftp 21, ssh 22, telnet 23, time timserver 37, rlp 39, nameserver 42, whois nicname 43, tacacs 49, re-mail-ck 50,
domain 53, tacacs-ds 65, bootps 67, bootpc 68, tftp 69, gopher 70, finger 79, http www www-http 80, link ttylink 87,
kerberos kerberos5 krb5 kerberos-sec 88, supdup 95, hostnames 101, iso-tsap tsap 102, acr-nema 104, csnet-ns 105, rtelnet 107,
pop2 pop-2 109, pop3 pop-3 110, sunrpc portmapper 111, auth authentication tap ident 113, sftp 115, nntp readnews untp 119, ntp 123,
pwdgen 129, epmap loc-srv 135, netbios-ns 137, netbios-dgm 138, netbios-ssn 139, imap imap2 143, snmp 161, snmptrap snmp-trap 162,
cmip-man 163, cmip-agent 164, mailq 174, xdmcp 177, nextstep 178, bgp 179, irc 194, smux 199, at-rtmp 201, at-nbp 202, at-echo 204, at-zis 206,
qmtp 209, z3950 wais 210, ipx 213, imap3 220, ptp-event 319, ptp-general 320, pawserv 345, zserv 346, fatserv 347, rpc2portmap 369,
codaauth2 370, clearcase 371, ulistserv 372, ldap 389, imsp 406, svrloc 427, https 443, snpp 444, microsoft-ds 445, kpasswd 464,
saft 487, isakmp 500, exec 512, login who 513, shell cmd syslog 514, printer spooler 515, talk 517, ntalk 518,
route router routed 520, timed timeserver 525, tempo newdate 526, courier rpc 530, conference chat 531, netnews 532, netwall 533, gdomap 538,
uucp uucpd 540, klogin 543, kshell krcmd 544, dhcpv6-client 546, dhcpv6-server 547, afpovertcp 548, rtsp 554, remotefs rfs_server rfs 556,
nntps snntp 563, nqs 607, npmp-local 610, npmp-gui 611, hmmp-ind 612, asf-rmcp 623, qmqp 628, ipp 631, ldaps 636, ldp 646,
tinc 655, silc 706, kerberos-adm 749, kerberos4 kerberos-iv kdc 750, kerberos-master 751, spamd 783, domain-s 853, rsync 873, ftps-data 989,
ftps 990, telnets 992, imaps 993, ircs 994, pop3s 995, socks 1080, proofd 1093, rootd 1094, rmiregistry 1099, kpop 1109, skkserv 1178,
openvpn 1194, predict 1210, rmtcfg 1236, xtel 1313, xtelw 1314, lotusnote lotusnotes 1352, ms-sql-s 1433, ms-sql-m 1434, ingreslock 1524,
datametrics old-radius 1645, sa-msg-port old-radacct 1646, kermit 1649, groupwise 1677, l2f 1701, pptp 1723, radius 1812,
radius-acct radacct 1813, msnp 1863, cisco-sccp 2000, nfs 2049, gnunet 2086, rtcm-sc104 2101, gsigatekeeper 2119, iprop 2121, gris 2135,
cvspserver 2401, venus 2430, venus-se 2431, codasrv 2432, codasrv-se 2433, mon 2583, zebrasrv 2600, zebra 2601, ripd 2602, ripngd 2603,
ospfd 2604, bgpd 2605, ospf6d 2606, ospfapi 2607, isisd 2608, dict 2628, gsiftp 2811, gpsd 2947, gds-db gds_db 3050, icpv2 icp 3130, isns 3205,
iscsi-target 3260, mysql 3306, ms-wbt-server 3389, nut 3493, distcc 3632, daap 3689, svn subversion 3690, suucp 4031, sysrqd 4094, sieve 4190,
epmd 4369, remctl 4373, ntske 4460, ipsec-nat-t 4500, fax 4557, hylafax 4559, iax 4569, mtn 4691, radmin-port 4899, munin lrrd 4949, rfe 5002,
mmcc 5050, sip 5060, sip-tls sips 5061, aol 5190, xmpp-client jabber-client 5222, xmpp-server jabber-server 5269, cfengine 5308, mdns 5353,
postgresql postgres 5432, rptp freeciv 5556, nrpe 5666, nsca 5667, amqps 5671, amqp 5672, canna 5680, x11 x11-0 6000, x11-1 6001, x11-2 6002,
x11-3 6003, x11-4 6004, x11-5 6005, x11-6 6006, x11-7 6007, gnutella-svc 6346, gnutella-rtr 6347, redis 6379, sge-qmaster 6444, sge-execd 6445,
mysql-proxy 6446, syslog-tls 6514, sane-port sane saned 6566, ircd 6667, babel 6696, ircs-u 6697, bbs 7000, afs3-fileserver 7000,
afs3-callback 7001, afs3-prserver 7002, afs3-vlserver 7003, afs3-kaserver 7004, afs3-volser 7005, afs3-bos 7007, afs3-update 7008,
afs3-rmtsys 7009, font-service xfs 7100, zope-ftp 8021, http-alt webcache 8080, tproxy 8081, omniorb 8088, puppet 8140, xinetd 9098,
bacula-dir 9101, bacula-fd 9102, bacula-sd 9103, git 9418, xmms2 9667, zope 9673, webmin 10000, zabbix-agent 10050, zabbix-trapper 10051,
amanda 10080, kamanda 10081, amandaidx 10082, amidxtape 10083, nbd 10809, dicom 11112, hkp 11371, db-lsp 17500, dcap 22125, binkp 24554,
asp 27374, csync2 30865, dircproxy 57000, tfido 60177, fido 60179`);

/** Names, for what was probably meant. */
export const PORT_NAMES: readonly string[] = [...PORTS.keys()];
export const PROTOCOL_NAMES: readonly string[] = [...PROTOCOLS.keys()];
