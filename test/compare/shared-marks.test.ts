import { describe, expect, it } from 'vitest';
import { type Member, sharedMarks } from '../../src/compare/shared-marks.ts';
import type { Certificate, CertificateProblem, Dialogue } from '../../src/model/dialogue.ts';
import { at } from '../support/address.ts';
import { dialogueOf } from '../support/evidence.ts';

interface Server {
  readonly greets?: string;
  /** Code of its greeting; 220 where absent. */
  readonly code?: number;
  /** Fingerprint of its certificate, and the names in it. */
  readonly shows?: string;
  readonly named?: readonly string[];
  readonly problems?: readonly CertificateProblem['code'][];
  readonly takesAll?: boolean;
  readonly genuine?: boolean;
}

/** `mx.one.example 192.0.2.1`. */
function member(place: string, server: Server): Member {
  const [host = '', address = ''] = place.split(' ');
  const certificate: Certificate | null =
    server.shows === undefined
      ? null
      : {
          subject: `CN=${server.named?.[0] ?? server.shows}`,
          issuer: 'CN=issuer',
          names: server.named ?? [],
          notBefore: '2026-01-01T00:00:00.000Z',
          notAfter: '2027-01-01T00:00:00.000Z',
          fingerprint: server.shows,
          pin: 'sha256/x',
          chain: [],
        };
  const changes: Partial<Dialogue> = {
    greeting: { code: server.code ?? 220, enhanced: null, lines: [`${server.greets ?? host} ESMTP`] },
    tls:
      certificate === null
        ? null
        : {
            version: 'TLSv1.3',
            cipher: 'x',
            serverName: host,
            certificate,
            problems: (server.problems ?? []).map((code) => ({ code, message: code })),
          },
    ...(server.takesAll === true ? { starttls: { offered: false, reply: { code: 250, enhanced: null, lines: ['OK'] } } } : {}),
  };
  return { host, address: at(address), dialogue: dialogueOf(changes), genuine: server.genuine ?? false };
}

const APART = ['mx.one.example 192.0.2.1', 'mx.two.test 198.51.100.1', 'mx.three.invalid 203.0.113.1'];
const RACK = ['mail.one.example 192.0.2.1', 'mail.two.test 192.0.2.2', 'mail.three.invalid 192.0.2.3'];
const all = (places: readonly string[], server: Server): Member[] => places.map((place) => member(place, server));
const told = (members: readonly Member[]): string[] =>
  sharedMarks(members).map(
    ({ strength, everywhere, addresses }) => `${strength}${everywhere ? ' everywhere' : ''} ${addresses.length}`,
  );

const FILTER = { greets: 'filter.corp.internal' } as const;
const NOBODYS = { shows: 'same', named: ['filter.corp.internal'], problems: ['untrusted', 'wrong-name'] } as const;

const HOSTER = {
  greets: 'mx.hoster.example',
  shows: 'same',
  named: ['mx.hoster.example'],
  problems: ['wrong-name'],
} as const;

