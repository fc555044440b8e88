import fc from 'fast-check';
import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { compare } from '../../src/compare/compare.ts';
import type { Finding } from '../../src/model/finding.ts';
import { scan } from '../../src/scan.ts';
import { openOutside } from './honest-outside.ts';
import { type World, worlds } from './honest-world.ts';

const FULL = process.env.POSTERN_LAB_FULL === '1';
const RUNS = FULL ? 1_000 : 150;
const AT_ONCE = 16;
/** Says which worlds; any other number is as good. */
const SEED = Number(process.env.POSTERN_SEED ?? 20_261_121);

const INTERFERENCE: readonly string[] = ['intercepted', 'starttls-stripped', 'banner-masked'];

it(
  `a direct path is never said to be interfered with, in ${RUNS} runs against honest servers of all kinds`,
  async () => {
    const limit = pLimit(AT_ONCE);
    const runs = await Promise.all(
      fc.sample(worlds, { numRuns: RUNS, seed: SEED }).map((world, index) => limit(() => runIn(world, index))),
    );
    expect(runs.flatMap(({ wrong }) => wrong)).toEqual([]);
    // What a test of silence has to show beside: that these runs spoke to somebody, inside TLS, and to sentinels.
    const total = (count: (run: Run) => number): number => runs.reduce((sum, run) => sum + count(run), 0);
    expect(total(({ dialogues }) => dialogues)).toBeGreaterThan(RUNS * 3);
    expect(total(({ sessions }) => sessions)).toBeGreaterThan(RUNS);
    expect(total(({ receipts }) => receipts)).toBeGreaterThan(RUNS / 2);
    expect(total(({ nowhere }) => nowhere)).toBeGreaterThan(RUNS / 2);
  },
  FULL ? 1_800_000 : 180_000,
);

interface Run {
  readonly wrong: readonly {
    readonly run: number;
    readonly finding: Pick<Finding, 'code' | 'host' | 'detail'>;
    readonly world: string;
  }[];
  readonly dialogues: number;
  readonly sessions: number;
  readonly receipts: number;
  /** Addresses that nobody has, tried in vain. */
  readonly nowhere: number;
}

async function runIn(world: World, run: number): Promise<Run> {
  const outside = await openOutside(world);
  try {
    const { evidence } = await scan(outside.options);
    const { findings } = compare(outside.policy, [evidence], {
      now: Date.now(),
      requireProof: 'supported',
      allowOtherPolicy: false,
    });
    const dialogues = evidence.records.flatMap((record) =>
      record.type === 'observation' || record.type === 'attestation' ? (record.dialogue ?? []) : [],
    );
    return {
      wrong: findings
        .filter(({ code }) => INTERFERENCE.includes(code))
        .map(({ code, host, detail }) => ({ run, finding: { code, host, detail }, world: fc.stringify(world) })),
      dialogues: dialogues.filter(({ ehlo }) => ehlo !== null).length,
      sessions: dialogues.filter(({ tls }) => tls?.version != null).length,
      receipts: dialogues.flatMap(({ receipts }) => receipts.filter(({ receipt }) => receipt !== null)).length,
      nowhere: evidence.records.filter(({ type }) => type === 'documentation').length,
    };
  } finally {
    await outside.close();
  }
}
