import { describe, expect, it } from 'vitest';
import type { ReconciledRow } from '../../src/model/reconciliation.ts';
import type { SentinelEvent } from '../../src/model/sentinel-log.ts';
import { generateSigningKey } from '../../src/receipt/keys.ts';
import { at } from '../support/address.ts';
import { dialogueOf } from '../support/evidence.ts';
import {
  type Arrived,
  alive,
  arrived,
  asking,
  edgePolicy,
  evidenceWith,
  exchange,
  failedAt,
  GREETED,
  HOST,
  instant,
  inTime,
  KEY,
  listening,
  logText,
  MUTE,
  NAT,
  nonceOf,
  type Probed,
  probed,
  readings,
  reconciled,
  steadyLog,
  stopped,
} from './both-ends.ts';

const N1 = nonceOf(1);
const N2 = nonceOf(2);

/** An answered probe on 587: it measures the clocks. */
const PAIR: Probed = {
  at: 50,
  port: 587,
  outcome: 'open-smtp',
  dialogue: asking([exchange({ nonce: nonceOf(99), signed: 50.3, port: 587 })]),
};
const PAIR_ARRIVED: Arrived = { at: 50.1, port: 587, nonces: [nonceOf(99)] };

/** The row of a probe on port 25 at 60 s, beside an answered one on 587; both clocks agree. */
function rowOf(probe: Omit<Probed, 'at'>, arrivals: readonly Arrived[], policy = edgePolicy()): ReconciledRow {
  const evidence = evidenceWith(policy, [probed(PAIR), probed({ at: 60, ...probe })]);
  const { rows } = reconciled(policy, logText(steadyLog(PAIR_ARRIVED, ...arrivals)), [evidence]);
  const [row, ...others] = rows.filter(({ port }) => port === 25);
  if (row === undefined || others.length > 0) throw new Error(`not one row: ${JSON.stringify(rows)}`);
  return row;
}

const SMTP_WITH = (signed: number | null, more: Partial<Parameters<typeof exchange>[0]> = {}): Omit<Probed, 'at'> => ({
  outcome: 'open-smtp',
  dialogue: asking([exchange({ nonce: N1, signed, ...more })], signed === null ? { failure: failedAt('receipt') } : {}),
});
const DROPPED: Omit<Probed, 'at'> = { outcome: 'dropped', took: 8 };
const SILENT: Omit<Probed, 'at'> = { outcome: 'open-silent', took: 30, dialogue: MUTE };
/** A mail server that knows nothing of receipts. */
const STRANGER: Omit<Probed, 'at'> = { outcome: 'open-smtp', dialogue: asking([exchange({ nonce: N1, signed: null })]) };

