import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/host/clock.ts';
import { createDial } from '../../src/host/dial.ts';
import { probeRelay, type RelayReport, type RelayTarget } from '../../src/scan/relay-probe.ts';
import { DEFAULT_LIMITS } from '../../src/scan/target.ts';
import { at } from '../support/address.ts';
import { closedPort, listen, speakSmtp } from '../support/server.ts';

function target(port: number, changes: Partial<RelayTarget> = {}): RelayTarget {
  return {
    source: at('127.0.0.1'),
    address: at('127.0.0.1'),
    port,
    mode: 'clear',
    ehlo: 'audit.example.net',
    probeDomain: 'relaytest.example.net',
    otherDomain: 'postern-other.relaytest.example.net',
    owned: true,
    hostedDomain: null,
    battery: 'core',
    level: 'envelope',
    exhaustive: false,
    tls: { serverName: null, address: at('127.0.0.1'), trust: { anchors: null, pins: [] } },
    pauseMs: 1,
    testMs: 20_000,
    nonce: '0123456789ab',
    ...changes,
  };
}

function test(told: RelayTarget, signal = new AbortController().signal): Promise<RelayReport> {
  const limits = { ...DEFAULT_LIMITS, connectMs: 2_000, greetingMs: 2_000, replyMs: 2_000 };
  return probeRelay(told, { dial: createDial(systemClock), clock: systemClock, signal, limits }, () => undefined);
}

describe('one relay test over real sockets', () => {
  it('tells why nothing was reached, as a probe would call it', async () => {
    const { unreached, connections, failure, attempts } = await test(target(await closedPort()));
    expect([unreached, connections]).toEqual(['refused', 0]);
    expect(failure).toMatch(/refused the connection/);
    expect(attempts.every(({ stage }) => stage === null)).toBe(true);
  });

  it('was stopped where it was stopped, and has no other reason', async () => {
    const { unreached, failure } = await test(target(await closedPort()), AbortSignal.abort());
    expect([unreached === null || unreached === 'aborted', failure !== null]).toEqual([true, true]);
  });

  it('speaks with what is there, by one connection after the other', async () => {
    const answers = {
      EHLO: '250 mail.example.com\r\n',
      MAIL: '250 Ok\r\n',
      RCPT: '554 5.7.1 no relaying\r\n',
      RSET: '250 Ok\r\n',
      QUIT: '221 bye\r\n',
    };
    const server = await listen((socket) => speakSmtp(socket, '220 mail.example.com ESMTP\r\n', answers));
    const { unreached, connections, failure, serverName, transcript } = await test(target(server.port));
    expect([unreached, failure, serverName]).toEqual([null, null, 'mail.example.com']);
    expect(connections).toBe(server.sockets.length);
    expect(transcript).toContain('S: 554 5.7.1 no relaying');
  });
});
