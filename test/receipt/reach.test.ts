import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceiptExchange } from '../../src/model/dialogue.ts';
import { type Asked, type Reach, reachOf } from '../../src/receipt/reach.ts';
import { signReceipt } from '../../src/receipt/receipt.ts';
import { at } from '../support/address.ts';
import { START } from '../support/evidence.ts';
import { KEY, OTHER_KEY, type Path, type PathOptions, sentinelDialogue } from '../support/path-to-sentinel.ts';

const AT = START + 60_000;
const NAT = '198.51.100.20';
const ASKED: Asked = { publicKey: KEY.publicKey, port: 25, at: AT, expectedSources: [at(NAT)] };

function reached(options: PathOptions, asked: Partial<Asked> = {}): Reach {
  return reachOfAll(sentinelDialogue({ from: NAT, ...options }).receipts, asked);
}

function reachOfAll(receipts: readonly ReceiptExchange[], asked: Partial<Asked> = {}): Reach {
  const reach = reachOf(receipts, { ...ASKED, ...asked });
  if (reach === null) throw new Error('receipts were asked for');
  return reach;
}

/** Every exchange of a direct path, each changed. */
function changed(change: (exchange: ReceiptExchange, index: number) => Partial<ReceiptExchange>): Reach {
  const { receipts } = sentinelDialogue({ from: NAT });
  return reachOfAll(receipts.map((exchange, index) => ({ ...exchange, ...change(exchange, index) })));
}

const refusals = ({ refused }: Reach): string[] => refused.map(({ why }) => why);

describe('six kinds of path', () => {
  it.each<[Path, string, Reach['level'], readonly string[], number]>([
    ['direct', NAT, 'direct', [], 2],
    ['relay', '203.0.113.1', 'relayed', ['source'], 2],
    ['strip', '203.0.113.1', 'modified', ['downstream', 'source'], 2],
    ['inspect', '203.0.113.1', 'modified', ['downstream', 'upstream', 'source'], 2],
    ['sink', '203.0.113.1', 'stranger', [], 0],
    ['tls', '203.0.113.1', 'tls-intercepted', ['tls', 'source'], 2],
  ])('%s from %s is %s', (path, from, level, changes, genuine) => {
    const reach = reached({ path, from });
    expect([reach.level, reach.changed, reach.genuine.length]).toEqual([level, changes, genuine]);
    expect(reach.reasons.length > 0).toBe(level !== 'direct');
  });

  it('without a receipt asked for there is nothing to say', () => {
    expect(reachOf([], ASKED)).toBeNull();
  });

  it('a sentinel without TLS is reached all the same', () => {
    expect(reached({ plain: true })).toMatchObject({ level: 'direct', changed: [], refused: [] });
  });

  it('upstream is only changed once STARTTLS was sent', () => {
    const { receipts } = sentinelDialogue({ from: NAT, path: 'inspect' });
    expect(reachOfAll(receipts.slice(0, 1)).changed).toEqual(['downstream']);
    expect(reachOfAll(receipts.slice(1)).changed).toEqual(['upstream', 'downstream']);
  });
});

