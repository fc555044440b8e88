/** How a judgement says what a configuration does: flows, conditions, lines. */
import { type AddressRange, type Family, familyName, networksOf } from '../model/address.ts';
import { addressSet, setOfNetworks, subtract } from '../model/address-set.ts';
import type { ConfigurationLine, ConfigurationRow } from '../model/configuration.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import { listText } from '../model/list-text.ts';
import { networksText } from '../model/networks-text.ts';

/** Whose packets, to where: a question, or a row of a change. */
export interface Flow {
  /** Null: hosts that are in no segment. */
  readonly segment: string | null;
  readonly destination: string;
  readonly ports: readonly number[];
  readonly family: Family;
  /** All that the names stand for here; null where that is not known. */
  readonly sources: readonly AddressRange[] | null;
  readonly destinations: readonly AddressRange[] | null;
}

/** Networks that one still reads in a sentence. */
const SHOWN = 3;

/** `workstations to internet on port 25 over IPv4`; of a row its part of it. */
export function flowText(flow: Flow, row: ConfigurationRow | null = null): string {
  return `${senderText(flow, row)} to ${targetText(flow, row)} ${portsText(flow)}`;
}

/** `workstations`, `workstations (10.20.9.0/24)`. */
export function senderText({ segment, sources }: Flow, row: ConfigurationRow | null): string {
  const name = segment ?? 'hosts of no segment';
  return row === null ? name : partText(name, row.sources, sources);
}

/** `internet`, `internet (198.51.100.0/24 and 203.0.113.9)`; of a change's row that spans several destinations the networks alone. */
export function targetText({ destination, destinations }: Flow, row: ConfigurationRow | null): string {
  const name = destination === ELSEWHERE ? 'addresses of no destination' : destination;
  if (row !== null && destination === ELSEWHERE && destinations === null) return `${networksText(row.destinations, SHOWN)}`;
  return row === null ? name : partText(name, row.destinations, destinations);
}

/** `on port 25 over IPv4`. */
export function portsText({ ports, family }: Flow): string {
  return `on ${ports.length === 1 ? 'port' : 'ports'} ${listText(ports)} over ${familyName(family)}`;
}

/** What else must hold for a row, with a blank before it; the source port is no condition for whoever sends. */
export function conditionText({ condition, sourcePorts }: ConfigurationRow): string {
  if (sourcePorts === null) return condition === null ? '' : ` if ${condition}`;
  const [, ports = null] =
    /^source port ((?:other than )?[\d, -]+)$/.exec(condition ?? `source port ${listText(sourcePorts)}`) ?? [];
  if (ports === null) return ` only if ${condition} (the sender chooses the source port)`;
  return ` only if the source port is ${ports}, which the sender chooses`;
}

/** `edge.nft:7 (tcp dport 25 accept)`. */
export function lineText({ file, line, text }: ConfigurationLine): string {
  return `${file}:${line} (${text})`;
}

/** By which line, with a blank before it. */
export function decidedText({ rules, furtherRules }: ConfigurationRow): string {
  const [line, ...others] = rules;
  if (line === undefined) return 'by default: no line decides it';
  const more = others.length + furtherRules;
  return `by ${lineText(line)}${more === 0 ? '' : ` and ${more} more ${more === 1 ? 'line' : 'lines'}`}`;
}

/** `mx:example.org` is a domain's exchangers. */
export function nameText(name: string): string {
  return name.startsWith('mx:') ? `the mail exchangers of ${name.slice(3)}` : name;
}

/** The name alone where the networks are all of it; else what is missing, or the networks, whichever is shorter. */
function partText(name: string, networks: readonly string[], whole: readonly AddressRange[] | null): string {
  if (whole === null) return `${name} (${networksText(networks, SHOWN)})`;
  const missing = restOf(whole, networks);
  if (missing.length === 0) return name;
  const except = missing.length < networks.length && missing.length <= SHOWN;
  return except ? `${name} except ${listText(missing)}` : `${name} (${networksText(networks, SHOWN)})`;
}

function restOf(whole: readonly AddressRange[], networks: readonly string[]): string[] {
  const rest = subtract(addressSet(whole), setOfNetworks(networks));
  return [...rest.ipv4, ...rest.ipv6].flatMap(networksOf);
}
