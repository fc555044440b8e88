/** A miniature network as data: hosts, the links between them, and what each host does. */
import { isIP } from 'node:net';
import { LabError, type Sandbox } from './sandbox.ts';
import { quote } from './shell.ts';

export interface Topology {
  readonly hosts: readonly Host[];
  readonly links: readonly (readonly [LinkEnd, LinkEnd])[];
  /** What names mean, for every host: /etc/hosts. Nothing answers DNS. */
  readonly names: Readonly<Record<string, readonly string[]>>;
}

export interface Host {
  readonly name: string;
  /** It forwards packets between its links, both families. */
  readonly forwards?: boolean;
  /** Further addresses (with prefix length), on the loopback interface: reachable wherever a route leads here. */
  readonly loopback?: readonly string[];
  /** Lines as `ip route add` takes them, in their order. */
  readonly routes?: readonly string[];
  /** Lines as `ip rule add` takes them. */
  readonly routeRules?: readonly string[];
  /** Paths below /proc/sys and what is written there. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A ruleset, as `nft -f` reads it. */
  readonly firewall?: string;
}

export interface LinkEnd {
  readonly host: string;
  readonly interface: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

/** @throws {LabError} with the tool's words where a step fails. */
export async function buildNetwork(sandbox: Sandbox, topology: Topology): Promise<void> {
  await sandbox.script(null, [...topology.hosts.map(({ name }) => `ip netns add ${quote(name)}`), names(topology)].join('\n'));
  // Duplicate address detection would hold each IPv6 address back for a second: off before the links come.
  for (const host of topology.hosts) await sandbox.script(host.name, basics(host).join('\n'));
  await sandbox.script(null, topology.links.map(veth).join('\n'));
  for (const host of topology.hosts) {
    const ends = topology.links.flat().filter((end) => end.host === host.name);
    await sandbox.script(host.name, [...ends.flatMap(addresses), ...routing(host), ...firewall(host)].join('\n'));
  }
  for (const host of topology.hosts) await awaitLinks(sandbox, host.name);
}

function names({ names: table }: Topology): string {
  const lines = ['127.0.0.1 localhost', '::1 localhost ip6-localhost'];
  for (const [name, list] of Object.entries(table)) lines.push(...list.map((address) => `${address} ${name}`));
  // A resolver that refuses at once (nothing listens on loopback), where there is a file to put it over.
  return `printf '%s\\n' ${lines.map(quote).join(' ')} >/run/lab/hosts
[ -e /etc/hosts ] || { ${WRITABLE_ETC} && rm -f /etc/hosts && : >/etc/hosts; }
mount --bind /run/lab/hosts /etc/hosts
printf 'nameserver 127.0.0.1\\noptions timeout:1 attempts:1\\n' >/run/lab/resolv.conf
if [ -f /etc/resolv.conf ]; then mount --bind /run/lab/resolv.conf /etc/resolv.conf; fi`;
}

/** A mount needs a file below it, and the machine's own /etc is not ours to put one into: one of links to what is there. */
const WRITABLE_ETC = `mkdir /run/lab/etc && mount --rbind /etc /run/lab/etc && mount -t tmpfs postern-lab /etc &&
  for entry in /run/lab/etc/* /run/lab/etc/.[!.]*; do
    if [ -L "$entry" ]; then cp -P "$entry" /etc/; elif [ -e "$entry" ]; then ln -s "$entry" /etc/; fi
  done`;

function basics(host: Host): string[] {
  const settings: Record<string, string> = {
    'net/ipv6/conf/all/accept_dad': '0',
    'net/ipv6/conf/default/accept_dad': '0',
    ...(host.forwards === true ? { 'net/ipv4/ip_forward': '1', 'net/ipv6/conf/all/forwarding': '1' } : {}),
    ...host.settings,
  };
  const writes = Object.entries(settings).map(([path, value]) => `echo ${quote(value)} >/proc/sys/${path}`);
  const extra = (host.loopback ?? []).map((address) => `ip address add ${address} dev lo${nodad(address)}`);
  return [...writes, 'ip link set lo up', ...extra];
}

function veth([a, b]: readonly [LinkEnd, LinkEnd]): string {
  return `ip link add ${a.interface} netns ${a.host} type veth peer name ${b.interface} netns ${b.host}`;
}

function addresses(end: LinkEnd): string[] {
  return [
    `ip link set ${end.interface} up`,
    ...end.addresses.map((address) => `ip address add ${address} dev ${end.interface}${nodad(address)}`),
  ];
}

function nodad(address: string): string {
  return isIP(address.split('/')[0] ?? '') === 6 ? ' nodad' : '';
}

function routing(host: Host): string[] {
  const family = (line: string): string => (line.includes(':') ? '-6 ' : '');
  return [
    ...(host.routes ?? []).map((line) => `ip ${family(line)}route add ${line}`),
    ...(host.routeRules ?? []).map((line) => `ip ${family(line)}rule add ${line}`),
  ];
}

function firewall({ firewall: ruleset }: Host): string[] {
  return ruleset === undefined ? [] : [`printf '%s\\n' ${quote(ruleset)} | nft -f -`];
}

/** IPv6 routes work once a link's own address is no longer tentative, which takes the kernel a moment. */
async function awaitLinks(sandbox: Sandbox, host: string): Promise<void> {
  const settled = await sandbox.run(host, [
    'sh',
    '-c',
    'i=0; while ip -6 address show tentative | grep -q inet6; do i=$((i+1)); [ $i -lt 50 ] || exit 1; sleep 0.1; done',
  ]);
  if (settled.code !== 0) throw new LabError(`${host}: an IPv6 address stayed tentative for 5 s`);
}