describe('one mark on servers of unrelated operators', () => {
  it.each<[string, readonly Member[], readonly string[]]>([
    ['three distant ones greet alike', all(APART, FILTER), ['conclusive everywhere 3']],
    ['three distant ones show one certificate', all(APART, NOBODYS), ['conclusive everywhere 3']],
    ['both', all(APART, { ...FILTER, ...NOBODYS }), ['conclusive everywhere 3', 'conclusive everywhere 3']],
    ['two', all(APART.slice(0, 2), FILTER), ['strong everywhere 2']],
    ['one', all(APART.slice(0, 1), FILTER), []],
    ['three in one rack', all(RACK, FILTER), ['strong everywhere 3']],
    ['three in one rack that take everything', all(RACK, { ...FILTER, takesAll: true }), ['conclusive everywhere 3']],
    [
      'three that call themselves what many do, and take everything',
      all(RACK, { greets: 'filter', takesAll: true }),
      ['conclusive everywhere 3'],
    ],
    ['three that call themselves what many do', all(APART, { greets: 'localhost' }), []],
    ['three that a blocklist has refuse alike', all(APART, { code: 554, greets: '5.7.1' }), []],
    [
      'three distant customers of a hoster that a known authority signed for',
      all(APART, HOSTER),
      ['strong everywhere 3', 'strong everywhere 3'],
    ],
    ['three whose name nobody registers', all(APART, { greets: 'mail.local' }), []],
    ['three with the name of an installation', all(APART, { greets: 'localhost.localdomain' }), []],
    ['two that take everything', all(RACK.slice(0, 2), { ...FILTER, takesAll: true }), ['strong everywhere 2']],
    [
      'three distant ones, beside one that greets otherwise',
      [...all(APART, FILTER), member('mx.four.example 10.0.0.1', {})],
      ['strong 3'],
    ],
    [
      'three that take everything, beside one that does not',
      [...all(RACK, { ...FILTER, takesAll: true }), member('mx.four.example 192.0.2.4', {})],
      ['conclusive 3'],
    ],
    [
      'three distant ones, beside a sentinel that gave its receipt',
      [...all(APART, FILTER), member('192.0.2.9 192.0.2.9', { genuine: true })],
      ['strong 3'],
    ],
    [
      'three names of one address',
      all(['mx.one.example 192.0.2.1', 'mx.two.test 192.0.2.1', 'mx.three.invalid 192.0.2.1'], FILTER),
      [],
    ],
    [
      'three hosts of one operator',
      all(['a.one.example 192.0.2.1', 'b.one.example 198.51.100.1', 'c.one.example 203.0.113.1'], FILTER),
      [],
    ],
    [
      'three addresses without names',
      all(['192.0.2.1 192.0.2.1', '198.51.100.1 198.51.100.1', '203.0.113.1 203.0.113.1'], FILTER),
      [],
    ],
    [
      'a hoster and two customers, by its greeting',
      all(['mx.hoster.example 192.0.2.1', ...APART], { greets: 'in7.hoster.example' }),
      [],
    ],
    [
      'a hoster and its customers, by its certificate',
      all(['mx.hoster.example 192.0.2.9', ...APART], { shows: 'same', named: ['*.hoster.example'], problems: ['wrong-name'] }),
      [],
    ],
    [
      'a certificate for all of them',
      all(APART, { shows: 'same', named: ['mx.one.example', 'mx.two.test', 'mx.three.invalid'] }),
      [],
    ],
    [
      'a certificate for all of them that nobody signed',
      all(APART, { shows: 'same', named: ['mx.one.example', 'mx.two.test', 'mx.three.invalid'], problems: ['untrusted'] }),
      [],
    ],
    [
      'the same, where one of them is pinned to another key',
      [
        ...all(RACK.slice(1), { shows: 'same', named: ['mail.one.example', 'mail.two.test'], problems: ['untrusted'] }),
        member(RACK[0] ?? '', {
          shows: 'same',
          named: ['mail.one.example', 'mail.two.test'],
          problems: ['untrusted', 'pin-mismatch'],
        }),
      ],
      ['conclusive everywhere 3'],
    ],
    [
      'two customers of one hoster, one with an outdated pin',
      [
        member('mail.one.example 192.0.2.1', {
          shows: 'same',
          named: ['mx.hoster.example'],
          problems: ['wrong-name', 'pin-mismatch'],
        }),
        member('mail.two.test 192.0.2.2', { shows: 'same', named: ['mx.hoster.example'], problems: ['wrong-name'] }),
      ],
      ['strong everywhere 2'],
    ],
  ])('%s', (_, members, expected) => {
    expect(told(members)).toEqual(expected);
  });

  it('is told by names, addresses and what they have in common', () => {
    expect(sharedMarks(all(APART, FILTER))[0]?.text).toBe(
      'mx.one.example (192.0.2.1), mx.two.test (198.51.100.1) and mx.three.invalid (203.0.113.1), of unrelated operators by their names, all greet as filter.corp.internal.',
    );
  });
});
