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

export interface TraceDocument extends TraceLine {
  readonly schema: typeof TRACE_SCHEMA;
  readonly tool: { readonly name: string; readonly version: string };
  readonly hook: Firewall['hook'];
  readonly packet: TracedPacket;
  /** The rule, or the policy of a base chain, that settled it; null where no single line did: nothing stopped it, or it is conditional. */
  readonly decided: ConfigurationLine | null;
  readonly files: readonly { readonly file: string; readonly format: string; readonly lines: number }[];
  /** What had to be taken for granted: sentences. */
  readonly assumptions: readonly string[];
}
