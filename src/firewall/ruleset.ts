/**
 * A firewall configuration, whatever it was written in: what the parsers make, what packet sets and interpreter read.
 *
 * Worked example: `-A FORWARD -i eth1 -p tcp ! --dport 25 -j ACCEPT` of an iptables-save becomes a rule of the chain
 * `ip filter/FORWARD` with the condition (interface in eth1) and (protocol 6) and not (destination port 25) and the verdict accept. The
 * port belongs to the protocol: a packet that is not TCP does not match, negation or not.
 *
 * What a parser does not understand is an `unknown` condition, named by its own text; where not even the verdict is understood,
 * the rule's verdict is `lost`. Nothing is left out.
 */
import type { Family } from '../model/address.ts';
import type { ConfigurationFormat } from '../model/policy.ts';
import type { Problem } from '../model/problem.ts';

export interface Ruleset {
  readonly files: readonly { readonly file: string; readonly format: ConfigurationFormat; readonly lines: number }[];
  /** Families that the files speak of; a packet of another one is accepted, with an assumption that says so. */
  readonly families: readonly Family[];
  /** By id: `ip filter/FORWARD` and `ip6 filter/FORWARD` (iptables), `inet edge/forward` (nftables: family, table, chain). */
  readonly chains: ReadonlyMap<string, Chain>;
  /** In the order of evaluation: see bases.ts. */
  readonly bases: readonly BaseChain[];
  /** What had to be taken for granted: sentences. */
  readonly assumptions: readonly string[];
  /** What packets may meet as well, and is not worked out. */
  readonly unseen: readonly Unseen[];
  /** Warnings; errors are thrown. */
  readonly problems: readonly Problem[];
}

/** What one file gives to a ruleset; its base chains as they are made. */
export type RulesetPart = Omit<Ruleset, 'files'>;

/** Those that packets of IP meet, in the order in which one packet may; where frames and devices are looked at is none. */
export const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
export type Hook = (typeof HOOKS)[number];

export interface Chain {
  readonly id: string;
  /** As written. */
  readonly name: string;
  readonly table: string;
  readonly families: readonly Family[];
  readonly rules: readonly Rule[];
  readonly place: Place;
}

export interface BaseChain {
  readonly chain: string;
  readonly hook: Hook;
  /** `nat` sees the first packet of a connection only, and its rewriting statements end it with accept. */
  readonly kind: 'filter' | 'nat' | 'route';
  readonly priority: number;
  readonly policy: 'accept' | 'drop';
  readonly place: Place;
}

/** Where an element stands; `text` is what is shown of it, one line. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface Rule {
  readonly place: Place;
  readonly families: readonly Family[];
  /** All of it must hold, else the next rule is looked at. */
  readonly condition: Condition;
  /** Looked at in turn where the condition holds; the first case that holds decides. None: the next rule. */
  readonly cases: readonly Case[];
}

/** What packets may meet, or what may be missing, beside the chains that are looked at. */
export type Unseen =
  /** A dump that is not the whole, or that is not loaded in one way: sentences on that and what settles it; equal contents say the same of another file. */
  { readonly kind: 'dump'; readonly content: string; readonly text: string } | UnseenChain;

export interface UnseenChain {
  readonly kind: 'chain';
  /** `netdev guard/in` */
  readonly chain: string;
  readonly hook: string;
  readonly place: Place;
  readonly policy: 'accept' | 'drop';
  /** Its own, and by name those of the chains of its table. */
  readonly rules: readonly UnseenRule[];
  readonly others: ReadonlyMap<string, readonly UnseenRule[]>;
  /** All that it says, with the chains and sets that it names: equal texts do the same. */
  readonly content: string;
}

export interface UnseenRule extends Pick<Rule, 'condition' | 'cases'> {
  /** Copies, sends elsewhere or rewrites, whatever its verdict. */
  readonly diverts: boolean;
}

