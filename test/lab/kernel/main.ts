/** `node main.mjs AGENT --format iptables|nftables --count N --connections N --seed N --lanes N`: the long comparison. Exit code 1 where something differs. */
import { parseArgs } from 'node:util';
import { formatAddress } from '../../../src/model/address.ts';
import { generateIptables } from '../../firewall/generate/iptables.ts';
import { generate as generateNftables } from '../../firewall/generate/nftables.ts';
import type { Generated } from '../../firewall/generate/world.ts';
import type { Disagreement } from './compare.ts';
import { differential, type Found } from './differential.ts';
import type { Backend } from './lane.ts';

const GENERATORS: Readonly<Record<string, (seed: number) => Generated>> = {
  iptables: generateIptables,
  nftables: generateNftables,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    format: { type: 'string', default: 'iptables' },
    count: { type: 'string', default: '500' },
    connections: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '4' },
    backend: { type: 'string', default: 'both' },
  },
});

const [agent] = positionals;
const generate = GENERATORS[values.format];
if (agent === undefined || generate === undefined) throw new Error(`--format is one of ${Object.keys(GENERATORS).join(', ')}`);

const began = Date.now();
const found = await differential({
  agent,
  generate,
  backends: Array.from({ length: Number(values.lanes) }, (_, index) => backendOf(index)),
  seed: Number(values.seed),
  rulesets: Number(values.count),
  connections: Number(values.connections),
  note: (one, done) => {
    for (const line of trouble(one)) say(line);
    if (done % 50 === 0) say(`${done} rulesets`);
  },
});
say(summary(found));
process.exitCode = found.some((one) => one.misread !== null || one.disagreements.length > 0) ? 1 : 0;

/** Every other lane is of the older kind, unless one kind is asked for. */
function backendOf(lane: number): Backend {
  if (values.backend === 'nft' || values.backend === 'legacy') return values.backend;
  return lane % 2 === 0 || values.format !== 'iptables' ? 'nft' : 'legacy';
}

function trouble(one: Found): string[] {
  const head = `seed ${one.seed} (${one.generated.hook}, ${one.backend})`;
  if (one.refused !== null) return [`${head}: refused by the kernel: ${one.refused}`];
  if (one.misread !== null) return [`${head}: refused by Postern: ${one.misread}`];
  return one.disagreements.slice(0, 30).map((each) => `${head}: ${disagreementText(each)}`);
}

function disagreementText({ probe, expected, observed }: Disagreement): string {
  const { attempt, packet } = probe;
  const way = `${packet.in ?? '-'} → ${packet.out ?? '-'}${probe.user === null ? '' : ` user ${probe.user}`}`;
  const said = expected.condition === null ? expected.verdict : `${expected.outcomes.join('/')} ${expected.condition}`;
  const lines = expected.rules.map(({ file, line, text }) => `\n    ${file}:${line} ${text}`);
  const from = `${formatAddress(packet.family, packet.source)} ${attempt.sourcePort}`;
  return `${from} to ${attempt.destination} ${attempt.port} (${way}): Postern ${said}, kernel ${observed}${lines.join('')}`;
}

function summary(all: readonly Found[]): string {
  const counts: Record<string, number> = {};
  for (const one of all)
    for (const [verdict, count] of Object.entries(one.counts)) counts[verdict] = (counts[verdict] ?? 0) + count;
  const connections = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const differing = all.reduce((sum, one) => sum + one.disagreements.length, 0);
  const number = (test: (one: Found) => boolean): number => all.filter(test).length;
  return [
    `${all.length} rulesets of ${values.format} from seed ${values.seed}, ${number(({ refused }) => refused !== null)} refused by the kernel, ${number(({ misread }) => misread !== null)} by Postern`,
    `${connections} connections: ${Object.entries(counts)
      .map(([verdict, count]) => `${verdict} ${count}`)
      .join(', ')}`,
    `${differing} disagreements; ${Math.round((Date.now() - began) / 1_000)} s`,
  ].join('\n');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
