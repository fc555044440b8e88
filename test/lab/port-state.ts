/**
 * What a network can do to one connection, and what Postern must make of it. Each row is built for real: an address of its own
 * for each family, behind a router with nftables, or on the auditor's own host.
 *
 * The errors are Linux's. @see linux/net/ipv4/icmp.c (icmp_err_convert), linux/net/ipv6/icmp.c (tab_unreach)
 */
import type { Behaviour } from '../../src/lab/behaviour.ts';
import type { Family } from '../../src/model/address.ts';
import type { CertificateProblem } from '../../src/model/dialogue.ts';
import type { Outcome } from '../../src/model/outcome.ts';

export interface PortState {
  readonly row: string;
  /** Both where absent. */
  readonly families?: readonly Family[];
  /** 25 where absent. */
  readonly port?: number;
  /** A name for it, which the certificate should be for; absent: the address alone. */
  readonly name?: string;
  readonly plant: Plant;
  readonly expect: Expected;
}

export type Plant =
  /** A statement of nftables for new connections to the address, in the router's forward chain or the auditor's output chain. */
  | { readonly kind: 'rule'; readonly on: 'router' | 'auditor'; readonly statement: string; readonly state?: 'established' }
  /** A route of that type to the address; `none`: no route at all. */
  | {
      readonly kind: 'route';
      readonly on: 'router' | 'auditor';
      readonly type: 'unreachable' | 'prohibit' | 'blackhole' | 'none';
    }
  /** An address that nobody has: on the auditor's own link, or on the far side of the router. */
  | { readonly kind: 'nobody'; readonly on: 'own link' | 'far link' }
  /** A host that is there; null: nothing listens. */
  | { readonly kind: 'server'; readonly behaviour: Behaviour | null };

export interface Expected {
  readonly outcome: Outcome;
  readonly detail?: string | null;
  /** The error's code as Node reports it. */
  readonly error?: string;
  /** The version that was agreed. */
  readonly tls?: string;
  readonly problems?: readonly CertificateProblem['code'][];
  /** The dialogue ended in a failure at this stage. */
  readonly stage?: string;
  /** It took at least as long; milliseconds. */
  readonly atLeastMs?: number;
  /** It was known within this time; milliseconds. */
  readonly withinMs?: number;
}
