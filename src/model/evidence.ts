/**
 * Evidence: what one run saw from one host, as a file of JSON lines. A header, then records in the order in which they
 * happened, then a trailer that says that the run is complete. Times are ISO 8601 in UTC, durations milliseconds. Text from
 * the network is already printable (see `printable`).
 */
import type { Address, Family } from './address.ts';
import type { ConfigurationOutcome, ConfigurationRow, ConfigurationSource, DeadLine, Doubt } from './configuration.ts';
import type { Dialogue } from './dialogue.ts';
import type { Outcome } from './outcome.ts';
import type { RelayAttempt, RelayBattery, RelayLevel } from './relay.ts';

export const EVIDENCE_SCHEMA = 'postern.evidence/1';

export interface Evidence {
  readonly header: EvidenceHeader;
  readonly records: readonly EvidenceRecord[];
  /** Null where the run died: what is here was seen, but nothing says that it is all. */
  readonly trailer: EvidenceTrailer | null;
}

export interface EvidenceHeader {
  readonly type: 'header';
  readonly schema: typeof EVIDENCE_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly policy: { readonly name: string; readonly digest: string };
  readonly run: { readonly id: string; readonly startedAt: string };
  readonly vantage: Vantage;
  /** Who ran it, and the ticket or audit that it belongs to: as told on the command line. */
  readonly operator: string | null;
  readonly reference: string | null;
  /** Settings that shape what can be seen. */
  readonly settings: {
    readonly timeoutMs: number;
    readonly concurrency: number;
    readonly ports: readonly number[];
    /** Shapes that the policy's servers were tested with for relaying; null: they were not. */
    readonly relay: RelayBattery | null;
  };
}

export interface Vantage {
  readonly hostname: string;
  readonly platform: string;
  /** Every address of the host, loopback and link-local ones included. */
  readonly addresses: readonly Address[];
  /** Segments that this run speaks for. */
  readonly segments: readonly string[];
  readonly legs: readonly Leg[];
  /** The host has a global IPv6 address and a default route for it. */
  readonly ipv6: boolean;
}

/** One source address that speaks for one segment. */
export interface Leg {
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  /** The segment was told by `--from`, not found by the address. */
  readonly asserted: boolean;
}

export type EvidenceRecord =
  | ResolutionRecord
  | ControlRecord
  | Observation
  | DocumentationRecord
  | AttestationRecord
  | RelayRecord
  | FirewallRecord
  | UnreadFirewallRecord
  | ConfigurationRecord;

/** What a name meant to this host. */
export interface ResolutionRecord {
  readonly type: 'resolution';
  readonly lookup: 'address' | 'mx';
  readonly name: string;
  /** For `address`: every A and AAAA. Empty for `mx`. */
  readonly addresses: readonly Address[];
  /** For `mx`: the exchangers by preference, each resolved by a record of its own. Empty for `address`. */
  readonly exchangers: readonly string[];
  /** Why there is none: `ENOTFOUND`, `EAI_AGAIN`, `null-mx` … */
  readonly error: string | null;
  readonly at: string;
}

/** One connection to a control: TCP only, closed at once. It answered where the outcome is an open one. */
export interface ControlRecord {
  readonly type: 'control';
  readonly phase: 'start' | 'middle' | 'end';
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  readonly host: string;
  /** Null where the name has no address of this family or did not resolve; the outcome is then `unresolved`. */
  readonly address: Address | null;
  readonly port: number;
  /** Named by the policy (`controls`); otherwise an allowed flow that answered at the start. */
  readonly named: boolean;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly at: string;
  readonly elapsedMs: number;
}

/** One answer to one question; several to the same question where a later pass asked again. */
export interface Observation extends ProbeReport {
  readonly type: 'observation';
  /** The question's id. */
  readonly id: string;
  readonly pass: 'scan' | 'confirm';
  readonly segment: string;
  readonly source: Address;
  readonly destination: string;
  readonly host: string;
  readonly address: Address | null;
  readonly port: number;
  /** When the probe started. */
  readonly at: string;
}

/** A probe of an address that nobody can have (RFC 5737, RFC 3849): whatever answers there answers for the whole Internet. */
export interface DocumentationRecord extends ProbeReport {
  readonly type: 'documentation';
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  readonly address: Address;
  readonly port: number;
  readonly at: string;
}

/** A dialogue with a sentinel on a port that no question is about, held for its receipt: what it says of its other ports. */
export interface AttestationRecord extends ProbeReport {
  readonly type: 'attestation';
  /** As the policy names it. */
  readonly sentinel: string;
  readonly segment: string;
  readonly family: Family;
  readonly source: Address;
  readonly host: string;
  readonly address: Address;
  readonly port: number;
  readonly at: string;
}

