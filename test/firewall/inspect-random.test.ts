import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/firewall/configuration.ts';
import { type Answer, inspect } from '../../src/firewall/inspect.ts';
import { type Packet, type Trace, traceOf } from '../../src/firewall/interpret.ts';
import { hasSide } from '../../src/firewall/region.ts';
import type { Hook, Ruleset } from '../../src/firewall/ruleset.ts';
import { FAMILIES, formatAddress } from '../../src/model/address.ts';
import { ANY, contains, networks } from '../../src/model/address-set.ts';
import type { ConfigurationRow, DeadLine } from '../../src/model/configuration.ts';
import type { ConfigurationQuestion } from '../../src/model/configuration-question.ts';
import { generateIptables } from './generate/iptables.ts';
import { generate } from './generate/nftables.ts';
import { edgesOf, packetsAt } from './generate/packets.ts';
import { Random } from './generate/random.ts';

/** Rulesets of each format, from 0 on. More of them: `POSTERN_ANSWERS=2000 npx vitest run --project unit test/firewall/inspect-random.test.ts`. */
const RULESETS = Number(process.env['POSTERN_ANSWERS'] ?? 12);
const PACKETS_EACH = 100;
const PORTS = [25, 587];

/** An hour: nobody waits for it but who asked for more. */
const LONG_MS = 3_600_000;

describe.each([
  ['iptables', generateIptables],
  ['nftables', generate],
])('answers about random rulesets of %s', (_, make) => {
  it('are true of packets at the edges of all that the rulesets mention', { timeout: LONG_MS }, () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < RULESETS; seed++) {
      const { files, hook } = make(seed);
      const ruleset = readConfiguration(files.map(({ name, format, text }) => ({ file: name, format, text })));
      const { answers, dead } = inspect(ruleset, questions(), { hook, budget: 4_000_000, interfaces: [] });
      const packets = wholePackets(ruleset, hook, seed);
      expect(
        packets.flatMap((packet) => [...lies(ruleset, hook, packet, answers), ...revived(ruleset, hook, packet, dead)]),
        `seed ${seed}`,
      ).toEqual([]);
      for (const { outcome } of answers) outcomes.add(outcome ?? 'none');
    }
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(['conditional', 'denied', 'permitted', 'redirected']));
  });
});

/** Everything, on every port, once to be denied and once to be allowed: `deny:25/ipv4`. */
function questions(): readonly ConfigurationQuestion[] {
  return FAMILIES.flatMap((family) =>
    PORTS.flatMap((port) =>
      (['deny', 'allow'] as const).map((wanted) => ({
        id: `${wanted}:${port}/${family}`,
        firewall: 'edge',
        segment: 'all',
        destination: '*',
        port,
        family,
        expect: wanted,
        rules: [],
        sources: ANY[family],
        destinations: ANY[family],
        names: [],
        in: null,
        out: null,
      })),
    ),
  );
}

type Whole = Packet & { readonly sourcePort: number };

/** With a source port, and an interface on each side that they have; whose they are nobody says. */
function wholePackets(ruleset: Ruleset, hook: Hook, seed: number): readonly Whole[] {
  return packetsAt(edgesOf([ruleset]), hook, PACKETS_EACH, new Random(seed))
    .filter(({ port, in: comes, out: leaves }) => PORTS.includes(port) && comes !== 'lo' && leaves !== 'lo')
    .map(({ in: comes, out: leaves, sourcePort = 49_152, user: _user, group: _group, ...packet }) => ({
      ...packet,
      sourcePort,
      ...(hasSide(hook, 'in') ? { in: comes ?? 'strange0' } : {}),
      ...(hasSide(hook, 'out') ? { out: leaves ?? 'strange1' } : {}),
    }));
}

/** What the answers say of this packet that the interpreter denies. */
function lies(ruleset: Ruleset, hook: Hook, packet: Whole, answers: readonly Answer[]): readonly string[] {
  const trace = traceOf(ruleset, packet, hook);
  if (trace.outcomes.length === 0) return [];
  const about = (wanted: string): readonly Answer[] =>
    answers.filter(({ id }) => id === `${wanted}:${packet.port}/${packet.family}`);
  const [denied, allowed] = [about('deny'), about('allow')];
  return [
    ...denied.filter((answer) => !deniedHolds(answer, packet, trace)),
    ...(packet.sourcePort < 1_024 ? [] : allowed.filter((answer) => !allowedHolds(answer, packet, trace))),
  ].map(({ id, outcome }) => `${id} is ${outcome}: ${packetText(packet)} is ${trace.outcomes.join(' or ')}`);
}

