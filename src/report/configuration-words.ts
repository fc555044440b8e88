/** How a report says what a configuration does: flows, witnesses, lines. */
import { endpointText } from '../model/address.ts';
import type { ConfigurationLine, ConfigurationOutcome, ConfigurationRow, Witness } from '../model/configuration.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import { listText } from '../model/list-text.ts';
import { networksText } from '../model/networks-text.ts';
import type { ConfigurationCheck, ConfigurationSide } from '../model/result.ts';
import { count, destinationText } from './words.ts';

/** `workstations (10.20.0.0/16)`. */
export function fromText({ segment }: ConfigurationCheck, row: ConfigurationRow | undefined): string {
  const networks = row === undefined ? '' : networksText(row.sources);
  if (segment === null) return networks === '' ? 'no segment' : `no segment (${networks})`;
  return networks === '' ? segment : `${segment} (${networks})`;
}

/** `internet (any public)`, `elsewhere (10.0.0.0/8)`; a change's row may span several destinations: then the networks alone. */
export function toText({ destination, change }: ConfigurationCheck, row: ConfigurationRow | undefined): string {
  const name = destinationText(destination) ?? 'elsewhere';
  if (row === undefined) return name;
  const networks = networksText(row.destinations);
  return change !== null && destination === ELSEWHERE ? networks : `${name} (${networks})`;
}

/** `25`, `465, 587 and 2525`. */
export function portsText(check: ConfigurationCheck, row: ConfigurationRow | undefined): string {
  const ports = row?.ports ?? check.change?.ports ?? (check.port === null ? [] : [check.port]);
  return listText([...ports]);
}

/** `10.20.0.10:49152 → 203.0.113.25:465, in eth1, out eth0`. */
export function witnessText({ source, sourcePort, destination, port, ...interfaces }: Witness, arrow: string): string {
  const ends = `${endpointText(source, sourcePort)} ${arrow} ${endpointText(destination, port)}`;
  const names = [
    interfaces.in === null ? '' : `in ${interfaces.in}`,
    interfaces.out === null ? '' : `out ${interfaces.out}`,
  ].filter((part) => part !== '');
  return [ends, ...names].join(', ');
}

/** `edge.nft:41  tcp dport 25 accept`. */
export function lineText({ file, line, text }: ConfigurationLine): string {
  return `${file}:${line}  ${text}`;
}

/** @param kept  how many of them the result holds: --verbose shows these. */
export function moreLinesText(number: number, kept: number): string {
  const shows = kept === 0 ? '' : `; --verbose shows ${kept === number ? (kept === 1 ? 'it' : 'them') : `${kept} of them`}`;
  return `${count(number, 'more line')}${shows}`;
}

/** `permitted by edge.nft:41  tcp dport 25 accept`, `denied by default`; `target`: where it is sent instead, where that is known. */
export function sideText({ outcome, condition, line }: ConfigurationSide, target: string | null = null): string {
  const hangs = condition === null ? '' : `, if ${condition}`;
  const done = `${SIDES[outcome]}${sentToText(outcome, target)}`;
  return line === null ? `${done} by default${hangs}` : `${done} by ${lineText(line)}${hangs}`;
}

/** ` to this host, port 2525`; empty where it is not sent elsewhere, or nobody knows where to. */
export function sentToText(outcome: ConfigurationOutcome, target: string | null): string {
  return outcome === 'redirected' && target !== null ? ` to ${target}` : '';
}

const SIDES: Readonly<Record<ConfigurationOutcome, string>> = {
  permitted: 'permitted',
  denied: 'denied',
  conditional: 'in part, or at times, permitted',
  redirected: 'redirected',
};

/** What else must hold for a row: what its condition says, and where the sender can choose it. */
export function conditionText({ condition, sourcePorts }: ConfigurationRow): string | null {
  if (condition === null && sourcePorts === null) return null;
  const chosen = sourcePorts === null ? null : "the source port is the sender's choice: a bypass for whoever knows it";
  return [condition, chosen].filter((part) => part !== null).join('; ');
}
