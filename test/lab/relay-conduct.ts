/** `postern relay` against servers of the table, from where and how the table says; never two tests of one server at once. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RelayRecord } from '../../src/model/evidence.ts';
import { decodeEvidence } from '../../src/model/evidence-codec.ts';
import { groupBy } from '../../src/model/group-by.ts';
import type { RelayCheck } from '../../src/model/result.ts';
import { resultOf } from './postern.ts';
import { endpointOf, PROBE_DOMAINS, type RelayCase } from './relay-real-servers.cases.ts';
import type { RelayField } from './relay-real-servers.ts';

export interface Tested {
  readonly record: RelayRecord;
  readonly check: RelayCheck;
}

/** What came of each case. */
export async function conductAll(field: RelayField, cases: readonly RelayCase[]): Promise<ReadonlyMap<RelayCase, Tested>> {
  const tested = new Map<RelayCase, Tested>();
  for (const batch of batchesOf(cases)) {
    const groups = [...groupBy(batch, groupOf).values()];
    for (const some of await Promise.all(groups.map((group) => conduct(field, group, [])))) {
      for (const [key, value] of some) tested.set(key, value);
    }
  }
  return tested;
}

/** One run. */
export async function conduct(
  field: RelayField,
  cases: readonly RelayCase[],
  more: readonly string[],
): Promise<ReadonlyMap<RelayCase, Tested>> {
  const [first] = cases;
  if (first === undefined) throw new TypeError('a run is of some cases');
  const { vantage, probeDomain, battery, exhaustive, server } = first;
  const foreign = PROBE_DOMAINS[probeDomain];
  const file = join(field.folder, 'relay-evidence.jsonl');
  const unique = `${file}.${encodeURIComponent(groupOf(first))}`;
  const ran = await field.run(vantage, [
    ...['relay', ...cases.map((each) => endpointOf(each.server)), '--authorised-by', 'the lab itself', '--quiet'],
    ...['--hosted-domain', server.hosts, '--ehlo', 'audit.example.com', '--concurrency', '64'],
    // What a pause is good for shows elsewhere; here it would only be waited for.
    ...['--pause', '200ms'],
    ...(foreign === null ? [] : ['--probe-domain', foreign]),
    ...(battery === 'all' ? ['--all'] : []),
    ...(exhaustive ? ['--exhaustive'] : []),
    ...['--evidence', unique, '--overwrite', '--format', 'json', ...more],
  ]);
  const { checks } = resultOf(ran);
  const { records } = decodeEvidence(readFileSync(unique, 'utf8'), unique);
  rmSync(unique);
  return new Map(
    cases.map((each) => {
      const { address, port } = each.server;
      const record = records.find((one) => one.type === 'relay' && one.address === address && one.port === port);
      const check = checks.find((one) => one.kind === 'relay' && one.address === address && one.port === port);
      if (record?.type !== 'relay' || check?.kind !== 'relay') throw new Error(`${endpointOf(each.server)} was not tested`);
      return [each, { record, check }];
    }),
  );
}

function groupOf({ vantage, probeDomain, battery, exhaustive, server }: RelayCase): string {
  return JSON.stringify([vantage, probeDomain, battery, exhaustive, server.hosts]);
}

/** In each no address twice but by the same run, which sees to it itself. */
function batchesOf(cases: readonly RelayCase[]): RelayCase[][] {
  const batches: Map<string, string>[] = [];
  const result: RelayCase[][] = [];
  for (const each of cases) {
    const { address } = each.server;
    let index = batches.findIndex((batch) => (batch.get(address) ?? groupOf(each)) === groupOf(each));
    if (index < 0) index = batches.push(new Map()) - 1;
    batches[index]?.set(address, groupOf(each));
    result[index] = [...(result[index] ?? []), each];
  }
  return result;
}
