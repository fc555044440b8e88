/** Which shapes of the battery are sent to one server, with their paths made of its names, and which are not, and why. */
import { type Address, familyOf } from '../model/address.ts';
import { SUBMISSION_PORTS } from '../model/ports.ts';
import type { RelayBattery } from '../model/relay.ts';
import { RELAY_SHAPES, type RelayShape } from './relay-battery.ts';

/** What the shapes are made of. */
export interface RelayNames {
  readonly nonce: string;
  readonly probeDomain: string;
  readonly otherDomain: string;
  readonly hostedDomain: string | null;
  /** H; null where the server tells none that can be used. */
  readonly serverName: string | null;
  readonly address: Address;
}

export interface RelayServer {
  readonly names: RelayNames;
  readonly battery: RelayBattery;
  readonly port: number;
  /** The whole test is inside TLS. */
  readonly tls: boolean;
  /** Keywords of the first EHLO; null: none was answered. */
  readonly keywords: readonly string[] | null;
  /** That EHLO was said in clear text. */
  readonly clear: boolean;
}

export type PlannedShape = { readonly shape: RelayShape } & (
  | { readonly kind: 'verb'; readonly verb: string; readonly ehlo: null; readonly tls: false }
  | {
      readonly kind: 'mail';
      readonly mail: string;
      /** Where `mail` is refused; null where the shape is about its sender, or has this one already. */
      readonly otherMail: string | null;
      /** A recipient before it, which has to be accepted; null: none. */
      readonly first: string | null;
      readonly rcpt: string;
      /** Name for EHLO; null: the usual one. */
      readonly ehlo: string | null;
      readonly tls: boolean;
    }
  | { readonly kind: 'skipped'; readonly reason: string }
);

/** Templates: a sender whom the form of the recipient does not hang on, and the foreign path that may stand for him. */
const AT_ITS_ADDRESS = '{u}@{T}';
const PLAIN = '{u}@{R}';

export type AskedShape = Exclude<PlannedShape, { kind: 'skipped' }>;

/** In the order of the battery; every shape of it once. */
export function planRelay(server: RelayServer): readonly PlannedShape[] {
  return RELAY_SHAPES.filter((shape) => isWanted(shape, server)).map((shape) => {
    const reason = notSent(shape, server);
    return reason === null ? fill(shape, server.names) : { shape, kind: 'skipped', reason };
  });
}

/**
 * B09 is core on submission ports (it is part of B31). B27 is, where R lies under D: only it tells whether the server takes any name there,
 * so that R would be no stranger.
 */
function isWanted({ id, core }: RelayShape, { battery, port, names }: RelayServer): boolean {
  if (battery === 'all' || core) return true;
  if (id === 'B09') return SUBMISSION_PORTS.includes(port);
  return id === 'B27' && names.hostedDomain !== null && names.probeDomain.endsWith(`.${names.hostedDomain}`);
}

function notSent(shape: RelayShape, server: RelayServer): string | null {
  const { names, port } = server;
  if (shape.only === 'submission') {
    return SUBMISSION_PORTS.includes(port)
      ? `On port ${port} B02, B05 and B09 are submission without AUTH.`
      : 'Only on ports for submission.';
  }
  if (shape.only === 'note') return noteOn(server);
  if (shape.only === 'ipv6' && familyOf(names.address) === 'ipv4') return 'The server is asked by its IPv4 address.';
  if (shape.tls && server.tls) return 'The whole test is inside TLS.';
  const templates = `${shape.mail} ${shape.first} ${shape.rcpt} ${shape.ehlo}`;
  if (names.hostedDomain === null && templates.includes('{D}'))
    return 'No domain is named that the server hosts (hosted-domain).';
  if (names.serverName === null && templates.includes('{H}')) return 'The server tells no name of its own that can be used.';
  return null;
}

/** XCLIENT and XFORWARD let a client claim another's address; AUTH in clear text gives passwords away. Noted, never sent. */
function noteOn({ keywords, clear }: RelayServer): string {
  if (keywords === null) return 'Noted only: EHLO was not answered.';
  const worth = clear ? ['XCLIENT', 'XFORWARD', 'AUTH'] : ['XCLIENT', 'XFORWARD'];
  const offered = worth.filter((word) => keywords.some((keyword) => keyword.split(' ')[0] === word));
  const where = clear ? 'in clear text' : 'inside TLS';
  return `Noted only: EHLO ${where} offers ${offered.length === 0 ? `none of ${worth.join(', ')}` : offered.join(', ')}.`;
}

function fill(shape: RelayShape, names: RelayNames): PlannedShape {
  const { verb, mail, first, rcpt, ehlo, tls } = shape;
  if (verb !== null) return { shape, kind: 'verb', verb: filled(verb, names), ehlo: null, tls: false };
  if (mail === null || rcpt === null) throw new TypeError(`${shape.id} has neither a command nor paths`);
  const optional = (template: string | null): string | null => (template === null ? null : filled(template, names));
  const otherMail = mail === AT_ITS_ADDRESS && rcpt !== PLAIN ? filled(PLAIN, names) : null;
  const paths = { mail: filled(mail, names), otherMail, first: optional(first), rcpt: filled(rcpt, names) };
  return { shape, kind: 'mail', ...paths, ehlo: optional(ehlo), tls };
}

function filled(template: string, names: RelayNames): string {
  const values: Readonly<Record<string, string | null>> = {
    u: `postern-${names.nonce}`,
    N: names.nonce,
    R: names.probeDomain,
    R2: names.otherDomain,
    D: names.hostedDomain,
    H: names.serverName,
    T: literalOf(names.address),
  };
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** @see RFC 5321 section 4.1.3 */
function literalOf(address: Address): string {
  return familyOf(address) === 'ipv6' ? `[IPv6:${address}]` : `[${address}]`;
}