/** What one own server does for a client that says who it is to nobody. */
export interface RelayRecord {
  readonly type: 'relay';
  /** The relay question's id: `relay:hub/[198.51.100.7]:25`. */
  readonly id: string;
  /** As the policy names it; with `postern relay` the host as given. */
  readonly server: string;
  /** Who asked; `here` where the server was named on the command line. */
  readonly segment: string;
  readonly source: Address;
  readonly host: string;
  readonly address: Address;
  readonly port: number;
  readonly at: string;
  readonly elapsedMs: number;
  /** The text of `--authorised-by`; null: the policy lists the server. */
  readonly authorisedBy: string | null;
  readonly battery: RelayBattery;
  readonly level: RelayLevel;
  /** What the shapes were made of. */
  readonly names: {
    /** Name given with EHLO. */
    readonly ehlo: string;
    /** R, the foreign domain of recipients, and R2, a second one for senders. */
    readonly probeDomain: string;
    readonly otherDomain: string;
    /** Whether R is the user's own; a reserved name is a stand-in that some servers refuse before they think of relaying. */
    readonly owned: boolean;
    /** D, a domain that the server hosts; null where none is known. */
    readonly hostedDomain: string | null;
    /** H, the server's own name; null where its greeting tells none that can be used. */
    readonly serverName: string | null;
  };
  /** In the order of the battery, controls first; also what was skipped. */
  readonly attempts: readonly RelayAttempt[];
  /** Connections that it took. */
  readonly connections: number;
  /** What a probe would have called it where no connection came about at all; null where one did. */
  readonly unreached: Outcome | null;
  /** Receipt of the user's sink for the message that was sent, raw; null where none was sent, or none arrived. */
  readonly delivery: string | null;
  /** Why it ended before the end of the battery, or never began; null where it went through. */
  readonly failure: string | null;
  /** Of every connection, one after the other; bounded, printable. */
  readonly transcript: readonly string[];
}

/** One firewall whose configuration was read. Runs that hold such records probed nothing. */
export interface FirewallRecord extends ConfigurationSource {
  readonly type: 'firewall';
  /** As the policy names it; `given` where the files were named on the command line. */
  readonly firewall: string;
  /** Interfaces of segments and destinations, as the questions were asked; what is absent may be any. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>;
  readonly dead: readonly DeadLine[];
  /** What keeps the answers from being judged as a whole; at most one of each kind. */
  readonly doubts: readonly Doubt[];
  readonly at: string;
}

/** A firewall whose configuration was to be read, and could not be: of it nothing is known. */
export interface UnreadFirewallRecord {
  readonly type: 'unread-firewall';
  /** As the policy names it. */
  readonly firewall: string;
  /** What was wrong, as sentences. */
  readonly why: string;
  readonly at: string;
}

/** What a configuration does with the packets of one question. */
export interface ConfigurationRecord {
  readonly type: 'configuration';
  /** The question's id: `config:edge:workstations>internet:25/ipv4`. */
  readonly id: string;
  readonly firewall: string;
  readonly segment: string;
  readonly destination: string;
  readonly port: number;
  readonly family: Family;
  /** Of the region as a whole, the farthest from what the policy expects; null where it could not be worked out. */
  readonly outcome: ConfigurationOutcome | null;
  /** Why not, and what would settle it; null where it was. */
  readonly problem: string | null;
  /** All of the region that is not treated as expected (`deny`: denied, `allow`: permitted), disjoint. */
  readonly rows: readonly ConfigurationRow[];
  /** Rows beyond those that are listed. */
  readonly furtherRows: number;
  readonly at: string;
}

export interface ProbeReport {
  readonly outcome: Outcome;
  /** A finer state than the outcome: `tarpit`, `dpi-reset:ehlo`, `plaintext-on-tls`, `config-error` … */
  readonly detail: string | null;
  /** One sentence: what happened, with numbers and units. */
  readonly reason: string;
  readonly error: { readonly code: string; readonly syscall: string | null } | null;
  readonly elapsedMs: number;
  /** Time until the TCP handshake completed; null where it did not. */
  readonly connectMs: number | null;
  readonly dialogue: Dialogue | null;
}

export interface EvidenceTrailer {
  readonly type: 'trailer';
  /** Number of records between header and trailer. */
  readonly count: number;
  /** SHA-256 of every line before this one, each with its line feed; hex. */
  readonly sha256: string;
  readonly finishedAt: string;
  /** The user stopped it: complete as a file, not as a run. */
  readonly interrupted: boolean;
}
