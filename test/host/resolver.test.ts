import { describe, expect, it } from 'vitest';
import { hostResolver, type NameService } from '../../src/host/resolver.ts';

function failing(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

const NOTHING: NameService = { lookup: failing('ENOTFOUND'), resolveMx: failing('ENOTFOUND') };

describe('addresses', () => {
  it('are all that the system knows, once each, in order', async () => {
    const lookup = async (): Promise<{ address: string }[]> =>
      ['2001:DB8::2', '198.51.100.11', '198.51.100.10', '198.51.100.10', 'fe80::1%eth0'].map((address) => ({ address }));
    expect(await hostResolver({ ...NOTHING, lookup }).addresses('mx.example.org')).toEqual({
      addresses: ['198.51.100.10', '198.51.100.11', '2001:db8::2'],
      error: null,
    });
  });

  it.each(['ENOTFOUND', 'EAI_AGAIN'])('are none where the lookup fails with %s', async (code) => {
    expect(await hostResolver({ ...NOTHING, lookup: failing(code) }).addresses('x')).toEqual({ addresses: [], error: code });
  });

  it('that fail without a code are a bug, which is not hidden', async () => {
    const lookup = (): Promise<never> => Promise.reject(new TypeError('a bug'));
    await expect(hostResolver({ ...NOTHING, lookup }).addresses('x')).rejects.toThrow('a bug');
  });
});

describe('exchangers', () => {
  const mx =
    (...records: readonly [number, string][]): NameService['resolveMx'] =>
    async () =>
      records.map(([priority, exchange]) => ({ priority, exchange }));

  it('come by preference, in lower case, without the final dot', async () => {
    const resolveMx = mx([20, 'b.example.org'], [10, 'Z.example.org.'], [20, 'a.example.org'], [30, 'a.example.org']);
    expect(await hostResolver({ ...NOTHING, resolveMx }).exchangers('example.org')).toEqual({
      exchangers: ['z.example.org', 'a.example.org', 'b.example.org'],
      error: null,
    });
  });

  it('are none where the domain takes no mail', async () => {
    expect(await hostResolver({ ...NOTHING, resolveMx: mx([0, '']) }).exchangers('x')).toEqual({
      exchangers: [],
      error: 'null-mx',
    });
    expect(await hostResolver({ ...NOTHING, resolveMx: mx([0, '.']) }).exchangers('x')).toEqual({
      exchangers: [],
      error: 'null-mx',
    });
  });

  it('are the domain itself where it has addresses and no MX', async () => {
    const lookup = async (): Promise<{ address: string }[]> => [{ address: '198.51.100.10' }];
    expect(await hostResolver({ lookup, resolveMx: failing('ENODATA') }).exchangers('example.org')).toEqual({
      exchangers: ['example.org'],
      error: null,
    });
    expect(await hostResolver({ ...NOTHING, resolveMx: failing('ENODATA') }).exchangers('x')).toEqual({
      exchangers: [],
      error: 'ENODATA',
    });
  });

  it('are none where the query failed, whatever addresses the domain has', async () => {
    const lookup = async (): Promise<{ address: string }[]> => [{ address: '198.51.100.10' }];
    expect(await hostResolver({ lookup, resolveMx: failing('ETIMEOUT') }).exchangers('x')).toEqual({
      exchangers: [],
      error: 'ETIMEOUT',
    });
  });
});
