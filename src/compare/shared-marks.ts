/**
 * The same greeting or certificate at servers of unrelated operators: what answers for all of them stands on the way, or is a hoster of them
 * all. The second is common and no fault, so that much is asked before the first is taken for shown:
 *
 *   Three operators greet as `filter.example` from three distant networks, and nobody on that way out greets otherwise: shown.
 *   Three operators greet as `mx.hoster.example`, from one network, or with a certificate that a known authority signed: a hoster. A note.
 *   Three operators show one certificate, signed by nobody known, and one of them is pinned to another: shown, whomever it names.
 *   `mx.hoster.example`, `mail.shop.example` and `mail.club.example` greet as `mx.hoster.example`: shop and club are its customers. Nothing.
 *
 * Operators are told apart by the last two labels of a host's name, a crude stand-in for organisations: `a.co.uk` and `b.co.uk` count as one
 * (which shows too little), the two domains of one organisation as two (hence three, and distant).
 */
import { type Address, familyOf, numberOf } from '../model/address.ts';
import type { Certificate, Dialogue } from '../model/dialogue.ts';
import { isName } from '../model/endpoint.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import { takesNonsense, takesStarttlsForNothing } from './dialogue-signs.ts';

/** One server outside that one leg spoke with on one port. */
export interface Member {
  readonly host: string;
  readonly address: Address;
  readonly dialogue: Dialogue;
  /** A receipt, or a trusted certificate for its name, shows that it is who it should be. */
  readonly genuine: boolean;
}

export interface SharedMark {
  readonly strength: 'conclusive' | 'strong';
  readonly text: string;
  readonly addresses: readonly Address[];
  /** Nobody on that way out showed another: it is about all that goes there. */
  readonly everywhere: boolean;
}

/** Operators that it takes, and networks so far apart that no rack has them all. */
const ENOUGH = 3;
/** Bits of an address that one hoster's site mostly has in common. */
const SITE_BITS = { ipv4: 16n, ipv6: 96n } as const;

/** @param members  of one way out: one leg, one port, all of them beyond the boundary. */
export function sharedMarks(members: readonly Member[]): readonly SharedMark[] {
  const hosts = members.map(({ host }) => host).filter(isName);
  const servers = [...new Map(members.map((member) => [member.address, member])).values()];
  return [GREETINGS, CERTIFICATES].flatMap((trait) => marksOf(servers, hosts, trait));
}

interface Mark {
  readonly kind: 'greeting' | 'certificate';
  readonly value: string;
  readonly words: string;
  /** It says nothing by itself: `localhost`, a name without a dot, a certificate that names its bearer. */
  readonly common: boolean;
}

interface Trait {
  readonly markOf: (member: Member) => Mark | null;
  /** Whether a mark is that of a host's own operator. */
  readonly belongsTo: (member: Member, host: string) => boolean;
}

const GREETINGS: Trait = { markOf: greetingMark, belongsTo: hasGreetingOf };
const CERTIFICATES: Trait = { markOf: certificateMark, belongsTo: hasCertificateOf };

function marksOf(servers: readonly Member[], hosts: readonly string[], { markOf, belongsTo }: Trait): SharedMark[] {
  const marked = servers.flatMap((member) => {
    const mark = markOf(member);
    return mark === null ? [] : [{ member, mark }];
  });
  const groups = groupBy(
    marked.filter(({ member }) => !member.genuine && isName(member.host)),
    ({ mark }) => mark.value,
  );
  return [...groups].flatMap(([value, group]) => {
    const [first] = group;
    const bearers = group.map(({ member }) => member);
    if (first === undefined || hosts.some((host) => belongsTo(first.member, host))) return [];
    const everywhere = marked.every(({ member, mark }) => mark.value === value && !member.genuine);
    const common = group.some(({ mark }) => mark.common);
    return judgeGroup(bearers, { ...first.mark, common }, everywhere);
  });
}

