/**
 * Policies of a table that stands in a file more than once: what an earlier block gives and the last does not is loaded in two ways.
 *
 * Worked example: of
 *
 *     *filter
 *     :FORWARD DROP [0:0]
 *     COMMIT
 *     *filter
 *     -A FORWARD -p tcp --dport 22 -j ACCEPT
 *     COMMIT
 *
 * iptables-legacy-restore leaves the policy of FORWARD as it is in the kernel: DROP. iptables-nft-restore deletes the table and makes it anew, and the
 * policy is ACCEPT. A line `:FORWARD -` in the second block changes nothing in either. It is read as DROP, and doubted. A policy ACCEPT is the same in
 * both.
 *
 * @see iptables, iptables/iptables-restore.c (legacy), iptables/xtables-restore.c (nft: table_flush)
 */
import type { Family } from '../../model/address.ts';
import { listText } from '../../model/list-text.ts';
import type { Unseen } from '../ruleset.ts';
import type { RawTable } from './raw-table.ts';
import type { TableName } from './table-names.ts';

export interface KeptPolicies {
  readonly assumptions: readonly string[];
  readonly unseen: readonly Unseen[];
}

export function keptPolicies(tables: ReadonlyMap<TableName, RawTable>, family: Family, file: string): KeptPolicies {
  const kept = [...tables.values()].flatMap(({ name, chains }) =>
    [...chains.values()]
      .filter(({ policy, policyGiven }) => policy === 'drop' && policyGiven === 'before')
      .map((chain) => `${name}/${chain.name}`),
  );
  if (kept.length === 0) return { assumptions: [], unseen: [] };
  const given = `the policy DROP of ${listText(kept)} in an earlier block of that table, and not in its last one`;
  return {
    assumptions: [`${file} gives ${given}: it is taken to hold, as it does by iptables-legacy-restore.`],
    unseen: [
      {
        kind: 'dump',
        content: `${family} policies ${kept.join(' ')}`,
        text: `${file} gives ${given}: iptables-legacy-restore keeps it, iptables-nft-restore makes it ACCEPT, and with that all passes that no rule stops. Give what iptables-save prints, or write the policy into the last block as well.`,
      },
    ],
  };
}