describe('a probe whose request for a receipt the log knows', () => {
  it('is answered where the receipt came back', () => {
    expect(rowOf(SMTP_WITH(60.3), [{ at: 60.1, nonces: [N1] }])).toMatchObject({
      reading: 'answered',
      matched: 'nonce',
      reason: `The request for a receipt arrived at 2026-11-21 20:01:00 UTC from ${NAT} and the receipt came back.`,
      client: { asked: 1, genuine: 1 },
      arrived: [{ connection: 'ab-2', client: { address: NAT }, receipts: 1, end: { received: 90, sent: 400, why: 'quit' } }],
    });
  });

  it('is a lost answer where no receipt came back', () => {
    expect(rowOf(SMTP_WITH(null), [{ at: 60.1, nonces: [N1] }])).toMatchObject({
      reading: 'answer-lost',
      matched: 'nonce',
      reason: `The request for a receipt arrived at 2026-11-21 20:01:00 UTC from ${NAT} and the sentinel answered; no receipt came back. It did not come within 10000 ms.`,
    });
  });

  it('is a lost answer where what came back was changed, or is the receipt of another request', () => {
    const genuine = exchange({ nonce: N2, signed: 60 }).receipt ?? '';
    for (const raw of [`${genuine.slice(0, -4)}AAAA`, 'postern-receipt/1.cut', genuine]) {
      const row = rowOf(SMTP_WITH(60.3, { raw }), [{ at: 60.1, nonces: [N1] }]);
      expect([row.reading, row.client.genuine]).toEqual(['answer-lost', 0]);
      expect(row.reason).toContain('what came back is no genuine receipt: it was changed on the way.');
    }
  });

  it('is answered where one of its receipts came back, and tells what became of the others', () => {
    const dialogue = asking([exchange({ nonce: N1, signed: 60.2 }), exchange({ nonce: N2, signed: null, when: 'tls' })]);
    const lost = rowOf({ outcome: 'open-smtp', dialogue }, [{ at: 60.1, nonces: [N1, N2] }]);
    expect([lost.reading, lost.reason.split('. ').at(-1)]).toEqual([
      'answered',
      'The request inside TLS arrived, and no receipt came back.',
    ]);
    const swallowed = rowOf({ outcome: 'open-smtp', dialogue }, [{ at: 60.1, nonces: [N1] }]);
    expect(swallowed.reason).toContain('The request inside TLS did not arrive, and no receipt came back.');
  });

  it('says when it came from a source that nobody expects', () => {
    const row = rowOf(SMTP_WITH(60.3), [{ at: 60.1, nonces: [N1], from: '203.0.113.9' }]);
    expect(row.reading).toBe('answered');
    expect(row.reason).toContain(
      `203.0.113.9 is none of the expected sources (${NAT}): something on the way connects in this host's place.`,
    );
    expect(row.unexpectedSource).toBe('203.0.113.9');
    const own = rowOf(SMTP_WITH(60.3), [{ at: 60.1, nonces: [N1], from: HOST }]);
    expect([own.unexpectedSource, own.reason.includes('none of the expected')]).toEqual([null, false]);
    expect(rowOf(SMTP_WITH(60.3), [{ at: 60.1, nonces: [N1] }]).unexpectedSource).toBeNull();
  });

  it('is ambiguous where no key is there to verify what came back', () => {
    const retired = generateSigningKey();
    for (const policy of [edgePolicy([NAT], null), edgePolicy()]) {
      const probe = SMTP_WITH(60.3, { key: policy.sentinels[0]?.publicKey === null ? KEY : retired });
      expect(rowOf(probe, [{ at: 60.1, nonces: [N1] }], policy).reading).toBe('ambiguous');
    }
  });

  it('is found whatever the clocks say, and also where the log begins in the middle of it', () => {
    const policy = edgePolicy();
    const evidence = evidenceWith(policy, [probed({ at: 60, ...SMTP_WITH(60_060.3) })]);
    const late = logText([listening(60_000), ...arrived(1, { at: 60_060.1, nonces: [N1] })]);
    expect(readings(reconciled(policy, late, [evidence]))).toEqual(['25 answered']);
    const [, receipt, closed] = arrived(7, { at: 60.1, nonces: [N1] });
    const { rows } = reconciled(policy, logText([receipt, closed].filter((event) => event !== undefined)), [evidence]);
    expect(rows[0]).toMatchObject({ reading: 'answered', arrived: [{ connection: 'ab-7', client: null, end: null }] });
  });

  it('goes by the first of two requests with one nonce: the second is a repetition by somebody who listened', () => {
    const row = rowOf(SMTP_WITH(60.3), [
      { at: 60.1, nonces: [N1] },
      { at: 70, nonces: [N1], from: '203.0.113.66' },
    ]);
    expect([row.reading, row.arrived.map(({ client }) => client?.address)]).toEqual(['answered', [NAT]]);
  });
});

