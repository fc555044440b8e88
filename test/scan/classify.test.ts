import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/model/outcome.ts';
import type { DialResult, DialTarget } from '../../src/model/outside.ts';
import { classifyDial, classifyDialogue } from '../../src/scan/classify.ts';
import { converse } from '../../src/smtp/dialogue.ts';
import { dialogueCases, ScriptedConnection, SteppingClock, setupOf } from '../smtp/scripted-connection.ts';
import { at } from '../support/address.ts';

const IPV4: DialTarget = { address: at('198.51.100.7'), port: 25, source: at('10.20.0.5') };
const IPV6: DialTarget = { address: at('2001:db8:f::25'), port: 587, source: null };

function failed(
  code: string,
  more: Partial<Extract<DialResult, { kind: 'failed' }>> = {},
): Extract<DialResult, { kind: 'failed' }> {
  return { kind: 'failed', code, syscall: 'connect', immediate: false, elapsedMs: 3.4, ...more };
}

describe('an error of connect() that came back from the network', () => {
  test.each<[string, DialTarget, number, Outcome]>([
    ['ECONNREFUSED', IPV4, 3, 'refused'],
    ['ECONNREFUSED', IPV6, 1_020, 'refused'],
    ['EHOSTUNREACH', IPV4, 3, 'rejected'],
    ['EHOSTUNREACH', IPV6, 1_020, 'rejected'],
    ['EHOSTUNREACH', IPV4, 2_499, 'rejected'],
    ['EHOSTUNREACH', IPV4, 2_500, 'host-down'],
    ['EHOSTUNREACH', IPV4, 3_080, 'host-down'],
    ['EHOSTUNREACH', IPV6, 4_500, 'host-down'],
    ['EHOSTUNREACH', IPV4, 4_501, 'rejected'],
    ['ENETUNREACH', IPV4, 3, 'rejected'],
    ['ENETUNREACH', IPV6, 3_080, 'rejected'],
    ['ENOPROTOOPT', IPV4, 3, 'rejected'],
    ['ENONET', IPV4, 3, 'rejected'],
    ['EACCES', IPV6, 1_020, 'rejected'],
    ['EHOSTDOWN', IPV4, 3, 'host-down'],
    ['ETIMEDOUT', IPV4, 127_000, 'dropped'],
    ['ECONNRESET', IPV4, 3, 'open-reset'],
    ['EACCES', IPV4, 3, 'probe-error'],
    ['EPERM', IPV4, 3, 'probe-error'],
    ['EWHATEVER', IPV4, 3, 'probe-error'],
  ])('%s after a time that tells: case %#', (code, target, elapsedMs, outcome) => {
    expect(classifyDial(failed(code, { elapsedMs }), target, 1)).toMatchObject({ outcome, detail: null });
  });
});

describe('an error that never left this host', () => {
  test.each<[string, string, Outcome, string | null]>([
    ['ENETUNREACH', 'connect', 'no-route', null],
    ['EHOSTUNREACH', 'connect', 'local-block', null],
    ['EACCES', 'connect', 'local-block', null],
    ['EINVAL', 'connect', 'local-block', null],
    ['EPERM', 'connect', 'local-block', null],
    ['EADDRNOTAVAIL', 'bind', 'probe-error', 'config-error'],
    ['EADDRNOTAVAIL', 'connect', 'probe-error', 'config-error'],
    ['EMFILE', 'connect', 'probe-error', 'resources'],
    ['ENFILE', 'connect', 'probe-error', 'resources'],
    ['ENOBUFS', 'connect', 'probe-error', 'resources'],
    ['EAGAIN', 'connect', 'probe-error', 'resources'],
    ['EADDRINUSE', 'connect', 'probe-error', 'resources'],
    ['EWHATEVER', 'connect', 'probe-error', null],
  ])('%s by %s is %s', (code, syscall, outcome, detail) => {
    for (const target of [IPV4, IPV6]) {
      expect(classifyDial(failed(code, { syscall, immediate: true }), target, 1)).toMatchObject({ outcome, detail });
    }
  });

  test('a connection to itself is an error of the probe', () => {
    expect(classifyDial(failed('SELF_CONNECT', { syscall: null }), IPV4, 1)).toMatchObject({
      outcome: 'probe-error',
      detail: 'self-connect',
    });
  });
});

describe('the reason', () => {
  test('names endpoint, time and what may stand behind a refusal', () => {
    const { reason } = classifyDial(failed('ECONNREFUSED'), IPV4, 1);
    expect(reason).toBe("198.51.100.7:25 refused the connection after 3 ms: a firewall's reset, or no listener.");
  });

  test('brackets IPv6 and counts attempts', () => {
    const { reason } = classifyDial({ kind: 'timeout', elapsedMs: 8_001.2 }, IPV6, 2);
    expect(reason).toBe('[2001:db8:f::25]:587 did not answer within 8001 ms in the last of 2 attempts.');
  });

  test('says that a stopped run is no answer', () => {
    expect(classifyDial({ kind: 'aborted', elapsedMs: 12 }, IPV4, 1)).toEqual({
      outcome: 'aborted',
      detail: null,
      reason: 'The connection to 198.51.100.7:25 was given up after 12 ms: the run was stopped.',
    });
  });

  test('names the source that cannot be bound', () => {
    const { reason } = classifyDial(failed('EADDRNOTAVAIL', { syscall: 'bind', immediate: true }), IPV4, 1);
    expect(reason).toContain('10.20.0.5 could not be bound to connect to 198.51.100.7:25');
  });
});

describe.each(['greeting', 'ehlo', 'starttls', 'implicit', 'mail', 'verb', 'quit'])('a dialogue: %s', (topic) => {
  test.each(dialogueCases(topic).map((entry) => [entry.title, entry] as const))('%s', async (_title, entry) => {
    const clock = new SteppingClock();
    const run = await converse(setupOf(entry, new ScriptedConnection(entry.script, clock), clock));
    const { outcome, detail, reason } = classifyDialogue(run, IPV4);
    expect({ outcome, detail }).toEqual({ outcome: entry.outcome, detail: entry.detail });
    expect(reason).toMatch(/^(198\.51\.100\.7:25 |The dialogue with 198\.51\.100\.7:25 )[ -~]*\.$/);
  });
});
