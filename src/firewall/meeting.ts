/**
 * A rule that meets packets, told to whoever asks what decides about them.
 *
 * Worked example: `-A MAIL -s 10.0.0.9 -j DROP` decides of what comes to MAIL the packets of 10.0.0.9: one meeting, with the drop as its verdict.
 */
import type { Bdd } from './bdd.ts';
import type { Leaf } from './chain-tree.ts';
import type { Point } from './onward.ts';
import type { BaseChain, Verdict } from './ruleset.ts';

export interface Visitor {
  /** Every case of a rule that decides something of the packets but a jump, chain by chain in the order in which they are met. */
  readonly rule: (meeting: Meeting) => void;
  /** Packets that are left to a base chain's policy. */
  readonly policy: (base: BaseChain, where: Where, set: Bdd) => void;
}

export interface Meeting {
  readonly where: Where;
  readonly base: BaseChain;
  readonly chain: string;
  readonly leaf: Leaf;
  readonly verdict: Verdict;
  /** How much of all packets it decides of those of the beginning, whatever becomes of them later. */
  readonly share: () => number;
  /** Packets, as they are there, that it decides; not empty. Made where it is asked for. */
  readonly set: () => Bdd;
  /** What is said of them. */
  readonly said: Bdd;
}

export interface Where {
  readonly point: Point;
  /** The packets at the beginning that a set here was. */
  readonly origin: (set: Bdd) => Bdd;
}
