import { describe, expect, it, test } from 'vitest';
import type { Reply } from '../../src/model/dialogue.ts';
import { CONDITIONAL, CORE_SHAPES, FURTHER_SHAPES, WITH_HOSTED_DOMAIN, WITH_SERVER_NAME } from '../../src/model/relay-gaps.ts';
import { RELAY_SHAPES } from '../../src/smtp/relay-battery.ts';
import { type PlannedShape, planRelay, type RelayNames, type RelayServer } from '../../src/smtp/relay-plan.ts';
import { serverNameOf } from '../../src/smtp/server-name.ts';
import { at } from '../support/address.ts';

const NAMES: RelayNames = {
  nonce: '00c0ffee',
  probeDomain: 'foreign.test',
  otherDomain: 'second.test',
  hostedDomain: 'hosted.test',
  serverName: 'mx.server.test',
  address: at('192.0.2.1'),
};

function plan(more: Partial<RelayServer> = {}, names: Partial<RelayNames> = {}): readonly PlannedShape[] {
  const server: RelayServer = { names: NAMES, battery: 'all', port: 25, tls: false, clear: true, keywords: [], ...more };
  return planRelay({ ...server, names: { ...server.names, ...names } });
}

function find(id: string, planned: readonly PlannedShape[]): PlannedShape {
  const found = planned.find(({ shape }) => shape.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

/** `MAIL → RCPT`, in the letters that stand for the names. */
function said(planned: PlannedShape): string {
  if (planned.kind === 'skipped') return `skipped: ${planned.reason}`;
  if (planned.kind === 'verb') return planned.verb;
  const letters = (path: string): string =>
    path
      .replaceAll('postern-00c0ffee', 'u')
      .replaceAll('foreign.test', 'R')
      .replaceAll('second.test', 'R2')
      .replaceAll('mx.server.test', 'H')
      .replaceAll('hosted.test', 'D')
      .replaceAll('[192.0.2.1]', '[T]');
  const ehlo = planned.ehlo === null ? '' : `EHLO ${letters(planned.ehlo)}, `;
  const first = planned.first === null ? '' : `<${letters(planned.first)}> `;
  return `${ehlo}${planned.tls ? 'in TLS, ' : ''}<${letters(planned.mail)}> ${first}<${letters(planned.rcpt)}>`;
}

describe('the battery', () => {
  test.each([
    ['C0', 'XPSTRN00c0ffee'],
    ['C1', '<u@R> <postmaster@D>'],
    ['C2', '<u@R> <u@D>'],
    ['C3', '<u@R> <u@[T]>'],
    ['C3b', '<u@R> <u@H>'],
    ['C4', '<u@R> <@@>'],
    ['B01', '<> <u@R>'],
    ['B02', '<u@R> <u@R>'],
    ['B03', '<u@R2> <u@R>'],
    ['B04', '<u@H> <u@R>'],
    ['B05', '<u@D> <u@R>'],
    ['B06', '<u@[T]> <u@R>'],
    ['B07', '<u@localhost> <u@R>'],
    ['B08', '<u> <u@R>'],
    ['B09', '<postmaster@D> <u@R>'],
    ['B10', '<u@[T]> <u%R@[T]>'],
    ['B11', '<u@[T]> <u%R@H>'],
    ['B12', '<u@[T]> <u%R>'],
    ['B13', '<u@[T]> <"u@R">'],
    ['B14', '<u@[T]> <"u%R">'],
    ['B15', '<u@[T]> <u@R@[T]>'],
    ['B16', '<u@[T]> <"u@R"@[T]>'],
    ['B17', '<u@[T]> <u@R@H>'],
    ['B18', '<u@[T]> <"u@R"@H>'],
    ['B19', '<u@[T]> <@[T]:u@R>'],
    ['B20', '<u@[T]> <@H:u@R>'],
    ['B21', '<u@[T]> <@H,@[T]:u@R>'],
    ['B22', '<u@[T]> <R!u>'],
    ['B23', '<u@[T]> <R!u@[T]>'],
    ['B24', '<u@[T]> <R!u@H>'],
    ['B25a', '<u@R2> <u%R@D>'],
    ['B25b', '<u@R2> <u@R@D>'],
    ['B26', '<u@R2> <u@R.>'],
    ['B27', '<u@R2> <u@00c0ffee.D>'],
    ['B28', 'EHLO H, <u@R> <u@R>'],
    ['B29', 'EHLO [127.0.0.1], <u@R> <u@R>'],
    ['B30a', 'in TLS, <u@R> <u@R>'],
    ['B30b', 'in TLS, <u@D> <u@R>'],
    ['B31', 'skipped: Only on ports for submission.'],
    ['B32', 'skipped: The server is asked by its IPv4 address.'],
    ['B34', '<u@R> <postmaster@D> <u@R>'],
    ['B33', 'skipped: Noted only: EHLO in clear text offers none of XCLIENT, XFORWARD, AUTH.'],
  ])('%s is %s', (id, expected) => {
    expect(said(find(id, plan()))).toBe(expected);
  });

  it('has every shape once, each with a phrase of its own, controls first', () => {
    const shapes = plan().map(({ shape }) => shape);
    expect(shapes.map(({ id }) => id)).toEqual(
      [...new Set(shapes.map(({ id }) => id))].sort((a, b) => order(a).localeCompare(order(b))),
    );
    expect(new Set(shapes.map(({ about }) => about)).size).toBe(shapes.length);
    expect(shapes).toHaveLength(42);
  });

  it('has a core of the shapes that are worth a timer', () => {
    const core = plan({ battery: 'core' }).map(({ shape }) => shape.id);
    expect(core).toEqual('C0 C1 C2 C3 C3b C4 B01 B02 B03 B04 B05 B10 B16 B20 B24 B25a B25b B31'.split(' '));
  });

  it('has B09 in the core of a submission port, as part of B31', () => {
    const core = plan({ battery: 'core', port: 587 });
    expect(core.map(({ shape }) => shape.id)).toContain('B09');
    expect(said(find('B31', core))).toBe('skipped: On port 587 B02, B05 and B09 are submission without AUTH.');
  });

  it('has B27 in the core, where the probe domain lies under the hosted one', () => {
    const ids = (probeDomain: string) => plan({ battery: 'core' }, { probeDomain }).map(({ shape }) => shape.id);
    expect(ids('relay.hosted.test')).toContain('B27');
    expect(ids('nothosted.test')).not.toContain('B27');
  });
});

describe('what cannot be made', () => {
  it('without a hosted domain is skipped, and says so', () => {
    const skipped = plan({}, { hostedDomain: null }).filter((one) => said(one).includes('hosted-domain'));
    expect(skipped.map(({ shape }) => shape.id)).toEqual('C1 C2 B05 B09 B25a B25b B27 B30b B34'.split(' '));
  });

  it('without a name of the server is skipped, and says so', () => {
    const skipped = plan({}, { serverName: null }).filter((one) => said(one).includes('no name of its own'));
    expect(skipped.map(({ shape }) => shape.id)).toEqual('C3b B04 B11 B17 B18 B20 B21 B24 B28'.split(' '));
  });

  it('inside TLS adds nothing', () => {
    expect(said(find('B30a', plan({ tls: true })))).toBe('skipped: The whole test is inside TLS.');
  });
});

describe('where a sender at the server’s address is refused', () => {
  it('the forms of recipients have another one, and what is about that sender has none', () => {
    const other = plan().filter((planned) => planned.kind === 'mail' && planned.otherMail === 'postern-00c0ffee@foreign.test');
    expect(other.map(({ shape }) => shape.id)).toEqual(Array.from({ length: 15 }, (_, index) => `B${index + 10}`));
  });
});

describe('over IPv6', () => {
  it('literals are written with their tag, and B32 is asked', () => {
    const planned = plan({}, { address: at('2001:db8:f::25') });
    expect(said(find('B16', planned))).toBe('<u@[IPv6:2001:db8:f::25]> <"u@R"@[IPv6:2001:db8:f::25]>');
    expect(said(find('B32', planned))).toBe('<u@R> <u%R@[IPv6:2001:db8:f::25]>');
  });
});

describe('what EHLO offers beside', () => {
  test.each([
    [['XCLIENT NAME ADDR', 'AUTH PLAIN', 'SIZE'], true, 'in clear text offers XCLIENT, AUTH'],
    [['XFORWARD NAME', 'AUTH PLAIN'], false, 'inside TLS offers XFORWARD'],
    [['SIZE', 'XCLIENTS'], true, 'in clear text offers none of XCLIENT, XFORWARD, AUTH'],
  ])('%j is noted', (keywords, clear, expected) => {
    expect(said(find('B33', plan({ keywords, clear })))).toBe(`skipped: Noted only: EHLO ${expected}.`);
  });
});

describe('the name of a server', () => {
  const name = (line: string): string | null =>
    serverNameOf({ code: 250, enhanced: null, lines: [line, 'SIZE'] } satisfies Reply);

  test.each(['mx.example.com', 'MX-1.Example.COM at your service', 'xxxx.example.com', 'a.b'])('is told by %s', (line) => {
    expect(name(line)).toBe(line.split(' ')[0]);
  });

  test.each([
    ['a masked word', 'XXXXXXXA'],
    ['a masked label', 'XXXX.example.com'],
    ['stars', '****************'],
    ['one label', 'mailhost'],
    ['an address', '192.0.2.1'],
    ['a literal', '[192.0.2.1]'],
    ['a greeting', 'Hello client.example.com'],
    ['underscores', 'my_host.example.com'],
    ['a path', 'mx.example.com>,<u@example.org'],
    ['an empty label', 'mx..example.com'],
    ['a hyphen at the end', 'mx-.example.com'],
    ['nothing', ''],
  ])('is not told by %s', (_what, line) => {
    expect(name(line)).toBeNull();
  });
});

/** Controls, then shapes, by number and letter. */
function order(id: string): string {
  return `${id.startsWith('C') ? 0 : 1}${id.slice(1)}`;
}

describe('what a record is measured by', () => {
  const named = (template: string): string[] =>
    RELAY_SHAPES.filter(({ mail, first, rcpt, ehlo }) => [mail, first, rcpt, ehlo].some((text) => text?.includes(template))).map(
      ({ id }) => id,
    );

  it('is the battery itself', () => {
    expect([...CORE_SHAPES, ...FURTHER_SHAPES].toSorted()).toEqual(RELAY_SHAPES.map(({ id }) => id).toSorted());
    expect(named('{D}').toSorted()).toEqual(WITH_HOSTED_DOMAIN.toSorted());
    expect(named('{H}').toSorted()).toEqual(WITH_SERVER_NAME.toSorted());
    expect(RELAY_SHAPES.filter(({ tls, only }) => tls || only !== null).map(({ id }) => id)).toEqual(CONDITIONAL);
  });
});
