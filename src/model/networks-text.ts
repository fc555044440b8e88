/**
 * Sets of networks as a person says them: the list where it is short, else what is missing.
 *
 * Worked example: of the 31 networks that are everything but 10.0.0.0/8 and 192.0.2.0/24 becomes "any except 10.0.0.0/8, 192.0.2.0/24".
 */

import { type AddressRange, FAMILIES, networksOf } from './address.ts';
import { type AddressSet, ANY, isEmpty, PRIVATE, PUBLIC, setOfNetworks, subtract, UNUSABLE } from './address-set.ts';
import { listText } from './list-text.ts';
import { remembered } from './remembered.ts';

/** Networks that one still reads. */
const SHOWN = 4;

/** What a whole set is called; the first that fits, and the first that nearly fits. */
const WHOLES: readonly { readonly name: string; readonly set: AddressSet }[] = [
  { name: 'any', set: ANY },
  { name: 'any', set: subtract(ANY, UNUSABLE) },
  { name: 'any public', set: PUBLIC },
  { name: 'any private', set: PRIVATE },
];

/** @param networks  CIDR texts of one family. Said once of each list: several findings are about the same. */
export function networksText(networks: readonly string[], shown: number = SHOWN): string {
  const said = remembered(SAID, networks, () => new Map<number, string>());
  return remembered(said, shown, () => inWords(networks, shown));
}

const SAID = new WeakMap<readonly string[], Map<number, string>>();

function inWords(networks: readonly string[], shown: number): string {
  if (networks.length === 0) return 'none';
  // Each range is one network at least.
  const near = nearOf(networks).filter(({ rest }) => rest.length <= shown);
  const whole = near.find(({ rest }) => rest.length === 0);
  if (whole !== undefined) return whole.name;
  if (networks.length <= shown) return listText(networks);
  const [except] = near.flatMap((one) => exception(one, shown));
  if (except !== undefined) return except;
  return `${networks.slice(0, shown).join(', ')} and ${networks.length - shown} more ${networks.length - shown === 1 ? 'network' : 'networks'}`;
}

/** Something with a name that they are, but for a rest. */
interface Near {
  readonly name: string;
  readonly rest: readonly AddressRange[];
}

/** Worked out once of each list, however many of it are shown. */
function nearOf(networks: readonly string[]): readonly Near[] {
  return remembered(NEAR, networks, () => {
    const inside = setOfNetworks(networks);
    const family = FAMILIES.find((one) => inside[one].length > 0);
    if (family === undefined) return [];
    const wholes = WHOLES.filter(({ set }) => isEmpty(subtract(inside, set)));
    return wholes.map(({ name, set }) => ({ name, rest: subtract(set, inside)[family] }));
  });
}

const NEAR = new WeakMap<readonly string[], readonly Near[]>();

function exception({ name, rest }: Near, shown: number): string[] {
  const missing = rest.flatMap(networksOf);
  return missing.length > shown ? [] : [`${name} except ${listText(missing)}`];
}
