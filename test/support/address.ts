import { type Address, parseAddress } from '../../src/model/address.ts';

/** The address that a test writes. */
export function at(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new TypeError(`not an address: ${text}`);
  return parsed;
}