describe('a probe of which the log has no request', () => {
  it.each([
    [
      'was dropped',
      DROPPED,
      'Something on the way stopped it, or the answer to its first packet: a process that listens sees only handshakes that were completed.',
    ],
    [
      'was rejected',
      { outcome: 'rejected' } as const,
      'Something on the way stopped it, or the answer to its first packet: a process that listens sees only handshakes that were completed.',
    ],
    [
      'was refused',
      { outcome: 'refused' } as const,
      "Something before the sentinel refused it: a device on the way, or the packet filter of the sentinel's own host.",
    ],
    [
      'met silence after the handshake',
      SILENT,
      'Something on the way completed the handshake in its place, or its last packet was lost, or it was reset before the sentinel could look at it.',
    ],
  ])('never arrived where it %s and nothing came', (_name, probe, words) => {
    expect(rowOf(probe, [])).toMatchObject({
      reading: 'never-arrived',
      matched: null,
      arrived: [],
      reason: `The log covers that time and has no connection on port 25 over IPv4 from ${NAT} or ${HOST}. ${words}`,
    });
  });

  it('was answered by a stranger where words were heard here and nothing came', () => {
    const row = rowOf(STRANGER, []);
    expect(row.reading).toBe('stranger');
    expect(row.reason).toBe(
      `Something answered here, and the log covers that time and has no connection on port 25 over IPv4 from ${NAT} or ${HOST}: whoever answered is not the sentinel.`,
    );
    expect(rowOf({ outcome: 'open-silent', dialogue: GREETED }, []).reading).toBe('stranger');
  });

  it('was answered by a stranger where EHLO was answered here, and all that came were connections without a word', () => {
    expect(rowOf(STRANGER, [{ at: 60.1, bytes: [0, 44], why: 'client' }])).toMatchObject({
      reading: 'stranger',
      reason:
        'Something answered here, and of what was said here nothing reached the sentinel, by a log that covers that time: whoever answered is not the sentinel.',
    });
  });

  it('is ambiguous where a connection came with words, and the answer here was no receipt', () => {
    const row = rowOf(STRANGER, [{ at: 60.1, bytes: [90, 400] }]);
    expect([row.reading, row.matched]).toEqual(['ambiguous', 'time']);
    expect(row.reason).toContain('but without a receipt: something on the way answers, or takes the request out.');
    expect(rowOf({ outcome: 'open-smtp', dialogue: asking([]) }, [{ at: 60.1 }]).reason).toContain(
      'without a receipt nothing says that these two belong together.',
    );
  });

  it('lost its answer where the sentinel greeted and nothing was heard here', () => {
    const row = rowOf(SILENT, [
      { at: 60.1, bytes: [0, 44], why: 'client' },
      { at: 80.1, bytes: [517, 90], why: 'limit:line' },
    ]);
    expect([row.reading, row.matched, row.arrived.length]).toEqual(['answer-lost', 'time', 2]);
    expect(row.reason).toBe(
      `2 connections from ${NAT} arrived, the first at 2026-11-21 20:01:00 UTC; the sentinel sent 134 bytes, and not one came back here.`,
    );
  });

  it('lost its answer where all that it said came, and the last of it was not answered here', () => {
    const said = 'EHLO desk'.length + 2;
    const probe = { outcome: 'open-silent', took: 12, dialogue: GREETED } as const;
    expect(rowOf(probe, [{ at: 60.1, bytes: [said, 300], why: 'client' }])).toMatchObject({
      reading: 'answer-lost',
      matched: 'time',
    });
    expect(rowOf(probe, [{ at: 60.1, bytes: [said - 1, 44], why: 'client' }])).toMatchObject({ reading: 'ambiguous' });
  });

  it('arrived without a word where a handshake was completed and nothing came over it', () => {
    const silent = rowOf({ outcome: 'open-silent', took: 12, dialogue: GREETED }, [{ at: 60.1, bytes: [0, 44], why: 'client' }]);
    expect([silent.reading, silent.reason.split('; ').at(-1)]).toEqual([
      'arrived-silent',
      'of what this host said not a byte did.',
    ]);
    expect(rowOf(SILENT, [{ at: 60.1, bytes: [0, 0], why: 'tls' }]).reading).toBe('arrived-silent');
  });

  it('arrived without a word where the sentinel turned it away', () => {
    const policy = edgePolicy();
    const away: SentinelEvent = {
      event: 'turned-away',
      at: instant(60.1),
      port: 25,
      family: 'ipv4',
      client: { address: at(NAT), port: 1 },
      why: 'per-minute',
    };
    const refusing = dialogueOf({
      ehlo: null,
      starttls: null,
      tls: null,
      failure: failedAt('greeting', 'refused'),
      transcript: ['S: 421 edge', 'C: QUIT'],
    });
    const evidence = evidenceWith(policy, [probed(PAIR), probed({ at: 60, outcome: 'open-refusing', dialogue: refusing })]);
    const { rows } = reconciled(policy, logText(inTime([...steadyLog(PAIR_ARRIVED), away])), [evidence]);
    expect(rows[0]).toMatchObject({ reading: 'arrived-silent', arrived: [{ connection: null }] });
    expect(rows[0]?.reason).toContain('the sentinel closed it at once (turned away: per-minute): scan more slowly.');
  });

  it('is ambiguous where a connection came although no handshake was completed here', () => {
    const row = rowOf(DROPPED, [{ at: 60.1 }]);
    expect([row.reading, row.arrived.length]).toEqual(['ambiguous', 1]);
    expect(row.reason).toContain('a device on the way opened it');
  });

  it('is not told by connections of others: from elsewhere, on other ports, with receipts that are not its own', () => {
    const others: Arrived[] = [
      { at: 60.1, from: '203.0.113.77' },
      { at: 60.1, port: 465 },
      { at: 60.1, nonces: [nonceOf(77)] },
    ];
    expect(rowOf(DROPPED, others)).toMatchObject({ reading: 'never-arrived' });
    expect(rowOf(DROPPED, others).reason).toContain(`from ${NAT} or ${HOST} (1 from elsewhere)`);
    expect(rowOf(STRANGER, others).reading).toBe('stranger');
  });

  it('is ambiguous where a connection of nobody came within minutes: a clock may have been set', () => {
    const row = rowOf(DROPPED, [{ at: 150 }]);
    expect([row.reading, row.reason]).toEqual([
      'ambiguous',
      `A connection from ${NAT} arrived at 2026-11-21 20:02:30 UTC, within minutes of it, and no probe of this evidence made it.`,
    ]);
    expect(rowOf(DROPPED, [{ at: 300 }]).reading).toBe('never-arrived');
  });

  it('is ambiguous where nothing says which connections are of this network, unless one has its own address', () => {
    const policy = edgePolicy([]);
    expect(rowOf(DROPPED, [{ at: 60.1, from: '203.0.113.77' }], policy).reading).toBe('ambiguous');
    expect(rowOf(SILENT, [{ at: 60.1, from: '203.0.113.77', bytes: [0, 44] }], policy).reason).toContain('(`expected-sources`)');
    expect(rowOf(SILENT, [{ at: 60.1, from: HOST, bytes: [0, 44] }], policy).reading).toBe('answer-lost');
    expect(rowOf(DROPPED, [], policy).reading).toBe('never-arrived');
  });

  it('goes by address and port where nothing on the way translates them', () => {
    const dialogue = asking([exchange({ nonce: N1, signed: null, local: { address: HOST, port: 51_000 } })], {
      failure: failedAt('receipt'),
    });
    const sent = dialogue.transcript.filter((line) => line.startsWith('C: ')).reduce((sum, line) => sum + line.length - 1, 0);
    const probe = { outcome: 'open-smtp', took: 12, dialogue } as const;
    expect(rowOf(probe, [{ at: 60.1, from: HOST, fromPort: 51_000, bytes: [sent, 300], why: 'client' }])).toMatchObject({
      reading: 'answer-lost',
      matched: 'socket',
    });
    expect(rowOf(DROPPED, [{ at: 60.1, from: HOST, fromPort: 51_000 }]).reading).toBe('ambiguous');
  });

  it.each(['no-route', 'local-block', 'unresolved', 'probe-error', 'aborted'] as const)(
    'was not tried where it was %s',
    (outcome) => {
      expect(rowOf({ outcome }, []).reading).toBe('untried');
    },
  );

  it('is no proof where the log does not tell how a connection ended', () => {
    expect(rowOf(SILENT, [{ at: 60.1, bytes: null }])).toMatchObject({ reading: 'not-covered', arrived: [{ end: null }] });
  });
});

