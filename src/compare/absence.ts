/**
 * Hosts that are absent, as the last hop says, and the silence that may mean the same.
 *
 * A router that finds no neighbour sends an ICMP error for every packet that waited for one, and Linux sends each client six of them at once
 * and then one a second (`icmp_ratelimit`). Of thirty absent targets behind an open gate a quick run sees two reported and
 * twenty-eight silent, as if a firewall had dropped them. So where one of a group is absent, the silence of the others shows
 * nothing; and a port of an absent host shows nothing on any of its ports. Nor does a prompt error: who asks while the router
 * still looks for the host on somebody else's behalf hears of its failure with him, within milliseconds.
 *
 * @see icmp(7), icmp_ratelimit
 */
import { type Address, familyOf, numberOf } from '../model/address.ts';
import type { Observation } from '../model/evidence.ts';
import { mayBeAbsence } from '../model/outcome.ts';
import type { Question } from '../model/question.ts';
import type { Answer } from './answer.ts';

/** Why a block may be a target's absence; null where nothing says so. */
export type Absence = (question: Question, observation: Observation) => string | null;

/** Addresses of one such network, bits, mostly have one last hop. */
const LAST_HOP_BITS = { ipv4: 8n, ipv6: 64n } as const;

export function absenceIn(questions: readonly Question[], answers: ReadonlyMap<string, Answer | null>): Absence {
  const hosts = new Set<string>();
  const groups = new Map<string, Address>();
  for (const question of questions) {
    const observation = answers.get(question.id)?.observation;
    if (observation?.outcome !== 'host-down' || observation.address === null) continue;
    hosts.add(hostKey(question, observation.address));
    for (const key of groupKeys(question, observation.address)) groups.set(key, observation.address);
  }
  return (question, observation) => {
    if (question.address === null || !(observation.outcome === 'dropped' || mayBeAbsence(observation))) return null;
    if (hosts.has(hostKey(question, question.address))) return `on another port ${question.address} was reported absent`;
    const other = groupKeys(question, question.address)
      .map((key) => groups.get(key))
      .find((address) => address !== undefined);
    if (other === undefined) return null;
    return observation.outcome === 'dropped'
      ? `its neighbour ${other} was reported absent, and routers report only some: this silence may mean the same`
      : `its neighbour ${other} was reported absent, and this error may mean the same: a router gives it at once where another host asked as well`;
  };
}

function hostKey({ segment, source }: Question, address: Address): string {
  return `${segment} ${source} ${address}`;
}

function groupKeys({ segment, source, destination, port }: Question, address: Address): string[] {
  const network = numberOf(address) >> LAST_HOP_BITS[familyOf(address)];
  return [destination, `/${network}`].map((group) => JSON.stringify([segment, source, group, port]));
}
