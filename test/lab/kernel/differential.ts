/** Many random rulesets, in several lanes at once: each is read by Postern and loaded into a kernel, and both are asked about the same connections. */
import { readConfiguration } from '../../../src/firewall/configuration.ts';
import type { Ruleset } from '../../../src/firewall/ruleset.ts';
import { InputError } from '../../../src/model/problem.ts';
import { Random } from '../../firewall/generate/random.ts';
import type { Generated } from '../../firewall/generate/world.ts';
import { compare, type Disagreement } from './compare.ts';
import { type Backend, type Lane, openLane } from './lane.ts';
import { probesOf } from './probes.ts';

export interface Options {
  /** The program of agent.ts, built. */
  readonly agent: string;
  readonly generate: (seed: number) => Generated;
  readonly backends: readonly Backend[];
  /** The first; the others follow it. */
  readonly seed: number;
  readonly rulesets: number;
  readonly connections: number;
  /** Called after each ruleset. */
  readonly note?: (found: Found, done: number) => void;
}

/** What came of one ruleset. */
export interface Found {
  readonly seed: number;
  readonly backend: Backend;
  readonly generated: Generated;
  /** The kernel's tool refused it, or Postern's parser, or neither. */
  readonly refused: string | null;
  readonly misread: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly disagreements: readonly Disagreement[];
}

/** In the order of their seeds. @throws {LabError} where the lab cannot be built. */
export async function differential(options: Options): Promise<readonly Found[]> {
  const found: Found[] = [];
  let next = options.seed;
  const work = async (backend: Backend): Promise<void> => {
    const lane = await openLane(options.agent, backend);
    try {
      while (next < options.seed + options.rulesets) {
        const one = await ask(lane, backend, next++, options);
        found.push(one);
        options.note?.(one, found.length);
      }
    } finally {
      await lane.close();
    }
  };
  await Promise.all(options.backends.map(work));
  return found.sort((a, b) => a.seed - b.seed);
}

async function ask(lane: Lane, backend: Backend, seed: number, options: Options): Promise<Found> {
  const generated = options.generate(seed);
  const none = { seed, backend, generated, refused: null, misread: null, counts: {}, disagreements: [] };
  const refused = await lane.load(generated.files);
  if (refused !== null) return { ...none, refused };
  const ruleset = read(generated);
  if (typeof ruleset === 'string') return { ...none, misread: ruleset };
  const probes = probesOf(generated, ruleset, options.connections, new Random(seed));
  return { ...none, ...(await compare(lane, ruleset, generated.hook, probes)) };
}

function read({ files }: Generated): Ruleset | string {
  try {
    return readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}
