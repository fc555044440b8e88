import { describe, expect, it } from 'vitest';
import { Attestations } from '../../src/sentinel/attestations.ts';
import { Crowd } from '../../src/sentinel/crowd.ts';
import { Sources } from '../../src/sentinel/sources.ts';
import { at } from '../support/address.ts';

const NOW = Date.parse('2026-11-21T20:00:00.000Z');

describe('a source', () => {
  it('may have so many connections at once, and again when some have ended', () => {
    const sources = new Sources({ atOnce: 2, perMinute: 100 });
    const client = at('203.0.113.7');
    expect([1, 2, 3].map(() => sources.enter(client, 0))).toEqual([null, null, 'at-once']);
    sources.leave(client);
    expect([1, 2].map(() => sources.enter(client, 0))).toEqual([null, 'at-once']);
    expect(sources.enter(at('203.0.113.8'), 0)).toBeNull();
  });

  it('may begin so many in a minute', () => {
    const sources = new Sources({ atOnce: 100, perMinute: 2 });
    const client = at('203.0.113.7');
    const tries = (now: number): (string | null)[] => [1, 2, 3].map(() => sources.enter(client, now));
    expect(tries(1_000)).toEqual([null, null, 'per-minute']);
    expect(tries(60_999)).toEqual(['per-minute', 'per-minute', 'per-minute']);
    expect(tries(61_000)).toEqual([null, null, 'per-minute']);
  });

  it('is a /64 of IPv6, one address of IPv4', () => {
    const sources = new Sources({ atOnce: 1, perMinute: 100 });
    const enter = (...texts: readonly string[]): (string | null)[] => texts.map((text) => sources.enter(at(text), 0));
    expect(enter('2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:2::1')).toEqual([null, 'at-once', null]);
    expect(enter('203.0.113.7', '203.0.113.8')).toEqual([null, null]);
  });

  it('is told of a hundred times when it is refused, then once for all the rest of the minute', () => {
    const sources = new Sources({ atOnce: 1, perMinute: 1 });
    const words = Array.from({ length: 1_000 }, () => sources.enter(at('203.0.113.7'), 0));
    const count = (word: string | null): number => words.filter((one) => one === word).length;
    expect([count(null), count('per-minute'), count('flood'), count('unlisted')]).toEqual([1, 100, 1, 898]);
  });

  it('is counted among 65,536; then the first is forgotten', () => {
    const sources = new Sources({ atOnce: 10, perMinute: 1 });
    const first = at('203.0.113.7');
    sources.enter(first, 0);
    for (let number = 0; number < 65_535; number++) sources.enter(at(`10.1.${number >> 8}.${number & 255}`), 0);
    expect(sources.enter(first, 0)).toBe('per-minute');
    sources.enter(at('10.2.0.0'), 0);
    expect(sources.enter(first, 0)).toBeNull();
  });
});

describe('a crowd', () => {
  it('that is full has its oldest stranger in the way; who is known stays', () => {
    const crowd = new Crowd<{ name: string }>(3);
    const [probe, idle, stutterer] = ['probe', 'idle', 'stutterer'].map((name) => ({ name }));
    if (probe === undefined || idle === undefined || stutterer === undefined) throw new Error('nobody');
    crowd.add(probe);
    crowd.add(idle);
    expect(crowd.inTheWay()).toBeNull();
    crowd.add(stutterer);
    expect(crowd.inTheWay()).toBe(probe);
    crowd.vouchFor(probe);
    expect(crowd.inTheWay()).toBe(idle);
    crowd.delete(idle);
    expect([crowd.inTheWay(), crowd.size]).toEqual([null, 2]);
    crowd.vouchFor(stutterer);
    crowd.add(idle);
    crowd.vouchFor(idle);
    expect([crowd.inTheWay(), crowd.oldestStranger()]).toEqual(['full', null]);
    expect([crowd.delete(probe), crowd.delete(probe)]).toEqual([true, false]);
  });

  it('does not take in again who has left', () => {
    const crowd = new Crowd<object>(1);
    const gone = {};
    crowd.add(gone);
    crowd.delete(gone);
    crowd.vouchFor(gone);
    expect(crowd.size).toBe(0);
  });
});

describe('attestations', () => {
  it('hold the last time of each port and family, in their order', () => {
    const attestations = new Attestations([{ port: 587, family: 'ipv4', at: '2026-11-20T08:00:00.000Z' }]);
    attestations.note(2525, 'ipv6', NOW);
    attestations.note(25, 'ipv6', NOW);
    attestations.note(25, 'ipv4', NOW);
    attestations.note(25, 'ipv4', NOW + 1_000);
    expect(attestations.list()).toEqual([
      { port: 25, family: 'ipv4', at: '2026-11-21T20:00:01.000Z' },
      { port: 25, family: 'ipv6', at: '2026-11-21T20:00:00.000Z' },
      { port: 587, family: 'ipv4', at: '2026-11-20T08:00:00.000Z' },
      { port: 2525, family: 'ipv6', at: '2026-11-21T20:00:00.000Z' },
    ]);
  });
});
