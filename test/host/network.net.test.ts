import { describe, expect, it } from 'vitest';
import { hostNetwork } from '../../src/host/network.ts';
import { at } from '../support/address.ts';

const network = hostNetwork(process.env.PATH ?? '');

describe("this host's network", () => {
  it('has a loopback address', () => {
    expect(network.addresses()).toContainEqual({ address: '127.0.0.1', family: 'ipv4', interface: 'lo', internal: true });
  });

  it('answers a thousand lookups at once, or says that it cannot', async () => {
    const routes = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => network.route(at(`127.0.${index >> 8}.${index & 255}`), at('127.0.0.1'))),
    );
    for (const route of routes.slice(1)) {
      if (route.kind === 'unknown') expect(route.message).not.toBe('');
      else expect(route).toMatchObject({ kind: 'route', interface: 'lo' });
    }
  });
});
