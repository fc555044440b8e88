/** How a report says counts, times and flows. */

import { endpointText } from '../model/address.ts';
import { ELSEWHERE } from '../model/configuration-question.ts';
import type { Finding } from '../model/finding.ts';
import { firewallText, GIVEN } from '../model/firewall-text.ts';
import { groupBy } from '../model/group-by.ts';
import { listText } from '../model/list-text.ts';
import type { Check, Result } from '../model/result.ts';
import type { Marks } from './pen.ts';

/** `1 check`, `3 checks`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

/** `850 ms`, `8.1 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** `2026-11-21 20:38 UTC`; a text that is no such time as it stands. */
export function moment(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$/.exec(iso);
  return match === null ? iso : `${match[1]} ${match[2]} UTC`;
}

/** `workstations 10.20.0.5 and 2001:db8:20::5`: each segment once; an asserted one says so. */
export function sources({ scope }: Result): readonly string[] {
  return [...groupBy(scope.sources, ({ segment }) => segment)].map(([segment, ofSegment]) => {
    const addresses = listText([...new Set(ofSegment.map(({ address }) => address))]);
    return `${segment} ${addresses}${ofSegment.some(({ asserted }) => asserted) ? ' (asserted)' : ''}`;
  });
}

/** `workstations 10.20.0.5 → mx.example.org 198.51.100.7 port 25`: the flow of a check. */
export function flow(check: Check, marks: Marks): string {
  if (check.kind === 'configuration' && isWhole(check)) return `${firewallText(check.firewall)} as a whole`;
  const from = [check.segment, check.source].filter((part) => part !== null).join(' ');
  const host = check.host === null || check.host === check.address ? null : check.host;
  const target = [host ?? (check.address === null ? destinationText(check.destination) : null), check.address].filter(
    (part) => part !== null,
  );
  const port = check.port === null ? '' : ` port ${check.port}`;
  const family = check.family === 'ipv6' && check.address === null ? ' over IPv6' : '';
  const to = `${target.join(' ') || 'anywhere'}${port}${family}`;
  return from === '' ? to : `${from} ${marks.arrow} ${to}`;
}

/** Whether a check is about no flow: of a firewall as a whole, or of a run. */
export function isWhole({ segment, destination, family, port }: Check): boolean {
  return [segment, destination, family, port].every((part) => part === null);
}

/** What a check is listed under: its segment; where it has none, what else it is about. */
export function groupOf(check: Check): string {
  if (check.segment !== null) return check.segment;
  switch (check.kind) {
    case 'relay':
      return 'servers';
    case 'configuration':
      return namedFirewall(check.firewall);
    default:
      return 'policy';
  }
}

/** The name of a destination; of a configuration's question about all that has none, a word. */
export function destinationText(destination: string | null): string | null {
  return destination === ELSEWHERE ? 'elsewhere' : destination;
}

/** What the check says where the detail only puts the flow before it, for a place that shows the flow already. */
export function seenText({ detail }: Finding, check: Check | undefined): string {
  const reason = check?.reason ?? '';
  return reason !== '' && detail.endsWith(reason) ? reason : detail;
}

/** `firewall edge`. */
export function namedFirewall(firewall: string): string {
  return firewall === GIVEN ? firewallText(firewall) : `firewall ${firewall}`;
}

type FindingSubject = Pick<Finding, 'server' | 'firewall' | 'segment' | 'destination' | 'host' | 'port'>;

/** What a finding is about that is about no check: `server hub, segment staff, mx.example.org:25`. */
export function subjectText({ server, firewall, segment, destination, host, port }: FindingSubject): string {
  return [
    server === null ? '' : `server ${server}`,
    firewall === null ? '' : namedFirewall(firewall),
    segment === null ? '' : `segment ${segment}`,
    destinationText(destination) ?? '',
    host === null ? '' : hostPort(host, port),
    host === null && port !== null ? `port ${port}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The detail of a finding, for a place that shows nothing else: where it does not say which flow it is about, the flow stands before it. */
export function toldAlone({ detail }: Finding, check: Check | undefined, marks: Marks): string {
  return check !== undefined && detail === check.reason ? `${flow(check, marks)}: ${detail}` : detail;
}

/** At most so many characters; what is cut is counted. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/[\ud800-\udbff]$/, '');
  return `${kept} ... (${count(text.length - kept.length, 'more character')})`;
}

/** A host of the policy, with its port where there is one. */
function hostPort(host: string, port: number | null): string {
  return port === null ? host : endpointText(host, port);
}
