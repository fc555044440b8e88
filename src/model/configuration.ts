/**
 * What a firewall's configuration does with packets, in the words of check, review and trace. A packet is the first one of a new TCP
 * connection.
 */
import type { Address, Family } from './address.ts';
import type { ConfigurationFormat, Firewall } from './policy.ts';

/** `redirected`: accepted, with another destination (REDIRECT, DNAT, TPROXY). `conditional`: it hangs on something that a packet does not show. */
export type ConfigurationOutcome = 'permitted' | 'denied' | 'conditional' | 'redirected';

/** A line of a configuration; `text` is what is shown of it. */
export interface ConfigurationLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** One packet that shows what a row says. Replayed through the interpreter before it is printed. */
export interface Witness {
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly port: number;
  /** Interfaces; null: it does not matter, or the packet has none on that side. */
  readonly in: string | null;
  readonly out: string | null;
}

/** Packets that are treated alike: every source × destination × port × condition of it. */
export interface ConfigurationRow {
  readonly outcome: ConfigurationOutcome;
  /** Networks (CIDR), together exactly the set. */
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  /** `25`, `465-587`. */
  readonly ports: readonly string[];
  /** What else must hold, in words that follow "if": interfaces, source ports, and what the packet does not show; null: nothing. */
  readonly condition: string | null;
  /** Holds for some source ports only, which the sender chooses: `80`, `1-1023`. Null: for all. */
  readonly sourcePorts: readonly string[] | null;
  /** Where it is sent instead: `this host, port 2525`, `10.0.0.9:25`; null where it is not redirected. */
  readonly target: string | null;
  readonly witness: Witness;
  /** What decides: the witness's lines first, then what else decides within the row; at most `MOST_LINES`. */
  readonly rules: readonly ConfigurationLine[];
  /** Lines beyond those. */
  readonly furtherRules: number;
}

export const MOST_LINES = 20;

/** A line about mail that no packet of mail can ever meet. */
export interface DeadLine {
  readonly line: ConfigurationLine;
  readonly column: number;
  /** As the ruleset names it: `ip filter/FORWARD`. */
  readonly chain: string;
  /** `shadowed`: earlier lines together take every packet; `unreached`: no base chain leads to its chain. */
  readonly why: 'shadowed' | 'unreached';
  /**
   * Lines that decide about packets which would match it, those that do the opposite first, then those that take most; at most `MOST_LINES`. Empty for
   * `unreached`, and where nobody looked for them: a ruleset may have hundreds of such lines.
   */
  readonly by: readonly ConfigurationLine[];
  /** Lines beyond those; absent: not known. */
  readonly furtherBy?: number;
  /** Some line of `by` does the opposite. */
  readonly conflict: boolean;
  /** Of the ports that are looked at, those that it names; absent: not known. */
  readonly ports?: readonly number[];
  /** It names others as well: of these nothing is said. */
  readonly beyond?: boolean;
}

/** Why what is said of a firewall cannot be judged as a whole, whatever its answers. */
export interface Doubt {
  /**
   * `hooks`: chains that packets of mail may meet and that are not looked at. `dump`: the text is not the whole. `interfaces`: the policy gives some
   * that no line names. `policy`: on the other side of a change the policy means something else by this firewall.
   * `files`: a folder holds what was not read and may be about a firewall; of a change: it touches that, or one side lacks a file.
   */
  readonly about: 'hooks' | 'dump' | 'interfaces' | 'policy' | 'files';
  /** Sentences, with what settles it. */
  readonly text: string;
  /** Hex; another one where it is another doubt of its kind, wherever it stands. */
  readonly key: string;
}

/** What was read of one firewall, and how. */
export interface ConfigurationSource {
  readonly files: readonly {
    readonly file: string;
    readonly format: ConfigurationFormat;
    readonly lines: number;
    /** Of the text, hex. */
    readonly sha256: string;
  }[];
  readonly hook: Firewall['hook'];
  /** Families that the files speak of. */
  readonly families: readonly Family[];
  /** What had to be taken for granted: sentences. */
  readonly assumptions: readonly string[];
  /** Warnings of the parsers: `file:line:column: sentence`. */
  readonly warnings: readonly string[];
}
