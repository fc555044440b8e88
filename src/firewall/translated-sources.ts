/**
 * What stands behind rules that translate the source, at the same hook.
 *
 * Worked example: of `type nat hook postrouting priority srcnat` with `oifname "eth0" masquerade` and `type filter hook postrouting priority 110` with
 * `ip saddr 10.20.0.0/16 drop` the second chain sees the firewall's own address, and drops none of the first one's packets. A further chain of type nat
 * is not asked about them at all: a connection is translated once. Which source a packet has then is not worked out, nor is it known whether a rule
 * before has taken it: what becomes of it there is conditional.
 *
 * @see Linux, net/netfilter/nf_nat_core.c, nf_nat_inet_fn()
 */
import { reachedFrom } from './calls.ts';
import { allOf, anyOf } from './conditions.ts';
import { fedBy } from './fingerprint.ts';
import { hasPart } from './parts.ts';
import { ALWAYS, type BaseChain, type Chain, type Condition, type Rule, type Ruleset, type Verdict } from './ruleset.ts';

type Chains = Pick<Ruleset, 'bases' | 'chains'>;

export interface BehindTranslation {
  readonly chains: Ruleset['chains'];
  readonly assumptions: readonly string[];
}

/** Chains that stop packets behind a translation, with a rule before all others for what may be translated by then. */
export function behindTranslation({ bases, chains }: Chains): BehindTranslation {
  const changed = new Map(chains);
  const assumptions: string[] = [];
  for (const [index, base] of bases.entries()) {
    const chain = chains.get(base.chain);
    const before = bases.slice(0, index).filter(({ kind, hook }) => kind === 'nat' && hook === base.hook);
    const rules = before.flatMap((one) => rulesFrom(one, chains).filter(translates));
    if (chain === undefined || rules.length === 0) continue;
    const own = rulesFrom(base, chains);
    const stops = base.policy === 'drop' || own.some(({ cases }) => cases.some(({ verdict }) => !PASSING.has(verdict.kind)));
    if (!stops || (base.kind !== 'nat' && !own.some((rule) => hasPart(rule, looksAtSource)))) continue;
    const content = [...before.flatMap((one) => rulesFrom(one, chains)), ...own].map(contentOf);
    changed.set(chain.id, { ...chain, rules: [headOf(chain, base, rules, content), ...chain.rules] });
    assumptions.push(
      base.kind === 'nat'
        ? `${chain.id} is not asked about connections that a chain of type nat before it translates: what it stops of them is conditional. Drop in a chain of type filter, before priority 100 (srcnat).`
        : `${chain.id} stands behind rules that translate the source, and sees what they made of it: what it does with such packets is conditional. Give it a priority below 100 (srcnat).`,
    );
  }
  return { chains: changed, assumptions };
}

/** They stop nothing where they stand. */
const PASSING: ReadonlySet<Verdict['kind']> = new Set(['accept', 'translate-source', 'return', 'jump', 'goto']);

function rulesFrom(base: BaseChain, chains: Chains['chains']): readonly Rule[] {
  return [...reachedFrom({ bases: [base], chains }, [base.hook])].flatMap((id) => chains.get(id)?.rules ?? []);
}

function translates({ cases }: Rule): boolean {
  return cases.some(({ verdict }) => verdict.kind === 'translate-source');
}

/** What no header shows may hang on it. */
function looksAtSource(part: Condition): boolean {
  if (part.kind === 'unknown') return part.about !== 'sender';
  return (part.kind === 'address' || part.kind === 'address-bits' || part.kind === 'port') && part.end === 'source';
}

/** What it may stop, or lets pass without a look at it. */
function headOf({ place }: Chain, { kind }: BaseChain, rules: readonly Rule[], content: readonly string[]): Rule {
  const text = 'the source is translated by then';
  const translated: Condition = { kind: 'unknown', key: fedBy(text, content), text, functional: true, about: 'packet' };
  const seen = 'what sees the translated source';
  const verdict: Verdict = kind === 'nat' ? { kind: 'accept' } : { kind: 'unknown', key: fedBy(seen, content), text: seen };
  return {
    place: { ...place, text: `packets whose source is translated by then come to ${place.text}` },
    families: [...new Set(rules.flatMap(({ families }) => families))],
    condition: allOf([anyOf(rules.map(takenBy)), translated]),
    cases: [{ condition: ALWAYS, verdict }],
  };
}

/** What a rule may translate, whoever calls it and whatever stands before it. */
function takenBy({ condition, cases, families }: Rule): Condition {
  const own = cases.flatMap((one) => (one.verdict.kind === 'translate-source' ? [one.condition] : []));
  const all = allOf([anyOf(families.map((family) => ({ kind: 'family', family }))), condition, anyOf(own)]);
  return counts(all) ? ALWAYS : all;
}

/** It may have held then, and not now. */
function counts(condition: Condition): boolean {
  if (condition.kind === 'not') return counts(condition.of);
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some(counts);
  return condition.kind === 'unknown' && !condition.functional;
}

/** Of two versions it is one question only where both do the same. */
function contentOf({ families, condition, cases }: Rule): string {
  return JSON.stringify([families, condition, cases], (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}
