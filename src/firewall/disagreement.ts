/**
 * What is said where packet sets and interpreter make something else of one packet: a bug, and no answer is given. All is told that `postern trace` needs to
 * show the packet's way.
 *
 * Worked example: `Two ways to read edge.nft disagree about 10.20.0.5:49152 to 192.0.2.1:25 (in eth1, out any, hook forward): by packet sets it is denied,
 * rule by rule it is accept.`
 */
import { bracketed, formatAddress } from '../model/address.ts';
import type { Packet } from './interpret.ts';
import type { Hook, Ruleset } from './ruleset.ts';

export interface Disagreeing {
  readonly ruleset: Ruleset;
  readonly hook: Hook;
  readonly packet: Packet;
  /** What becomes of it, in words. */
  readonly bySets: string;
  readonly byRules: string;
}

export function disagreement({ ruleset, hook, packet, bySets, byRules }: Disagreeing): string {
  const [source, destination] = [packet.source, packet.destination].map((address) =>
    bracketed(formatAddress(packet.family, address)),
  );
  const flow = `${source}:${packet.sourcePort ?? 'any'} to ${destination}:${packet.port}`;
  const sides = `in ${packet.in ?? 'any'}, out ${packet.out ?? 'any'}, hook ${hook}`;
  const files = [...new Set(ruleset.files.map(({ file }) => file))].join(', ');
  return `Two ways to read ${files} disagree about ${flow} (${sides}): by packet sets it is ${bySets}, rule by rule it is ${byRules}.`;
}