describe('two probes that look alike', () => {
  const policy = edgePolicy();
  const twice = (seconds: number): ReturnType<typeof evidenceWith> =>
    evidenceWith(policy, [probed({ at: 60, ...SILENT }), probed({ at: seconds, ...SILENT, source: '10.20.0.6' })]);

  it('are ambiguous where each could have made the connection that came', () => {
    const log = logText(steadyLog({ at: 60.1, bytes: [0, 44] }));
    const { rows } = reconciled(policy, log, [twice(70)]);
    expect(rows.map(({ reading, reason }) => `${reading}: ${reason}`)).toEqual(
      Array(2).fill(
        `ambiguous: A connection from ${NAT} arrived at 2026-11-21 20:01:00 UTC, and other probes could have made it: they cannot be told apart. Where the clocks are kept, --clock-skew narrows the time.`,
      ),
    );
    expect(readings(reconciled(policy, log, [twice(1200)]))).toEqual(['25 answer-lost', '25 never-arrived']);
  });

  it('are told apart where the clocks are known to agree, or nothing translates their addresses', () => {
    const log = logText(steadyLog({ at: 60.1, bytes: [0, 44] }, { at: 160.1, bytes: [0, 44] }));
    expect(readings(reconciled(policy, log, [twice(160)]))).toEqual(['25 ambiguous', '25 ambiguous']);
    expect(readings(reconciled(policy, log, [twice(160)], 1_000))).toEqual(['25 answer-lost', '25 answer-lost']);
    const own = logText(steadyLog({ at: 60.1, from: HOST, bytes: [0, 44] }));
    expect(readings(reconciled(policy, own, [twice(70)]))).toEqual(['25 answer-lost', '25 never-arrived']);
  });

  it('also where one of them is a control', () => {
    const control = {
      type: 'control',
      phase: 'start',
      segment: 'desks',
      family: 'ipv4',
      source: at(HOST),
      host: '192.0.2.7',
      address: at('192.0.2.7'),
      port: 25,
      named: true,
      outcome: 'open-silent',
      reason: 'as told',
      at: instant(60),
      elapsedMs: 3,
    } as const;
    const evidence = evidenceWith(policy, [control, probed({ at: 60, ...DROPPED })]);
    expect(readings(reconciled(policy, logText(steadyLog({ at: 60.1, bytes: [0, 44] })), [evidence]))).toEqual(['25 ambiguous']);
  });
});

