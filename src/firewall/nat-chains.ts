/**
 * Chains that translate are asked of the first packet of a tracked connection, and of nothing else.
 *
 * Worked example: `type nat hook prerouting` with `tcp dport 25 drop` stops nothing where nothing else makes the kernel track connections, and no
 * packet that a rule of raw has taken out of tracking. So a rule is put before all others, by which such packets pass.
 *
 * A rule that translates, or asks for connections, makes the kernel track those of its family, wherever it stands.
 *
 * @see Linux, net/netfilter/nf_nat_core.c, nf_nat_inet_fn(): `if (!ct) return NF_ACCEPT`; nft_ct.c, nft_nat.c, xt_conntrack.c: nf_ct_netns_get()
 */
import type { Family } from '../model/address.ts';
import { reachedFrom } from './calls.ts';
import { ALWAYS, type BaseChain, type Chain, type Condition, type Rule } from './ruleset.ts';

export const UNTRACKED = 'the packet is not tracked (NOTRACK)';

const UNUSED = 'the kernel tracks no connections';

export interface NatAsked {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly assumptions: readonly string[];
}

export interface Tracking {
  /** That a rule has taken the packet out of tracking. */
  readonly untracked: Condition;
  /** Families of which some rule makes the kernel track connections. */
  readonly tracked: ReadonlySet<Family>;
}

export function natAsked(
  chains: ReadonlyMap<string, Chain>,
  bases: readonly BaseChain[],
  { untracked, tracked }: Tracking,
): NatAsked {
  const changed = new Map(chains);
  const assumptions: string[] = [];
  for (const base of bases) {
    const chain = chains.get(base.chain);
    if (chain === undefined || base.kind !== 'nat') continue;
    const heads: Rule[] = [];
    if (untracked.kind !== 'never')
      heads.push(passing(chain, untracked, 'packets that are not tracked pass chains of type nat by'));
    const open = chain.families.filter((family) => !tracked.has(family));
    if (open.length > 0 && stops(base, chains)) {
      const unused: Condition = { kind: 'unknown', key: UNUSED, text: UNUSED, functional: true, about: 'packet' };
      heads.push(passing({ ...chain, families: open }, unused, 'without tracking of connections no chain of type nat is asked'));
      assumptions.push(
        `${chain.id} is of type nat, and asked only of connections that are tracked: what it drops is conditional, because no rule makes the kernel track them. Drop in a chain of type filter.`,
      );
    }
    changed.set(chain.id, { ...chain, rules: [...heads, ...chain.rules] });
  }
  return { chains: changed, assumptions };
}

function passing({ place, families }: Chain, condition: Condition, text: string): Rule {
  return { place: { ...place, text }, families, condition, cases: [{ condition: ALWAYS, verdict: { kind: 'accept' } }] };
}

/** By its policy, or by a rule of a chain that it leads to. */
function stops(base: BaseChain, chains: ReadonlyMap<string, Chain>): boolean {
  if (base.policy === 'drop') return true;
  return [...reachedFrom({ bases: [base], chains }, [base.hook])].some((id) => chains.get(id)?.rules.some(mayDrop) === true);
}

function mayDrop({ cases }: Rule): boolean {
  return cases.some(({ verdict }) => verdict.kind === 'drop' || verdict.kind === 'reject');
}