describe('a receipt that is refused', () => {
  const truncated = (exchange: ReceiptExchange): string => (exchange.receipt ?? '').slice(0, -10);
  const edited = ({ receipt }: ReceiptExchange): string => {
    const [head = '', body = '', signature = ''] = (receipt ?? '').split('.');
    const json = Buffer.from(body, 'base64url').toString('utf8').replace('"port":25', '"port":26');
    return [head, Buffer.from(json, 'utf8').toString('base64url'), signature].join('.');
  };

  it.each<[string, () => Reach, string, RegExp]>([
    ['no receipt', () => changed(() => ({ receipt: null })), 'no-receipt', /did not come/],
    ['truncated', () => changed((exchange) => ({ receipt: truncated(exchange) })), 'forged', /cut off or forged/],
    ['cut in its body', () => changed(({ receipt }) => ({ receipt: receipt?.slice(0, 60) ?? null })), 'malformed', /cut off/],
    ['no receipt at all in its form', () => changed(() => ({ receipt: 'postern-receipt/1.' })), 'malformed', /no whole receipt/],
    ['edited', () => changed((exchange) => ({ receipt: edited(exchange) })), 'forged', /changed, cut off or forged/],
    ['by a retired key', () => reached({ signedBy: OTHER_KEY }), 'other-key', /a retired key, or not this sentinel's/],
    ['of another connection', () => changed(() => ({ nonce: '0'.repeat(32) })), 'replayed', /given for another connection/],
    ['a day old', () => reached({ clock: AT - 86_400_000 }), 'clock', /2026-11-20T20:01:00.000Z.*2026-11-21T20:01:00.000Z/],
    ['a day ahead', () => reached({ clock: AT + 86_400_000 }), 'clock', /2026-11-22T20:01:00.000Z/],
  ])('%s counts for nothing, and says why', (_, make, why, message) => {
    const reach = make();
    expect(reach).toMatchObject({ level: 'stranger', genuine: [], changed: [] });
    expect(refusals(reach)).toEqual([why, why]);
    expect(reach.reasons[0]).toMatch(message);
  });

  it.each([
    [-3_600_000, []],
    [-3_600_001, ['clock', 'clock']],
    [3_600_000, []],
    [3_600_001, ['clock', 'clock']],
  ])('%i ms by the clock: an hour is the limit', (skewMs, expected) => {
    expect(refusals(reached({ clock: AT + skewMs }))).toEqual(expected);
  });

  it('shown in a second exchange as well, is replayed in both', () => {
    const { receipts } = sentinelDialogue({ from: NAT });
    expect(refusals(reachOfAll(receipts, { spent: new Set(receipts.map(({ nonce }) => nonce)) }))).toEqual([
      'replayed',
      'replayed',
    ]);
  });

  it('signed by one of two live keys counts for who asked with it', () => {
    const asked = { publicKey: OTHER_KEY.publicKey };
    expect(reached({ signedBy: OTHER_KEY }, asked).level).toBe('direct');
    expect(refusals(reached({ signedBy: KEY }, asked))).toEqual(['other-key', 'other-key']);
  });
});

describe('a sentinel that is there in clear text', () => {
  it('and gives no receipt inside TLS has lost its TLS to somebody on the way', () => {
    const reach = changed((_, index) => (index === 1 ? { receipt: null } : {}));
    expect([reach.level, reach.changed, refusals(reach)]).toEqual(['tls-intercepted', ['tls'], ['no-receipt']]);
  });

  it('and gives none once STARTTLS was refused is interfered with', () => {
    const { receipts } = sentinelDialogue({ from: NAT, plain: true });
    const reach = reachOfAll(receipts.map((one, index) => (index === 1 ? { ...one, receipt: null } : one)));
    expect([reach.level, refusals(reach)]).toEqual(['modified', ['no-receipt']]);
  });

  it('and whose clock passes the limit in between was not lost', () => {
    const late = sentinelDialogue({ from: NAT, clock: AT + 3_600_001 }).receipts[1]?.receipt ?? null;
    const reach = changed((_, index) => (index === 1 ? { receipt: late } : {}));
    expect([reach.level, reach.changed, refusals(reach)]).toEqual(['direct', [], ['clock']]);
  });

  it('but gives no receipt there, and one inside TLS, was reached: the last receipt covers everything', () => {
    const reach = changed((_, index) => (index === 0 ? { receipt: null } : {}));
    expect([reach.level, refusals(reach)]).toEqual(['direct', ['no-receipt']]);
  });
});

describe('where TLS ends', () => {
  it.each<[string, Partial<ReceiptExchange>, Reach['level']]>([
    ['elsewhere: the bindings differ', { exporter: 'ef'.repeat(32) }, 'tls-intercepted'],
    ['before the sentinel begins one: this end is in clear text', { when: 'clear', exporter: null }, 'tls-intercepted'],
    ['nobody can tell: this end has no binding', { exporter: null }, 'direct'],
  ])('%s', (_, change, level) => {
    expect(changed((__, index) => (index === 1 ? change : {})).level).toBe(level);
  });
});

describe('where a connection comes from', () => {
  it.each<[string, PathOptions, readonly string[], Reach['level'], RegExp | null]>([
    ['an address that is listed', {}, [NAT], 'direct', null],
    ['one of a pool that is listed', { from: '198.51.100.22' }, [NAT, '198.51.100.21', '198.51.100.22'], 'direct', null],
    ['one that is not', { from: '198.51.100.22' }, [NAT], 'relayed', /or that list lacks an address/],
    ["this host's own, which nobody translated", { from: '10.20.0.5' }, [NAT], 'direct', null],
    ["this host's own, and none is listed", { from: '10.20.0.5' }, [], 'direct', null],
    ['another, and none is listed: a translation, perhaps', {}, [], 'direct', /with expected-sources/],
    [
      'another, and none of its family is listed',
      { local: '2001:db8:20::5', from: '2001:db8:1::9' },
      [NAT],
      'direct',
      /with expected-sources/,
    ],
  ])('%s', (_, options, sources, level, reason) => {
    const reach = reached(options, { expectedSources: sources.map(at) });
    expect(reach.level).toBe(level);
    if (reason === null) expect(reach.reasons).toEqual([]);
    else expect(reach.reasons[0]).toMatch(reason);
  });

  it('on another port than was connected to, it was redirected', () => {
    const reach = reached({ port: 2525 });
    expect([reach.level, reach.changed]).toEqual(['relayed', ['port']]);
    expect(reach.reasons[0]).toMatch(/Port 25 was connected to, and the sentinel was reached on 2525/);
  });
});

describe('whatever is done to a receipt', () => {
  const exchange = sentinelDialogue({ from: NAT }).receipts[1];
  if (exchange?.receipt == null) throw new Error('a direct path has two receipts');
  const text = exchange.receipt;
  const character = fc.string({ minLength: 0, maxLength: 2, unit: 'binary' });
  const mutation = fc.record({ from: fc.nat({ max: text.length }), length: fc.nat({ max: 3 }), put: character });

  it('it is never genuine but as it was signed', () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const other = mutations.reduce((all, { from, length, put }) => all.slice(0, from) + put + all.slice(from + length), text);
        const reach = reachOfAll([{ ...exchange, receipt: other }]);
        expect(reach.level === 'direct').toBe(other === text);
        expect(reach.genuine.length).toBe(other === text ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('one character changed anywhere is one too many', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let index = 0; index < text.length; index++) {
      const was = alphabet.indexOf(text[index] ?? '');
      // Neighbours in the alphabet differ in the lowest bit, which the last character of base64 does not use.
      const put = alphabet[was < 0 ? 0 : was ^ 1] ?? 'A';
      const other = `${text.slice(0, index)}${put}${text.slice(index + 1)}`;
      expect(reachOfAll([{ ...exchange, receipt: other }]).genuine, `${index}`).toEqual([]);
    }
  });

  it('no text of any kind makes it fail', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.base64String().map((body) => `postern-receipt/1.${body}.AAAA`),
        ),
        (raw) => {
          expect(reachOfAll([{ ...exchange, receipt: raw }]).level).toBe('stranger');
        },
      ),
    );
  });

  it('what this end counted differently is a change, in that direction alone', () => {
    const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(hex, hex, fc.boolean(), fc.boolean(), (sent, received, up, down) => {
        const { changed: found } = reachOfAll([{ ...exchange, ...(up ? { sent } : {}), ...(down ? { received } : {}) }]);
        expect(found).toEqual([...(up ? ['upstream'] : []), ...(down ? ['downstream'] : [])]);
      }),
    );
  });
});

describe('a signed body that nobody should have signed', () => {
  it('is malformed, not genuine', () => {
    const { receipts } = sentinelDialogue({ from: NAT });
    const body = reachOfAll(receipts).genuine[0];
    if (body === undefined) throw new Error('a direct path has receipts');
    const raw = signReceipt({ ...body, port: 70_000 }, KEY);
    expect(refusals(reachOfAll([{ ...(receipts[0] as ReceiptExchange), receipt: raw }]))).toEqual(['malformed']);
  });
});
