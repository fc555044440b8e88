import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Bdd, EMPTY, FULL } from '../../src/firewall/bdd.ts';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { Onward } from '../../src/firewall/onward.ts';
import { PacketSpace } from '../../src/firewall/packet-space.ts';
import { passage } from '../../src/firewall/passage.ts';

/** What is told apart: two sources, four ports, two interfaces, and two things that nobody knows. */
interface Packet {
  readonly source: number;
  readonly port: number;
  readonly inside: string;
}

interface Match {
  readonly of: 'source' | 'port' | 'inside' | 'text';
  readonly not: boolean;
  readonly value: number;
}

interface Line {
  readonly chain: number;
  readonly matches: readonly Match[];
  readonly target: string;
}

/** Called chains only lead on, so that none calls itself. */
const CHAINS = ['FORWARD', 'A', 'B'];
const OPTIONS = { source: '-s 10.0.0.', port: '-p tcp --dport ', inside: '-i eth', text: '-m string --algo bm --string x' };
const ORDER: readonly Match['of'][] = ['source', 'inside', 'port', 'text'];

const matches = fc.uniqueArray(
  fc.record<Match>({ of: fc.constantFrom(...ORDER), not: fc.boolean(), value: fc.integer({ min: 0, max: 1 }) }),
  { maxLength: 2, selector: ({ of }) => of },
);
const line = fc.integer({ min: 0, max: 2 }).chain((chain) =>
  fc.record<Line>({
    chain: fc.constant(chain),
    matches,
    target: fc.constantFrom(
      '-j ACCEPT',
      '-j DROP',
      '-j RETURN',
      ...CHAINS.slice(chain + 1).flatMap((to) => [`-j ${to}`, `-g ${to}`]),
    ),
  }),
);

const BITS = [0, 1];
const PACKETS: readonly Packet[] = BITS.flatMap((source) =>
  BITS.flatMap((port) => ['eth0', 'eth1'].map((inside) => ({ source, port, inside }))),
);
const WORLDS = BITS.flatMap((x0) => BITS.map((x1) => [x0 === 1, x1 === 1]));

it('decides small rulesets as rule after rule does, in every world', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.constantFrom('ACCEPT', 'DROP'), (lines, policy) => {
      const ruleset = readConfiguration([{ file: 'fw', text: textOf(lines, policy), format: 'iptables-save' }]);
      const space = new PacketSpace('ipv4', [ruleset], { interfaces: ['eth0', 'eth1'] });
      const { accepted, dropped } = passage(new Onward(ruleset, space), 'forward');
      expect(space.manager.not(accepted.set)).toBe(dropped.set);
      for (const packet of PACKETS) {
        const all = WORLDS.map((world) => (walk(lines, 0, packet, world) ?? policy) === 'ACCEPT');
        const at = setOf(space, packet);
        expect(space.manager.and(at, accepted.may) !== EMPTY).toBe(all.includes(true));
        expect(space.manager.diff(at, accepted.must) === EMPTY).toBe(!all.includes(false));
      }
    }),
    { numRuns: 300 },
  );
});

function textOf(lines: readonly Line[], policy: string): string {
  const rules = lines.map(({ chain, matches: all, target }) => {
    const ordered = ORDER.flatMap((of) => all.filter((one) => one.of === of));
    return ['-A', CHAINS[chain], ...ordered.map(optionOf), target].join(' ');
  });
  return ['*filter', `:FORWARD ${policy} [0:0]`, ':A - [0:0]', ':B - [0:0]', ...rules, 'COMMIT', ''].join('\n');
}

function optionOf({ of, not, value }: Match): string {
  const option = `${OPTIONS[of]}${value}`;
  if (!not) return option;
  return of === 'source' || of === 'inside' ? `! ${option}` : option.replace(/ (--dport|--string)/, ' ! $1');
}

/** The target that ends it; null where the chain's end or a return is reached. */
function walk(lines: readonly Line[], chain: number, packet: Packet, world: readonly boolean[]): string | null {
  for (const { matches: all, target } of lines.filter((one) => one.chain === chain)) {
    if (!all.every((match) => holds(match, packet, world) !== match.not)) continue;
    const [how, name = ''] = target.split(' ');
    if (name === 'RETURN') return null;
    if (!CHAINS.includes(name)) return name;
    const result = walk(lines, CHAINS.indexOf(name), packet, world);
    if (result !== null || how === '-g') return result;
  }
  return null;
}

function holds({ of, value }: Match, { source, port, inside }: Packet, world: readonly boolean[]): boolean {
  if (of === 'source') return source === value;
  if (of === 'port') return port === value;
  return of === 'inside' ? inside === `eth${value}` : world[value] === true;
}

function setOf(space: PacketSpace, { source, port, inside }: Packet): Bdd {
  const address = 0x0a000000n + BigInt(source);
  return [
    space.interface('in', inside, false),
    space.within('source', [{ first: address, last: address }]),
    space.within('destination-port', [{ first: port, last: port }]),
  ].reduce((a, b) => space.manager.and(a, b), FULL);
}
