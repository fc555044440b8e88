/** The long comparison: scripts/kernel-differential.mjs. Exit code 1 where something differs. */
import { parseArgs } from 'node:util';
import { generateIptables } from '../../firewall/generate/iptables.ts';
import { generate as generateNftables } from '../../firewall/generate/nftables.ts';
import type { Generated } from '../../firewall/generate/world.ts';
import { differential, type Found } from './differential.ts';
import type { Backend } from './lane.ts';
import { countsOf, troubleIn } from './words.ts';

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
  backends: Array.from({ length: Number(values.lanes) }, (_, lane) => backendOf(lane)),
  seed: Number(values.seed),
  rulesets: Number(values.count),
  connections: Number(values.connections),
  note: (one, done) => {
    for (const line of troubleIn(one)) say(line);
    if (done % 50 === 0) say(`${done} rulesets`);
  },
});
for (const line of summary(found)) say(line);
process.exitCode = found.some((one) => one.misread !== null || one.disagreements.length > 0) ? 1 : 0;

/** Every other lane is of the older kind, unless one kind is asked for. */
function backendOf(lane: number): Backend {
  if (values.backend === 'nft' || values.backend === 'legacy') return values.backend;
  return lane % 2 === 0 || values.format !== 'iptables' ? 'nft' : 'legacy';
}

function summary(all: readonly Found[]): readonly string[] {
  const counts = Object.entries(countsOf(all));
  const connections = counts.reduce((sum, [, count]) => sum + count, 0);
  const differing = all.reduce((sum, one) => sum + one.disagreements.length, 0);
  const [refused, misread] = [all.filter((one) => one.refused !== null).length, all.filter((one) => one.misread !== null).length];
  return [
    `${all.length} rulesets of ${values.format} from seed ${values.seed}; ${refused} refused by the kernel, ${misread} by Postern`,
    `${connections} connections: ${counts.map(([verdict, count]) => `${verdict} ${count}`).join(', ')}`,
    `${differing} disagreements; ${Math.round((Date.now() - began) / 1_000)} s`,
  ];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