describe('what is not in the log', () => {
  const policy = edgePolicy();
  const dropped = evidenceWith(policy, [probed({ at: 60, ...DROPPED })]);
  const told = (events: readonly SentinelEvent[], evidence = dropped, skewMs = 1_000): string[] =>
    reconciled(policy, logText(events), [evidence], skewMs).rows.map(({ reading, reason }) => `${reading}: ${reason}`);

  it.each([
    [
      'the log ends before it',
      [listening(0), ...alive(60, 60)],
      'The log ends at 2026-11-21 20:01:00 UTC: fetch it again, later.',
    ],
    ['the log begins after it', [listening(120), ...alive(180, 600)], 'The log says nothing before 2026-11-21 20:02:00 UTC.'],
    [
      'it had been stopped',
      [listening(-60), stopped(0), listening(120), ...alive(180, 300)],
      'The sentinel kept no log from 2026-11-21 20:00:00 UTC to 2026-11-21 20:02:00 UTC.',
    ],
    [
      'it died and came again',
      [listening(-60), ...alive(0, 0), listening(90), ...alive(150, 300)],
      'The sentinel kept no log from 2026-11-21 20:00:00 UTC to 2026-11-21 20:01:30 UTC.',
    ],
    [
      'its log was silent',
      [listening(-200), ...alive(-140, -140), ...alive(80, 300)],
      'The sentinel kept no log from 2026-11-21 19:57:40 UTC to 2026-11-21 20:01:20 UTC.',
    ],
    ['it did not listen there', [listening(-60, [587]), ...alive(0, 300)], 'The sentinel did not listen on 25 then.'],
    [
      'nothing says where it listened',
      alive(-60, 300),
      'No line of the log says on which ports the sentinel listened: put the older log before it.',
    ],
  ])('proves nothing where %s', (_name, events, reason) => {
    expect(told(events)).toEqual([`not-covered: ${reason}`]);
  });

  it('proves nothing in a time that the clocks may have been apart by', () => {
    const log = [listening(-60), ...alive(0, 180)];
    expect(told(log, dropped, 1_000)[0]).toMatch(/^never-arrived/);
    expect(told(log, dropped, 300_000)[0]).toMatch(/^not-covered: The log ends at/);
  });

  it('proves nothing around a line that cannot be read', () => {
    const events = [listening(-600), ...alive(-540, 600)];
    const text = (index: number): string => logText(events).split('\n').toSpliced(index, 0, '{"torn').join('\n');
    const reading = (log: string): string[] => readings(reconciled(policy, log, [dropped], 1_000));
    expect(reading(text(11))).toEqual(['25 not-covered']);
    expect(reading(text(5))).toEqual(['25 never-arrived']);
    expect(reconciled(policy, text(11), [dropped]).notes).toEqual([
      'A line of the log cannot be read (sentinel.log:12:1): the time around counts as not watched.',
    ]);
  });

  it('proves nothing where connections are missing between those that are there', () => {
    const whole = steadyLog({ at: 0, port: 587 }, { at: 62, port: 587 }, { at: 400, port: 587 });
    const torn = whole.filter((event) => !('connection' in event) || event.connection !== 'ab-2');
    expect(told(whole)[0]).toMatch(/^never-arrived/);
    expect(told(torn)).toEqual(['not-covered: Lines of that time are missing in the log.']);
  });

  it('proves nothing in the minute in which refusals are not listed one by one', () => {
    const flood = (seconds: number): SentinelEvent => ({
      event: 'turned-away',
      at: instant(seconds),
      port: 587,
      family: 'ipv4',
      client: { address: at('203.0.113.66'), port: 40_000 },
      why: 'flood',
    });
    const withFlood = (seconds: number): readonly SentinelEvent[] =>
      [...steadyLog(), flood(seconds)].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
    expect(told(withFlood(30))[0]).toMatch(/^not-covered: One source was turned away so often then/);
    expect(told(withFlood(-40))[0]).toMatch(/^never-arrived/);
  });

  it('proves nothing where time goes back: that time is told twice', () => {
    expect(told([listening(-600), ...alive(-540, 300), ...alive(0.5, 600)])).toEqual([
      'not-covered: The log tells that time twice: its clock was set back, or two sentinels wrote to it.',
    ]);
  });

  it('is the same for files that were joined in the wrong order', () => {
    const events = [listening(-600), ...alive(-540, 600)];
    expect(told([...events.slice(8), ...events.slice(0, 8)])).toEqual(told(events));
    expect(told(events)[0]).toMatch(/^never-arrived/);
  });

  it('proves nothing at all where a genuine receipt is missing in it: it is not the whole log', () => {
    const evidence = evidenceWith(policy, [probed({ at: 60, ...DROPPED }), probed({ at: 62, ...SMTP_WITH(62.2) })]);
    const { rows, notes } = reconciled(policy, logText(steadyLog()), [evidence]);
    expect(rows.map(({ reading }) => reading)).toEqual(['not-covered', 'not-covered']);
    expect(notes).toEqual([
      'What is not in this log proves nothing: the log is not whole: a genuine receipt of 2026-11-21 20:01:02 UTC is not in it.',
    ]);
  });

  it('proves nothing where ports are translated on the way', () => {
    const evidence = evidenceWith(policy, [probed({ at: 60, ...DROPPED, port: 587 }), probed({ at: 62, ...SMTP_WITH(62.2) })]);
    expect(told(steadyLog({ at: 62.1, port: 465, nonces: [N1] }), evidence)).toEqual([
      `answered: The request for a receipt arrived at 2026-11-21 20:01:02 UTC from ${NAT} and the receipt came back.`,
      'not-covered: Port 25 is translated on the way: it arrived on 465.',
    ]);
  });

  it('says so where the log has not one connection of the family', () => {
    const evidence = evidenceWith(policy, [probed({ at: 60, outcome: 'refused', source: '2001:db8:20::5' })]);
    const [row] = told(steadyLog({ at: 0 }), evidence);
    expect(row).toMatch(/^never-arrived: .*The log has no connection over IPv6 at all: does the sentinel listen there\?$/);
  });
});