export interface Case {
  readonly condition: Condition;
  readonly verdict: Verdict;
}

export type Verdict =
  /** Ends this base chain only; other base chains of the hook still decide. */
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly how: string }
  | { readonly kind: 'return' }
  /** Comes back to the next rule when the chain ends; `goto` comes back to where the chain that holds it was called from. */
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** Rewrites the destination and accepts. `null` keeps it; several addresses or ports: any of them. */
  | {
      readonly kind: 'divert';
      readonly how: 'redirect' | 'dnat' | 'tproxy';
      readonly destination: readonly Interval<bigint>[] | null;
      readonly port: readonly Interval<number>[] | null;
      /** Of tproxy, which rewrites nothing: the socket of this host that gets the packet, as far as the rule names it. */
      readonly socket?: string;
    }
  /** Ends a nat chain (snat, masquerade); `how`, where it is known, tells two of them apart. What stands behind it: see translated-sources.ts. */
  | { readonly kind: 'translate-source'; readonly how?: string }
  /** Decided outside (NFQUEUE): accept or drop, nobody knows. */
  | { readonly kind: 'unknown'; readonly key: string; readonly text: string }
  /**
   * What becomes of the packet from here on nobody knows: it is another packet now, or a target that is not understood has it. Its way ends, with all
   * later chains, tables and hooks: accepted, sent elsewhere or dropped.
   */
  | { readonly kind: 'lost'; readonly key: string; readonly text: string };

/** Both ends belong to it. */
export interface Interval<T> {
  readonly first: T;
  readonly last: T;
}

export type Condition =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'family'; readonly family: Family }
  /** An address of another family than the packet's never matches, also under `not` of the surrounding statement: parsers put `family` beside it. */
  | {
      readonly kind: 'address';
      readonly end: 'source' | 'destination';
      readonly family: Family;
      readonly ranges: readonly Interval<bigint>[];
    }
  /** Bits of an address: (address & mask) = value; masks need not be contiguous. */
  | {
      readonly kind: 'address-bits';
      readonly end: 'source' | 'destination';
      readonly family: Family;
      readonly mask: bigint;
      readonly value: bigint;
    }
  | { readonly kind: 'port'; readonly end: 'source' | 'destination'; readonly ranges: readonly Interval<number>[] }
  | { readonly kind: 'protocol'; readonly ranges: readonly Interval<number>[] }
  /** `prefix`: any interface whose name begins so. */
  | { readonly kind: 'interface'; readonly side: 'in' | 'out'; readonly name: string; readonly prefix: boolean }
  | { readonly kind: 'state'; readonly states: readonly ConnectionState[] }
  /** TCP flags: (flags & mask) = value, bits FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  | { readonly kind: 'flags'; readonly mask: number; readonly value: number }
  /** The packet belongs to a socket of this host; with `ids` to one of these users or groups. Never of a forwarded packet. */
  | { readonly kind: 'owner'; readonly of: 'user' | 'group'; readonly ids: readonly Interval<number>[] | null }
  /**
   * Something that a packet's header does not show, or that is not understood. Functional: the same text always means the same for one
   * packet, so that all its occurrences are one variable. Otherwise (rate limits) each occurrence is one of its own.
   */
  | {
      readonly kind: 'unknown';
      readonly key: string;
      readonly text: string;
      readonly functional: boolean;
      readonly about: About;
    };

/**
 * What an open question is about. `sender`: who sends the packet and when, which stays the same where its destination is rewritten. `packet`: anything
 * else; it is another question then. `way`: by which way it leaves, which nobody knows before it is routed, or what forwarding changes (its TTL); it is
 * another question in each hook too.
 */
export type About = 'sender' | 'packet' | 'way';

export type ConnectionState = 'new' | 'established' | 'related' | 'invalid' | 'untracked';

export const ALWAYS: Condition = { kind: 'always' };
export const NEVER: Condition = { kind: 'never' };
