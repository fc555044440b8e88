import fc from 'fast-check';
import { mergePorts } from '../../../src/firewall/conditions.ts';
import type { About, Condition, Interval, Verdict } from '../../../src/firewall/ruleset.ts';

/** Conditions that iptables can ask of a TCP packet, in the order in which the parser puts them; one of a kind. */
export const conditions: fc.Arbitrary<readonly Condition[]> = fc
  .record({
    source: maybe(address('source')),
    destination: maybe(address('destination')),
    incoming: maybe(networkInterface('in')),
    outgoing: maybe(networkInterface('out')),
    further: fc.uniqueArray(
      fc.oneof(
        signed(states()),
        signed(owner()),
        signed(flags()),
        signed(ports()),
        signed(range()),
        // Negated, it asks for an Ethernet header as well.
        fc.constant(unknown('-m mac --mac-source 00:00:5e:00:53:01', 'sender')),
        signed(fc.constant(unknown('-m addrtype --dst-type LOCAL', 'packet'))),
      ),
      { selector: kindOf, maxLength: 4 },
    ),
  })
  .map(({ source, destination, incoming, outgoing, further }) => [
    { kind: 'protocol', ranges: [{ first: 6, last: 6 }] },
    ...[source, destination, incoming, outgoing].flatMap((condition) => condition ?? []),
    ...further.sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1)),
  ]);

/** @param chains  ids to which a rule may lead. */
export function verdicts(chains: readonly string[]): fc.Arbitrary<Verdict | null> {
  const jumps = chains.flatMap((chain): Verdict[] => [
    { kind: 'jump', chain },
    { kind: 'goto', chain },
  ]);
  return fc.constantFrom<Verdict | null>(
    null,
    { kind: 'accept' },
    { kind: 'drop' },
    { kind: 'return' },
    { kind: 'reject', how: 'tcp-reset' },
    ...jumps,
  );
}

/** The option that a condition becomes: of each a rule has one. */
function kindOf(condition: Condition): string {
  const plain = condition.kind === 'not' ? condition.of : condition;
  return plain.kind === 'port' || plain.kind === 'address' ? plain.kind : plain.kind === 'unknown' ? plain.text : plain.kind;
}

/** By the text of the match, as the parser sorts. */
function rankOf(condition: Condition): string {
  const plain = condition.kind === 'not' ? condition.of : condition;
  const names: Partial<Record<Condition['kind'], string>> = {
    state: 'conntrack',
    owner: 'owner',
    flags: 'tcp',
    port: 'multiport',
    address: 'iprange',
  };
  return plain.kind === 'unknown' ? plain.text.slice(3) : (names[plain.kind] ?? '');
}

function maybe<T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(of, { freq: 1 });
}

function signed(of: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> {
  return fc.tuple(of, fc.boolean()).map(([condition, negated]) => (negated ? { kind: 'not', of: condition } : condition));
}

/** A network other than the whole space, or a mask with holes. */
function address(end: 'source' | 'destination'): fc.Arbitrary<Condition> {
  const number = fc.bigInt({ min: 0n, max: 0xffff_ffffn });
  const network = fc.tuple(number, fc.integer({ min: 1, max: 32 })).map(([address, prefix]): Condition => {
    const hosts = (1n << BigInt(32 - prefix)) - 1n;
    const first = address & ~hosts;
    return { kind: 'address', end, family: 'ipv4', ranges: [{ first, last: first | hosts }] };
  });
  const bits = fc.tuple(number, fc.constantFrom(0xff00ff00n, 0xff0000ffn, 0x00ffffffn)).map(
    ([address, mask]): Condition => ({
      kind: 'address-bits',
      end,
      family: 'ipv4',
      mask,
      value: address & mask,
    }),
  );
  return signed(fc.oneof({ weight: 4, arbitrary: network }, bits));
}

/** A range that is no network: those are written as one. */
function range(): fc.Arbitrary<Condition> {
  return fc.tuple(fc.bigInt({ min: 1n, max: 0xffffn }), fc.bigInt({ min: 2n, max: 0xffffn })).map(([low, size]): Condition => {
    const first = low * 2n + 1n;
    return { kind: 'address', end: 'destination', family: 'ipv4', ranges: [{ first, last: first + size }] };
  });
}

function networkInterface(side: 'in' | 'out'): fc.Arbitrary<Condition> {
  const name = fc.constantFrom('eth0', 'lo', 'br-5e00', 'ppp', 'wg-mail.1');
  return signed(
    fc.tuple(name, fc.boolean()).map(([text, prefix]): Condition => ({ kind: 'interface', side, name: text, prefix })),
  );
}

function ports(): fc.Arbitrary<Condition> {
  const one = fc
    .tuple(fc.integer({ min: 0, max: 65_000 }), fc.constantFrom(0, 0, 1, 500))
    .map(([first, size]): Interval<number> => ({ first, last: first + size }));
  return fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 7 }), fc.constantFrom<'source' | 'destination'>('source', 'destination'))
    .map(([ranges, end]): Condition => ({ kind: 'port', end, ranges: mergePorts(ranges) }));
}

function states(): fc.Arbitrary<Condition> {
  const all = ['new', 'established', 'related', 'invalid', 'untracked'] as const;
  return fc.subarray([...all], { minLength: 1 }).map((some): Condition => ({ kind: 'state', states: some }));
}

function owner(): fc.Arbitrary<Condition> {
  const ids = fc
    .tuple(fc.nat(70_000), fc.constantFrom(0, 0, 10))
    .map(([first, size]): Interval<number> => ({ first, last: first + size }));
  return fc
    .tuple(fc.option(ids, { freq: 5 }), fc.constantFrom<'user' | 'group'>('user', 'group'))
    .map(
      ([some, of]): Condition => (some === null ? { kind: 'owner', of: 'user', ids: null } : { kind: 'owner', of, ids: [some] }),
    );
}

/** Not of no flags at all: negated, that is not what is read. */
function flags(): fc.Arbitrary<Condition> {
  return fc
    .tuple(fc.nat(63), fc.nat(63))
    .filter(([mask, value]) => mask !== 0 || value !== 0)
    .map(([mask, value]): Condition => ({ kind: 'flags', mask, value }));
}

function unknown(text: string, about: About): Condition {
  return { kind: 'unknown', key: text, text, functional: true, about };
}