describe('the clocks', () => {
  const policy = edgePolicy();

  it('are measured by what both ends know, and the time of the other probes goes by that', () => {
    const ahead = 3600;
    const evidence = evidenceWith(policy, [
      probed({ ...PAIR, dialogue: asking([exchange({ nonce: nonceOf(99), signed: ahead + 50.3, port: 587 })]) }),
      probed({ at: 60, ...SILENT }),
    ]);
    const log = inTime([
      listening(ahead - 60),
      ...alive(ahead, ahead + 300),
      ...arrived(1, { ...PAIR_ARRIVED, at: ahead + 50.1 }),
      ...arrived(2, { at: ahead + 60.2, bytes: [0, 44] }),
    ]);
    const { rows, runs } = reconciled(policy, logText(log), [evidence]);
    expect(rows.map(({ port, reading }) => `${port} ${reading}`)).toEqual(['25 answer-lost', '587 answered']);
    expect(runs[0]?.skew).toEqual({
      kind: 'measured',
      lowestMs: (ahead - 0.7) * 1000,
      highestMs: (ahead + 0.1) * 1000,
      probes: 1,
    });
  });

  it('are taken to be five minutes apart at most where nothing measures them', () => {
    const evidence = evidenceWith(policy, [probed({ at: 600, ...SILENT })]);
    const reading = (seconds: number): string[] =>
      readings(reconciled(policy, logText(steadyLog({ at: seconds, bytes: [0, 44] })), [evidence]));
    expect([reading(310), reading(920), reading(250), reading(100)]).toEqual([
      ['25 answer-lost'],
      ['25 answer-lost'],
      ['25 ambiguous'],
      ['25 never-arrived'],
    ]);
    expect(reconciled(policy, logText(steadyLog()), [evidence]).runs[0]?.skew.kind).toBe('assumed');
  });
});

