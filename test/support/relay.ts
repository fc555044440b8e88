/** Relay tests as their records: a well kept server refuses every shape; what is told of it differs. */
import type { RelayRecord } from '../../src/model/evidence.ts';
import type { RelayAttempt, RelayBattery } from '../../src/model/relay.ts';
import { relayId } from '../../src/model/relay-question.ts';
import { meaningOf } from '../../src/model/relay-reply.ts';
import { planRelay } from '../../src/smtp/relay-plan.ts';
import { at } from './address.ts';
import { START } from './evidence.ts';

export const NONCE = '0123456789abcdef0123456789abcdef';

export interface RelayWords {
  /** By id, `B` for all shapes that are not named: `554 5.7.1 Relay access denied`; null: not sent. */
  readonly replies?: Readonly<Record<string, string | null>>;
  readonly battery?: RelayBattery;
  readonly hostedDomain?: string | null;
  readonly port?: number;
  readonly address?: string;
}

const USUAL: Readonly<Record<string, string>> = {
  C0: '500 5.5.1 Command unrecognized',
  C1: '250 2.1.5 Ok',
  C2: '550 5.1.1 User unknown',
  C3: '550 5.1.1 User unknown',
  C3b: '550 5.1.1 User unknown',
  C4: '501 5.1.3 Bad recipient address syntax',
  B: '554 5.7.1 Relay access denied',
};

export function attemptsOf(words: RelayWords = {}): RelayAttempt[] {
  const { replies = {}, battery = 'core', port = 25, address = '198.51.100.7', hostedDomain = 'example.com' } = words;
  const names = {
    nonce: NONCE,
    probeDomain: 'relaytest.example.net',
    otherDomain: 'postern-other.relaytest.example.net',
    hostedDomain,
    serverName: 'mail.example.com',
    address: at(address),
  };
  return planRelay({ names, battery, port, tls: port === 465, keywords: [], clear: port !== 465 }).map(
    (planned): RelayAttempt => {
      const { id, about } = planned.shape;
      const empty = { id, about, ehlo: null, code: null, enhanced: null, text: null, secure: false, connection: 0 };
      const paths = planned.kind === 'mail' ? { mailFrom: planned.mail, rcptTo: planned.rcpt } : { mailFrom: null, rcptTo: null };
      const told = replies[id] !== undefined ? replies[id] : (replies[id.slice(0, 1)] ?? USUAL[id] ?? USUAL.B ?? '');
      if (planned.kind === 'skipped' || told === null) {
        const reason = planned.kind === 'skipped' ? planned.reason : 'The test ended before it.';
        return { ...empty, ...paths, stage: null, class: 'skipped', reason };
      }
      const [code = '', ...text] = told.split(' ');
      const reply = {
        stage: planned.kind === 'verb' ? ('verb' as const) : ('rcpt' as const),
        code: Number(code),
        enhanced: /^\d\.\d+\.\d+$/.test(text[0] ?? '') ? (text[0] ?? null) : null,
        text: text.join(' '),
      };
      return { ...empty, ...paths, ...reply, class: meaningOf(reply).class, connection: 1, reason: null };
    },
  );
}

/** A record of the server `hub`, asked from `workstations 10.20.0.5` a minute after the start, but for what is told. */
export function relayRecordOf(words: RelayWords = {}, changes: Partial<RelayRecord> = {}): RelayRecord {
  const { battery = 'core', hostedDomain = 'example.com', port = 25, address = '198.51.100.7' } = words;
  return {
    type: 'relay',
    id: relayId('hub', address, port),
    server: 'hub',
    segment: 'workstations',
    source: at('10.20.0.5'),
    host: address,
    address: at(address),
    port,
    at: new Date(START + 60_000).toISOString(),
    elapsedMs: 4_200,
    authorisedBy: null,
    battery,
    level: 'envelope',
    names: {
      ehlo: 'audit.example.net',
      probeDomain: 'relaytest.example.net',
      otherDomain: 'postern-other.relaytest.example.net',
      owned: true,
      hostedDomain,
      serverName: 'mail.example.com',
    },
    attempts: attemptsOf(words),
    connections: 5,
    unreached: null,
    delivery: null,
    failure: null,
    transcript: ['S: 220 mail.example.com ESMTP', 'C: EHLO audit.example.net'],
    ...changes,
  };
}
