/** Which servers a run would test for relaying, line by line, for `--dry-run`. */
import { bracketed, endpointText } from '../model/address.ts';
import { isName } from '../model/endpoint.ts';
import type { RelayQuestion } from '../model/relay-question.ts';
import { type AskableServer, isAskableServer, type RelayManner, relayTargetOf } from './relay.ts';
import type { Run } from './run.ts';

/** @returns no lines where no server would be tested. */
export function describeTests(
  questions: readonly RelayQuestion[],
  manner: RelayManner,
  obstacle: Run['obstacle'],
): readonly string[] {
  if (questions.length === 0) return [];
  const lines = questions.map((question) => {
    if (!isAskableServer(question)) return `${question.id}: not tested: ${question.problem ?? 'it has no address'}.`;
    const inTheWay = obstacle(question.leg.source, question.address);
    return inTheWay === null ? describe(manner, question) : `${question.id}: not tested: ${inTheWay.reason}`;
  });
  return [
    `Relay tests (${LEVELS[manner.level]}; one connection at a time to each address):`,
    ...lines.map((line) => `  ${line}`),
  ];
}

const LEVELS: Readonly<Record<RelayManner['level'], string>> = {
  envelope: 'MAIL, RCPT and RSET, never DATA',
  'data-abort': 'MAIL, RCPT and RSET; where a recipient is accepted also DATA, broken off before its end',
  confirm: 'MAIL, RCPT and RSET; where a recipient is accepted one message to your own sink',
};

function describe(manner: RelayManner, question: AskableServer): string {
  const { server, leg, address, port } = question;
  const { mode, ehlo, probeDomain, otherDomain, owned, hostedDomain, battery } = relayTargetOf(manner, question);
  const where = isName(server.host) && server.host !== server.name ? `${server.name}, ${server.host}` : server.name;
  const said = [
    ...(mode === 'implicit' ? ['TLS from the first byte'] : []),
    `EHLO ${ehlo}`,
    'an unknown verb',
    `${battery === 'core' ? 'the core shapes' : 'every shape'} of recipients at ${probeDomain}${owned ? '' : ' (a reserved name)'}`,
    `from senders there, at ${otherDomain}, at ${bracketed(address)} and at the server's own names`,
    hostedDomain === null ? 'none at a hosted domain, since none is named' : `two controls at ${hostedDomain}`,
  ];
  return `${leg.segment} ${leg.source} -> ${endpointText(address, port)} (${where}): ${said.join(', ')}`;
}
