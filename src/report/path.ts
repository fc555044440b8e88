/**
 * The way of a finding: from whom, through what, to where, and where it stopped or got out. A probe does not see which device stopped it, so that the
 * middle of its way has no name; a configuration's has that of the firewall, and its line.
 */

import { endpointText } from '../model/address.ts';
import type { ConfigurationLine } from '../model/configuration.ts';
import type { Finding, FindingCode } from '../model/finding.ts';
import { firewallText } from '../model/firewall-text.ts';
import { networksText } from '../model/networks-text.ts';
import { classOf } from '../model/outcome.ts';
import type { Check, ConfigurationCheck, NetworkCheck, RelayCheck } from '../model/result.ts';
import { portsText } from './configuration-words.ts';
import { destinationText, isWhole } from './words.ts';

export type Hop = 'through' | 'leak' | 'stop' | 'dotted' | 'unsure';

export interface Station {
  readonly sign: 'sender' | 'wall' | 'device' | 'server';
  readonly name: string;
  /** Empty where nothing more is to be said. */
  readonly about: string;
}

export interface Path {
  readonly stations: readonly [Station, Station, Station];
  /** Between the first and the second, the second and the third. */
  readonly hops: readonly [Hop, Hop];
  /** What became of it. */
  readonly end: string;
}

/** Null where the finding is about no flow. */
export function pathOf({ code }: Pick<Finding, 'code'>, check: Check | undefined): Path | null {
  if (check === undefined || check.kind === 'coverage' || isWhole(check)) return null;
  if (check.kind === 'relay') return relayPath(check);
  return check.kind === 'configuration' ? configurationPath(check) : networkPath(code, check);
}

function senderOf({ segment, source }: Check): Station {
  return { sign: 'sender', name: segment ?? 'no segment', about: source ?? '' };
}

function targetOf({ destination, host, address, port }: Check): Station {
  const name = destinationText(destination) ?? host ?? 'anywhere';
  const place =
    address === null || port === null ? (address ?? (port === null ? '' : `port ${port}`)) : endpointText(address, port);
  const written = host === null || host === address || host === name ? '' : `${host} `;
  return { sign: 'server', name, about: `${written}${place}`.trim() };
}

const ALTERED: Readonly<Partial<Record<FindingCode, string>>> = {
  intercepted: 'answers in the place of the destination, or between',
  'starttls-stripped': 'takes STARTTLS away',
  'banner-masked': 'masks what the server says',
};

function networkPath(code: FindingCode, check: NetworkCheck): Path {
  const stations = (middle: Station): Path['stations'] => [senderOf(check), middle, targetOf(check)];
  const altered = ALTERED[code];
  const wayOut: Station = { sign: 'wall', name: 'the way out', about: 'firewalls and all between' };
  if (altered !== undefined) {
    const hops: Path['hops'] = code === 'intercepted' ? ['through', 'unsure'] : ['through', 'leak'];
    return { stations: stations({ sign: 'device', name: 'a device on the way', about: altered }), hops, end: 'interfered with' };
  }
  if (check.verdict === 'inconclusive' || check.outcome === null)
    return { stations: stations(wayOut), hops: ['unsure', 'unsure'], end: 'not known' };
  const blocked = classOf(check.outcome) === 'blocked';
  if (blocked)
    return {
      stations: stations({ ...wayOut, about: `stopped somewhere here: ${check.outcome}` }),
      hops: ['stop', 'dotted'],
      end: 'stopped',
    };
  return check.expect === 'deny'
    ? { stations: stations({ ...wayOut, about: 'the policy wants it stopped here' }), hops: ['through', 'leak'], end: 'gets out' }
    : { stations: stations(wayOut), hops: ['through', 'through'], end: 'gets out, but not as its rule requires' };
}

function relayPath(check: RelayCheck): Path {
  const { server, host, address, port, segment, source, verdict } = check;
  const name = { sign: 'server', name: server, about: endpointText(address ?? host ?? '', port ?? 0) } as const;
  const relays = verdict === 'violation';
  return {
    stations: [
      {
        sign: 'sender',
        name: 'a stranger',
        about: [segment === 'here' ? null : segment, source].filter((part) => part !== null).join(' '),
      },
      name,
      { sign: 'server', name: 'foreign recipients', about: 'of no domain of this server' },
    ],
    hops: ['through', relays ? 'leak' : verdict === 'compliant' ? 'stop' : 'unsure'],
    end: relays ? 'accepted' : verdict === 'compliant' ? 'refused' : 'not known',
  };
}

function configurationPath(check: ConfigurationCheck): Path {
  const { firewall, change, rows } = check;
  const [row] = rows;
  const outcome = change?.after.outcome ?? row?.outcome ?? check.outcome;
  const line: ConfigurationLine | null = change === null ? (row?.rules[0] ?? null) : change.after.line;
  const wall = (word: string): Station => ({
    sign: 'wall',
    name: firewallText(firewall),
    about: line === null ? `${word} by default` : `${word} by ${line.file}:${line.line}`,
  });
  const from = { ...senderOf(check), about: row === undefined ? '' : networksText(row.sources) };
  const to = {
    ...targetOf(check),
    about: row === undefined ? targetOf(check).about : `${networksText(row.destinations)}, TCP ${portsText(check, row)}`,
  };
  switch (outcome) {
    case 'permitted': {
      const hop = check.expect === 'deny' || check.verdict === 'violation' ? 'leak' : 'through';
      return { stations: [from, wall('permitted'), to], hops: ['through', hop], end: 'gets through' };
    }
    case 'denied':
      return { stations: [from, wall('denied'), to], hops: ['stop', 'dotted'], end: 'stopped' };
    case 'redirected': {
      const target: Station = { sign: 'device', name: row?.target ?? 'elsewhere', about: `in the place of ${to.name}` };
      return { stations: [from, wall('redirected'), target], hops: ['through', 'leak'], end: 'redirected' };
    }
    case 'conditional':
      return { stations: [from, wall('in part, or at times, permitted'), to], hops: ['unsure', 'unsure'], end: 'it depends' };
    case null:
      return {
        stations: [from, { sign: 'wall', name: firewallText(firewall), about: '' }, to],
        hops: ['unsure', 'unsure'],
        end: 'not known',
      };
  }
}
