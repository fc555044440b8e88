/** Which servers a run would test for relaying, line by line, for `--dry-run`. */
import { endpointText } from '../model/address.ts';
import { isName } from '../model/endpoint.ts';
import type { RelayQuestion } from '../model/relay-question.ts';
import { planRelay } from '../smtp/relay-plan.ts';
import { type AskableServer, isAskableServer, type RelayManner, relayTargetOf } from './relay.ts';
import type { RelayTarget } from './relay-probe.ts';
import type { Run } from './run.ts';
import { saidTo } from './said-to.ts';
import { type Sink, sinkTarget } from './sink.ts';

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

/** What is asked before any server is tested, and again while a message is waited for. */
export function describeSink(sink: Sink, nonce: string): readonly string[] {
  const lines = sink.addresses.map(
    (address) => `  ${endpointText(address, sink.port)} (${sink.host}): ${saidTo(sinkTarget(sink, address, nonce))}`,
  );
  return [
    'Your sink (first, to prove that it is yours; then every 3 s for up to a minute after each message):',
    ...(lines.length === 0 ? [`  ${sink.host} has no address`] : lines),
  ];
}

const LEVELS: Readonly<Record<RelayManner['level'], string>> = {
  envelope: 'MAIL, RCPT and RSET, never DATA',
  'data-abort': 'MAIL, RCPT and RSET; where a recipient is accepted also DATA, broken off before its end',
  confirm: 'MAIL, RCPT and RSET; where a recipient is accepted one message to your own sink',
};

function describe(manner: RelayManner, question: AskableServer): string {
  const { server, leg, address, port } = question;
  const target = relayTargetOf(manner, question);
  const { mode, ehlo, probeDomain, owned, hostedDomain } = target;
  const where = isName(server.host) && server.host !== server.name ? `${server.name}, ${server.host}` : server.name;
  const said = [
    ...(mode === 'implicit' ? ['TLS from the first byte'] : []),
    `EHLO ${ehlo}`,
    `at most ${recipientsOf(target)} recipients, all forms of postern-NONCE@${probeDomain}${owned ? '' : ' (a reserved name)'}`,
    hostedDomain === null
      ? 'or unknown users of the server itself'
      : `unknown users of ${hostedDomain} and of the server itself, or postmaster@${hostedDomain}`,
    'an unknown verb, QUIT',
  ];
  return `${leg.segment} ${leg.source} -> ${endpointText(address, port)} (${where}): ${said.join(', ')}`;
}

/** With a name of the server, which only its greeting will tell. */
function recipientsOf(target: RelayTarget): number {
  const names = { ...target, serverName: 'NAME' };
  return planRelay({ ...target, names, tls: target.mode === 'implicit', clear: true, keywords: null }).filter(
    ({ kind }) => kind === 'mail',
  ).length;
}