/** Lines that are said to meet no packet of mail, and meet this one. Of a verdict map that is told where no element of it fits as well. */
function revived(ruleset: Ruleset, hook: Hook, packet: Whole, dead: readonly DeadLine[]): readonly string[] {
  const met = new Set(traceOf(ruleset, packet, hook).rules.map(({ file, line, column }) => `${file}:${line}:${column}`));
  const mapped = [...ruleset.chains.values()]
    .flatMap(({ rules }) => rules)
    .filter(({ cases }) => !cases.some(({ condition }) => condition.kind === 'always'))
    .map(({ place: { file, line, column } }) => `${file}:${line}:${column}`);
  for (const place of mapped) met.delete(place);
  return dead
    .filter(({ line, column }) => met.has(`${line.file}:${line.line}:${column}`))
    .map(({ line, chain }) => `${line.file}:${line.line} in ${chain} is dead: ${packetText(packet)} meets it`);
}

function deniedHolds({ outcome, rows, furtherRows }: Answer, packet: Whole, { outcomes }: Trace): boolean {
  const [passes, sent] = [outcomes.includes('accept'), outcomes.includes('redirect')];
  const surely = outcomes.every((one) => one === 'accept');
  if (surely && outcome !== 'permitted') return false;
  if (sent && outcome !== 'permitted' && outcome !== 'redirected') return false;
  if ((passes || sent) && outcome === 'denied') return false;
  const expected = surely ? 'permitted' : sent ? 'redirected' : passes ? 'conditional' : 'denied';
  return furtherRows > 0 || rowsHold(rows, packet, expected, 'denied');
}

function allowedHolds({ outcome, rows, furtherRows }: Answer, packet: Whole, { outcomes }: Trace): boolean {
  const [passes, sent] = [outcomes.includes('accept'), outcomes.includes('redirect')];
  const surely = outcomes.every((one) => one === 'accept');
  if (!surely && outcome === 'permitted') return false;
  const expected = surely ? 'permitted' : sent ? 'redirected' : passes ? 'conditional' : 'denied';
  return furtherRows > 0 || rowsHold(rows, packet, expected, 'permitted');
}

/** Rows without a condition are exact; one with a condition may be about the packet or not. */
function rowsHold(rows: readonly ConfigurationRow[], packet: Whole, expected: string, unlisted: string): boolean {
  const around = rows.filter((row) => isIn(row, packet));
  const sure = around.filter(({ condition, sourcePorts }) => condition === null || isBySourcePort(condition, sourcePorts));
  if (sure.length > 0) return sure.length === 1 && sure[0]?.outcome === expected;
  return expected === unlisted || around.some(({ outcome }) => outcome === expected);
}

/** It hangs on the source port alone, which `isIn` has looked at. */
function isBySourcePort(condition: string, sourcePorts: readonly string[] | null): boolean {
  return sourcePorts !== null && /^source port (?:other than )?[\d, -]+$/.test(condition);
}

function isIn({ sources, destinations, sourcePorts }: ConfigurationRow, packet: Whole): boolean {
  return (
    contains(networks(...sources), formatAddress(packet.family, packet.source)) &&
    contains(networks(...destinations), formatAddress(packet.family, packet.destination)) &&
    (sourcePorts === null || sourcePorts.some((range) => holds(range, packet.sourcePort)))
  );
}

function holds(range: string, port: number): boolean {
  const [first = 0, last = first] = range.split('-').map(Number);
  return first <= port && port <= last;
}

function packetText({ family, source, sourcePort, destination, port, in: comes, out: leaves }: Whole): string {
  const [from, to] = [formatAddress(family, source), formatAddress(family, destination)];
  return `${comes ?? ''} ${from} ${sourcePort} > ${leaves ?? ''} ${to} ${port}`;
}