function judgeGroup(bearers: readonly Member[], mark: Mark, everywhere: boolean): SharedMark[] {
  const operators = new Set(bearers.map(({ host }) => operatorOf(host))).size;
  if (operators < 2) return [];
  const takesAll = bearers.every(({ dialogue }) => takesStarttlsForNothing(dialogue) || takesNonsense(dialogue));
  const unpinned = mark.kind === 'certificate' && bearers.every(isUntrusted) && bearers.some(hasOtherKey);
  const distant = new Set(bearers.map(({ address }) => siteOf(address))).size >= ENOUGH;
  const hoster = bearers.every(isVouchedFor);
  const enough = operators >= ENOUGH && (takesAll || unpinned || (distant && everywhere && !mark.common && !hoster));
  if (mark.common && !enough) return [];
  const hosts = listText(bearers.slice(0, 4).map(({ host, address }) => `${host} (${address})`));
  const more = bearers.length > 4 ? ` and ${bearers.length - 4} more` : '';
  const beside = [
    ...(takesAll ? ['they take commands that no server takes'] : []),
    ...(unpinned ? ['one of them is pinned to another key'] : []),
  ];
  const also = beside.length > 0 ? `; ${beside.join(', and ')}` : '';
  return [
    {
      strength: enough ? 'conclusive' : 'strong',
      text: `${hosts}${more}, of unrelated operators by their names, ${mark.words}${also}.`,
      addresses: bearers.map(({ address }) => address),
      everywhere,
    },
  ];
}

/** The name in the greeting: `mail.local` is that of many. @see RFC 5321 section 4.2, RFC 6762 appendix G (names that nobody registers) */
function greetingMark({ dialogue: { greeting } }: Member): Mark | null {
  // A refusal need not begin with a name: `554 5.7.1 Service unavailable; client blocked`, as a blocklist has many say at once.
  const name = greeting?.code === 220 ? nameIn(greeting.lines[0] ?? '') : '';
  if (name === '' || name.includes('*')) return null;
  return {
    kind: 'greeting',
    value: name,
    words: `all greet as ${name}`,
    common:
      !name.includes('.') ||
      name.startsWith('localhost.') ||
      /^[^.]+\.(?:local|localdomain|internal|intranet|private|corp|home|lan)$/.test(name),
  };
}

function nameIn(greeting: string): string {
  return (greeting.trim().split(/\s/)[0] ?? '').toLowerCase().replace(/\.$/, '');
}

function hasGreetingOf(member: Member, host: string): boolean {
  return operatorOf(nameIn(member.dialogue.greeting?.lines[0] ?? '')) === operatorOf(host);
}

/** A certificate that nobody known signed may name whom it likes; an authority of a group's own looks the same. */
function certificateMark(member: Member): Mark | null {
  const certificate = member.dialogue.tls?.certificate ?? null;
  if (certificate === null) return null;
  return {
    kind: 'certificate',
    value: certificate.fingerprint,
    words: `all show one certificate (${certificate.subject})`,
    common: isFor(certificate, member.host),
  };
}

/** A certificate that is for a host, or for others of its operator, is that operator's; so says whoever signed it. */
function hasCertificateOf(member: Member, host: string): boolean {
  const certificate = member.dialogue.tls?.certificate ?? null;
  return certificate !== null && isFor(certificate, host) && !isUntrusted(member);
}

function isFor(certificate: Certificate, host: string): boolean {
  return namesOf(certificate).some((name) => operatorOf(name) === operatorOf(host));
}

function namesOf({ names, subject }: Certificate): string[] {
  const common = /CN=([^,/\s]+)/.exec(subject)?.[1];
  return [...names, ...(common === undefined ? [] : [common])].filter((name) => name.includes('.'));
}

function hasOtherKey({ dialogue: { tls } }: Member): boolean {
  return tls?.problems.some(({ code }) => code === 'pin-mismatch') ?? false;
}

/** A known authority signed its certificate, if for another name: that is what a hoster has, and hardly a device on the way. */
function isVouchedFor({ dialogue: { tls } }: Member): boolean {
  return tls !== null && tls.version !== null && tls.problems.every(({ code }) => code === 'wrong-name' || code === 'expired');
}

function isUntrusted({ dialogue: { tls } }: Member): boolean {
  return tls?.problems.some(({ code }) => code === 'untrusted' || code === 'self-signed') ?? false;
}

function operatorOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, '').split('.').slice(-2).join('.');
}

function siteOf(address: Address): string {
  return `${numberOf(address) >> SITE_BITS[familyOf(address)]}`;
}