describe('the log and the evidence', () => {
  const policy = edgePolicy();
  const evidence = evidenceWith(policy, [probed({ at: 60, ...DROPPED })]);
  const failing = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return 'nothing was wrong';
  };

  it('must be of one sentinel, which the policy knows by its key', () => {
    const other = generateSigningKey();
    expect(failing(() => reconciled(policy, logText([listening(0, [25], other)]), [evidence]))).toBe(
      `error log-other-sentinel: The log is that of 192.0.2.7 with key ${other.publicKey.id}; postern.yaml knows edge (192.0.2.7, key ${KEY.publicKey.id}). Give its log, or its public-key in the policy.`,
    );
  });

  it('may know it by its name where the policy has no key', () => {
    const keyless = edgePolicy([NAT], null);
    expect(readings(reconciled(keyless, logText(steadyLog()), [evidence]))).toEqual(['25 never-arrived']);
    const renamed = logText(steadyLog()).replace('"name":"192.0.2.7"', '"name":"other.example.com"');
    expect(failing(() => reconciled(keyless, renamed, [evidence]))).toContain(
      'error log-other-sentinel: The log is that of other.example.com',
    );
  });

  it('may show the key in its receipts alone: keys are read again while it runs', () => {
    const other = generateSigningKey();
    const log = logText([listening(-600, [25], other), ...alive(-540, 600), ...arrived(1, { at: 620, nonces: [N2] })]);
    expect(readings(reconciled(policy, log, [evidence], 1_000))).toEqual(['25 never-arrived']);
  });

  it('must have a probe of that sentinel', () => {
    expect(failing(() => reconciled(policy, logText(steadyLog()), [evidenceWith(policy, [])]))).toBe(
      "error no-probe: The log is that of the sentinel edge (192.0.2.7), and the evidence of run-1 (desk) has no probe of it: name it among a destination's probes, and scan.",
    );
  });

  it('must not be given twice', () => {
    expect(failing(() => reconciled(policy, logText(steadyLog()), [evidence, evidence]))).toBe(
      'error evidence-twice: The evidence of run run-1 was given twice.',
    );
  });

  it('may be of a port that no question is about: an attestation is a row too', () => {
    const dialogue = asking([exchange({ nonce: N1, signed: 60.2, port: 465 })]);
    const attested = evidenceWith(policy, [probed({ at: 60, port: 465, outcome: 'open-smtp', dialogue, kind: 'attestation' })]);
    const { rows } = reconciled(policy, logText(steadyLog({ at: 60.1, port: 465, nonces: [N1] })), [attested]);
    expect(rows[0]).toMatchObject({
      id: 'desks/10.20.0.5>edge/192.0.2.7:465',
      record: 'attestation',
      pass: null,
      reading: 'answered',
    });
  });

  it('leaves out what never could arrive: probes of ports where the sentinel does not listen, and nothing answered', () => {
    const leak: Probed = { at: 70, port: 2525, outcome: 'dropped', took: 8 };
    const both = evidenceWith(policy, [
      probed({ at: 60, ...DROPPED }),
      probed(leak),
      probed({ ...leak, at: 80, pass: 'confirm' }),
    ]);
    const { rows, summary, notes } = reconciled(policy, logText(steadyLog()), [both]);
    expect([rows.map(({ port, reading }) => [port, reading]), summary.total]).toEqual([[[25, 'never-arrived']], 1]);
    const told =
      '2 probes of 192.0.2.7:2525 are left out: edge does not listen there, by its `ports` in the policy and by its log, and nothing answered.';
    expect(notes).toEqual([told]);
    const alone = evidenceWith(policy, [probed(leak)]);
    expect(() => reconciled(policy, logText(steadyLog()), [alone])).toThrow(
      'Nothing is left to join. 1 probe of 192.0.2.7:2525 is left out',
    );
  });

  it.each<Omit<Probed, 'at'>>([STRANGER, SILENT])(
    'keeps a probe of a port where the sentinel does not listen, and something answered: $outcome',
    (probe) => {
      const answered = evidenceWith(policy, [probed({ at: 60, port: 2525, ...probe })]);
      const { rows, notes } = reconciled(policy, logText(steadyLog()), [answered]);
      expect([rows.map(({ port, reading }) => [port, reading]), notes]).toEqual([[[2525, 'not-covered']], []]);
    },
  );

  it('keeps a probe of a port that the log has, though the policy does not name it', () => {
    const narrow = edgePolicy();
    const [sentinel] = narrow.sentinels;
    if (sentinel === undefined) throw new Error('no sentinel');
    const less = { ...narrow, sentinels: [{ ...sentinel, ports: [587] }] };
    const { rows } = reconciled(less, logText(steadyLog()), [evidenceWith(less, [probed({ at: 60, ...DROPPED })])]);
    expect(rows.map(({ port, reading }) => [port, reading])).toEqual([[25, 'never-arrived']]);
  });

  it('tells what a reader must know: another policy, a run that is not complete, sources that nobody knows', () => {
    const other = evidenceWith({ ...policy, digest: `sha256:${'1'.repeat(64)}` }, [probed({ at: 60, ...DROPPED })]);
    const open = edgePolicy([], null);
    expect(reconciled(open, logText(steadyLog()), [{ ...other, trailer: null }]).notes).toEqual([
      'The evidence of run run-1 was taken under another policy (sha256:111111111111).',
      'Run run-1 was not complete: what it did not ask is not here.',
      'The policy gives edge no public-key: no receipt can be verified.',
      'Nothing says where this network comes from over IPv4 (`expected-sources` of edge): every connection could be its own.',
    ]);
  });
});
