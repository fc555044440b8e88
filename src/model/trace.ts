/** What one packet meets in a configuration: the document of `postern trace`. */
import type { Address, Family } from './address.ts';
import type { ConfigurationLine } from './configuration.ts';
import type { Firewall } from './policy.ts';

export const TRACE_SCHEMA = 'postern.trace/1';

/** The first packet of a new TCP connection, as far as it is given; null: any. */
export interface TracedPacket {
  readonly family: Family;
  readonly source: Address;
  readonly sourcePort: number | null;
  readonly destination: Address;
  readonly port: number;
  readonly in: string | null;
  readonly out: string | null;
}

/** `redirect`: accepted, with another destination. `conditional`: it hangs on something that the packet does not show. */
export type TraceVerdict = 'accept' | 'drop' | 'reject' | 'redirect' | 'conditional';

/** One line of output for one line of packets: these keys and no others. */
export interface TraceLine {
  readonly verdict: TraceVerdict;
  /** Every rule that it met, in the order in which they are looked at. */
  readonly rules: readonly ConfigurationLine[];
  /** When it is accepted, in words; null: it hangs on nothing. */
  readonly condition: string | null;
}

/** A place that a rule sends it to instead of where it was sent. */
export interface TraceTarget {
  /** In words: `10.9.0.9:2525`, `the firewall itself, port 2525`, `anywhere` where nobody knows. */
  readonly target: string;
  /** The rule that sends it there. */
  readonly line: ConfigurationLine | null;
  /** When it is sent there, in words; null: always. */
  readonly condition: string | null;
  /** What becomes of it with its new destination. */
  readonly there: {
    readonly verdict: Exclude<TraceVerdict, 'redirect'>;
    /** When it is accepted there, in words; null: it hangs on nothing. */
    readonly condition: string | null;
    /** Lines that stop it there, each in some of the cases; none: nothing stops it. */
    readonly stoppedBy: readonly ConfigurationLine[];
  };
}

export interface TraceDocument extends TraceLine {
  readonly schema: typeof TRACE_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly hook: Firewall['hook'];
  readonly packet: TracedPacket;
  /** The rule, or the policy of a base chain, that settled it; null where no single line did: nothing stopped it, or it is conditional. */
  readonly decided: ConfigurationLine | null;
  /** Where rules send it instead, each with what becomes of it there, whatever the verdict; absent: no rule does. */
  readonly sentTo?: readonly TraceTarget[];
  readonly files: readonly { readonly file: string; readonly format: string; readonly lines: number }[];
  /** What had to be taken for granted: sentences. */
  readonly assumptions: readonly string[];
}
