/**
 * Chains at hooks that no way of a packet here leads through: frames of a bridge, packets of a device before the first hook or after the last. What
 * becomes of mail there is not worked out; only whether it may be touched at all.
 *
 * Worked example: `table netdev g { chain b { type filter hook ingress device "eth1" priority 0; tcp dport 25 fwd to "eth0"; } }` sends mail past
 * every other chain. With `udp dport 53 drop` alone it touches none, nor with `tcp dport 25 accept` before a `drop`.
 *
 * @see nft(8), ADDRESS FAMILIES
 */
import type { Condition, Hook, Interval, Rule, UnseenChain, UnseenRule } from './ruleset.ts';

/** Whether the first packet of a connection to one of these ports may be stopped, rewritten or sent elsewhere by it. */
export function mayTouch(chain: UnseenChain, ports: readonly number[]): boolean {
  return ports.some((port) => {
    const end = walked(chain.rules, { chain, port, within: new Set() });
    return end === 'touched' || (end === 'through' && chain.policy === 'drop');
  });
}

/** Whether a packet that is seen from this hook on may come by such a chain: what goes out only comes by no ingress. */
export function liesOnWay({ hook }: UnseenChain, from: Hook): boolean {
  if (hook === 'ingress') return from !== 'output' && from !== 'postrouting';
  return hook !== 'egress' || (from !== 'input' && from !== 'prerouting');
}

interface Walking {
  readonly chain: UnseenChain;
  readonly port: number;
  readonly within: ReadonlySet<string>;
}

/** `accepted`: every packet of the port, for sure, before anything touched it. */
type End = 'touched' | 'accepted' | 'through';

function walked(rules: readonly UnseenRule[], walking: Walking): End {
  for (const { condition, cases, diverts } of rules) {
    const match = holds(condition, walking.port);
    if (match === 'never') continue;
    if (diverts) return 'touched';
    for (const one of cases) {
      const of = holds(one.condition, walking.port);
      if (of === 'never') continue;
      const end = judged(one.verdict, walking);
      if (end === 'touched') return end;
      if (match === 'always' && of === 'always' && end === 'accepted') return end;
      if (match === 'always' && of === 'always' && one.verdict.kind === 'return') return 'through';
    }
  }
  return 'through';
}

function judged(verdict: Rule['cases'][number]['verdict'], { chain, port, within }: Walking): End {
  switch (verdict.kind) {
    case 'accept':
      return 'accepted';
    case 'return':
      return 'through';
    case 'jump':
    case 'goto': {
      const rules = chain.others.get(verdict.chain);
      if (rules === undefined || within.has(verdict.chain)) return 'touched';
      return walked(rules, { chain, port, within: new Set([...within, verdict.chain]) });
    }
    default:
      return 'touched';
  }
}

type Holds = 'always' | 'never' | 'maybe';

const [SYN, TCP] = [2, 6];

/** Of the first packet of a TCP connection to this port. */
function holds(condition: Condition, port: number): Holds {
  switch (condition.kind) {
    case 'always':
    case 'never':
      return condition.kind;
    case 'all':
      return all(condition.of.map((one) => holds(one, port)));
    case 'any':
      return opposite(all(condition.of.map((one) => opposite(holds(one, port)))));
    case 'not':
      return opposite(holds(condition.of, port));
    case 'protocol':
      return has(condition.ranges, TCP) ? 'always' : 'never';
    case 'port':
      if (condition.end === 'source') return 'maybe';
      return has(condition.ranges, port) ? 'always' : 'never';
    case 'flags':
      return (SYN & condition.mask) === condition.value ? 'always' : 'never';
    default:
      return 'maybe';
  }
}

function all(parts: readonly Holds[]): Holds {
  if (parts.includes('never')) return 'never';
  return parts.includes('maybe') ? 'maybe' : 'always';
}

function opposite(part: Holds): Holds {
  return part === 'maybe' ? 'maybe' : part === 'always' ? 'never' : 'always';
}

function has(ranges: readonly Interval<number>[], number: number): boolean {
  return ranges.some(({ first, last }) => first <= number && number <= last);
}
