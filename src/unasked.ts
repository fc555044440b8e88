/** What a policy leaves out by what it says of a firewall: what `postern check` looks for beside its questions. */
import { posix } from 'node:path';
import type { Unasked } from './firewall/unasked.ts';
import { union } from './model/address-set.ts';
import { segmentAddresses } from './model/configuration-question.ts';
import { GIVEN } from './model/firewall-text.ts';
import { interfacePermissions } from './model/interface-permissions.ts';
import type { Firewall, Policy } from './model/policy.ts';

/** @param from  segments that are asked about; empty: all. Of others nothing is said then. */
export function unaskedOf(policy: Policy, firewall: Firewall, from: readonly string[]): Unasked {
  const { segments } = policy;
  const whole = from.length === 0;
  return {
    owned: union(...segments.map((segment) => segmentAddresses(policy, segment))),
    mapped: [...firewall.interfaces.values()].flat(),
    lent: interfacePermissions(policy, firewall),
    outsiders: whole,
    ownMail: whole && !policy.firewalls.some((other) => other.hook === 'output' && holdsFiles(other, firewall)),
    given: firewall.name === GIVEN,
  };
}

function holdsFiles(one: Firewall, other: Firewall): boolean {
  const paths = one.files.map(({ path }) => posix.normalize(path));
  return other.files.every(({ path }) => paths.includes(posix.normalize(path)));
}
